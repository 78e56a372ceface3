"""Accueil: the programme at a glance, and how to take part; public content and sign-in without
an account.
"""

from dashboard import cached, french
from dashboard.access import may
from dashboard.cached import ideas
from dashboard.frame import stranger
from dashboard.frame.bodies import without_filters
from dashboard.guide.declared import help_of
from dashboard.report.kinds import ReportKind
from dashboard.scope import Scope
from dashboard.screens import changed, for_you
from dashboard.screens.cockpit import compared, waits
from dashboard.screens.front import (
    activities,
    ambition_tiles,
    bar,
    coming_list,
    done_list,
    hero,
    post_list,
    what_waits,
)
from dashboard.screens.setup import setup_call
from dashboard.screens.tour import tour
from dashboard.ui.blocks import side_by_side, together
from dashboard.ui.cards import cards
from dashboard.ui.components import note_unread
from dashboard.ui.figures import cards_of
from dashboard.visit.navigation import address
from models.meetings import BODIES, MeetingState

_COMING = 5
_POSTS = 2
_DONE = 2
_SET_UP = "mise-en-route"
_DOSSIER = str(ReportKind.dossier)


def render(narrowed: Scope) -> None:
    if not narrowed.reader.is_known:
        return stranger.front()
    # This page has no filters: those of other pages must not apply here.
    scope = Scope.for_reader(
        narrowed.reader, {}, cached.today(), cached.tree_at, cached.ambitions()
    )
    # Setup steps are read on each run: they depend on many tables.
    to_set_up = [label for label, _, _ in setup_call(scope)]
    read_each_time = {
        _SET_UP: " ".join(to_set_up),
        for_you.TO_HAND_OVER: str(for_you.to_hand_over(scope)),
        changed.SINCE: changed.since_when(scope.reader),
    }
    tour(scope)
    without_filters(body, scope, **read_each_time)


def body(scope: Scope, asked: dict[str, str]) -> None:
    """The parts of the screen, with the link to the open setup steps."""
    _head(scope, asked)
    _what_waits(scope)
    with side_by_side("medium"):
        with together():
            for_you.for_you(scope, int(asked[for_you.TO_HAND_OVER]))
        with together():
            changed.changed(scope, asked[changed.SINCE])
    cards(
        cards_of(scope, ("avancement", "reponse.ouvertes", "reponse.tenue", "formation")),
        "Où en sommes-nous ?",
    )
    ambition_tiles(cached.ambition_summaries(scope.on), scope, ideas.ambition_counts(scope))
    with side_by_side("medium"):
        with together():
            coming_list(_coming(scope), more=address("agenda", scope))
        with together():
            post_list(
                cached.posts(scope.reader, scope.on, _POSTS), more=address("actualites", scope)
            )
    mine = ideas.my_ideas(scope, 3)
    done = ideas.implemented(scope)
    note_unread(
        cached.milestones(scope.on, scope.asked),
        cached.meetings(scope.on),
        mine,
        done,
    )
    done_list(
        [
            (row.title, address("idees", scope, idee=row.number), answer)
            for row, answer in list(done)[:_DONE]
        ]
    )
    activities(cached.activities(), scope, more=address("projet", scope))


def _head(scope: Scope, asked: dict[str, str]) -> None:
    board = cached.board(scope, ("avancement", "ecart"))
    entry = board["avancement"]
    gap = board["ecart.points"].value
    months = board["ecart.mois"].value
    states = cached.workstreams(scope.on, scope.asked)
    caption = "de la feuille de route est fait"
    if gap is not None:
        caption += f", {french.against_plan(gap)} ({french.months_late(months)})"
    hero(
        f"Bonjour {scope.reader.name.split(' ')[0]}",
        "Notre administration se transforme avec ses agents : cinq ambitions,"
        f" {french.in_words(len(states))} {french.plural(len(states), 'chantier')}, et ce que vous"
        " en dites.",
        (
            ("Déposer une idée", "edit_square", address("deposer", scope)),
            ("Voir les idées", "lightbulb", address("idees", scope)),
            *_set_up(scope, asked),
        ),
        [
            bar(
                s.workstream.name,
                s.earned,
                s.planned,
                address("feuille-de-route", scope, chantier=s.workstream.id),
            )
            for s in states
        ],
        french.percent(entry.value),
        caption,
        help_of("", scope.reader.roles),
    )


def _set_up(scope: Scope, asked: dict[str, str]) -> list[tuple[str, str, str]]:
    label = asked.get(_SET_UP)
    return [(label, "rocket_launch", address("mise-en-route", scope))] if label else []


def _what_waits(scope: Scope) -> None:
    """For the steering roles: pending work, changes since the last meeting, and the papers of
    the next one, each one click away.
    """
    if not may(scope.reader, "page.cockpit"):
        return
    meeting_days = compared.held_before(scope)
    changed = compared.since_in_words(scope, meeting_days[0]) if meeting_days else ""
    ways = [("Ce qui a bougé", address("depuis", scope))] if changed else []
    if may(scope.reader, "report.make"):
        ways.append(("Dossier de la séance", address("rapport", scope, rapport=_DOSSIER)))
    what_waits(waits.in_short(scope), changed, ways)


def _coming(scope: Scope) -> list[dict]:
    """Upcoming sessions, meetings and milestones; steering meetings only for those who attend
    them.
    """
    steers = may(scope.reader, "page.cockpit")
    academy = address("academie", scope)
    dates = [
        (s.session.on, f"{s.training.code} — {s.training.title}", "Formation", academy)
        for s in cached.coming_sessions(scope.on, _COMING)
    ]
    dates += [
        (m.day, m.label, "Réunion", "")
        for m in cached.meetings(scope.on)
        if m.day > scope.on and m.state == MeetingState.planned and (steers or m.kind not in BODIES)
    ]
    dates += [
        (
            m.schedule.end,
            f"Jalon {m.plan.number} — {m.plan.title}",
            "Échéance",
            address("feuille-de-route", scope, jalon=m.plan.number),
        )
        for m in cached.milestones(scope.on, scope.asked)
        if m.is_counted and not m.actual_end and m.schedule.end > scope.on
    ]
    return [
        {"on": on, "text": text, "kind": kind, "href": href}
        for on, text, kind, href in sorted(dates, key=lambda one: one[:2])[:_COMING]
    ]
