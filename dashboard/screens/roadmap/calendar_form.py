"""Forms on the calendar of a milestone (jalon): revising it, undoing that, tying it to a figure.

Each form is a fragment; what is wrong is said beside its field and nothing typed is lost.
"""

import streamlit as st
from sqlmodel import Session

from dashboard import cached
from dashboard.access import Reader, may
from dashboard.actions.roadmap.records import can_undo
from dashboard.actions.roadmap.revisions import (
    OWNER_MAX,
    REASON_MAX,
    RevisionInput,
    calendar_stands,
    last_revision,
    revise_milestone,
    undo_revision,
)
from dashboard.actions.roadmap.ties import TieInput, tie_milestone, tie_stands
from dashboard.actions.roadmap.waits import MOST, set_waits, waits_stand
from dashboard.figures.tied import tieable
from dashboard.queries.roadmap import MilestoneAt
from dashboard.scope import Scope
from dashboard.screens.roadmap.fields import day_field, typed_number
from dashboard.ui.forms import Form, show_what_was_done
from models.decisions import Instance
from models.directions import Tree, UnitKind
from models.roadmap import ENDED

_NOBODY = 0


def may_revise(scope: Scope) -> bool:
    return scope.on == cached.today() and may(scope.reader, "milestone.revise")


@st.fragment
def revision_form(m: MilestoneAt, scope: Scope) -> None:
    """Dates, weight, owner: filled in with those in force; a reason is needed, and stays in the
    list.
    """
    show_what_was_done()
    _undo_revision_button(m, scope)
    if m.state in ENDED:
        return
    form = Form(f"revision_{m.milestone.number}")
    form.opens_with(calendar_stands(m.schedule))
    with st.expander("Réviser le calendrier", icon=":material/event_repeat:", key=form.key("box")):
        columns = st.columns(2)
        for column, name, label in (
            (columns[0], "start", "Début"),
            (columns[1], "end", "Échéance"),
        ):
            with column:
                day_field(form, name, label)
        # Typed as text: a number field of the browser takes no comma.
        form.field("weight", st.text_input, "Poids", max_chars=10)
        form.field("critical", st.checkbox, "Jalon critique")
        owner_fields(m, scope.tree, form)
        form.field("reason", st.text_area, "Raison de la révision", max_chars=REASON_MAX)
        st.selectbox(
            "Décidée par (facultatif)",
            list(Instance),
            format_func=lambda i: i.label,
            index=None,
            placeholder="Non précisé",
            key=form.key("instance"),
        )
        form.button(
            "Enregistrer la révision", lambda session, reader: _revise(session, reader, m, form)
        )
        form.error("form")


def _undo_revision_button(m: MilestoneAt, scope: Scope) -> None:
    """For who revised the calendar today; the calendar before it then holds again."""
    calendar = cached.roadmap().calendar(m.milestone.id, scope.on)
    if can_undo(last_revision(calendar), scope.reader, scope.on):
        form = Form(f"undo_revision_{m.milestone.number}")
        form.button(
            "Annuler cette révision",
            lambda session, reader: _undo_revision(session, reader, m),
            primary=False,
            icon=":material/undo:",
        )
        form.error("form")


def _undo_revision(session: Session, reader: Reader, m: MilestoneAt) -> str:
    undo_revision(session, reader, m.milestone.id)
    return "La révision est annulée : le calendrier d'avant est de nouveau en vigueur."


def owner_fields(m: MilestoneAt, tree: Tree, form: Form) -> None:
    """Who answers for it: a name, and a direction."""
    now = m.schedule
    form.field("owner", st.text_input, "Porteur", max_chars=OWNER_MAX)
    units = {_NOBODY: "Sans direction"} | {
        unit.id: unit.label
        for unit, _ in tree.walk()
        if unit.kind != UnitKind.service or unit.id == now.owner_direction_id
    }
    # The chart of this day may not know the unit.
    if form.value("unit") not in units:
        st.session_state[form.key("unit")] = _NOBODY
    form.field("unit", st.selectbox, "Direction du porteur", list(units), format_func=units.get)
    form.error("owner_direction_id")


def _revise(session: Session, reader: Reader, m: MilestoneAt, form: Form) -> str:
    revise_milestone(
        session,
        reader,
        m.milestone.id,
        RevisionInput(
            form.value("start"),
            form.value("end"),
            typed_number(form.value("weight")) or 0,
            bool(form.value("critical")),
            form.value("owner") or "",
            form.value("unit") or None,
            form.value("reason") or "",
            form.value("instance"),
        ),
        read=form.mark,
    )
    return "La révision est enregistrée."


@st.fragment
def waits_form(m: MilestoneAt, scope: Scope) -> None:
    """What the milestone waits for, chosen by number or by words."""
    show_what_was_done()
    if m.state in ENDED:
        return
    form = Form(f"waits_{m.milestone.number}")
    form.opens_with(waits_stand(m.waits_for))
    others = _others(m, scope)
    with st.expander("Ce qu'il attend", icon=":material/account_tree:", key=form.key("box")):
        form.field(
            "waits_for",
            st.multiselect,
            "Jalons qui doivent être atteints avant lui",
            list(others),
            format_func=others.get,
            placeholder="Cherchez par numéro ou par mots",
            max_selections=MOST,
        )
        form.button(
            "Enregistrer ce qu'il attend",
            lambda session, reader: _set_waits(session, reader, m, form),
            primary=False,
        )
        form.error("form")


def _others(m: MilestoneAt, scope: Scope) -> dict[int, str]:
    """Id → number and title, of all other milestones that are not cancelled, and of those that are
    waited for already.
    """
    return {
        other.milestone.id: f"{other.milestone.number} — {other.milestone.title}"
        for other in cached.roadmap().every(scope.on)
        if other.milestone.id in m.waits_for
        or (other.milestone.id != m.milestone.id and other.is_counted)
    }


def _set_waits(session: Session, reader: Reader, m: MilestoneAt, form: Form) -> str:
    set_waits(session, reader, m.milestone.id, form.value("waits_for") or (), read=form.mark)
    return "Ce que le jalon attend est enregistré."


@st.fragment
def tie_form(m: MilestoneAt) -> None:
    """The figure and the threshold from which the report form proposes the progress."""
    show_what_was_done()
    record = m.milestone
    form = Form(f"tie_{record.number}")
    form.opens_with(tie_stands(record))
    if form.value("figure") not in tieable():
        st.session_state[form.key("figure")] = None
    with st.expander(
        "Chiffre qui propose l'avancement", icon=":material/link:", key=form.key("box")
    ):
        form.field(
            "figure",
            st.selectbox,
            "Chiffre",
            list(tieable()),
            format_func=tieable().get,
            index=None,
            placeholder="Aucun",
        )
        form.field(
            "threshold",
            st.number_input,
            "Seuil",
            min_value=0.0,
            step=1.0,
            format="%g",
            placeholder="80",
        )
        form.field("by_count", st.checkbox, "Comparer le nombre (et non le pourcentage)")
        form.button(
            "Enregistrer", lambda session, reader: _tie(session, reader, m, form), primary=False
        )
        form.error("form")


def _tie(session: Session, reader: Reader, m: MilestoneAt, form: Form) -> str:
    tie_milestone(
        session,
        reader,
        m.milestone.id,
        TieInput(form.value("figure"), form.value("threshold"), bool(form.value("by_count"))),
        tieable(),
        read=form.mark,
    )
    return "Le lien avec le chiffre est enregistré."
