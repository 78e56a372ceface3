"""What every act on a seat shares: holding the date, one fact per change, telling people.

Whoever takes or frees a seat holds the row of its meeting or session until the end of the act:
capacity is never exceeded, and the order of arrival is the order of the ids.
"""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from dashboard.actions.notices.records import notify, notify_guests
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


def hold(session: Session, where: Where) -> Event:
    """The date, held until the transaction ends. Raises Refused where there is none."""
    table, ident = Meeting, where.meeting_id
    if not ident:
        table, ident = TrainingSession, where.session_id
    # Read anew once it is ours: what this act knew of it may have changed while it waited.
    if is_number(ident):
        session.get(table, ident, with_for_update=True, populate_existing=True)
    found = query.event(session, where, today(session))
    if found is None:
        raise Refused(f"Cette {'réunion' if where.meeting_id else 'session'} n'existe pas.")
    return found


def hold_person(session: Session, person_id: int) -> Person:
    """The person, held so that two of her clicks at once do not take two seats on the same
    hours.
    """
    # A weaker lock than that of a row to be changed: PostgreSQL lets others go on writing facts
    # that merely name her.
    person = session.get(
        Person, person_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if person is None or person.erased_on is not None:
        raise Refused("Cette personne n'existe pas.")
    return person


def hold_seat(session: Session, seat_id: int) -> tuple[Seat, Event]:
    """A seat and its date, both held. Raises Refused."""
    found = session.get(Seat, seat_id) if is_number(seat_id) else None
    where = where_of(found) if found else Where()
    if where == Where():
        raise Refused("Cette inscription n'existe pas.")
    # The date is the lock, and its seat tells which one: read again under the lock, it may name
    # another by now.
    event = hold(session, where)
    session.refresh(found)
    if where_of(found) != where:
        raise Refused("Cette inscription vient de changer : rechargez la page.")
    return found, event


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
    """From `on` the seat has this status: one fact, and the current value beside it."""
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
    """What becomes of a date, for those who have these seats, once per key: persons in their
    outbox, guests at the address that they left. How many are told.
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
    """What becomes of one seat, once per fact."""
    seat = session.get(Seat, fact.seat_id)
    return notify_seats(session, event, [seat], f"inscription-{fact.id}", title, text, **how)


def notify_list(session: Session, where: Where, key: str, title: str, more: str = "") -> int:
    """What becomes of a date, for those who have a seat in it, are offered one, ask or wait."""
    event = query.event(session, where, today(session))
    there = query.seats(session, where, *TO_COME)
    return notify_seats(session, event, there, f"{event.key}-{key}", title, f"{event.named}.{more}")
