"""The waiting list (liste d'attente): a freed seat goes to the next in line. At a meeting, and to a
guest, it is given at once; at a session it is offered for a time, then to the next.

An offer lasts some working days and ends some days before the session; from then on the first to
register takes the seat.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sqlmodel import Session, or_, select

from dashboard import french
from dashboard.access import Reader, may, require
from dashboard.actions.acts import add_record
from dashboard.actions.notices.records import notify, notify_guests
from dashboard.actions.operations.mixing import ShortAct, in_batches
from dashboard.queries.directions import organisation
from dashboard.queries.notices import records
from dashboard.queries.people.readers import service_of
from dashboard.queries.seats import records as query
from dashboard.queries.seats.records import Event, Where, is_number
from models.academy import TrainingSession
from models.clock import today, workdays
from models.meetings import Meeting
from models.notices import NoticeKind
from models.people import Person
from models.seats import TO_COME, Seat, SeatEvent, SeatState
from models.texts import Refused


def lock_event(session: Session, where: Where) -> Event:
    """The date, locked until the transaction ends. Raises Refused where there is none."""
    table, ident = Meeting, where.meeting_id
    if not ident:
        table, ident = TrainingSession, where.session_id
    # Re-read under the lock: it may have changed while waiting for it.
    if is_number(ident):
        session.get(table, ident, with_for_update=True, populate_existing=True)
    event = query.event(session, where, today(session))
    if event is None:
        raise Refused(f"Cette {'réunion' if where.meeting_id else 'session'} n'existe pas.")
    return event


def lock_person(session: Session, person_id: int) -> Person:
    """The person, locked so that two of her clicks at once cannot take two seats at the
    same hours.
    """
    # FOR NO KEY UPDATE on PostgreSQL: others can still write facts that refer to her.
    person = session.get(
        Person, person_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if person is None or person.erased_on is not None:
        raise Refused("Cette personne n'existe pas.")
    return person


def lock_seat(session: Session, seat_id: int) -> tuple[Seat, Event]:
    """A seat and its date, both locked. Raises Refused."""
    seat = session.get(Seat, seat_id) if is_number(seat_id) else None
    where = where_of(seat) if seat else Where()
    if where == Where():
        raise Refused("Cette inscription n'existe pas.")
    # The lock is on the date: re-read under it, the seat may have moved to another date.
    event = lock_event(session, where)
    session.refresh(seat)
    if where_of(seat) != where:
        raise Refused("Cette inscription vient de changer : rechargez la page.")
    return seat, event


def where_of(seat: Seat) -> Where:
    return Where(seat.meeting_id, seat.session_id)


def write_fact(
    session: Session,
    by: int | None,
    seat: Seat,
    status: SeatState,
    on: date,
    *,
    reason: str | None = None,
    hours: float = 0.0,
    voids: int | None = None,
) -> SeatEvent:
    """Sets the seat's status from `on`: one fact, and the current value on the record."""
    seat.status = status
    if status != SeatState.offered:
        seat.offered_until = None
    add_record(session, seat)
    fact = SeatEvent(
        on=on,
        recorded_on=today(session),
        by=by,
        reason=reason or None,
        voids=voids,
        hours=hours,
        seat_id=seat.id,
        training_id=seat.training_id,
        session_id=seat.session_id,
        person_id=seat.person_id,
        service_id=service_of(session, seat.person_id, on) if seat.person_id else None,
        status=status,
    )
    return add_record(session, fact)


def notify_seats(
    session: Session,
    event: Event,
    seats: Sequence[Seat],
    key: str,
    title: str,
    text: str,
    *,
    urgent: bool = True,
    by: int | None = None,
) -> int:
    """Notifies the holders of these seats about a date, once per key: persons in their outbox,
    guests at their address. Returns how many.
    """
    persons = notify(
        session,
        [seat.person_id for seat in seats],
        key=key,
        kind=NoticeKind.task if urgent else NoticeKind.state,
        title=title,
        text=text,
        href=event.href,
        urgent=urgent,
        by=by,
    )
    return persons + notify_guests(session, seats, key, title, text)


def notify_of(
    session: Session, event: Event, fact: SeatEvent, title: str, text: str, **how: object
) -> int:
    """Notifies the holder of one seat, once per fact."""
    seat = session.get(Seat, fact.seat_id)
    return notify_seats(session, event, [seat], f"inscription-{fact.id}", title, text, **how)


def notify_list(session: Session, where: Where, key: str, title: str, more: str = "") -> int:
    """Notifies all who have a seat at a date, an offer, a request or a place on its waiting
    list.
    """
    event = query.event(session, where, today(session))
    seats = query.seats(session, where, *TO_COME)
    return notify_seats(session, event, seats, f"{event.key}-{key}", title, f"{event.named}.{more}")


def ask_approval(
    session: Session, reader: Reader, seat: Seat, event: Event, fact: SeatEvent
) -> None:
    """Asks the heads of the person's service; the programme office where the person herself is the
    only head.
    """
    seat.approval_asked_on, seat.approved = fact.on, None
    session.flush()
    tree = organisation(session).at(fact.on)
    managers = set(records.managers_of(session, tree, fact.service_id, fact.on))
    notify(
        session,
        managers - {seat.person_id} or records.animateurs(session),
        key=f"accord-{seat.id}-{fact.id}",
        kind=NoticeKind.task,
        urgent=True,
        title=f"Un accord est demandé pour {session.get(Person, seat.person_id).name}",
        text=f"{event.named}.",
        href="/academie?vue=gestion",
        by=reader.person_id,
    )


def approves(session: Session, reader: Reader, person_id: int, day: date) -> bool:
    """Whether the reader can give this approval: a manager for her services, the programme office
    for all.
    """
    if not may(reader, "training.approve"):
        return False
    if may(reader, "training.manage"):
        return True
    return service_of(session, person_id, day) in reader.own_units(organisation(session).at(day))


def last_day(session: Session, event: Event, day: date) -> date | None:
    """The last day on which an offer made on `day` may be answered, or on which a free seat of a
    meeting is given; None: too close to the session.
    """
    if event.training is None:
        return event.day
    # A freed seat is reserved for three working days; near the session the first to register
    # takes it.
    last = min(workdays(session).add(day, 3), event.day - timedelta(days=2))
    return last if last >= day else None


def next_status(session: Session, event: Event, day: date) -> SeatState:
    """Booked where a seat is free and nobody is on the waiting list, else waiting."""
    # The waiting list comes first, as long as offers can still be made.
    is_first = last_day(session, event, day) is None or not event.waiting
    return SeatState.booked if is_first and not event.must_wait else SeatState.waiting


def fill(session: Session, where: Where, day: date) -> int:
    """Gives or offers the free seats of a date, locked by the caller, to its waiting list. Returns
    how many.
    """
    event = query.event(session, where, day)
    until = last_day(session, event, day)
    if until is None or event.refusal:
        return 0
    line = [] if event.must_wait else query.in_line(session, event)
    free = len(line) if event.free is None else event.free
    served = 0
    for seat in line:
        if served == free:
            break
        if seat.is_guest or event.training is None:
            fact = write_fact(session, None, seat, SeatState.booked, day)
            notify_of(
                session,
                event,
                fact,
                "Une place s'est libérée : elle est pour vous",
                f"{event.named}.",
            )
            served += 1
        # Skips those with a seat elsewhere at these hours; they remain on the list.
        elif query.conflicting_title(session, seat.person_id, event) is None:
            seat.session_id = event.where.session_id
            fact = write_fact(session, None, seat, SeatState.offered, day)
            seat.offered_until = until
            session.flush()
            notify_of(
                session,
                event,
                fact,
                "Une place est libre pour vous",
                f"{event.named}. Elle vous est gardée jusqu'au {french.day_long(until)} :"
                " acceptez-la ou laissez-la à un collègue.",
            )
            served += 1
    return served


def accept_offer(session: Session, reader: Reader, seat_id: int) -> None:
    """Accepter la place offerte. Raises Refused once the offer has ended."""
    seat, event = _open(session, reader, seat_id)
    conflicting = query.conflicting_title(session, seat.person_id, event)
    if conflicting:
        raise Refused(f"Vous avez déjà une place à ces heures : « {conflicting} ».")
    fact = write_fact(session, reader.person_id, seat, SeatState.booked, today(session))
    if event.training.needs_approval and not seat.approved:
        # The seat is hers unless her manager refuses.
        ask_approval(session, reader, seat, event, fact)


def decline_offer(session: Session, reader: Reader, seat_id: int) -> None:
    """Laisser la place offerte to the next in line."""
    seat, event = _open(session, reader, seat_id)
    _end(session, seat, "Offre déclinée", today(session), reader.person_id)
    fill(session, event.where, today(session))


def _open(session: Session, reader: Reader, seat_id: int) -> tuple[Seat, Event]:
    require(reader, "seat.register")
    seat, event = lock_seat(session, seat_id)
    if seat.person_id != reader.person_id:
        raise Refused("Cette place est offerte à une autre personne.")
    if seat.offered_until is None or seat.offered_until < today(session):
        raise Refused("Cette offre a pris fin : la place est allée à la personne suivante.")
    return seat, event


def _end(
    session: Session, seat: Seat, reason: str, day: date, by: int | None = None
) -> tuple[SeatEvent, bool]:
    """Ends an offer that was not taken: those on the training's list remain on it, those registered
    for this session only are cancelled. Returns whether she is still waiting.
    """
    is_waiting = any(fact.session_id is None for fact in query.waiting_facts(session, seat))
    if is_waiting:
        seat.session_id = None
    status = SeatState.waiting if is_waiting else SeatState.cancelled
    return write_fact(session, by, seat, status, day, reason=reason), is_waiting


def settle_offers(session: Session, day: date) -> Iterator[ShortAct]:
    """Clore les offres past their last day, and offer the seats to the next in line. A task of the
    round.
    """
    lapsed = session.exec(select(Seat.session_id).where(Seat.offered_until < day)).all()
    # Whether a seat is free is checked under the session's lock.
    unserved = _awaited(session, TrainingSession.on > day, TrainingSession.capacity > 0)
    to_serve = sorted({*lapsed, *unserved})
    yield from in_batches(to_serve, lambda session, batch: _serve(session, batch, day), at_once=1)
    # A guest's details are for this date only.
    over = _awaited(session, TrainingSession.on < day, Seat.person_id.is_not(None))
    yield from in_batches(over, lambda session, batch: _to_list(session, batch, day), at_once=1)


def _serve(session: Session, batch: Sequence[int], day: date) -> int:
    """Closes lapsed offers (returns how many) and offers the free seats."""
    closed = 0
    for session_id in batch:
        event = lock_event(session, Where(session_id=session_id))
        for seat in query.seats(session, event.where, SeatState.offered):
            if seat.offered_until is not None and seat.offered_until < day:
                fact, is_waiting = _end(session, seat, "Offre restée sans réponse", day)
                what_now = "Vous pouvez vous inscrire à une autre session."
                if is_waiting:
                    what_now = "Vous restez sur la liste pour une autre session."
                title = "La place qui vous était gardée est allée à la personne suivante"
                notify_of(session, event, fact, title, what_now, urgent=False)
                closed += 1
        fill(session, event.where, day)
    return closed


def _to_list(session: Session, batch: Sequence[int], day: date) -> int:
    """Moves those still waiting for a past session to the training's list; returns 0, no offer was
    closed.
    """
    for session_id in batch:
        for seat in query.seats(session, Where(session_id=session_id), SeatState.waiting):
            if not seat.is_guest:
                to_list(session, seat, day)
    return 0


def _awaited(session: Session, *conditions) -> list[int]:
    """The sessions with somebody on their waiting list."""
    return list(
        session.exec(
            select(TrainingSession.id)
            .join(Seat, Seat.session_id == TrainingSession.id)
            .where(
                Seat.status == SeatState.waiting,
                or_(Seat.person_id.is_not(None), Seat.is_guest),
                TrainingSession.cancelled_on.is_(None),
                *conditions,
            )
            .distinct()
            .order_by(TrainingSession.id)
        )
    )


def to_list(session: Session, seat: Seat, day: date) -> SeatEvent:
    """Moves a place on one session's waiting list to the training's list, with its original
    date.
    """
    facts = query.waiting_facts(session, seat)
    seat.session_id = None
    on, voids = (facts[-1].on, facts[-1].id) if facts else (day, None)
    return write_fact(session, None, seat, SeatState.waiting, on, voids=voids)


def offer_free_seats(session: Session, reader: Reader, session_id: int) -> int:
    """Proposer les places libres à la liste d'attente. Returns how many were offered."""
    require(reader, "training.manage")
    event = lock_event(session, Where(session_id=session_id))
    offered = fill(session, event.where, today(session))
    if not offered:
        raise Refused(
            "Aucune place à proposer : la session est complète, trop proche, ou personne n'attend."
        )
    return offered
