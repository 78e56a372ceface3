"""Pourquoi ce chiffre ?: the calculation, the rule of the status, the curve, the directions and
the rows of a figure.
"""

from dataclasses import replace

import streamlit as st

from dashboard import cached, french
from dashboard.access import counted_units, may
from dashboard.figures import Breakdown, Figure, Value
from dashboard.figures import reasons as say
from dashboard.figures.board import Entry, imposed_on, scope_for
from dashboard.figures.workstreams import schedule_steps
from dashboard.frame.bodies import without_filters
from dashboard.queries.figures.figure_rows import PAGE, Rows
from dashboard.queries.figures.late_facts import late_facts
from dashboard.report import wording
from dashboard.scope import Scope
from dashboard.screens.figure_charts import (
    FIGURE,
    KNOWN,
    YES,
    AskedValue,
    against_target,
    as_known,
    asked_of,
    asked_value,
    cell_of,
    entry_of,
    evolution,
)
from dashboard.screens.status_form import status_form
from dashboard.ui.address import tick
from dashboard.ui.blocks import fold, side_by_side, stacked, together
from dashboard.ui.cards import card
from dashboard.ui.components import badge_html, caption, empty_for_filters, heading
from dashboard.ui.figures import card_of, figure_of, format_value
from dashboard.ui.page import page_header
from dashboard.ui.paging import page_asked, pager
from dashboard.ui.tables import link, table, terms
from dashboard.visit.name_lists import note_list_read
from dashboard.visit.navigation import address
from models.database import fetch
from models.directions import Unit as Place
from models.directions import UnitKind

_PAGE = "page"  # parameter of the address


def render(scope: Scope) -> None:
    value = asked_value(scope, st.query_params.get(FIGURE, ""))
    if value is None:
        page_header("Pourquoi ce chiffre ?", trail=(_way_back(scope),))
        return empty_for_filters("Ce chiffre n'existe pas.", _way_back(scope)[1])
    then = st.query_params.get(KNOWN) == YES
    asked = AskedValue(as_known(scope, value, then), figure_of(value.code), value)
    entry = entry_of(asked)
    sentence = say.in_one_sentence(value, entry, scope.on)
    page_header("Pourquoi ce chiffre ?", sentence, trail=(_way_back(scope),))
    # Without its link to this page.
    card(replace(card_of(asked.scope, entry), why=""))
    _known_then()
    _then_and_now(scope, asked.figure, value)
    with st.container(key="cp_why"):
        without_filters(explained, asked.scope, **asked.address)
    if asked.scope.is_whole and asked.scope.ambition is None and not asked.scope.as_known_then:
        status_form(asked.scope, value.status_subject)
    _rows(scope_for(asked.scope, asked.figure), value)


def explained(scope: Scope, params: dict[str, str]) -> None:
    """Its status and its course, then its directions; the calculation at need."""
    asked = asked_of(scope, params[FIGURE], params.get(KNOWN, ""))
    figure, value, entry = asked.figure, asked.value, entry_of(asked)
    with side_by_side():
        with together():
            _status(asked.scope, figure, value, entry)
            against_target(asked, entry)
        with together():
            evolution(asked)
    _parts(asked.scope, figure, value)
    with fold("Le calcul en détail", icon="calculate"):
        _calculation(asked.scope, figure, value, entry)


def _way_back(scope: Scope) -> tuple[str, str]:
    """The link back: an agent has no Tableau de bord."""
    if may(scope.reader, "page.cockpit"):
        return "Tableau de bord", address("tableau-de-bord", scope)
    return "Accueil", address("", scope)


def _known_then() -> None:
    """The switch « Tel que connu alors », in the address."""
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


# --- the calculation and the status -------------------------------------------------------------


def _calculation(scope: Scope, figure: Figure, value: Value, entry: Entry) -> None:
    steps = None
    if value.code == "ecart.mois":
        known = scope.known_by(scope.on)
        steps = schedule_steps(cached.roadmap(scope.asked).at(scope.on, known), scope.on)
    fresh = f"dernier fait du {french.day(entry.fresh_on)}" if entry.fresh_on else ""
    rows = [
        ("Formule", say.formula_in_words(value)),
        ("Avec les nombres", say.formula_in_numbers(value, entry, steps)),
        ("Ce qui est compté", say.counts_in_words(value, entry)),
        ("Couverture", say.coverage_in_words(entry)),
        ("Attendent encore", _still_open(scope, value)),
        ("Période", say.window_in_words(figure, value, scope.on)),
        ("Fraîcheur", fresh or "aucun fait encore"),
        ("Source", figure.source),
    ]
    if entry.suppressed:
        sentence = (
            "Moins de 5 personnes (10 réponses pour un relevé), ou un nombre qui permettrait de les"
            " retrouver : rien n'est affiché."
        )
        rows.append(("Petit effectif", sentence))
    terms(rows)


def _still_open(scope: Scope, value: Value) -> str:
    """Answers still pending, shown beside a median, which counts only given ones."""
    if value.code not in ("reponse.mediane", "reponse.p90"):
        return ""
    board = cached.board(scope, ["reponse", "reponse.ancienne"])
    waiting = board["reponse.ouvertes"].value or 0
    oldest = board["reponse.ancienne"].value
    message = f"{french.counted(waiting, 'idée')} à décider"
    if oldest is None:
        return message
    return f"{message}, la plus ancienne depuis {french.counted(oldest, 'jour')}"


def _status(scope: Scope, figure: Figure, value: Value, entry: Entry) -> None:
    known = scope.known_by(scope.on)
    decided = cached.aims(scope.on, known, scope.asked).get(value.code, [])
    by_hand = imposed_on(value, scope_for(scope, figure), cached.imposed(scope.on, known))
    rows: list[tuple[str, object]] = []
    if entry.status:
        is_own = wording.status_on_card(entry)
        name = "Statut" if is_own else "Par rapport à la cible"
        rows.append((name, badge_html(entry.status)))
    if by_hand:
        rows.append(say.imposed_reason(by_hand, cached.job_title_of(by_hand.by)))
    rows += say.status_reasons(value, entry, decided, scope)
    if may(scope.reader, "page.cockpit") and value.takes_targets:
        rows.append(
            (
                "Cibles",
                link("Les cibles de ce chiffre", address("cibles", scope, chiffre=value.code)),
            )
        )
    heading("Le statut")
    terms(rows)


# --- the directions -----------------------------------------------------------------------------


def _parts(scope: Scope, figure: Figure, value: Value) -> None:
    """One line per unit below, in the order of the organisation chart, not by performance."""
    units = _units_below(scope, figure)
    if not units or value.whole_only:
        return
    counts = value.counts or ()
    rows = [_part_row(scope.within(unit), unit, figure, value) for unit in units]
    heading("Par direction")
    table(
        ("Direction", "Valeur", *(name.capitalize() for name in counts), "Statut"),
        rows,
        f"{value.label} par direction",
        frozenset(range(1, 2 + len(counts))),
    )
    caption("Dans l'ordre de l'organigramme ; un nombre qui désignerait des personnes est caché.")


def _part_row(scope: Scope, unit: Place, figure: Figure, value: Value) -> tuple:
    entry = cached.board(scope, [figure.code])[value.code]
    known = YES if scope.as_known_then else None
    counts = (entry.numerator, entry.denominator)[: len(value.counts or ())]
    return (
        link(unit.name, address("pourquoi", scope, chiffre=value.code, connu=known)),
        wording.written(entry),
        *(cell_of(count, scope) for count in counts),
        badge_html(entry.status) if entry.status else "–",
    )


def _units_below(scope: Scope, figure: Figure) -> list[Place]:
    """The units below the selected one that are open to the reader; for the whole, an agent's
    own direction.
    """
    if figure.cut == Breakdown.none or len(scope.units) > 1 or scope.alone:
        return []
    top = scope.unit or scope.tree.root
    allowed = counted_units(scope.reader, scope.tree)
    below = scope.tree.children.get(top.id, []) if top else []
    has_directions = any(unit.kind != UnitKind.department for unit in below)
    if figure.cut == Breakdown.department and has_directions:
        return []
    open_to = [unit for unit in below if allowed is None or scope.tree.under(unit.id) <= allowed]
    if not open_to and scope.is_whole and allowed and figure.cut != Breakdown.department:
        return [unit for unit in scope.tree.directions() if scope.tree.under(unit.id) <= allowed]
    return open_to


# --- the rows behind ----------------------------------------------------------------------------


def _rows(scope: Scope, value: Value) -> None:
    page = page_asked()
    page_rows = cached.rows(scope, value.code, page)
    if page_rows is None:
        return
    rows_of_page(scope, {FIGURE: value.code, _PAGE: str(page)})
    if page_rows.rows and page_rows.nominative:
        note_list_read(f"{value.code}, {scope.codes}, {scope.on}, page {page}")
    pager(page, page_rows.total, PAGE)


def rows_of_page(scope: Scope, params: dict[str, str]) -> None:
    """One page of the rows, and the count of hidden ones."""
    value = asked_value(scope, params[FIGURE])
    page_rows = cached.rows(scope, value.code, int(params[_PAGE]))
    with stacked():
        heading("Les lignes derrière")
        if unseen := say.hidden_rows_in_words(page_rows):
            caption(unseen)
        if page_rows.rows:
            _table_of(page_rows, scope, value)
        elif not page_rows.note or page_rows.total:
            caption("Aucune ligne.")
        if page_rows.note:
            caption(page_rows.note)


def _table_of(page_rows: Rows, scope: Scope, value: Value) -> None:
    table(
        page_rows.headings,
        [tuple(cell_of(cell, scope) for cell in row) for row in page_rows.rows],
        f"Lignes derrière : {value.label}",
        page_rows.numbers,
    )


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
