"""The form of a plan: a milestone or a project of the PST, new or existing."""

from collections.abc import Mapping

import streamlit as st
from sqlmodel import Session

from dashboard import cached
from dashboard.access import Reader
from dashboard.actions.roadmap import plans as acts
from dashboard.actions.roadmap.plans import text_values
from dashboard.actions.roadmap.revisions import calendar_values
from dashboard.cached import projects
from dashboard.queries.roadmap import UNPLANNED, PlanAt
from dashboard.scope import Scope
from dashboard.screens.roadmap.calendar_form import given_schedule, schedule_fields
from dashboard.ui.forms import Form
from models.roadmap import PST_LEVELS, Plan, PlanLevel


def plan_form(at: PlanAt | None, level: PlanLevel, scope: Scope) -> None:
    """Its texts and its parent; for a new milestone also its number and first calendar."""
    form = Form(f"plan_{at.plan.id if at else level}")
    is_milestone = level is PlanLevel.milestone
    new = text_values(Plan(number="", title="", level=level)) | calendar_values(UNPLANNED)
    form.opens_with(text_values(at.plan) if at else new)
    with st.container(horizontal=True):
        if at is None:
            hint = "le suivant du chantier" if is_milestone else None
            label = "Numéro (facultatif)" if is_milestone else "Code"
            most = acts.NUMBER_MAX if is_milestone else acts.CODE_MAX
            how = {"max_chars": most, "placeholder": hint, "width": 220}
            form.field("number", st.text_input, label, **how)
        title = "Titre" if is_milestone else "Nom"
        form.field("title", st.text_input, title, max_chars=acts.TITLE_MAX)
    if is_milestone:
        _milestone_fields(form)
    else:
        _element_fields(form, at, scope)
    if is_milestone and at is None:
        schedule_fields(form, level, scope.tree)
    word = "Créer le jalon" if is_milestone and at is None else "Enregistrer"
    form.send(word, lambda session, reader: _save(session, reader, form, at, level))


def _milestone_fields(form: Form) -> None:
    streams = cached.roadmap().workstreams
    names = {stream.id: f"{stream.id}. {stream.short_name}" for stream in streams}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _choice(form, "workstream_id", "Chantier", names, "Choisissez")
        form.field(
            "ladder",
            st.checkbox,
            "Avancement par paliers (0, 25, 50, 75, 100 %)",
            help="Sans paliers, le jalon est à faire ou fait.",
        )


def _element_fields(form: Form, at: PlanAt | None, scope: Scope) -> None:
    parents = {
        project.plan.id: f"{project.plan.number} · {project.plan.title}"
        for project, _ in projects(scope.reader)
        if project.plan.level is not PlanLevel.action and project != at
    }
    level, parent = st.columns(2)
    with level:
        labels = {level: level.label for level in PST_LEVELS}
        form.field("level", st.selectbox, "Niveau", list(labels), format_func=labels.get)
    with parent:
        _choice(form, "parent_id", "Sous (facultatif)", parents)
    form.field("objective", st.text_area, "Objectif")
    form.field("example", st.text_area, "Amélioration en cours (un exemple)")
    ambitions = {ambition.id: ambition.name for ambition in cached.ambitions()}
    _choice(form, "ambition_id", "Ambition (facultatif)", ambitions)


def _choice(
    form: Form, name: str, label: str, options: Mapping[int, str], none: str = "Aucun"
) -> None:
    form.field(
        name,
        st.selectbox,
        label,
        list(options),
        format_func=options.get,
        index=None,
        placeholder=none,
    )


def _save(session: Session, reader: Reader, form: Form, at: PlanAt | None, level: PlanLevel) -> str:
    number = at.plan.number if at else form.text("number")
    stream_id = form.value("workstream_id")
    if not number and stream_id is not None:
        number = acts.next_number(session, stream_id)
    values = Plan(number=number, **{name: form.value(name) for name in acts.WORDS})
    what = "jalon" if level is PlanLevel.milestone else "projet"
    if at is not None:
        acts.change_plan(session, reader, at.plan.id, values, read=form.mark)
        return f"Le {what} {number} est modifié."
    plan = acts.create_plan(session, reader, values, given_schedule(form))
    return f"Le {what} {plan.number} est créé."
