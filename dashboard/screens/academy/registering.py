"""Blocks of registration: the sessions of a training with their seats, one's own registrations, the
approvals of a manager.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reach, Reader, may, reach
from dashboard.actions.seats.offers import accept_offer, decline_offer
from dashboard.actions.seats.taking import (
    decide_approval,
    is_late,
    leave_list,
    register,
    status_in_words,
    wait_for_any,
)
from dashboard.queries.academy.attendance import AwaitedApproval
from dashboard.queries.people.readers import colleagues
from dashboard.queries.seats import records as query
from dashboard.queries.seats.records import Mine, SessionRow, Where
from dashboard.scope import Scope
from dashboard.screens.seats import cancel_box, register_button, seats_in_words
from dashboard.ui.components import (
    draw,
    heading,
    paragraph,
)
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table as plain_table
from dashboard.visit.navigation import address
from models.academy import Training, TrainingSession, TrainingStanding
from models.database import reading
from models.seats import SeatState
from models.texts import Invalid

S = SeatState
_TONES = {S.booked: "good", S.offered: "late", S.waiting: "open", S.requested: "open"}


def when(training_session: TrainingSession) -> str:
    """« 12 septembre 2023, de 09:00 à 12:00 »."""
    hours = (
        f", de {training_session.starts} à {training_session.ends}"
        if training_session.starts and training_session.ends
        else ""
    )
    return f"{french.day_long(training_session.on)}{hours}"


def tone_of(status: S) -> str:
    return _TONES.get(status, "open")


# ── The sessions of one training ──────────────────────────────────────────────────────────────────


def sessions_block(scope: Scope, training: Training) -> None:
    """The upcoming sessions, each with its seats and the reader's possible actions."""
    if not may(scope.reader, "seat.register"):
        return
    with reading() as session:
        rows = query.sessions_of(session, scope, training.id, cached.today())
        list_seat = query.on_list(session, scope.reader.person_id, training.id)
        people = colleagues(session, scope) if rows else {}
    heading("S'inscrire")
    if training.needs_approval:
        st.caption(
            "L'accord de votre responsable est demandé : il ou elle est prévenu(e) dès votre"
            " demande, puis de nouveau après trois jours ouvrables."
        )
    for row in rows:
        _session(row)
    if not rows:
        paragraph(
            "Aucune session n'est prévue pour le moment. Sur la liste d'attente, une place vous"
            " sera proposée dès qu'une session s'ouvre."
        )
    _list_box(training, list_seat.id if list_seat else None)
    if people:
        _colleague_box(training, rows, people)


def _session(row: SessionRow) -> None:
    training_session = row.session
    with st.container(border=True, key=f"cp_session_{training_session.id}"):
        own_status = S(row.mine.status) if row.mine else None
        draw(
            "academy/session.html",
            when=when(training_session),
            state=own_status.label if own_status else "",
            tone=tone_of(own_status),
            seats=" · ".join(filter(None, (training_session.place, seats_of(row)))),
        )
        if row.mine:
            _own_seat(row)
        else:
            register_button(Where(session_id=training_session.id), row.has_seat)


def seats_of(row: SessionRow) -> str:
    return seats_in_words(row.session.capacity, row.free, row.waiting)


def _own_seat(row: SessionRow) -> None:
    seat = row.mine
    if seat.offered_until:
        return _offer_form(seat.id, seat.offered_until)
    if row.rank:
        paragraph(f"Vous êtes en position {row.rank} sur la liste d'attente.")
    is_booked = seat.status == S.booked
    if is_booked or seat.status in (S.waiting, S.requested):
        cancel_box(seat.id, is_booked and is_late(row.session.on, cached.today()))


def _offer_form(seat_id: int, until: date) -> None:
    draw("academy/offered_until.html", until=until)
    form = Form(f"offer_{seat_id}")
    with form.row():
        form.button(
            "Accepter la place",
            accept_offer,
            seat_id,
            icon=":material/check:",
            done="La place est à vous.",
        )
        form.button(
            "La laisser à un collègue",
            decline_offer,
            seat_id,
            field="decline",
            primary=False,
            done="La place est proposée à la personne suivante.",
        )


def _list_box(training: Training, seat_id: int | None) -> None:
    form = Form(f"list_{training.id}")
    if seat_id:
        draw("academy/on_list.html", state=S.waiting.label, tone=tone_of(S.waiting))
        form.send(
            "Quitter la liste d'attente",
            leave_list,
            seat_id,
            field="leave",
            primary=False,
            done="Vous n'êtes plus sur la liste d'attente.",
        )
    else:
        form.send(
            "Aucune date ne me convient : rejoindre la liste d'attente",
            wait_for_any,
            training.id,
            primary=False,
            icon=":material/hourglass_empty:",
            done="Votre place sur la liste d'attente est gardée.",
        )


def _colleague_box(
    training: Training, rows: Sequence[SessionRow], people: Mapping[int, str]
) -> None:
    form = Form(f"colleague_{training.id}")
    sessions = {row.session.id: row.session for row in rows}
    with st.expander("Inscrire un collègue", icon=":material/group_add:"):
        form.pick("person", "Collègue", people)
        st.selectbox(
            "Session",
            list(sessions),
            format_func=lambda i: when(sessions[i]),
            key=form.default("session", next(iter(sessions))),
        )
        form.send(
            "Inscrire ce collègue",
            lambda session, reader: _register_colleague(session, reader, form),
        )


def _register_colleague(session: Session, reader: Reader, form: Form) -> str:
    if not form.value("person"):
        raise Invalid({"person": "Choisissez un collègue."})
    return status_in_words(
        register(session, reader, Where(session_id=form.value("session")), form.value("person"))
    )


# ── One's own registrations ───────────────────────────────────────────────────────────────────────


def registrations_of(scope: Scope) -> list[Mine]:
    """The reader's registrations, latest session first."""
    reader = scope.reader
    return cached.registrations_of(reader.person_id) if reader.is_known else []


def to_answer(registrations: Sequence[Mine]) -> list[Mine]:
    """The seats offered to the reader and pending her answer."""
    return [item for item in registrations if item.status == S.offered and item.seat.offered_until]


def my_registrations(scope: Scope, registrations: Sequence[Mine]) -> None:
    """« Mes inscriptions »: upcoming ones, after the offers pending an answer."""
    shown = [
        item
        for item in registrations
        if item.status in (S.booked, S.offered, S.waiting, S.requested)
        # Without a session, the registration is on the list for any future session.
        if item.session is None or item.session.on >= cached.today()
    ]
    if not shown:
        return
    heading("Mes inscriptions")
    for item in to_answer(shown):
        with st.container(border=True, key=f"cp_offer_{item.seat.id}"):
            draw("academy/followed.html", title=item.training.title, when=when(item.session))
            _offer_form(item.seat.id, item.seat.offered_until)
    rows = [
        (
            link(item.training.title, address("academie", scope, formation=item.training.code)),
            when(item.session) if item.session else "pour la prochaine session",
            item.session.place if item.session else "–",
            item.status.label,
        )
        for item in shown
    ]
    plain_table(("Formation", "Quand", "Où", "État"), rows, "Mes inscriptions")


# ── Approvals ─────────────────────────────────────────────────────────────────────────────────────


def approving(scope: Scope) -> frozenset[int] | None:
    """The units whose agents' registrations the reader approves; None: all."""
    if not may(scope.reader, "training.approve"):
        return frozenset()
    everywhere = reach(scope.reader, "training.approve") == Reach.all
    return None if everywhere else scope.reader.own_units(scope.tree)


def approvals_count(scope: Scope) -> int:
    approved_units = approving(scope)
    return 0 if approved_units == frozenset() else cached.approvals_count(scope, approved_units)


def approval_form(request: AwaitedApproval) -> None:
    """« D'accord », or « Pas cette fois » with its reason."""
    form = Form(f"approval_{request.seat_id}")
    form.field("reason", st.text_input, "Motif d'un refus", default="", max_chars=500)
    with form.row():
        form.button(
            "D'accord",
            decide_approval,
            request.seat_id,
            True,
            done="L'accord est donné.",
            icon=":material/check:",
        )
        form.button(
            "Pas cette fois",
            field="refuse",
            primary=False,
            act=lambda session, reader: (
                decide_approval(session, reader, request.seat_id, False, form.text("reason"))
                or "Le refus est transmis, avec son motif."
            ),
        )


TONES = {
    TrainingStanding.never: "late",
    TrainingStanding.lapsed: "late",
    TrainingStanding.soon: "open",
    TrainingStanding.valid: "good",
}
