"""Shared by every act on a seat: locking the date, one fact per change, notices.

An act that takes or frees a seat locks the row of its meeting or session, so that the capacity is
not exceeded and the order of arrival is the order of the ids.
"""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from dashboard.access import Reader, may
from dashboard.actions.notices.records import notify, notify_guests
from dashboard.queries.directions import organisation
from dashboard.queries.notices import recipients
from dashboard.queries.people.readers import service_of
from dashboard.queries.seats import records as query
from dashboard.queries.seats.events import Event, Where, is_number
from models.academy import TrainingSession
from models.clock import today
from models.errors import Refused
from models.meetings import Meeting
from models.notices import NoticeKind
from models.people import Person
from models.seats import TO_COME, Seat, SeatEvent, SeatState


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
    seat.status = str(status)
    if status != SeatState.offered:
        seat.offered_until = None
    session.add(seat)
    session.flush()
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
        status=str(status),
    )
    session.add(fact)
    session.flush()
    return fact


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
    managers = set(recipients.managers_of(session, tree, fact.service_id, fact.on))
    notify(
        session,
        managers - {seat.person_id} or recipients.animateurs(session),
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
