"""Marques d'intérêt: offering to take part, with or without an account; for the programme
office, the follow-up.
"""

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.queries import interests
from dashboard.queries.interests import InterestRow, Suggestion
from dashboard.scope import Scope
from dashboard.screens.interests import LEAD, interest_desk, interest_form, precision
from dashboard.ui.address import page_header
from dashboard.ui.components import heading
from dashboard.ui.tables import table
from models.communities import InterestState
from models.database import fetch


def render(scope: Scope) -> None:
    page_header("Marques d'intérêt", LEAD)
    if may(scope.reader, "interest.follow"):
        interest_desk(scope)
        if st.query_params.get("marque"):
            return
        _suggestions(scope)
        heading("Poser une marque d'intérêt")
    if scope.on == cached.today():
        interest_form(scope)
    if scope.reader.is_known:
        mine = fetch(interests.my_interests, scope)
        if mine:
            heading("Les miennes")
            table(
                ("Activité", "Précision", "Posée le", "Où en est-elle"),
                [
                    (
                        item.activity_name,
                        precision(item) or "–",
                        french.day(item.record.on),
                        _state_for_author(item),
                    )
                    for item in mine
                ],
                "Mes marques d'intérêt",
            )


def _state_for_author(marked: InterestRow) -> str:
    """The state of a mark, for its author; internal notes are not shown."""
    return {
        InterestState.new: f"Notée : nous vous recontactons pour le {french.day(marked.due_on)}",
        InterestState.contacted: "Vous avez été contactée ou contacté",
        InterestState.joined: marked.last_note or "C'est fait",
        InterestState.dropped: "Close",
    }[marked.state]


def _suggestions(scope: Scope) -> None:
    suggestions = fetch(interests.suggestions, scope)
    if not suggestions:
        return
    services = "le service"
    if len(suggestions) > 1:
        services = f"les {french.counted(len(suggestions), 'service')}"
    with st.expander(
        f"Qui pourrait couvrir {services} sans ambassadeur ?",
        icon=":material/lightbulb:",
        key="w_suggestions",
    ):
        table(
            ("Service", "Agents", "À qui le proposer"),
            [(item.service.name, item.agents, _candidates(item)) for item in suggestions],
            "Services sans ambassadeur, et à qui le proposer",
            frozenset({1}),
        )


def _candidates(suggestion: Suggestion) -> str:
    names = [f"{candidate.name} ({candidate.why})" for candidate in suggestion.candidates]
    return " ; ".join(names) or "personne encore dans cette direction"
