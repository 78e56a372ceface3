"""The PV of a meeting: drafted from what was recorded, corrected, approved, then only amended."""

from collections.abc import Mapping, Sequence

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.meetings.agendas import (
    FILES,
    amend_minutes,
    approve_minutes,
    send_papers,
)
from dashboard.actions.meetings.records import MINUTES_MAX, write_minutes
from dashboard.queries.edit_conflicts import named
from dashboard.queries.meetings.points import drafted_minutes, papers, written_minutes
from dashboard.queries.meetings.records import MeetingAt
from dashboard.queries.operations.jobs import ready
from dashboard.scope import Scope
from dashboard.ui.components import draw, heading
from dashboard.ui.forms import Form
from models.clock import now
from models.database import fetch
from models.meetings import MeetingPaper, MeetingState, PaperStep


def minutes_block(scope: Scope, meeting: MeetingAt) -> None:
    """The text, who approved it and what was added; the forms of those who write it."""
    written = fetch(written_minutes, scope, meeting.id)
    draft = fetch(drafted_minutes, scope, meeting.id)
    steps = fetch(papers, scope, meeting.id)
    is_approved = any(step.what == PaperStep.approved for step in steps)
    is_held = meeting.state == MeetingState.held and scope.on == cached.today()
    if is_held and not is_approved and may(scope.reader, "meeting.record"):
        _writing_form(meeting, written or draft)
    else:
        draw("meetings/minutes.html", text=written or draft, written=_state(steps, written))
    if is_held and written and not is_approved and may(scope.reader, "decision.record"):
        Form(f"approve_{meeting.id}").send(
            "Approuver le PV",
            lambda session, reader: approve_minutes(session, reader, meeting.id),
            icon=":material/verified:",
            primary=not may(scope.reader, "meeting.record"),
            done="Le PV est approuvé : il ne se corrige plus, il se complète.",
        )
    if is_held and is_approved and may(scope.reader, "meeting.record"):
        _amending_form(meeting)


def send_form(scope: Scope, meeting: MeetingAt, params: Mapping[str, str]) -> None:
    """« Envoyer aux membres »: the agenda before the meeting, with the files that were prepared
    with these parameters; the approved PV after it.
    """
    steps = fetch(papers, scope, meeting.id)
    is_ahead = meeting.state == MeetingState.planned
    is_approved = any(step.what == PaperStep.approved for step in steps)
    if scope.on != cached.today() or not (is_ahead or is_approved):
        return
    what = PaperStep.minutes_sent if is_approved else PaperStep.sent
    sent = [f" Envoyé le {french.day(step.on)}." for step in steps if step.what == what][-1:]
    files = "" if is_approved else " et les fichiers préparés ci-dessus, s'il y en a"
    st.caption(f"Un courriel à chaque membre, avec le lien vers cette page{files}." + "".join(sent))
    Form(f"send_{meeting.id}").send(
        "Envoyer le PV aux membres" if is_approved else "Envoyer aux membres",
        lambda session, reader: _send(session, reader, meeting.id, params),
        primary=False,
        icon=":material/send:",
    )


def _send(session: Session, reader: Reader, meeting_id: int, params: Mapping[str, str]) -> str:
    files = ready(session, reader, FILES, params, now())
    n = send_papers(session, reader, meeting_id, files)
    joined = f"avec {french.counted(len(files), 'fichier')}" if files else "avec le lien seul"
    return f"Envoyé à {french.counted(n, 'personne')}, {joined}."


def _state(steps: Sequence[MeetingPaper], written: str) -> str:
    """What became of the PV, in one line."""
    lines = [
        f"{PaperStep(step.what).label} le {french.day_long(step.on)}{_by(step)}"
        + (f" : {step.text}" if step.text else "")
        for step in steps
        if step.what != PaperStep.sent
    ]
    if not any(step.what == PaperStep.approved for step in steps):
        lines.insert(
            0, "Projet, pas encore approuvé" if written else "Projet établi d'après les issues"
        )
    return "\n".join(lines)


def _by(step: MeetingPaper) -> str:
    name = fetch(named, step.by)
    return f" par {name}" if name else ""


def _writing_form(meeting: MeetingAt, text: str) -> None:
    heading("Le PV")
    form = Form(f"pv_{meeting.id}")
    form.opens_with({"minutes": text})
    form.field("minutes", st.text_area, "Texte du PV", height=360, max_chars=MINUTES_MAX)
    form.send(
        "Enregistrer le PV",
        lambda session, reader: write_minutes(
            session, reader, meeting.id, form.value("minutes") or ""
        ),
        icon=":material/check:",
        done="Le PV est enregistré.",
    )


def _amending_form(meeting: MeetingAt) -> None:
    form = Form(f"amend_{meeting.id}")
    with st.expander("Compléter le PV", icon=":material/edit_note:", key="w_amend"):
        form.field("text", st.text_area, "Ce qui le complète", default="", max_chars=MINUTES_MAX)
        form.send(
            "Ajouter au PV",
            lambda session, reader: amend_minutes(
                session, reader, meeting.id, form.value("text") or ""
            ),
            icon=":material/check:",
            done="Le PV est complété.",
        )
