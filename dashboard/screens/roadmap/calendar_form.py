"""Forms on the calendar of a plan: revising it, undoing a revision; for a milestone also its
dependencies, and the figure it is tied to.

Each form is in a fold; errors are shown beside their fields and nothing typed is lost.
"""

from collections.abc import Callable

import streamlit as st
from sqlmodel import Session

from dashboard import cached
from dashboard.access import Reader, may
from dashboard.actions.roadmap.plans import as_given, change_plan, text_values
from dashboard.actions.roadmap.records import bounds_of, can_undo
from dashboard.actions.roadmap.revisions import (
    OWNER_MAX,
    REASON_MAX,
    calendar_values,
    last_revision,
    revise_plan,
    undo_revision,
)
from dashboard.actions.roadmap.waits import MOST, set_waits, waits_values
from dashboard.figures.tied import tieable
from dashboard.queries.edit_conflicts import mark_of
from dashboard.queries.roadmap import UNPLANNED, PlanAt
from dashboard.scope import Scope
from dashboard.ui.forms import Form
from dashboard.ui.unfolding import Fold, gesture, unfoldings
from models.decisions import Instance
from models.directions import Tree
from models.errors import Invalid
from models.roadmap import ENDED, PlanLevel, PlanSchedule

_NOBODY = 0
_TIED = ("figure", "threshold", "by_count")


def may_revise(scope: Scope) -> bool:
    return scope.on == cached.today() and may(scope.reader, "milestone.revise")


def calendar_forms(m: PlanAt, scope: Scope) -> None:
    """The revision; of a milestone also what it waits for and its figure: each in a fold."""
    _undo_revision_button(m, scope)
    folds = []
    if not m.plan.is_milestone:
        folds.append(_fold("revision", m, "Planifier", "event_repeat", _revision_form, scope))
    elif m.state not in ENDED:
        folds.append(
            _fold("revision", m, "Réviser le calendrier", "event_repeat", _revision_form, scope)
        )
        folds.append(_fold("waits", m, "Ce qu'il attend", "account_tree", _waits_form, scope))
    if m.plan.is_milestone:
        folds.append(_fold("tie", m, "Chiffre qui propose l'avancement", "link", _tie_form))
    if folds:
        unfoldings(folds)


def _fold(name: str, m: PlanAt, title: str, icon: str, draw: Callable, *given: object) -> Fold:
    form = Form(f"{name}_{m.plan.number}")
    return gesture(form, title, icon, draw, form, m, *given)


def _revision_form(form: Form, m: PlanAt, scope: Scope) -> None:
    """Dates, weight and owner, filled in with the current ones; the reason is mandatory and
    stays in the list of revisions.
    """
    form.opens_with(calendar_values(m.schedule))
    schedule_fields(form, m.plan.level, scope.tree, m.schedule)
    reason = "Raison de la révision" + ("" if m.plan.is_milestone else " (facultatif)")
    form.field("reason", st.text_area, reason, max_chars=REASON_MAX)
    st.selectbox(
        "Décidée par (facultatif)",
        list(Instance),
        format_func=lambda i: i.label,
        index=None,
        placeholder="Non précisé",
        key=form.key("instance"),
    )
    form.send(
        "Enregistrer la révision",
        lambda session, reader: revise_plan(
            session,
            reader,
            m.plan.id,
            given_schedule(form),
            form.value("instance"),
            read=form.mark,
        ),
        done="La révision est enregistrée.",
    )


def _undo_revision_button(m: PlanAt, scope: Scope) -> None:
    """For the author of today's revision; the previous calendar is in force again."""
    calendar = cached.roadmap().schedules.at(m.plan.id, scope.on)
    if can_undo(last_revision(calendar, m.plan.is_milestone), scope.reader, scope.on):
        Form(f"undo_revision_{m.plan.number}").send(
            "Annuler cette révision",
            lambda session, reader: undo_revision(session, reader, m.plan.id),
            primary=False,
            icon=":material/undo:",
            done="La révision est annulée : le calendrier d'avant est de nouveau en vigueur.",
        )


def schedule_fields(form: Form, level: str, tree: Tree, now: PlanSchedule = UNPLANNED) -> None:
    """The fields of dates and owner, and the fields of this level."""
    columns = st.columns(2)
    for column, name, label in ((columns[0], "start", "Début"), (columns[1], "end", "Échéance")):
        with column:
            day_field(form, name, label, level)
    # Typed as text: the browser's number field rejects a comma.
    if level == PlanLevel.milestone:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            form.field("weight", st.text_input, "Poids", max_chars=10)
            form.field("critical", st.checkbox, "Jalon critique")
    else:
        form.field("budget", st.text_input, "Budget (€)", max_chars=15)
    owner_fields(form, tree, now)


def owner_fields(form: Form, tree: Tree, now: PlanSchedule = UNPLANNED) -> None:
    """The owner: a name, and a direction, which may have been closed since."""
    units = {_NOBODY: "Sans direction", now.owner_direction_id or _NOBODY: "Direction fermée"}
    units |= {_NOBODY: "Sans direction"} | {unit.id: unit.label for unit, _ in tree.walk()}
    with st.container(horizontal=True):
        form.field("owner", st.text_input, "Porteur (une fonction)", max_chars=OWNER_MAX)
        form.field("unit", st.selectbox, "Direction du porteur", list(units), format_func=units.get)
    form.error("owner_direction_id")


def given_schedule(form: Form) -> PlanSchedule:
    """The typed schedule. Raises Invalid for a budget that is not a number."""
    typed = form.text("budget").strip()
    budget = typed_number(typed)
    if typed and budget is None:
        raise Invalid({"budget": "Le budget est un montant en euros, de zéro ou plus."})
    return PlanSchedule(
        start=form.value("start"),
        end=form.value("end"),
        weight=typed_number(form.value("weight")) or 0,
        critical=bool(form.value("critical")),
        budget=budget,
        owner=form.text("owner"),
        owner_direction_id=form.value("unit") or None,
        reason=form.text("reason"),
    )


def _waits_form(form: Form, m: PlanAt, scope: Scope) -> None:
    """The dependencies of the milestone, chosen by number or by words."""
    form.opens_with(waits_values(m.waits_for))
    others = _others(m, scope)
    form.field(
        "waits_for",
        st.multiselect,
        "Jalons qui doivent être atteints avant lui",
        list(others),
        format_func=others.get,
        placeholder="Cherchez par numéro ou par mots",
        max_selections=MOST,
    )
    form.send(
        "Enregistrer ce qu'il attend",
        lambda session, reader: set_waits(
            session, reader, m.plan.id, form.value("waits_for") or (), read=form.mark
        ),
        primary=False,
        done="Ce que le jalon attend est enregistré.",
    )


def _others(m: PlanAt, scope: Scope) -> dict[int, str]:
    """Id → number and title of all other milestones: those not cancelled, and the current
    dependencies.
    """
    return {
        other.plan.id: f"{other.plan.number} — {other.plan.title}"
        for other in cached.roadmap().every(scope.on)
        if other.plan.id in m.waits_for or (other.plan.id != m.plan.id and other.is_counted)
    }


def _tie_form(form: Form, m: PlanAt) -> None:
    """The figure and the threshold from which the report form proposes the progress."""
    current = text_values(m.plan)
    form.opens_with({name: current[name] for name in _TIED}, mark_of(current))
    if form.value("figure") not in tieable():
        st.session_state[form.key("figure")] = None
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
    form.send("Enregistrer", lambda session, reader: _tie(session, reader, m, form), primary=False)


def _tie(session: Session, reader: Reader, m: PlanAt, form: Form) -> str:
    tie = {name: form.value(name) for name in _TIED}
    given = as_given(m.plan, **tie | {"by_count": bool(tie["by_count"])})
    change_plan(session, reader, m.plan.id, given, read=form.mark)
    return "Le lien avec le chiffre est enregistré."


# ── Fields shared by the forms of the roadmap ─────────────────────────────────────────────────────


def day_field(form: Form, name: str, label: str, level: str = PlanLevel.milestone) -> None:
    """A date field, limited to the days allowed for a plan of this level."""
    first, last = bounds_of(level)
    form.field(
        name,
        st.date_input,
        label,
        format="DD/MM/YYYY",
        min_value=first,
        max_value=last,
    )


def typed_number(text: str | None) -> float | None:
    """« 2,5 » as a number; None if it is not one."""
    plain = "".join((text or "").split()).replace(",", ".")
    return float(plain) if plain.isascii() and plain.replace(".", "", 1).isdigit() else None
