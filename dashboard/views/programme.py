"""Programme: milestones, workstreams, ambitions and projects, with their forms for those who
manage them.
"""

import streamlit as st

from dashboard.scope import Scope
from dashboard.screens.roadmap.changes import proposed_box
from dashboard.screens.roadmap.programmes import (
    new_project_box,
    one_project,
    programmes_box,
    projects_box,
)
from dashboard.screens.roadmap.reference import (
    ambitions_box,
    asked_milestone,
    milestones_box,
    milestones_by_workstream,
    one_milestone,
    workstreams_box,
)
from dashboard.ui.address import page_header
from dashboard.visit.navigation import address


def render(scope: Scope) -> None:
    if number := st.query_params.get("jalon"):
        return _one(scope, number)
    if code := st.query_params.get("projet"):
        return one_project(scope, code)
    page_header("Programme")
    proposed_box(scope)
    milestones_by_workstream(scope)
    milestones_box(scope)
    programmes_box(scope)
    workstreams_box()
    ambitions_box(scope)
    projects_box(scope)
    new_project_box(scope)


def _one(scope: Scope, number: str) -> None:
    milestone = asked_milestone(scope.on, number)
    trail = [("Programme", address("programme", scope))]
    if milestone is None:
        return page_header("Ce jalon n'existe pas", trail=trail)
    page_header(f"{milestone.plan.number} {milestone.plan.title}", trail=trail)
    one_milestone(scope, milestone)
