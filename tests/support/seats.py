"""Seats of meetings, as their tests take and leave them."""

from sqlmodel import Session

from dashboard.access import Reader
from dashboard.actions.seats.taking import cancel, register
from dashboard.queries.seats.records import Where, active_seat
from models.seats import Seat


def join(session: Session, reader: Reader, meeting: int) -> Seat:
    return register(session, reader, Where(meeting))


def leave(session: Session, reader: Reader, meeting: int) -> None:
    seat = active_seat(session, reader.person_id, Where(meeting))
    cancel(session, reader, seat.id if seat else 0)
