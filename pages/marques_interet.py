"""Marques d'intérêt: saying that one would take part, with or without an account; for the
programme's office, the pipeline.
"""

from collections.abc import Mapping

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.queries import interests
from dashboard.queries.interests import Marked, Suggestion
from dashboard.scope import Scope
from dashboard.screens.interests import follow_forms, interest_form
from dashboard.ui.components import (
    TodoItem,
    empty_for_filters,
    empty_nothing_yet,
    heading,
    page_header,
    todo_list,
)
from dashboard.ui.forms import say_what_was_done
from dashboard.ui.tables import link, table, terms
from dashboard.visit.navigation import address, current_scope, whole_number
from models.communities import InterestState, Reach
from models.database import reading

LEAD = (
    "Ambassadeurs, académie, groupes de progrès, managers : dites que cela vous intéresse,"
    " quelqu'un vous recontacte."
)


def render(scope: Scope) -> None:
    if st.query_params.get("marque") and may(scope.reader, "interest.follow"):
        return _one(scope, whole_number(st.query_params.get("marque")))
    page_header("Marques d'intérêt", LEAD)
    say_what_was_done()
    follows = may(scope.reader, "interest.follow")
    if follows:
        _pipeline(scope)
        _suggestions(scope)
        heading("Poser une marque d'intérêt")
    if scope.on == cached.today():
        interest_form(scope)
    if scope.reader.is_known:
        _mine(scope)


def _mine(scope: Scope) -> None:
    with reading() as session:
        mine = interests.my_interests(session, scope)
    if mine:
        heading("Les miennes")
        table(
            ("Activité", "Précision", "Posée le", "Où en est-elle"),
            [
                (one.activity_name, _precision(one) or "–", french.day(one.on), _hers(one))
                for one in mine
            ],
            "Mes marques d'intérêt",
        )


def _precision(one: Marked) -> str:
    reach = Reach(one.reach).label if one.reach else ""
    return " · ".join(filter(None, (reach, one.role, one.about)))


def _hers(one: Marked) -> str:
    """Where it stands, said to who marked it; what the office noted for itself is not."""
    return {
        InterestState.new: f"Notée : nous vous recontactons pour le {french.day(one.due_on)}",
        InterestState.contacted: "Vous avez été contactée ou contacté",
        InterestState.joined: one.noted or "C'est fait",
        InterestState.dropped: "Close",
    }[one.state]


# --- what the programme's office sees -------------------------------------------------------------


def _pipeline(scope: Scope) -> None:
    with reading() as session:
        counts = interests.counts(session, scope)
    chosen = _choice(counts)
    with reading() as session:
        found = interests.pipeline(session, scope, chosen)
    waiting = [one for one in found if one.state in (InterestState.new, InterestState.contacted)]
    settled = [one for one in found if one not in waiting]
    if not found:
        if chosen is None and scope.is_whole:
            empty_nothing_yet("Aucune marque d'intérêt n'a encore été posée.")
        else:
            empty_for_filters(
                "Aucune marque d'intérêt pour ces filtres.",
                address("marques-interet", scope.whole()),
            )
    else:
        todo_list(
            [_item(one, scope) for one in waiting],
            "À suivre",
            "Rien n'attend : tout le monde a été recontacté.",
        )
    if settled:
        heading("Traitées")
        table(
            ("Qui", "Activité", "Posée le", "Issue", "Note"),
            [
                (
                    link(one.name, address("marques-interet", scope, marque=one.id)),
                    one.activity_name,
                    french.day(one.on),
                    one.state.label,
                    one.noted or "–",
                )
                for one in settled
            ],
            "Marques d'intérêt traitées",
            download="marques-interet",
        )


def _choice(counts: Mapping[InterestState, int]) -> InterestState | None:
    """The state to look at, each with how many stand in it."""
    states = {
        state.value: f"{state.label} ({french.number(counts[state])})" for state in InterestState
    }
    chosen = st.segmented_control(
        "État",
        list(states),
        format_func=states.get,
        key="w_interest_state",
        label_visibility="collapsed",
    )
    return InterestState(chosen) if chosen else None


def _item(one: Marked, scope: Scope) -> TodoItem:
    unit = scope.tree.by_id.get(one.direction_id) if one.direction_id else None
    detail = " · ".join(
        filter(
            None,
            (
                _precision(one),
                unit.name if unit else "",
                one.state.label,
                f"suivie par {one.owner}" if one.owner else "sans responsable",
            ),
        )
    )
    return TodoItem(
        f"{one.name} — {one.activity_name}",
        address("marques-interet", scope, marque=one.id),
        detail,
        one.due_on if one.state == InterestState.new else None,
        one.is_late(scope.on),
    )


def _suggestions(scope: Scope) -> None:
    with reading() as session:
        found = interests.suggestions(session, scope)
    if not found:
        return
    with st.expander(
        (
            f"Qui pourrait couvrir les {french.counted(len(found), 'service')} sans ambassadeur ?"
            if len(found) > 1
            else "Qui pourrait couvrir le service sans ambassadeur ?"
        ),
        icon=":material/lightbulb:",
        key="w_suggestions",
    ):
        table(
            ("Service", "Agents", "À qui le proposer"),
            [(one.service.name, one.agents, _candidates(one)) for one in found],
            "Services sans ambassadeur, et à qui le proposer",
            frozenset({1}),
        )


def _candidates(one: Suggestion) -> str:
    return (
        " ; ".join(f"{c.name} ({c.why})" for c in one.candidates)
        or "personne encore dans cette direction"
    )


def _one(scope: Scope, wanted: int | None) -> None:
    back = (("Marques d'intérêt", address("marques-interet", scope)),)
    with reading() as session:
        one = interests.interest(session, scope, wanted) if wanted else None
    if one is None:
        return page_header("Marque d'intérêt introuvable", "Ce numéro n'existe pas.", trail=back)
    page_header(one.name, f"{one.activity_name} · {one.state.label}", trail=back)
    say_what_was_done()
    unit = scope.tree.by_id.get(one.direction_id) if one.direction_id else None
    terms(
        [
            ("Ce qui l'intéresse", _precision(one)),
            ("Direction ou service", unit.name if unit else ""),
            ("Comment la joindre", one.contact),
            ("Posée le", french.day_long(one.on)),
            (
                "À contacter pour le",
                french.day_long(one.due_on) if one.state == InterestState.new else "",
            ),
            ("Suivie par", one.owner),
            ("Ce qu'elle a écrit", one.text),
            ("Note", one.noted),
        ]
    )
    if scope.on == cached.today():
        follow_forms(scope, one)


render(current_scope())
