"""Le mur: lines shown to the room by the facilitator, in large letters and without authors;
refreshes itself.
"""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from dashboard import cached, french
from dashboard.queries.meetings.records import MeetingAt, wall, workshop
from dashboard.scope import Scope
from dashboard.screens.meetings.agenda import campaign_question
from dashboard.screens.workshops.papers import filing_address, qr_uri
from dashboard.ui.address import page_header
from dashboard.ui.components import draw
from dashboard.visit import signin
from dashboard.visit.navigation import address, current_scope, whole_number
from models.database import fetch
from models.ideas import Idea

EVERY = 2.0  # seconds between two refreshes
LINE_MAX = 240  # characters shown of a line


def render(scope: Scope) -> None:
    meeting_id = whole_number(st.query_params.get("reunion"))
    meeting = fetch(workshop, meeting_id or 0)
    if meeting is None:
        return page_header(
            "Le mur de l'atelier",
            "Ouvrez le mur depuis la page d'un atelier : ce numéro n'est celui d'aucun.",
        )
    address_ = filing_address(reunion=meeting.id)
    message = " · ".join(part for part in (french.day_long(meeting.day), meeting.place) if part)
    draw(
        "workshops/wall_head.html",
        title=meeting.label,
        message=message,
        question=campaign_question(meeting),
        href=address("atelier", scope, reunion=meeting.id),
        code=qr_uri(address_),
    )
    _lines(meeting)


@st.fragment(run_every=EVERY)
def _lines(meeting: MeetingAt) -> None:
    """The lines chosen by the facilitator, latest first."""
    # Read at each refresh: a fragment runs without the frame.
    reader = signin.current_reader()
    if not reader.is_known:
        # Signed out meanwhile: rerun the page, so that the frame identifies the reader.
        st.rerun()
    names = {a.id: (a.code, a.name) for a in cached.ambitions()}
    shown = fetch(wall, replace(current_scope(), reader=reader), meeting.id)
    if not shown:
        draw("workshops/wall_empty.html")
        return
    draw(
        "workshops/wall_lines.html",
        lines=[_line(line, *names.get(line.ambition_id, ("", ""))) for line in shown],
    )


def _line(line: Idea, code: str, name: str) -> Mapping:
    text = line.body or line.title
    if len(text) > LINE_MAX:
        text = text[:LINE_MAX].rsplit(" ", 1)[0] + "…"
    return {"code": code, "ambition": name, "text": text, "voices": line.voices}
