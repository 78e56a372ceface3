"""Pourquoi ce chiffre ?: one figure explained on a page of its own, and as it was known then."""

from dataclasses import replace

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.figures import Figure, Value, reasons as say
from dashboard.figures.board import scope_for
from dashboard.frame.around import without_filters
from dashboard.queries.figures.figure_rows import PAGE
from dashboard.queries.figures.late_facts import late_facts
from dashboard.scope import Scope
from dashboard.screens.discussions import talk_fold
from dashboard.screens.figure_charts import (
    FIGURE,
    KNOWN,
    YES,
    asked_of,
    entry_of,
    figure_owner,
)
from dashboard.screens.why import explained, rows, status_form
from dashboard.ui.address import page_asked, page_header, pager, tick
from dashboard.ui.charts import format_value
from dashboard.ui.components import empty_for_filters, heading
from dashboard.ui.tables import table, terms
from dashboard.visit.navigation import address
from models.database import fetch
from models.discussions import Subject


def render(scope: Scope) -> None:
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
