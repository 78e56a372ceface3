"""Reading seats without an account (places sans compte): the dates that anybody may
come to, where a guest stands, what is to be told to her, what is to be forgotten of
her.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import or_
from sqlmodel import Session, select

from dashboard import french
from dashboard.queries.academy import registrations
from dashboard.queries.meetings import seats
from dashboard.queries.notices.records import UNSENT, WAITS
from models.academy import (
    BOOKED,
    Registration,
    RegistrationStatus,
    Training,
    TrainingSession,
)
from models.guests import Guest, GuestNotice
from models.keeping import NoticeState
from models.meetings import (
    Meeting,
    MeetingEvent,
    MeetingKind,
    MeetingSeat,
    MeetingState,
    SeatState,
)


@dataclass(frozen=True)
class Where:
    """What a seat is for: a meeting, or a session of the academy."""

    meeting_id: int | None = None
    session_id: int | None = None

    @property
    def address(self) -> str:
        """The page of this date, in both houses."""
        if self.meeting_id:
            return f"/agenda?reunion={self.meeting_id}"
        return f"/agenda?session={self.session_id}"


@dataclass(frozen=True)
class OpenDate:
    """One date that anybody may come to. `refusal` is why no seat is given, in one
    sentence; `why` it was called off, for those who had one. `capacity` None:
    without a limit.
    """

    where: Where
    kind: str
    title: str
    day: date
    starts: str
    ends: str
    place: str
    capacity: int | None
    taken: int
    waiting: int
    is_over: bool
    refusal: str
    why: str = ""

    @property
    def free(self) -> int | None:
        return None if self.capacity is None else max(self.capacity - self.taken, 0)

    @property
    def must_wait(self) -> bool:
        """Whether who comes now waits: the seats are taken, or kept for those in line."""
        return self.free is not None and self.free <= 0

    @property
    def named(self) -> str:
        """« Séance d'information », le 12 septembre 2023, de 09:00 à 10:00, au dépôt."""
        hours = f", de {self.starts} à {self.ends}" if self.starts and self.ends else ""
        place = f", {self.place}" if self.place else ""
        return f"« {self.title} », le {french.day_long(self.day)}{hours}{place}"


def open_date(session: Session, where: Where, day: date) -> OpenDate | None:
    """A date that is everybody's to know; None for one that is none, or not open to all."""
    is_open, found = _date(session, where, day)
    return found if is_open else None


def _date(session: Session, where: Where, day: date) -> tuple[bool, OpenDate | None]:
    """A date, and whether it is open to all."""
    if _has_room(where.meeting_id):
        return _meeting(session, where, day)
    return _session(session, where, day) if _has_room(where.session_id) else (False, None)


def _has_room(ident: int | None) -> bool:
    """The number comes out of an address: the database has no room for any other."""
    return 0 < (ident or 0) < 2**31


def _meeting(session: Session, where: Where, day: date) -> tuple[bool, OpenDate | None]:
    meeting = session.get(Meeting, where.meeting_id)
    event = seats.last_event(session, where.meeting_id) if meeting else None
    if event is None:
        return False, None
    kind = MeetingKind(meeting.kind)
    counted = seats.counts(session, [meeting.id])
    return kind.rules.open_to_all, OpenDate(
        where,
        kind.label,
        meeting.title or kind.label,
        event.day,
        meeting.starts,
        meeting.ends,
        meeting.place,
        meeting.capacity,
        counted.get((meeting.id, SeatState.registered), 0),
        counted.get((meeting.id, SeatState.waiting), 0),
        event.what != MeetingState.planned or event.day < day,
        _why_no_meeting(meeting, MeetingState(event.what), event.day, day),
        event.reason or "",
    )


def _why_no_meeting(meeting: Meeting, state: MeetingState, on: date, day: date) -> str:
    if state == MeetingState.cancelled:
        return "Cette rencontre est annulée : on ne peut plus s'y inscrire."
    if on < day or state == MeetingState.held:
        return f"Cette rencontre a eu lieu le {french.day_long(on)} : on ne peut plus s'y inscrire."
    if not meeting.enrols:
        return "On ne s'inscrit pas à cette rencontre : il suffit d'y venir."
    return ""


def _session(session: Session, where: Where, day: date) -> tuple[bool, OpenDate | None]:
    held = session.get(TrainingSession, where.session_id)
    training = session.get(Training, held.training_id) if held else None
    if training is None:
        return False, None
    return training.open_to_all, OpenDate(
        where,
        "Formation",
        training.title,
        held.on,
        held.starts,
        held.ends,
        held.place,
        held.capacity,
        registrations.taken(session, held.id),
        len(registrations.line_of(session, held.id)),
        held.cancelled_on is not None or held.on < day,
        _why_no_session(held, day),
        held.cancel_reason,
    )


def _why_no_session(held: TrainingSession, day: date) -> str:
    if held.cancelled_on is not None:
        return "Cette session est annulée : on ne peut plus s'y inscrire."
    if held.on < day:
        on = french.day_long(held.on)
        return f"Cette session a eu lieu le {on} : on ne peut plus s'y inscrire."
    if held.capacity <= 0:
        return "Le nombre de places de cette session n'est pas encore connu : revenez plus tard."
    return ""


# ── Where a guest stands ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class GuestPlace:
    """Where a guest stands: what for, registered, waiting (at which place in line) or no more."""

    guest: Guest
    on: OpenDate
    state: SeatState
    rank: int | None

    @property
    def can_leave(self) -> bool:
        return self.state in seats.STANDING and not self.on.is_over


def guest_of(session: Session, hashed_code: str) -> Guest | None:
    return session.exec(select(Guest).where(Guest.code == hashed_code)).first()


def guest_of_form(session: Session, seed: str) -> Guest | None:
    return session.exec(select(Guest).where(Guest.seed == seed)).first()


def seat_of_guest(session: Session, guest_id: int) -> MeetingSeat | None:
    return session.exec(select(MeetingSeat).where(MeetingSeat.guest_id == guest_id)).first()


def registration_of_guest(session: Session, guest_id: int) -> Registration | None:
    return session.exec(select(Registration).where(Registration.guest_id == guest_id)).first()


def place_of(session: Session, guest: Guest, day: date) -> GuestPlace:
    """Where this guest stands, also at a date that is open to all no more."""
    seat = seat_of_guest(session, guest.id)
    if seat is not None:
        _, on = _date(session, Where(meeting_id=seat.meeting_id), day)
        line = [one.id for one in seats.seats(session, seat.meeting_id, SeatState.waiting)]
        state, ident = SeatState(seat.state), seat.id
    else:
        found = registration_of_guest(session, guest.id)
        _, on = _date(session, Where(session_id=found.session_id), day)
        line = registrations.line_of(session, found.session_id)
        state, ident = _state(RegistrationStatus(found.status)), found.id
    rank = line.index(ident) + 1 if ident in line else None
    return GuestPlace(guest, on, state, rank)


def _state(status: RegistrationStatus) -> SeatState:
    if status in BOOKED:
        return SeatState.registered
    return SeatState.waiting if status == RegistrationStatus.waiting else SeatState.cancelled


# ── On the lists of who organises ─────────────────────────────────────────────────────────────────


def names_of(session: Session, guest_ids: Iterable[int | None]) -> dict[int, str]:
    """Guest → « Rosa, dépôt Voirie » as it was given, « Sans nom » where nothing
    was; a number tells apart those who are called the same.
    """
    ids = sorted({guest for guest in guest_ids if guest is not None})
    rows = session.exec(select(Guest).where(Guest.id.in_(ids)).order_by(Guest.id)).all()
    seen: Counter[str] = Counter()
    found = {}
    for guest in rows:
        said = ", ".join(word for word in (guest.name or "Sans nom", guest.service) if word)
        seen[said] += 1
        which = f" n° {seen[said]}" if seen[said] > 1 else ""
        found[guest.id] = f"{said}{which} (sans compte)"
    return found


# ── What is to be told, and to be forgotten ───────────────────────────────────────────────────────


def guests_to_mail(session: Session, day: date) -> list[int]:
    """The guests for whom a mail leaves on this day."""
    rows = session.exec(
        select(GuestNotice)
        .join(Guest, Guest.id == GuestNotice.guest_id)
        .where(GuestNotice.state.in_([str(state) for state in UNSENT]), Guest.email != "")
        .order_by(GuestNotice.guest_id)
    ).all()
    return list(dict.fromkeys(one.guest_id for one in rows if leaves(one, day)))


def leaves(notice: GuestNotice, day: date) -> bool:
    """At once; after a failure some days later, each time more of them."""
    if notice.state == NoticeState.sending or not notice.tried_on:
        return True
    return day >= notice.tried_on + timedelta(days=WAITS[min(notice.tries, len(WAITS) - 1)])


def _is_before(event: MeetingEvent | None, day: date) -> bool:
    """Also of a meeting whose facts were all taken back."""
    return event is None or event.day < day


def to_forget(session: Session, before: date) -> list[int]:
    """The guests of whom something is still kept, and whose date was before this day."""
    kept = or_(Guest.code.is_not(None), Guest.name != "", Guest.service != "", Guest.email != "")
    of_meetings = session.exec(
        select(MeetingSeat.guest_id, MeetingSeat.meeting_id)
        .join(Guest, Guest.id == MeetingSeat.guest_id)
        .where(kept)
    ).all()
    days = seats.last_events(session, [meeting for _, meeting in of_meetings])
    of_sessions = session.exec(
        select(Registration.guest_id)
        .join(Guest, Guest.id == Registration.guest_id)
        .join(TrainingSession, TrainingSession.id == Registration.session_id)
        .where(kept, TrainingSession.on < before)
    ).all()
    past = [guest for guest, meeting in of_meetings if _is_before(days.get(meeting), before)]
    return sorted({*past, *of_sessions})
