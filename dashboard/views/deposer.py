"""Déposer: the idea form. Suivre: the tracking code, which the page without an account opens."""

import streamlit as st

from dashboard.frame.embedding import is_embedded
from dashboard.queries.meetings.records import meeting_titled
from dashboard.scope import Scope
from dashboard.screens.campaigns import asked_questions
from dashboard.screens.ideas.fields import promise, what_follows
from dashboard.screens.ideas.form import About, idea_form
from dashboard.ui.address import page_header
from dashboard.ui.components import draw, paragraph
from dashboard.ui.tables import link
from dashboard.visit.navigation import whole_number
from models.database import fetch
from models.directions import UnitKind


def deposer_view(scope: Scope) -> None:
    about = _about(scope)
    page_header("Déposer une idée", promise())
    if is_embedded():
        return idea_form(scope, about=about)
    left, right = st.columns([5, 3], gap="large")
    with left:
        idea_form(scope, about=about)
    with right:
        draw("filing/next.html", steps=what_follows())
        for question in asked_questions(scope):
            paragraph(link(question.text, question.href))


def _about(scope: Scope) -> About:
    """The subject given in the address: an ambition, a direction, or the meeting whose QR code
    was scanned. Their names are public.
    """
    ambition = scope.ambition.id if scope.ambition else None
    # On other pages « direction » is the frame's filter, not the subject of an entry.
    framed = st.query_params.get("direction", "") if is_embedded() else ""
    unit = scope.tree.by_code.get(framed)
    found = scope.tree.ancestor(unit.id, UnitKind.direction) if unit else None
    direction = found.id if found else None
    meeting = fetch(meeting_titled, whole_number(st.query_params.get("reunion")) or 0)
    if meeting is None:
        return About(ambition, direction)
    return About(ambition, direction or meeting.direction_id, meeting.id)


def suivre_view(_scope: Scope) -> None:
    """Asks for the code; what is sent is opened without the account (`light.following`)."""
    page_header("Suivre mon idée")
    draw("following/code.html")
