"""Pilotage: the state of the programme, whose voices are missing, and one figure explained on a
page of its own (pourquoi).
"""

from dataclasses import replace

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.figures import Figure, Value, reasons as say
from dashboard.figures.board import Board, scope_for
from dashboard.figures.sentences import IN_SENTENCES, Waiting, three_sentences
from dashboard.frame.around import one_block, page_at, without_filters
from dashboard.queries.figures.figure_rows import PAGE
from dashboard.queries.figures.late_facts import late_facts
from dashboard.scope import Scope
from dashboard.screens import cockpit, voices
from dashboard.screens.cockpit import own_work, slipped, standing
from dashboard.screens.discussions import talk_fold
from dashboard.screens.figure_charts import (
    FIGURE,
    KNOWN,
    YES,
    asked_of,
    entry_of,
    figure_owner,
)
from dashboard.screens.roadmap.programmes import other_programmes
from dashboard.screens.roadmap.workstreams import FILED_FILES, filed_by_month
from dashboard.screens.why import explained, rows, status_form
from dashboard.screens.workshops import valves_button
from dashboard.ui.address import page_asked, page_header, pager, tick
from dashboard.ui.cards import cards
from dashboard.ui.charts import EVERY_FIGURE, cards_of, figure_of, format_value, headline, show
from dashboard.ui.components import (
    at_a_glance,
    draw,
    empty_for_filters,
    fold,
    heading,
    note_unread,
    paragraph,
    side_by_side,
)
from dashboard.ui.downloads import data_link
from dashboard.ui.tables import link, table, terms
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import COCKPIT, address, own_directions
from models.database import fetch
from models.discussions import Subject

# ── Tableau de bord ───────────────────────────────────────────────────────────────────────────────


def body(scope: Scope, _asked: dict[str, str]) -> None:
    """The parts of the screen; the figures of a workstream are on its own page."""
    codes = headline(scope.reader)
    since = scope.since or cockpit.last_meeting(scope)
    # The comparison day of the figures; links keep the scope as given.
    against = replace(scope, since=since)
    page_header(
        f"Pilotage — {scope.unit.name}" if scope.unit else "Pilotage",
        ways=cockpit.ways(scope),
    )
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
    # Several directions are chosen for the picture, one for its work.
    if len(scope.units) > 1:
        beside_the_whole(scope)
    own_work(scope)
    if len(scope.units) == 1:
        beside_the_whole(scope)
    with at_a_glance():
        standing(scope, board, since)
        slipped(scope, board["ecart.points"].value)
        draw("cockpit/counts.html", counts=cockpit.in_short(wait, scope))
        cockpit.workstreams(scope, since)
    if since and not scope.since:
        paragraph(link(cockpit.since_in_words(scope, since), address("preparer", scope)))
    voices.line(scope)
    heading("Les chiffres")
    cards(cards_of(against, codes, board), level=3)
    if stale := len(cached.without_fresh_data(scope)):
        words = f"{french.counted(stale, 'chiffre')} sans donnée récente"
        paragraph(link(words, address("cibles", scope, vue="sans-donnee")))
    data_link(EVERY_FIGURE, scope, "Exporter tous les chiffres (CSV)")
    _folded(scope, board, wait)
    if not scope.is_whole:
        heading("À afficher, à distribuer")
        paragraph(
            link(
                "Préparer la feuille d'équipe (PDF, une page)",
                address("rapport", scope, rapport="equipe"),
            )
        )


def beside_the_whole(scope: Scope) -> None:
    """The picture of the selected directions."""
    show(cockpit.beside_the_whole(scope), scope, files=cockpit.FILES, level=2)


def _folded(scope: Scope, board: Board, wait: Waiting) -> None:
    """What one opens at need."""
    sentences = three_sentences(board, cached.workstreams(scope.on, scope.asked), wait, scope.on)
    with side_by_side():
        with fold("La situation en trois phrases, à copier", icon="content_copy"):
            draw("cockpit/sentences.html", sentences=sentences)
        with fold("Dépôts par mois", icon="bar_chart"):
            show(filed_by_month(scope), scope, files=FILED_FILES)


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


def tableau_de_bord_view(_scope: Scope) -> None:
    one_block(body, after=after)


# ── Ma direction ──────────────────────────────────────────────────────────────────────────────────


def ma_direction_view(scope: Scope) -> None:
    st.switch_page(page_at(COCKPIT), query_params=own_directions(scope).params())


def voices_body(scope: Scope, asked: dict[str, str]) -> None:
    """The parts of the screen."""
    page_header("Quelles voix manquent")
    voice = voices.asked_voice(asked)
    voices.choice(scope, voice)
    voices.picture(scope, voice)
    voices.over_time(scope, voice)
    voices.families(scope, voice)
    voices.sites(scope)
    voices.came_before(scope)
    voices.quality(scope)
    voices.definitions(voice)


def voices_after(scope: Scope, _asked: dict[str, str]) -> None:
    voices.questionnaire(scope)


# ── Quelles voix manquent ─────────────────────────────────────────────────────────────────────────


def voix_view(_scope: Scope) -> None:
    one_block(voices_body, asks=(voices.ASKED,), after=voices_after)


# ── Pourquoi ce chiffre ? ─────────────────────────────────────────────────────────────────────────


def pourquoi_view(scope: Scope) -> None:
    asked = asked_of(scope, st.query_params.get(FIGURE, ""), st.query_params.get(KNOWN, ""))
    if asked is None:
        page_header("Pourquoi ce chiffre ?", trail=(_way_back(scope),))
        return empty_for_filters("Ce chiffre n'existe pas.", _way_back(scope)[1])
    value = asked.value
    sentence = say.in_one_sentence(value, entry_of(asked), scope.on)
    page_header(value.label, sentence, trail=(_way_back(scope),))
    tick(
        "Tel que connu alors",
        KNOWN,
        key="w_known",
        field=st.toggle,
        help=(
            "Seulement avec ce qui était inscrit à la date regardée, sans les corrections faites"
            " depuis."
        ),
    )
    _then_and_now(scope, asked.figure, value)
    with st.container(key="cp_why"):
        without_filters(explained, asked.scope, **asked.address)
    if asked.scope.is_whole and asked.scope.ambition is None and not asked.scope.as_known_then:
        status_form(asked.scope, value.status_subject)
    figure_owner(asked.scope, value)
    talk_fold(asked.scope, Subject.figure, value.code)
    page = page_asked()
    pager(page, rows(scope_for(asked.scope, asked.figure), value, page), PAGE)


def _way_back(scope: Scope) -> tuple[str, str]:
    """The link back: an agent has no « Pilotage »."""
    if may(scope.reader, "page.cockpit"):
        return "Pilotage", address("tableau-de-bord", scope)
    return "Accueil", address("", scope)


# --- as it was known then -----------------------------------------------------------------------


def _then_and_now(scope: Scope, figure: Figure, value: Value) -> None:
    """Both values and the facts recorded in between; counts of persons are not compared, since a
    difference would reveal individuals.
    """
    if st.query_params.get(KNOWN) != YES:
        return
    now = cached.board(replace(scope, as_known_then=False), [figure.code])[value.code]
    then = cached.board(replace(scope, as_known_then=True), [figure.code])[value.code]
    heading("Tel que connu alors")
    if say.reveals_a_person(value, now, then):
        st.caption(
            "La différence ferait connaître moins de cinq personnes : elle n'est pas montrée."
        )
        return
    late = fetch(late_facts, scope_for(scope, figure), figure.facts)
    # The number of late facts would reveal how few persons they concern.
    facts = None if value.of_persons else late.count
    count = say.corrected_since(value, now, then, facts, scope.on)
    terms(
        [
            ("Connu aujourd'hui", format_value(now)),
            (f"Connu le {french.day(scope.on)}", format_value(then)),
            ("Différence", count),
        ]
    )
    if late.shown and not value.of_persons:
        table(
            ("Vrai depuis le", "Inscrit le", "Fait"),
            [(french.day(fact.on), french.day(fact.recorded_on), fact.text) for fact in late.shown],
            "Faits inscrits après la date regardée",
        )
        if late.count > len(late.shown):
            st.caption(
                f"Les {len(late.shown)} premiers que vous pouvez lire, sur"
                f" {french.number(late.count)}."
            )
