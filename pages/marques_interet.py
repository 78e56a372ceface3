"""Marques d'intérêt: saying that one would take part, with or without an account; for the
programme's office, the pipeline.
"""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.queries import interests
from dashboard.queries.interests import Marked, Suggestion
from dashboard.scope import Scope
from dashboard.screens.interests.desk import interest_desk, precision
from dashboard.screens.interests.form import LEAD, follow_forms, interest_form
from dashboard.ui.components import (
    TodoItem,
    empty_for_filters,
    empty_nothing_yet,
    heading,
    page_header,
    paragraph,
    todo_list,
)
from dashboard.ui.desk import is_desk, shapes
from dashboard.ui.forms import say_what_was_done
from dashboard.ui.tables import link, table, terms
from dashboard.visit.navigation import address, current_scope, whole_number
from models.communities import InterestState
from models.database import reading

LATE = "en-retard"


def render(scope: Scope) -> None:
    follows = may(scope.reader, "interest.follow")
    at_work = follows and is_desk()
    if st.query_params.get("marque") and follows and not at_work:
        return _one(scope, whole_number(st.query_params.get("marque")))
    page_header("Marques d'intérêt", LEAD)
    say_what_was_done()
    if follows and st.query_params.get("vue") == LATE:
        return _late(scope)
    if follows:
        shapes("marques-interet", scope, "Vue d’ensemble")
    if at_work:
        return interest_desk(scope, _facts)
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
                (
                    item.activity_name,
                    precision(item) or "–",
                    french.day(item.record.on),
                    _hers(item),
                )
                for item in mine
            ],
            "Mes marques d'intérêt",
        )


def _hers(marked: Marked) -> str:
    """Where it stands, said to who marked it; what the office noted for itself is not."""
    return {
        InterestState.new: f"Notée : nous vous recontactons pour le {french.day(marked.due_on)}",
        InterestState.contacted: "Vous avez été contactée ou contacté",
        InterestState.joined: marked.noted or "C'est fait",
        InterestState.dropped: "Close",
    }[marked.state]


# --- what the programme's office sees -------------------------------------------------------------


def _late(scope: Scope) -> None:
    """Those who wait to be contacted after the day that was promised, and nobody else."""
    with reading() as session:
        waiting = interests.late(session, scope)
    todo_list(
        [_item(item, scope) for item in waiting],
        "À recontacter, délai passé",
        "Rien n'attend : tout le monde a été recontacté.",
    )
    paragraph(link("Toutes les marques d'intérêt", address("marques-interet", scope)))


def _pipeline(scope: Scope) -> None:
    with reading() as session:
        counts = interests.counts(session, scope)
    chosen = _choice(counts)
    with reading() as session:
        found = interests.pipeline(session, scope, chosen)
    waiting = [item for item in found if item.state in (InterestState.new, InterestState.contacted)]
    settled = [item for item in found if item not in waiting]
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
            [_item(item, scope) for item in waiting],
            "À suivre",
            "Rien n'attend : tout le monde a été recontacté.",
        )
    if settled:
        _settled(scope, settled)


def _settled(scope: Scope, settled: Sequence[Marked]) -> None:
    heading("Traitées")
    table(
        ("Qui", "Activité", "Posée le", "Issue", "Note"),
        [
            (
                link(item.name, address("marques-interet", scope, marque=item.record.id)),
                item.activity_name,
                french.day(item.record.on),
                item.state.label,
                item.noted or "–",
            )
            for item in settled
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


def _item(marked: Marked, scope: Scope) -> TodoItem:
    unit = scope.tree.by_id.get(marked.record.direction_id) if marked.record.direction_id else None
    details = [
        precision(marked),
        unit.name if unit else "",
        marked.state.label,
        f"suivie par {marked.owner}" if marked.owner else "sans responsable",
    ]
    return TodoItem(
        f"{marked.name} — {marked.activity_name}",
        address("marques-interet", scope, marque=marked.record.id),
        " · ".join(filter(None, details)),
        marked.due_on if marked.state == InterestState.new else None,
        marked.is_late(scope.on),
    )


def _suggestions(scope: Scope) -> None:
    with reading() as session:
        found = interests.suggestions(session, scope)
    if not found:
        return
    services = "le service"
    if len(found) > 1:
        services = f"les {french.counted(len(found), 'service')}"
    with st.expander(
        f"Qui pourrait couvrir {services} sans ambassadeur ?",
        icon=":material/lightbulb:",
        key="w_suggestions",
    ):
        table(
            ("Service", "Agents", "À qui le proposer"),
            [(item.service.name, item.agents, _candidates(item)) for item in found],
            "Services sans ambassadeur, et à qui le proposer",
            frozenset({1}),
        )


def _candidates(suggestion: Suggestion) -> str:
    names = [f"{candidate.name} ({candidate.why})" for candidate in suggestion.candidates]
    return " ; ".join(names) or "personne encore dans cette direction"


def _one(scope: Scope, wanted: int | None) -> None:
    back = (("Marques d'intérêt", address("marques-interet", scope)),)
    with reading() as session:
        interest = interests.interest(session, scope, wanted) if wanted else None
    if interest is None:
        return page_header("Marque d'intérêt introuvable", "Ce numéro n'existe pas.", trail=back)
    page_header(interest.name, f"{interest.activity_name} · {interest.state.label}", trail=back)
    say_what_was_done()
    _facts(scope, interest)
    if scope.on == cached.today():
        follow_forms(scope, interest)


def _facts(scope: Scope, interest: Marked) -> None:
    unit = (
        scope.tree.by_id.get(interest.record.direction_id) if interest.record.direction_id else None
    )
    terms(
        [
            ("Ce qui l'intéresse", precision(interest)),
            ("Direction ou service", unit.name if unit else ""),
            ("Comment la joindre", interest.record.contact),
            ("Posée le", french.day_long(interest.record.on)),
            (
                "À contacter pour le",
                french.day_long(interest.due_on) if interest.state == InterestState.new else "",
            ),
            ("Suivie par", interest.owner),
            ("Ce qu'elle a écrit", interest.record.text),
            ("Note", interest.noted),
        ]
    )


render(current_scope())
