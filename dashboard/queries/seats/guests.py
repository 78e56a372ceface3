"""Reads seats without an account (places sans compte): a guest's place, the name shown to
organisers, and the data to erase.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_
from sqlmodel import Session, select

from dashboard.queries.meetings.events import last_events
from dashboard.queries.seats.events import Event, Where
from dashboard.queries.seats.records import event, rank
from models.academy import TrainingSession
from models.seats import STANDING, Seat, SeatState


@dataclass(frozen=True)
class GuestPlace:
    """A guest's seat, its event, and its position on the waiting list."""

    seat: Seat
    on: Event
    rank: int | None

    @property
    def is_cancelled(self) -> bool:
        return self.seat.status == SeatState.cancelled

    @property
    def can_leave(self) -> bool:
        return self.seat.status in STANDING and not (self.on.is_over or self.on.is_cancelled)


def guest_of(session: Session, hashed_code: str) -> Seat | None:
    return session.exec(select(Seat).where(Seat.code == hashed_code)).first()


def guest_of_form(session: Session, seed: str) -> Seat | None:
    return session.exec(select(Seat).where(Seat.seed == seed)).first()


def place_of(session: Session, seat: Seat, day: date) -> GuestPlace:
    """This guest's place, even if the event is no longer open to all."""
    where = Where(seat.meeting_id, seat.session_id)
    return GuestPlace(seat, event(session, where, day), rank(session, where, seat))


def guest_names(seats: Iterable[Seat]) -> dict[int, str]:
    """Seat → « Rosa, dépôt Voirie » as typed, « Sans nom » if nothing was; a number distinguishes
    identical names.
    """
    seen: Counter[str] = Counter()
    names = {}
    for seat in sorted(seats, key=lambda seat: seat.id):
        name = ", ".join(word for word in (seat.name or "Sans nom", seat.service) if word)
        seen[name] += 1
        which = f" n° {seen[name]}" if seen[name] > 1 else ""
        names[seat.id] = f"{name}{which} (sans compte)"
    return names


def to_forget(session: Session, before: date) -> list[int]:
    """The guest seats that still hold personal data, and whose date was before this day."""
    stored = or_(Seat.code.is_not(None), Seat.name != "", Seat.service != "", Seat.email != "")
    guests = select(Seat.id).where(Seat.is_guest, stored)
    of_meetings = session.execute(
        guests.add_columns(Seat.meeting_id).where(Seat.meeting_id.is_not(None))
    ).all()
    last = last_events(session, [meeting for _, meeting in of_meetings])
    of_sessions = session.exec(
        guests.join(TrainingSession, TrainingSession.id == Seat.session_id).where(
            TrainingSession.on < before
        )
    ).all()
    # A meeting whose facts were all voided counts as past too.
    past = [
        seat for seat, meeting in of_meetings if meeting not in last or last[meeting].day < before
    ]
    return sorted({*past, *of_sessions})
