"""Pilotage: the state of the programme, for the CODIR, managers and the programme office.
Its first screen shows progress, slips and pending work.
"""

from dataclasses import replace

from dashboard import cached, french
from dashboard.figures.board import Board, of_workstream
from dashboard.figures.sentences import IN_SENTENCES, Waiting, three_sentences
from dashboard.frame.around import one_block
from dashboard.scope import Scope
from dashboard.screens import cockpit, voices
from dashboard.screens.cockpit import (
    comparison,
    own_work,
    papers,
    slipped,
    standing,
    way_to_compare,
)
from dashboard.screens.roadmap.changes import up_to_date
from dashboard.screens.roadmap.programmes import other_programmes
from dashboard.screens.roadmap.workstreams import FILED_FILES, filed_by_month
from dashboard.screens.workshops.papers import valves_button
from dashboard.ui.address import page_header
from dashboard.ui.cards import cards
from dashboard.ui.charts import EVERY_FIGURE, cards_of, figure_of, headline, show
from dashboard.ui.components import (
    at_a_glance,
    draw,
    fold,
    heading,
    note_unread,
    paragraph,
    segments,
    side_by_side,
)
from dashboard.ui.downloads import data_link
from dashboard.ui.tables import link
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import COCKPIT, address
from models.roadmap import Workstream

ESSENTIAL = "essentiel"
GROUP = "volet"  # parameter of the address: the group of figures
_OF_ADDRESS = (GROUP, cockpit.ORDER, cockpit.COMPARED)


def body(scope: Scope, asked: dict[str, str]) -> None:
    """The parts of the screen; one group of figures is open at a time."""
    stream = next((w for w in cached.streams(scope) if w.code == asked.get(GROUP)), None)
    codes = of_workstream(stream.code, stream.id) if stream else headline(scope.reader)
    since = cockpit.compared_day(scope, asked)
    # The comparison day of the figures; links keep the scope as given.
    against = replace(scope, since=since)
    page_header("Pilotage")
    other_programmes(scope, COCKPIT)
    # One board for the sentences and the cards.
    needed = dict.fromkeys([*IN_SENTENCES, *(figure_of(code).code for code in codes)])
    board = cached.board(against, list(needed))
    wait = cockpit.what_waits(scope, board["reponse.ouvertes"].value)
    note_unread(
        cached.milestones(scope.on, scope.asked),
        cached.decisions(scope.on),
        cached.meetings(scope.on),
    )
    if len(scope.units) > 1:
        comparison(scope)
    own_work(scope)
    if scope.unit:
        comparison(scope)
    with at_a_glance():
        standing(scope, board, since)
        slipped(scope, board["ecart.points"].value)
        draw("cockpit/counts.html", counts=cockpit.in_short(wait, scope))
        cockpit.workstreams(scope, since, **asked)
    cockpit.choice(scope, since, **asked)
    voices.line(scope)
    if scope.is_whole:
        way_to_compare(scope)
    heading("Les chiffres")
    _groups(scope, stream, asked)
    cards(cards_of(against, codes, board), level=3)
    if stale := len(cached.without_fresh_data(scope)):
        words = f"{french.counted(stale, 'chiffre')} sans donnée récente"
        paragraph(link(words, address("cibles", scope, vue="sans-donnee")))
    data_link(EVERY_FIGURE, scope, "Exporter tous les chiffres (CSV)")
    _folded(scope, board, wait)
    if not scope.is_whole:
        papers(scope)


def _groups(scope: Scope, chosen: Workstream | None, asked: dict[str, str]) -> None:
    """The groups of figures: the essential ones, then one per workstream."""
    streams = {w.code: f"{w.id}. {w.short_name}" for w in cached.streams(scope)}
    code_shown = chosen.code if chosen else ESSENTIAL
    segments(
        "Groupe de chiffres",
        [
            (name, address(COCKPIT, scope, **asked | {GROUP: code}), code == code_shown)
            for code, name in ({ESSENTIAL: "L'essentiel"} | streams).items()
        ],
    )


def _folded(scope: Scope, board: Board, wait: Waiting) -> None:
    """What one opens at need."""
    sentences = three_sentences(board, cached.workstreams(scope.on, scope.asked), wait, scope.on)
    with side_by_side():
        with fold("La situation en trois phrases, à copier", icon="content_copy"):
            draw("cockpit/sentences.html", sentences=sentences)
        with fold("Dépôts par mois", icon="bar_chart"):
            show(filed_by_month(scope), scope, files=FILED_FILES)
        with fold("Les mises à jour des jalons", icon="update"):
            up_to_date(scope)


def after(scope: Scope, _asked: dict[str, str]) -> None:
    """The papers for the notice boards of a direction."""
    if not scope.is_whole:
        unfolding(
            "Fiche valves (PDF)",
            valves_button,
            scope,
            key="w_valves",
            icon=":material/push_pin:",
        )


def render(_scope: Scope) -> None:
    one_block(body, asks=_OF_ADDRESS, after=after)
