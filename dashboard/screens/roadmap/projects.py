"""Blocks of the projects of the PST: their tree with state and progress and, for their managers,
the forms, calendar and reports of each.
"""

from collections.abc import Sequence

import streamlit as st

from dashboard import french
from dashboard.cached import projects
from dashboard.queries.reference_tables import REFERENCE_TABLES
from dashboard.queries.roadmap import PlanAt
from dashboard.scope import Scope
from dashboard.screens.reference.history import row_history
from dashboard.screens.roadmap.calendar_form import calendar_forms, may_revise
from dashboard.screens.roadmap.milestone import reports
from dashboard.screens.roadmap.plan_form import plan_form
from dashboard.screens.roadmap.report_form import report_form
from dashboard.ui.components import draw, section
from dashboard.ui.forms import Form
from dashboard.ui.page import page_header
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.roadmap import PlanLevel, PlanSchedule

# ── What everybody reads ──────────────────────────────────────────────────────────────────────────


def project_list(lines: Sequence[tuple[PlanAt, int, str, str]]) -> None:
    """The projects as an indented list: each line has its depth, its facts and its link."""
    draw("roadmap/projects.html", projects=lines)


# ── What those who keep them change ───────────────────────────────────────────────────────────────


def projects_box(scope: Scope) -> None:
    """The tree of the projects, each a way to its forms."""
    tree = projects(scope.reader)
    section("Projets du PST", "" if tree else "Aucun projet encore.")
    if tree:
        lines = [
            (
                at,
                depth,
                _in_words(at.schedule, scope),
                address("programme", scope, projet=at.plan.number),
            )
            for at, depth in tree
        ]
        project_list(lines)


def new_project_box(scope: Scope) -> None:
    """The form of a new project, folded."""
    unfolding(
        "Créer un projet",
        plan_form,
        None,
        PlanLevel.action,
        scope,
        key=Form(f"plan_{PlanLevel.action}").key("box"),
        icon=":material/add:",
    )


def one_project(scope: Scope, code: str) -> None:
    """One project: its texts, its forms, its reports, and its history."""
    tree = projects(scope.reader)
    trail = [("Programme", address("programme", scope))]
    at = next((at for at, _ in tree if at.plan.number == code), None)
    if at is None:
        return page_header("Ce projet n'existe pas", trail=trail)
    page_header(at.plan.title, f"Projet {code} du PST", trail=trail)
    section("Aujourd'hui")
    project_list([(at, 0, _in_words(at.schedule, scope), "")])
    if may_revise(scope):
        report_form(at, scope)
        calendar_forms(at, scope)
    section("Ce qu'il est")
    with st.container(border=True):
        plan_form(at, at.plan.level, scope)
    reports(at, scope)
    row_history(scope, REFERENCE_TABLES["projets"], code, "Modifications de ce projet")


def _in_words(now: PlanSchedule, scope: Scope) -> str:
    """« du 01/03/2021 au 30/09/2023 · 210 000 € · Directeur de l'Entretien (RI-ENT) »."""
    days = (("du", now.start), ("au", now.end))
    unit = scope.tree.by_id.get(now.owner_direction_id)
    parts = (
        " ".join(f"{word} {french.day(day)}" for word, day in days if day),
        f"{french.number(now.budget)} €" if now.budget is not None else "",
        " ".join(filter(None, (now.owner, f"({unit.code})" if unit else ""))),
    )
    return " · ".join(filter(None, parts))
