"""Accueil: the reader's own work, then the programme at a glance; public content and sign-in
without an account.
"""

from dashboard import cached, french
from dashboard.access import may
from dashboard.cached import ideas
from dashboard.frame import stranger
from dashboard.frame.bodies import without_filters
from dashboard.scope import Scope
from dashboard.screens.front import (
    ambition_tiles,
    bar,
    coming_list,
    done_list,
    hero,
    post_list,
)
from dashboard.screens.home import own_work
from dashboard.ui.blocks import side_by_side, stacked, together
from dashboard.ui.cards import cards
from dashboard.ui.components import note_unread, paragraph
from dashboard.ui.figures import cards_of
from dashboard.ui.page import page_header
from dashboard.ui.tables import link
from dashboard.visit.navigation import address
from models.meetings import BODIES, MeetingState

_COMING = 5
_POSTS = 2
_DONE = 2


def render(narrowed: Scope) -> None:
    if not narrowed.reader.is_known:
        return stranger.front()
    # This page has no filters: those of other pages must not apply here.
    scope = Scope.for_reader(
        narrowed.reader, {}, cached.today(), cached.tree_at, cached.ambitions()
    )
    with stacked():
        page_header(f"Bonjour {scope.reader.name.split(' ')[0]}")
        own_work(scope)
    without_filters(body, scope)


def body(scope: Scope, _asked: dict[str, str]) -> None:
    """What is the same for everybody who may read it."""
    _progress(scope)
    with side_by_side("medium"):
        with together():
            coming_list(_coming(scope), more=address("agenda", scope))
        with together():
            post_list(
                cached.posts(scope.reader, scope.on, _POSTS), more=address("actualites", scope)
            )
    done = ideas.implemented(scope)
    note_unread(cached.milestones(scope.on, scope.asked), cached.meetings(scope.on), done)
    done_list(
        [
            (row.title, address("idees", scope, idee=row.number), answer)
            for row, answer in list(done)[:_DONE]
        ]
    )
    cards(
        cards_of(scope, ("avancement", "reponse.ouvertes", "reponse.tenue", "formation")),
        "Où en sommes-nous ?",
    )
    ambition_tiles(cached.ambition_summaries(scope.on), scope, ideas.ambition_counts(scope))
    paragraph(link("Le projet de transformation, en une page", address("projet", scope)))


def _progress(scope: Scope) -> None:
    board = cached.board(scope, ("avancement", "ecart"))
    planned = board["ecart.points"].denominator
    caption = "de la feuille de route est fait"
    if planned is not None:
        late = french.months_late(board["ecart.mois"].value)
        caption += f", {late} : {french.percent(planned)} prévus à cette date"
    bars = [
        bar(
            s.workstream.name,
            s.earned,
            s.planned,
            address("feuille-de-route", scope, chantier=s.workstream.id),
        )
        for s in cached.workstreams(scope.on, scope.asked)
    ]
    if bars:
        hero(bars, french.percent(board["avancement"].value), caption)


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
