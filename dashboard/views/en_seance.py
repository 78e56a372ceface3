"""En séance: the meeting for the room, projected: one point at a time, then who was there."""

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.queries.meetings.agenda import is_restricted
from dashboard.scope import Scope
from dashboard.screens.decisions import running
from dashboard.screens.decisions.form import new_point_form
from dashboard.ui.address import page_header
from dashboard.ui.components import paragraph
from dashboard.visit.navigation import address, whole_number
from models.meetings import BODIES


def render(scope: Scope) -> None:
    ident = whole_number(st.query_params.get("reunion"))
    meeting = next((m for m in cached.meetings(scope.on) if m.id == ident), None)
    if not meeting or meeting.kind not in BODIES or is_restricted(scope.reader, meeting.kind):
        trail = (("Préparer la séance", address("preparer", scope)),)
        return page_header(
            "En séance", "Ouvrez la séance depuis « Préparer la séance ».", trail=trail
        )
    found = [p for p in cached.agenda_points(scope, meeting.id) if p.minutes or p.treated]
    asked = whole_number(st.query_params.get(running.RANK)) or 1
    rank = min(max(asked, 1), len(found) + 1)
    running.head(scope, meeting, found, rank)
    # Outcomes are recorded from the day of the meeting on.
    is_now = scope.on == cached.today() and meeting.day <= cached.today()
    can_run = is_now and may(scope.reader, "decision.record")
    if rank > len(found):
        page_header("Clôture de la séance")
        if can_run:
            new_point_form(scope)
        if can_run and may(scope.reader, "meeting.record"):
            running.closing_form(scope, meeting)
        return None
    point = found[rank - 1]
    page_header(f"{rank}. {point.label}")
    if not point.is_closed:
        running.timer(f"{meeting.id}_{point.id}", point.minutes)
    if not can_run or point.is_closed:
        running.point_shown(scope, point)
        if meeting.day > cached.today():
            paragraph(f"Les issues s'inscrivent à partir du {french.day_long(meeting.day)}.")
        return None
    left, right = st.columns([3, 2], gap="large")
    with left:
        running.point_shown(scope, point)
    with right:
        running.outcome_form(scope, meeting, point)
    return None
