"""Blocks of those who run sessions: a trainer's sessions, and the screen of one session."""

from datetime import date

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.academy.attendance import record_attendance
from dashboard.actions.academy.trainings import cancel_session, change_session, open_session
from dashboard.queries.academy import attendance
from dashboard.queries.academy.attendance import AttendanceSheet, ToHold
from dashboard.queries.seats.events import Where
from dashboard.scope import Scope
from dashboard.screens.academy.registering import when
from dashboard.screens.meetings.agenda import audience, hours_fields
from dashboard.screens.seats import call_off_box, free_form, guest_code, mark_field
from dashboard.screens.workshops.papers import PDF, made
from dashboard.ui.components import draw, heading, paragraph
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.ui.page import page_header
from dashboard.ui.tables import table
from dashboard.visit.navigation import address, note_list_read
from models.academy import Training, TrainingSession
from models.database import fetch
from models.seats import ATTENDED, TYPED, SeatState

S = SeatState


def booked_of(to_hold: ToHold) -> str:
    if not to_hold.session.capacity:
        return f"{to_hold.booked}, places non connues"
    return f"{to_hold.booked} sur {to_hold.session.capacity}"


def attendance_in_words(to_hold: ToHold, day: date) -> str:
    if to_hold.session.on > day:
        return "à venir"
    if to_hold.untyped:
        return "à encoder"
    return "encodées" if to_hold.booked else "–"


def sheet_to_hold(scope: Scope, session_id: int) -> AttendanceSheet | None:
    """The attendance sheet of a session, if the reader runs it."""
    sheet = fetch(attendance.sheet_of, session_id)
    return sheet if sheet and may(scope.reader, "training.hold", sheet) else None


def session_screen(scope: Scope, session_id: int) -> None:
    """The screen of one session for those who run it: seats, attendance, papers."""
    trail = (("Académie", address("academie", scope)),)
    sheet = sheet_to_hold(scope, session_id)
    if sheet is None:
        return page_header(
            "Session introuvable",
            "Cette session n'existe pas, ou vous ne la tenez pas.",
            trail=trail,
        )
    page_header(
        sheet.training.title,
        f"{when(sheet.session)} · {sheet.session.place or 'lieu à préciser'}",
        trail=(
            *trail,
            (sheet.training.code, address("academie", scope, formation=sheet.training.code)),
        ),
    )
    return session_blocks(scope, sheet)


def session_blocks(scope: Scope, sheet: AttendanceSheet) -> None:
    """The blocks of a session, on its own screen and beside a list."""
    if sheet.session.cancelled_on:
        return draw(
            "academy/cancelled.html",
            on=sheet.session.cancelled_on,
            reason=sheet.session.cancel_reason,
        )
    if sheet.lines:
        note_list_read(f"feuille de présence, session {sheet.session.id}")
    _papers(scope, sheet)
    if sheet.training.open_to_all and sheet.session.on >= cached.today():
        guest_code(scope, Where(session_id=sheet.session.id))
    _marks(sheet)
    if may(scope.reader, "training.manage") and sheet.session.on >= cached.today():
        names = {
            line.seat_id: line.name
            for line in sheet.lines
            if line.is_guest and line.status == S.booked
        }
        if names:
            free_form(names)
        _change(sheet.session, sheet.training.open_to_all)
        call_off_box(
            "la session",
            f"call_off_{sheet.session.id}",
            lambda session, reader, why: (
                "La session est annulée. Personnes prévenues, qui gardent leur place sur la liste"
                f" d'attente : {cancel_session(session, reader, sheet.session.id, why)}."
            ),
        )


def _papers(scope: Scope, sheet: AttendanceSheet) -> None:
    ident = sheet.session.id

    def presence(session: Session, now: Scope) -> bytes:
        # Imported when the file is asked for: Typst is heavy, and no page needs it to be drawn.
        from dashboard.report import academy

        return academy.presence_sheet(session, now, ident)

    with st.container(horizontal=True):
        download(
            "Feuille de présence (PDF)",
            made(scope, presence),
            f"presence-{ident}.pdf",
            PDF,
            key=f"presence_{ident}",
            icon="print",
        )
        if any(line.status in ATTENDED and not line.is_guest for line in sheet.lines):
            attestation_button(scope, ident, "Attestations (PDF)")


def attestation_button(
    scope: Scope, session_id: int, label: str = "Mon attestation (PDF)", own: bool = False
) -> None:
    """The attestations of a session, or the reader's own."""

    def attestation(session: Session, now: Scope) -> bytes:
        from dashboard.report import academy

        return academy.attestations(session, now, session_id, own)

    download(
        label,
        made(scope, attestation),
        f"attestation-{session_id}.pdf",
        PDF,
        key=f"attestation_{session_id}_{own}",
        icon="workspace_premium",
    )


def _marks(sheet: AttendanceSheet) -> None:
    heading("Présences")
    if not sheet.lines:
        paragraph("Personne n'est encore inscrit à cette session.")
        return
    # Attendance is unknown before the day; until then names are a plain list.
    if sheet.session.on > cached.today():
        table(
            ("N°", "Nom", "État"),
            [(line.rank, line.name, line.status.label) for line in sheet.lines],
            "Personnes inscrites",
        )
        return
    form = Form(f"marks_{sheet.session.id}")
    for line in sheet.lines:
        mark = line.status if line.status in TYPED else None
        mark_field(form, str(line.seat_id), line.name, mark, TYPED)
    form.send(
        "Enregistrer les présences",
        lambda session, reader: _save_marks(session, reader, form, sheet),
        icon=":material/check:",
    )


def _save_marks(session: Session, reader, form: Form, sheet: AttendanceSheet) -> str:
    # A mark left empty is not recorded, rather than recorded as an absence.
    chosen = {line.seat_id: form.value(str(line.seat_id)) for line in sheet.lines}
    changed = record_attendance(
        session, reader, sheet.session.id, {ident: mark for ident, mark in chosen.items() if mark}
    )
    left = sum(1 for mark in chosen.values() if not mark)
    more = f" Il en reste {left} à encoder." if left else ""
    return f"{french.counted(changed, 'présence enregistrée', 'présences enregistrées')}.{more}"


def _change(training_session: TrainingSession, is_open: bool) -> None:
    form = Form(f"session_{training_session.id}")
    with st.expander("Modifier la session", icon=":material/edit:"):
        paragraph(audience(is_open))
        _session_fields(form, training_session, training_session.capacity)
        form.send(
            "Enregistrer",
            lambda session, reader: (
                change_session(session, reader, training_session.id, _session_input(form))
                or "La session est modifiée ; les personnes inscrites sont prévenues."
            ),
        )


def new_session_form(scope: Scope, training: Training) -> None:
    """Open a session of a training."""
    if not may(scope.reader, "training.manage"):
        return
    form = Form(f"new_session_{training.code}")
    with st.expander("Ouvrir une session", icon=":material/event:"):
        paragraph(audience(training.open_to_all))
        _session_fields(form, None, training.capacity or 12)
        form.send(
            "Ouvrir la session", lambda session, reader: _open(session, reader, form, training)
        )


def _open(session: Session, reader, form: Form, training: Training) -> str:
    training_session, offered = open_session(session, reader, training.id, _session_input(form))
    message = f"La session du {french.day_long(training_session.on)} est ouverte."
    if not offered:
        return message
    places = french.counted(offered, "place proposée", "places proposées")
    return f"{message} {places} à la liste d'attente."


def _session_fields(form: Form, training_session: TrainingSession | None, capacity: int) -> None:
    form.field(
        "on",
        st.date_input,
        "Jour",
        default=training_session.on if training_session else None,
        format="DD/MM/YYYY",
    )
    hours_fields(
        form,
        *(
            (training_session.starts, training_session.ends)
            if training_session
            else ("09:00", "12:00")
        ),
    )
    form.field(
        "place",
        st.text_input,
        "Lieu",
        default=training_session.place if training_session else "",
        max_chars=200,
    )
    form.field(
        "capacity",
        st.number_input,
        "Places",
        default=training_session.capacity if training_session else capacity,
        min_value=0,
        step=1,
    )


def _session_input(form: Form) -> TrainingSession:
    return TrainingSession(
        on=form.value("on"),
        capacity=form.value("capacity"),
        starts=form.text("starts"),
        ends=form.text("ends"),
        place=form.text("place"),
    )
