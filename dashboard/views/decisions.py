"""Décisions: pending points, decisions taken, due and executed."""

import streamlit as st

from dashboard import cached
from dashboard.queries.decisions.records import DecisionAt
from dashboard.scope import Scope
from dashboard.screens.decisions.form import new_point_form
from dashboard.screens.decisions.sheet import decided_file, decision_desk, decision_in_full
from dashboard.ui.address import page_header
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of
from dashboard.ui.components import stacked
from dashboard.ui.desk import is_alone
from dashboard.visit.navigation import address, whole_number

_FIGURES = (
    *("decisions.taux", "decisions.attente", "communication"),
    *("copilotage", "presence-conseil"),
)


def render(scope: Scope) -> None:
    if is_alone("decision"):
        number = whole_number(st.query_params["decision"])
        return one(scope, next((d for d in cached.decisions(scope.on) if d.number == number), None))
    decisions = [d for d in cached.decisions(scope.on) if scope.has(d.owner_direction_id)]
    page_header("Décisions")
    decision_desk(scope, decisions)
    if st.query_params.get("rang"):
        return None
    with stacked():
        decided_file(decisions, scope)
        cards(cards_of(scope, _FIGURES), level=2)
    if scope.on == cached.today():
        new_point_form(scope)
    return None


# --- one decision ---------------------------------------------------------------------------------


def one(scope: Scope, d: DecisionAt | None) -> None:
    back = ("Décisions", address("decisions", scope))
    if d is None:
        return page_header(
            "Décision introuvable", "Ce numéro n'existe pas à cette date.", trail=(back,)
        )
    page_header(
        d.title, f"Décision n° {d.number} · {d.instance.label} · {d.state(scope.on)}", trail=(back,)
    )
    decision_in_full(scope, d)
