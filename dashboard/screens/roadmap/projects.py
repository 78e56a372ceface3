"""Blocks of the projects of the PST: their tree with state and progress, and, for those who keep
them, what each is, its plan and its report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader
from dashboard.actions import reference as reference_acts
from dashboard.actions.reference import PROJECT_FIELDS, ProjectInput
from dashboard.actions.roadmap import projects as acts
from dashboard.actions.roadmap.projects import (
    PlanInput,
    ProgressInput,
    plan_stands,
    progress_stands,
)
from dashboard.cached.reference import projects
from dashboard.queries.projects import Plan, ProjectAt
from dashboard.queries.reference_tables import REFERENCE_TABLES
from dashboard.scope import Scope
from dashboard.screens.reference.history import row_history
from dashboard.screens.roadmap.fields import typed_number
from dashboard.ui.components import draw, page_header, section
from dashboard.ui.forms import Form, say_what_was_done
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.errors import Invalid
from models.roadmap import ProjectLevel, ProjectState

Tree = Sequence[tuple[ProjectAt, int]]


# ── What everybody reads ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """One project in a list: `width` is the filled part of its bar, None where nothing is known."""

    level: str
    name: str
    state: str
    texts: tuple[str, ...] = ()
    width: int | None = None
    depth: int = 0
    href: str = ""


def line_of(project: ProjectAt, depth: int = 0, more: str = "", href: str = "") -> ProjectLine:
    """What a project says, and whatever else its reader may know of it; `href` leads to it."""
    report = project.report
    progress = "" if report.progress is None else f", {french.percent(report.progress, 0)}"
    return ProjectLine(
        project.level.label,
        project.name,
        f"{report.state.label}{progress}",
        tuple(filter(None, (project.objective, project.example, more))),
        None if report.progress is None else project.in_hundredths,
        depth,
        href,
    )


def project_list(lines: Sequence[ProjectLine]) -> None:
    """The projects one below the other."""
    draw("roadmap/projects.html", projects=lines)


# ── What those who keep them change ───────────────────────────────────────────────────────────────


def projects_box(scope: Scope) -> None:
    """The tree of the projects, each a way to its forms."""
    tree, _ = _kept(scope)
    section("Projets du PST", "" if tree else "Aucun projet encore.")
    if tree:
        project_list(
            [
                line_of(
                    p,
                    depth,
                    _plan_in_words(p.plan, scope),
                    address("programme", scope, projet=p.code),
                )
                for p, depth in tree
            ]
        )


def new_project_box(scope: Scope) -> None:
    """A new one, closed."""
    tree, ambitions = _kept(scope)
    new = Form("project_new")
    unfolding(
        "Créer un projet",
        _text_form,
        None,
        tree,
        ambitions,
        key=new.key("box"),
        icon=":material/add:",
    )


def one_project(scope: Scope, code: str) -> None:
    """What it says, its forms, what was changed and by whom."""
    tree, ambitions = _kept(scope)
    trail = [("Programme", address("programme", scope))]
    project = next((p for p, _ in tree if p.code == code), None)
    if project is None:
        page_header("Ce projet n'existe pas", trail=trail)
        return say_what_was_done()
    page_header(project.name, f"Projet {code} du PST", trail=trail)
    say_what_was_done()
    section("Aujourd'hui")
    project_list([line_of(project, 0, _plan_in_words(project.plan, scope))])
    section("Rapport")
    _report_form(project)
    section("Plan")
    _plan_form(project, scope)
    section("Ce qu'il est")
    with st.container(border=True):
        _text_form(project, tree, ambitions)
    row_history(scope, REFERENCE_TABLES["projets"], code, "Modifications de ce projet")


def _kept(scope: Scope) -> tuple[Tree, dict[int, str]]:
    """The tree as it stands today, and the names of the ambitions."""
    ambitions = {ambition.id: ambition.name for ambition in cached.ambitions()}
    return projects(scope.reader), ambitions


def _plan_in_words(plan: Plan, scope: Scope) -> str:
    """« du 01/03/2021 au 30/09/2023 · 210 000 € · Directeur de l'Entretien (RI-ENT) »."""
    days = (("du", plan.start), ("au", plan.end))
    unit = scope.tree.by_id.get(plan.owner_direction_id)
    parts = (
        " ".join(f"{word} {french.day(day)}" for word, day in days if day),
        f"{french.number(plan.budget)} €" if plan.budget is not None else "",
        " ".join(filter(None, (plan.owner, f"({unit.code})" if unit else ""))),
    )
    return " · ".join(filter(None, parts))


def _text_form(project: ProjectAt | None, tree: Tree, ambitions: Mapping[int, str]) -> None:
    """What it is, at which level, below what."""
    form = Form(f"project_{project.id if project else 'new'}")
    if project is None:
        form.field("code", st.text_input, "Code", max_chars=reference_acts.CODE_MAX)
    form.opens_with(_text_stands(project))
    form.field("name", st.text_input, "Nom")
    columns = st.columns(2)
    with columns[0]:
        form.field(
            "level",
            st.selectbox,
            "Niveau",
            list(ProjectLevel),
            format_func=lambda level: ProjectLevel(level).label,
        )
    with columns[1]:
        parents = {
            p.id: f"{p.code} · {p.name}"
            for p, _ in tree
            if p.level is not ProjectLevel.action and p != project
        }
        _choice(form, "parent_id", "Sous (facultatif)", parents)
    form.field("objective", st.text_area, "Objectif")
    form.field("example", st.text_area, "Amélioration en cours (un exemple)")
    _choice(form, "ambition_id", "Ambition (facultatif)", ambitions)
    form.button("Enregistrer", lambda session, reader: _save(session, reader, form, project))
    form.error("form")


def _choice(form: Form, name: str, label: str, options: Mapping[int, str]) -> None:
    form.field(
        name,
        st.selectbox,
        label,
        list(options),
        format_func=options.get,
        index=None,
        placeholder="Aucun",
    )


def _text_stands(project: ProjectAt | None) -> dict[str, object]:
    if project is None:
        empty = dict.fromkeys(PROJECT_FIELDS, "")
        return empty | {"level": ProjectLevel.action, "parent_id": None, "ambition_id": None}
    return {name: getattr(project, name) for name in PROJECT_FIELDS}


def _save(session: Session, reader: Reader, form: Form, project: ProjectAt | None) -> str:
    given = ProjectInput(
        project.code if project else str(form.value("code") or ""),
        str(form.value("name") or ""),
        str(form.value("example") or ""),
        form.value("ambition_id"),
        ProjectLevel(form.value("level")),
        str(form.value("objective") or ""),
        form.value("parent_id"),
    )
    known = project.id if project else None
    made = reference_acts.save_project(session, reader, known, given, read=form.mark)
    return f"Le projet {made.code} est enregistré."


def _plan_form(project: ProjectAt, scope: Scope) -> None:
    """Dates, budget and owner, from today."""
    form = Form(f"project_plan_{project.id}")
    with st.container(border=True):
        form.opens_with(plan_stands(project.plan))
        _plan_fields(form, project, scope)
        with st.container(horizontal=True):
            form.button("Planifier", lambda session, reader: _plan(session, reader, form, project))
            if project.planned_on == cached.today():
                form.button(
                    "Annuler le dernier plan",
                    lambda session, reader: _undo_plan(session, reader, project),
                    field="undo",
                    primary=False,
                )
        form.error("form")


def _plan_fields(form: Form, project: ProjectAt, scope: Scope) -> None:
    columns = st.columns(3)
    for column, name, label in ((columns[0], "start", "Début"), (columns[1], "end", "Fin")):
        with column:
            form.field(name, st.date_input, label, format="DD/MM/YYYY")
    with columns[2]:
        form.field("budget", st.text_input, "Budget (€)", max_chars=15)
    columns = st.columns(2)
    with columns[0]:
        form.field("owner", st.text_input, "Porteur (une fonction)", max_chars=acts.OWNER_MAX)
    with columns[1]:
        _choice(form, "owner_direction_id", "Direction du porteur", _units(project, scope))


def _units(project: ProjectAt, scope: Scope) -> dict[int, str]:
    """The units of the chart, and the one that the plan has though it is closed by now."""
    units = {unit.id: unit.label for unit, _ in scope.tree.walk()}
    known = project.plan.owner_direction_id
    return units if known is None else {known: "Direction fermée"} | units


def _plan(session: Session, reader: Reader, form: Form, project: ProjectAt) -> str:
    typed = str(form.value("budget") or "").strip()
    budget = typed_number(typed)
    if typed and budget is None:
        raise Invalid({"budget": "Le budget est un montant en euros, de zéro ou plus."})
    given = PlanInput(
        form.value("start"),
        form.value("end"),
        budget,
        str(form.value("owner") or ""),
        form.value("owner_direction_id"),
    )
    acts.plan_project(session, reader, project.id, given, read=form.mark)
    return f"Le projet {project.code} est planifié."


def _undo_plan(session: Session, reader: Reader, project: ProjectAt) -> str:
    acts.undo_plan(session, reader, project.id)
    return f"Le dernier plan du projet {project.code} est annulé."


def _report_form(project: ProjectAt) -> None:
    """State and progress of today."""
    form = Form(f"project_report_{project.id}")
    with st.container(border=True):
        form.opens_with(progress_stands(project.report))
        columns = st.columns(2)
        with columns[0]:
            form.field(
                "state",
                st.selectbox,
                "État",
                list(ProjectState),
                format_func=lambda state: ProjectState(state).label,
            )
        with columns[1]:
            form.field(
                "progress",
                st.number_input,
                "Avancement (%)",
                min_value=0,
                max_value=100,
                step=5,
                value=None,
            )
        form.field("comment", st.text_area, "Commentaire", max_chars=acts.COMMENT_MAX)
        with st.container(horizontal=True):
            form.button("Rapporter", lambda session, reader: _say(session, reader, form, project))
            if project.report.on == cached.today():
                form.button(
                    "Annuler ce rapport",
                    lambda session, reader: _undo_report(session, reader, project),
                    field="undo",
                    primary=False,
                )
        form.error("form")


def _say(session: Session, reader: Reader, form: Form, project: ProjectAt) -> str:
    progress = form.value("progress")
    given = ProgressInput(
        ProjectState(form.value("state")),
        None if progress is None else int(progress),
        str(form.value("comment") or ""),
    )
    acts.report_project(session, reader, project.id, given, read=form.mark)
    return f"L'état du projet {project.code} est enregistré."


def _undo_report(session: Session, reader: Reader, project: ProjectAt) -> str:
    acts.undo_progress(session, reader, project.id)
    return f"Le dernier rapport du projet {project.code} est annulé."
