"""« Révisions proposées par une décision »: accepted or declined by the programme office."""

import streamlit as st
from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader
from dashboard.actions.decisions.effects import leave_revision, take_revision
from dashboard.cached import proposed_revisions
from dashboard.queries.decisions.moves import MILESTONE, ProposedRevision
from dashboard.scope import Scope
from dashboard.ui.components import section
from dashboard.ui.forms import Form


def proposed_box(scope: Scope) -> None:
    """Pending revisions proposed by decisions; draws nothing if there are none."""
    waiting = proposed_revisions(scope.reader)
    if not waiting:
        return
    section(
        "Révisions proposées par une décision",
        "Reprendre écrit la révision, avec la décision pour raison ; classer n'écrit rien d'autre.",
    )
    for proposed in waiting:
        _proposed_form(scope, proposed)


def _proposed_form(scope: Scope, proposed: ProposedRevision) -> None:
    form = Form(f"proposed_{proposed.effect_id}")
    st.text(f"{proposed.name} : {_in_words(proposed)}")
    with form.row(vertical_alignment="center"):
        st.page_link(
            st.session_state["_cp_pages"]["decisions"],
            label=f"Décision n° {proposed.number}",
            icon=":material/gavel:",
            query_params={**scope.params(), "decision": str(proposed.number)},
        )
        kind, number = proposed.end
        if kind == MILESTONE:
            st.page_link(
                st.session_state["_cp_pages"]["feuille-de-route"],
                label=f"Jalon {number}",
                icon=":material/flag:",
                query_params={**scope.params(), "jalon": number},
            )
        if words := _what_is_taken(kind, proposed):
            form.button(
                f"Reprendre {words}",
                lambda session, reader: _accept(session, reader, proposed),
                icon=":material/check:",
            )
        form.button(
            "Classer",
            lambda session, reader: _decline(session, reader, proposed),
            field="leave",
            primary=False,
        )


def _in_words(proposed: ProposedRevision) -> str:
    parts = [f"{proposed.instance.label}, le {french.day_long(proposed.decided_on)}"]
    if proposed.due_on:
        parts.append(f"échéance le {french.day_long(proposed.due_on)}")
    if proposed.cost is not None:
        parts.append(f"{french.number(proposed.cost, 0)} €")
    if proposed.text:
        parts.append(proposed.text)
    return " · ".join(parts)


def _what_is_taken(kind: str, proposed: ProposedRevision) -> str:
    """« la date », « la date et le budget »; empty if the decision gives neither."""
    budget = "le budget" if proposed.cost is not None and kind != MILESTONE else ""
    return " et ".join(filter(None, ("la date" if proposed.due_on else "", budget)))


def _accept(session: Session, reader: Reader, proposed: ProposedRevision) -> str:
    record = take_revision(session, reader, proposed.effect_id)
    if proposed.end[0] == MILESTONE:
        return f"Le calendrier du jalon {record} est révisé."
    return f"Le plan du projet {record} est révisé."


def _decline(session: Session, reader: Reader, proposed: ProposedRevision) -> str:
    return f"La proposition est classée : {leave_revision(session, reader, proposed.effect_id)}."
