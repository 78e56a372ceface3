"""Taking a seat (s'inscrire) for oneself or a colleague, the manager's approval, giving it up."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta

from sqlmodel import Session, select

from dashboard.access import NOBODY, Reader, registered_units, require
from dashboard.actions import limits
from dashboard.actions.ideas.filing import code_of, hash_of_code
from dashboard.actions.meetings.records import require_organiser
from dashboard.actions.notices.records import forget_guests_notices, notify
from dashboard.actions.operations.mixing import ShortAct, in_batches
from dashboard.actions.seats.offers import (
    approves,
    ask_approval,
    fill,
    lock_event,
    lock_person,
    lock_seat,
    next_status,
    notify_of,
    notify_seats,
    write_fact,
)
from dashboard.queries.directions import organisation
from dashboard.queries.meetings.events import planned_between
from dashboard.queries.people.readers import service_of
from dashboard.queries.seats import records as query
from dashboard.queries.seats.records import Event, Where
from models import installation
from models.academy import Training
from models.clock import today
from models.database import leave_no_trace
from models.notices import NoticeKind
from models.people import Person, is_address
from models.seats import TO_COME, Seat, SeatEvent, SeatState
from models.signing import keyed_hash
from models.texts import Refused, clean_text, clean_title, refuse, too_long

_CANCELLED = "Votre inscription est annulée"
_PLACE = {
    SeatState.booked: "La place est réservée.",
    SeatState.requested: "La demande est envoyée au responsable.",
    SeatState.waiting: "Tout est pris : la place sur la liste d'attente est gardée.",
}
REASON_MAX = 500
AT_ONCE = 50  # most persons registered or notified by one act


def register(session: Session, reader: Reader, where: Where, person_id: int | None = None) -> Seat:
    """Inscrire oneself, or `person_id` of a service one heads or covers: booked, waiting, or
    submitted for approval.

    Raises Refused, in one sentence, where she cannot be registered.
    """
    require(reader, "seat.register")
    for_person = person_id or reader.person_id
    if for_person != reader.person_id:
        _require_for(session, reader, for_person)
    event = lock_event(session, where)
    # Locks the date, then the person: concurrent registrations for the same hours would # otherwise
    # both find her free.
    lock_person(session, for_person)
    day = today(session)
    subject = "Vous avez" if for_person == reader.person_id else "Cette personne a"
    _refuse_event(event)
    if query.active_seat(session, for_person, event.where):
        raise Refused(f"{subject} déjà une inscription à cette date.")
    conflicting = query.conflicting_title(session, for_person, event)
    if conflicting:
        raise Refused(f"{subject} déjà une place aux mêmes heures : « {conflicting} ».")
    seat = Seat(meeting_id=event.where.meeting_id, person_id=for_person, status="")
    if event.training is not None:
        # Her place on the training's list has her waiting date.
        seat = query.on_list(session, for_person, event.training.id) or Seat(
            training_id=event.training.id, person_id=for_person, status=""
        )
        seat.session_id = event.where.session_id
    if for_person != reader.person_id and seat.id is None:
        seat.asked_by = reader.person_id
    needs_approval = event.training is not None and event.training.needs_approval
    if needs_approval and not approves(session, reader, for_person, day):
        fact = write_fact(session, reader.person_id, seat, SeatState.requested, day)
        ask_approval(session, reader, seat, event, fact)
    else:
        _place(session, reader, seat, event, day)
    return seat


def register_colleagues(
    session: Session, reader: Reader, session_id: int, person_ids: Collection[int]
) -> Counter[str]:
    """Inscrire plusieurs agents to one session, all or none. State → how many.

    Raises Invalid for an empty list, Refused naming the person who cannot be registered.
    """
    require(reader, "training.register_for")
    _require_some(person_ids)
    counts: Counter[str] = Counter()
    # In a fixed order, so that concurrent acts cannot deadlock.
    for person_id in sorted(set(person_ids)):
        try:
            counts[register(session, reader, Where(session_id=session_id), person_id).status] += 1
        except Refused as refused:
            person = session.get(Person, person_id)
            name = person.name if person else "Cette personne"
            raise Refused(f"{name} : {refused}") from refused
    return counts


def propose_session(
    session: Session, reader: Reader, session_id: int, person_ids: Collection[int]
) -> int:
    """Proposer une date: notifies persons, who register themselves; returns how many are newly
    notified. Raises Invalid for an empty list, Refused for a session closed to registration.
    """
    require(reader, "training.register_for")
    _require_some(person_ids)
    event = query.event(session, Where(session_id=session_id), today(session))
    if event is None:
        raise Refused("Cette session n'existe pas.")
    for person_id in sorted(set(person_ids)):
        _require_for(session, reader, person_id)
    _refuse_event(event)
    return notify(
        session,
        person_ids,
        key=f"proposition-{session_id}-{event.day}",
        kind=NoticeKind.task,
        title="Une date de formation vous est proposée",
        text=f"{event.named}. Inscrivez-vous sur la fiche de la formation.",
        href=event.href,
        by=reader.person_id,
    )


def _require_some(person_ids: Collection[int]) -> None:
    none = "Choisissez au moins une personne."
    many = f"Choisissez {AT_ONCE} personnes au plus à la fois."
    refuse({"persons": (len(person_ids) > AT_ONCE and many) if person_ids else none})


def wait_for_any(session: Session, reader: Reader, training_id: int) -> Seat:
    """Rejoindre la liste d'attente of a training, for any of its sessions."""
    require(reader, "seat.register")
    if session.get(Training, training_id) is None:
        raise Refused("Cette formation n'existe pas.")
    lock_person(session, reader.person_id)
    if query.on_list(session, reader.person_id, training_id):
        raise Refused("Vous êtes déjà sur la liste d'attente de cette formation.")
    seat = Seat(training_id=training_id, person_id=reader.person_id, status="")
    write_fact(session, reader.person_id, seat, SeatState.waiting, today(session))
    return seat


def leave_list(session: Session, reader: Reader, seat_id: int) -> None:
    """Quitter la liste d'attente of a training."""
    require(reader, "seat.register")
    # Locked and re-read: a seat may just have been offered.
    seat = session.get(Seat, seat_id, with_for_update=True, populate_existing=True)
    is_hers = seat is not None and seat.person_id == reader.person_id
    if not is_hers or seat.session_id or seat.meeting_id or seat.status != SeatState.waiting:
        raise Refused("Vous n'êtes plus sur cette liste d'attente.")
    write_fact(session, reader.person_id, seat, SeatState.cancelled, today(session))


def cancel(session: Session, reader: Reader, seat_id: int, reason: str = "") -> None:
    """Annuler une inscription: at a session freely until some days before, then with a reason; the
    seat goes to the next in line.

    Raises Invalid for a missing reason, Refused for somebody else's seat or a past date.
    """
    require(reader, "seat.register")
    seat, event = lock_seat(session, seat_id)
    if reader.person_id not in (seat.person_id, seat.asked_by):
        if seat.meeting_id is None:
            _require_for(session, reader, seat.person_id)
        elif seat.is_guest:
            require_organiser(session, reader, seat.meeting_id)
        else:
            raise Refused("Cette inscription est celle d'une autre personne.")
    if seat.status not in TO_COME:
        raise Refused("Cette inscription ne peut plus être annulée.")
    if event.is_over:
        raise Refused("Cette date est passée : l'inscription ne s'annule plus.")
    words = clean_text(reason)
    is_booked = seat.status == SeatState.booked and event.training is not None
    needs_words = is_booked and is_late(event.day, today(session)) and not words
    near = "La session est proche : dites en un mot pourquoi vous annulez."
    refuse({"reason": (needs_words and near) or too_long(words, REASON_MAX, "Le motif")})
    free(session, reader, seat, event, words)


def free(session: Session, reader: Reader, seat: Seat, event: Event, reason: str = "") -> None:
    """Cancels this seat, for the next in line. The caller holds the lock on the date."""
    day = today(session)
    fact = write_fact(session, reader.person_id, seat, SeatState.cancelled, day, reason=reason)
    notify_of(
        *(session, event, fact, _CANCELLED, f"{event.named}."), urgent=False, by=reader.person_id
    )
    fill(session, event.where, day)


def is_late(on: date, day: date) -> bool:
    """Whether giving up a seat this close to the session needs a reason."""
    return day > on - timedelta(days=5)


def decide_approval(
    session: Session, reader: Reader, seat_id: int, approved: bool, reason: str = ""
) -> None:
    """Accord ou refus du responsable. Raises Invalid for a refusal without a reason, Refused for a
    request already decided.
    """
    require(reader, "training.approve")
    # Locked: of two concurrent decisions the second finds the first.
    seat, event = lock_seat(session, seat_id)
    if seat.approval_asked_on is None or seat.approved is not None:
        raise Refused("Cette demande est déjà traitée.")
    if seat.status not in (SeatState.requested, SeatState.booked):
        raise Refused("Cette demande n'attend plus d'accord.")
    day = today(session)
    words = clean_text(reason)[:REASON_MAX]
    if not approves(session, reader, seat.person_id, day):
        raise Refused("Cette personne ne relève pas de vous.")
    why = "Dites en un mot pourquoi : la personne le lira."
    refuse({"reason": not approved and not words and why})
    seat.approved = approved
    status, title = SeatState.cancelled, "Votre responsable ne peut pas donner son accord"
    if approved:
        is_requested = seat.status == SeatState.requested
        status = next_status(session, event, day) if is_requested else SeatState.booked
        title = "Votre responsable est d'accord"
    refusal = None if approved else words
    fact = write_fact(session, reader.person_id, seat, status, day, reason=refusal)
    text = f"{event.named}. {_PLACE[status] if approved else words}"
    notify_of(session, event, fact, title, text, urgent=False, by=reader.person_id)
    if not approved:
        fill(session, event.where, day)


# ── Rules ─────────────────────────────────────────────────────────────────────────────────────────


def _refuse_event(event: Event) -> None:
    """Raises Refused where nobody can register for the date."""
    if event.refusal:
        raise Refused(event.refusal)


def _require_for(session: Session, reader: Reader, person_id: int | None) -> None:
    require(reader, "training.register_for")
    day = today(session)
    units = registered_units(reader, organisation(session).at(day))
    if units is not None and (
        person_id is None or service_of(session, person_id, day) not in units
    ):
        raise Refused("Cette personne ne relève pas de vos services.")


def _place(session: Session, reader: Reader, seat: Seat, event: Event, day: date) -> SeatEvent:
    status = next_status(session, event, day)
    fact = write_fact(session, reader.person_id, seat, status, day)
    title = "Vous avez une place sur une liste d'attente"
    if status == SeatState.booked:
        title = "Une place est réservée pour vous à une formation"
    text = f"{event.named}. {_PLACE[status]}"
    notify_of(session, event, fact, title, text, urgent=False, by=reader.person_id)
    return fact


def status_in_words(seat: Seat) -> str:
    """The confirmation shown after registering somebody."""
    return _PLACE[SeatState(seat.status)]


def remind_of_meetings(session: Session, day: date) -> Iterator[ShortAct]:
    """One notice the day before, for each person with a seat. A task of the round."""
    tomorrow = day + timedelta(days=1)
    ids = [meeting.id for meeting, _ in planned_between(session, tomorrow, tomorrow)]
    return in_batches(ids, _remind_of, at_once=1)


def _remind_of(session: Session, batch: Sequence[int]) -> int:
    notified = 0
    for meeting_id in batch:
        event = query.event(session, Where(meeting_id), today(session))
        # Guests gave their address for changes, not for reminders.
        persons = [
            seat
            for seat in query.seats(session, event.where, SeatState.booked)
            if not seat.is_guest
        ]
        # Keyed by day: a meeting that was moved gets a new reminder.
        key, title = f"{event.key}-rappel-{event.day}", "Votre réunion de demain"
        notified += notify_seats(session, event, persons, key, title, f"{event.named}.")
    return notified


NAME_MAX, SERVICE_MAX = 60, 120
NO_SUCH_DATE = "Cette date n'existe pas, ou elle n'est pas ouverte à tous."


# ── Taking a seat ─────────────────────────────────────────────────────────────────────────────────


def take_seat(
    session: Session,
    reader: Reader,
    where: Where,
    typed: Seat,
    token: str,
    address: str | None = None,
) -> str:
    """S'inscrire sans compte, with optional name, service and address: a seat or a place on the
    waiting list, once per form token. Returns the follow-up code.

    Raises Invalid per field, Refused where the date takes no registrations, or past the hourly
    limit of this `address` or of all.
    """
    require(reader, "seat.take")
    seed = _seed(token)
    if query.guest_of_form(session, seed) is None:
        limits.count(session, limits.Act.seat, address)
        values = {name: clean_title(getattr(typed, name)) for name in ("name", "service", "email")}
        is_wrong = values["email"] and not is_address(values["email"])
        refuse(
            {
                "name": too_long(values["name"], NAME_MAX, "Le prénom"),
                "service": too_long(values["service"], SERVICE_MAX, "Le service"),
                "email": is_wrong
                and "Cette adresse n'en est pas une : « nom@domaine.be », ou rien.",
            }
        )
        # Checked after the lock: of a form sent twice at once, the second finds the first.
        try:
            event = lock_event(session, where)
        except Refused as refusal:
            raise Refused(NO_SUCH_DATE) from refusal
        if query.guest_of_form(session, seed) is None:
            seat = Seat(is_guest=True, status="", **values)
            if not event.is_open:
                raise Refused(NO_SUCH_DATE)
            _refuse_event(event)
            # The database's log would reveal the order of anonymous registrations.
            leave_no_trace(session)
            seat.meeting_id, seat.session_id = event.where.meeting_id, event.where.session_id
            seat.training_id = event.training.id if event.training else None
            seat.seed, seat.code = seed, hash_of_code(code_of(seed))
            day = today(session)
            fact = write_fact(session, None, seat, next_status(session, event, day), day)
            title, more = "Votre place est réservée", ""
            if fact.status == SeatState.waiting:
                title = "Vous êtes sur la liste d'attente"
                more = " Vous serez prévenue ou prévenu si une place se libère."
            notify_seats(session, event, [seat], "inscription", title, f"{event.named}.{more}")
    return code_of(seed)


def code_of_form(session: Session, token: str) -> str | None:
    """The code of the seat this form already took; None where it has not."""
    seed = _seed(token)
    return code_of(seed) if query.guest_of_form(session, seed) else None


def _seed(token: str) -> str:
    """What the code is derived from; the database alone reveals neither token nor code."""
    return keyed_hash(f"seat:{token}")[:32]


# ── With the code ─────────────────────────────────────────────────────────────────────────────────


def place_with_code(session: Session, code: str) -> query.GuestPlace:
    """The seat of a code, whatever its spacing. Raises Refused for an unknown code."""
    return query.place_of(session, _guest(session, code), today(session))


def is_seat_code(session: Session, code: str) -> bool:
    return bool(code) and query.guest_of(session, hash_of_code(code)) is not None


def give_up_with_code(session: Session, code: str) -> None:
    """Annuler: releases the seat for the waiting list and deletes the guest's details. Raises
    Refused.
    """
    seat, event = lock_seat(session, _guest(session, code).id)
    place = query.place_of(session, seat, today(session))
    if place.is_cancelled:
        raise Refused("Cette inscription est déjà annulée.")
    if not place.can_leave:
        raise Refused("Cette date est passée ou annulée : il n'y a plus rien à annuler.")
    leave_no_trace(session)
    # First: no mail is sent about one's own act, nor to a deleted address.
    seat.name = seat.service = seat.email = ""
    forget_guests_notices(session, [seat.id])
    free(session, NOBODY, seat, event)


def _guest(session: Session, code: str) -> Seat:
    seat = query.guest_of(session, hash_of_code(code)) if code else None
    if seat is None:
        raise Refused(
            "Ce code ne correspond à aucune inscription : vérifiez-le, ou recopiez-le en entier."
            " Quelques jours après la date, tout est effacé, le code aussi."
        )
    return seat


# ── Forgetting ────────────────────────────────────────────────────────────────────────────────────


def forget_guests(session: Session, day: date) -> Iterator[ShortAct]:
    """Oublier les invités: some days after the date, deletes their details and code; seats and
    presences remain. A task of the round.
    """
    before = day - timedelta(days=installation.GUEST_DAYS)
    return in_batches(query.to_forget(session, before), _forget)


def _forget(session: Session, batch: Sequence[int]) -> int:
    seats = session.exec(select(Seat).where(Seat.id.in_(batch)).with_for_update()).all()
    for seat in seats:
        seat.seed = seat.code = None
        seat.name = seat.service = seat.email = ""
    forget_guests_notices(session, batch)
    if seats:
        leave_no_trace(session)
    return len(seats)
