"""Accueil: the reader's own work, then the programme at a glance; public content and sign-in
without an account.
"""

from datetime import timedelta

from dashboard import cached, french
from dashboard.cached import ideas
from dashboard.frame import around
from dashboard.frame.around import without_filters
from dashboard.scope import Scope
from dashboard.screens.front import ambition_tiles, bar, done_list, hero, post_list
from dashboard.screens.home import own_work
from dashboard.screens.meetings.agenda import dates_list
from dashboard.ui.address import page_header
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of
from dashboard.ui.components import note_unread, paragraph, side_by_side, stacked, together
from dashboard.ui.tables import link
from dashboard.visit.navigation import address

_COMING, _AHEAD = 4, timedelta(days=60)
_POSTS = 2
_DONE = 2


def render(narrowed: Scope) -> None:
    if not narrowed.reader.is_known:
        return around.front()
    # This page has no filters: those of other pages must not apply here.
    scope = cached.scope_of(narrowed.reader)
    with stacked():
        page_header(f"Bonjour {scope.reader.name.split(' ')[0]}")
        own_work(scope)
    without_filters(body, scope)


def body(scope: Scope, _asked: dict[str, str]) -> None:
    """What is the same for everybody who may read it."""
    _progress(scope)
    with side_by_side("medium"):
        with together():
            coming = cached.agenda(scope, scope.on + timedelta(days=1), scope.on + _AHEAD)
            dates_list(scope, coming[:_COMING], "À venir", address("agenda", scope))
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
    gap = board["ecart.points"].value
    caption = "de la feuille de route est fait"
    if gap is not None:
        late = french.months_late(board["ecart.mois"].value)
        caption += f", {french.against_plan(gap)} ({late})"
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
