"""Reads seats at a meeting or a session: how many are taken, who is on the waiting list, a person's
own seat, her other appointments at the same hours.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import Session, select

from dashboard import french
from dashboard.queries.meetings.events import last_event, last_events
from dashboard.scope import Scope
from models.academy import Training, TrainingSession
from models.facts import facts_of
from models.meetings import Meeting, MeetingKind, MeetingState
from models.seats import SEATED, STANDING, Seat, SeatEvent, SeatState


@dataclass(frozen=True)
class Where:
    """The key of what a seat is for: a meeting, or a session of the academy."""

    meeting_id: int | None = None
    session_id: int | None = None

    @property
    def address(self) -> str:
        """The page of this event, open without an account too."""
        if self.meeting_id:
            return f"/agenda?reunion={self.meeting_id}"
        return f"/agenda?session={self.session_id}"


@dataclass(frozen=True)
class Event:
    """One meeting or session with its seats. `capacity` None: unlimited, 0: not known. `training`
    is set for a session, whose free seats are offered for some days; those of a meeting are
    assigned at once.

    `why`: the reason it was cancelled; `enrols`: registration is needed; `is_open`: open to people
    without an account.
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
    is_cancelled: bool
    is_over: bool
    enrols: bool
    is_open: bool
    why: str = ""
    training: Training | None = None

    @property
    def free(self) -> int | None:
        """Free seats; None if unlimited or not known."""
        return max(self.capacity - self.taken, 0) if self.capacity else None

    @property
    def must_wait(self) -> bool:
        """Whether a new registration goes to the waiting list: no seat is left, or the rest is
        reserved.
        """
        return self.free is not None and self.free <= 0

    @property
    def named(self) -> str:
        """« Séance d'information », le 12 septembre 2023, de 09:00 à 10:00, au dépôt."""
        hours = f", de {self.starts} à {self.ends}" if self.starts and self.ends else ""
        place = f", {self.place}" if self.place else ""
        return f"« {self.title} », le {french.day_long(self.day)}{hours}{place}"

    @property
    def href(self) -> str:
        """The page of the event for a person with an account."""
        if self.training:
            return f"/academie?formation={self.training.code}"
        return self.where.address

    @property
    def subject(self) -> str:
        """The subject whose revision number changes with its seats."""
        return "academy" if self.training else "meetings"

    @property
    def key(self) -> str:
        """The prefix of the keys of its notices."""
        if self.training:
            return f"session-{self.where.session_id}"
        return f"reunion-{self.where.meeting_id}"

    @property
    def refusal(self) -> str:
        """Why registration is closed; empty if it is open."""
        name = "session" if self.training else "réunion"
        if self.is_cancelled:
            return f"Cette {name} est annulée : choisissez une autre date."
        if self.is_over:
            on = french.day_long(self.day)
            return f"Cette {name} a eu lieu le {on} : on ne peut plus s'y inscrire."
        if not self.enrols:
            return "On ne s'inscrit pas à cette réunion : il suffit d'y venir."
        if self.capacity == 0:
            return (
                "Le nombre de places de cette session n'est pas encore connu : revenez plus tard."
            )
        return ""


def is_number(ident: int | None) -> bool:
    """Whether an id, which may come from an address, fits in the database's integer column."""
    return 0 < (ident or 0) < 2**31


_S = SeatState
# The order of the waiting list.
IN_LINE = (Seat.priority.desc(), Seat.id)


def codes(statuses: Iterable[SeatState]) -> list[str]:
    return [str(status) for status in statuses]


def at(where: Where) -> ColumnElement[bool]:
    """The seats of one date."""
    if where.meeting_id:
        return Seat.meeting_id == where.meeting_id
    return Seat.session_id == where.session_id


def counts(
    session: Session, of: InstrumentedAttribute, ids: Iterable[int]
) -> dict[int, tuple[int, int]]:
    """Meeting or session (depending on the column `of`) → seats taken or reserved by an open offer,
    and length of the waiting list.
    """
    rows = session.execute(
        select(
            of,
            func.sum(case((Seat.status.in_(codes(SEATED)), 1), else_=0)),
            func.sum(case((Seat.status == _S.waiting, 1), else_=0)),
        )
        .where(of.in_(sorted(ids)))
        .group_by(of)
    ).all()
    return {ident: (int(taken), int(waiting)) for ident, taken, waiting in rows}


def count(session: Session, where: Where) -> tuple[int, int]:
    """(taken, waiting) of one date."""
    of = Seat.meeting_id if where.meeting_id else Seat.session_id
    ident = where.meeting_id or where.session_id
    return counts(session, of, [ident]).get(ident, (0, 0))


def event(session: Session, where: Where, day: date) -> Event | None:
    """The meeting or session as of `day`; None if there is none."""
    if is_number(where.meeting_id):
        meeting = session.get(Meeting, where.meeting_id)
        last = last_event(session, where.meeting_id) if meeting else None
        if last is None:
            return None
        state, why = MeetingState(last.what), last.reason or ""
        return meeting_event(meeting, last.day, state, day, why, *count(session, where))
    held = session.get(TrainingSession, where.session_id) if is_number(where.session_id) else None
    if held is None:
        return None
    training = session.get(Training, held.training_id)
    return session_event(held, training, day, *count(session, where))


def open_event(session: Session, where: Where, day: date) -> Event | None:
    """The meeting or session if it is open to all; None if it is not, or does not exist."""
    found = event(session, where, day)
    return found if found and found.is_open else None


def meeting_event(
    meeting: Meeting,
    on: date,
    state: MeetingState,
    day: date,
    why: str = "",
    taken: int = 0,
    waiting: int = 0,
) -> Event:
    """The event of a meeting in `state` on a day, with its seats if they are passed."""
    kind = MeetingKind(meeting.kind)
    return Event(
        Where(meeting.id),
        kind.label,
        meeting.title or kind.label,
        on,
        meeting.starts,
        meeting.ends,
        meeting.place,
        meeting.capacity,
        taken,
        waiting,
        state == MeetingState.cancelled,
        state == MeetingState.held or on < day,
        meeting.enrols,
        kind.rules.open_to_all,
        why,
    )


def session_event(
    held: TrainingSession, training: Training, day: date, taken: int = 0, waiting: int = 0
) -> Event:
    """The event of a training session, with its seats if they are passed."""
    return Event(
        Where(session_id=held.id),
        "Formation",
        training.title,
        held.on,
        held.starts,
        held.ends,
        held.place,
        held.capacity,
        taken,
        waiting,
        held.cancelled_on is not None,
        held.on < day,
        True,
        training.open_to_all,
        held.cancel_reason,
        training,
    )


def seats(session: Session, where: Where, *statuses: SeatState) -> list[Seat]:
    """The seats of one date in these states, in the order of arrival."""
    return list(
        session.exec(
            select(Seat).where(at(where), Seat.status.in_(codes(statuses))).order_by(Seat.id)
        ).all()
    )


def line_of(session: Session, where: Where) -> list[int]:
    """The seat ids on the waiting list of this date, first in line first."""
    waiting = select(Seat.id).where(at(where), Seat.status == _S.waiting)
    return list(session.exec(waiting.order_by(*IN_LINE)).all())


def in_line(session: Session, event: Event) -> list[Seat]:
    """The waiting seats that may be given or offered a place, first in line first: those of the
    date and of the training's list, except those who declined this session.
    """
    is_for_event = at(event.where)
    if event.training:
        is_for_event = or_(
            is_for_event, and_(Seat.session_id.is_(None), Seat.training_id == event.training.id)
        )
    passed = select(SeatEvent.seat_id).where(
        SeatEvent.session_id == (event.where.session_id or 0), SeatEvent.status == _S.offered
    )
    return list(
        session.exec(
            select(Seat)
            .where(
                Seat.status == _S.waiting,
                or_(Seat.person_id.is_not(None), Seat.is_guest),
                is_for_event,
                Seat.id.not_in(passed),
            )
            .order_by(*IN_LINE)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        ).all()
    )


def active_seat(session: Session, person_id: int | None, where: Where) -> Seat | None:
    """The person's seat at this date, if she has one that is not cancelled."""
    if not person_id:
        return None
    return session.exec(
        select(Seat).where(Seat.person_id == person_id, at(where), Seat.status.in_(codes(STANDING)))
    ).first()


def own(session: Session, person_id: int | None) -> dict[Where, SeatState]:
    """Meeting or session → the state of the person's seat."""
    rows = ()
    if person_id:
        rows = session.execute(
            select(Seat.meeting_id, Seat.session_id, Seat.status).where(
                Seat.person_id == person_id,
                or_(Seat.meeting_id.is_not(None), Seat.session_id.is_not(None)),
                Seat.status.in_(codes(STANDING)),
            )
        ).all()
    return {Where(meeting, held): _S(status) for meeting, held, status in rows}


def on_list(session: Session, person_id: int, training_id: int) -> Seat | None:
    """The person's seat on the waiting list of a training (any session), locked until the end of
    the transaction.
    """
    return session.exec(
        select(Seat)
        .where(
            Seat.person_id == person_id,
            Seat.training_id == training_id,
            Seat.session_id.is_(None),
            Seat.status == _S.waiting,
        )
        .order_by(Seat.id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def conflicting_title(session: Session, person_id: int, event: Event) -> str | None:
    """The title of another meeting or session at the same hours where the person has a seat or an
    offer; None if there is none.
    """
    busy = (_S.booked, _S.offered, _S.requested)
    own_seats = Seat.person_id == person_id, Seat.status.in_(codes(busy))
    sessions = session.exec(
        select(TrainingSession, Training.title)
        .join(Seat, Seat.session_id == TrainingSession.id)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(
            *own_seats,
            TrainingSession.on == event.day,
            TrainingSession.id != (event.where.session_id or 0),
            TrainingSession.cancelled_on.is_(None),
        )
    ).all()
    for other, title in sessions:
        if overlap(event, other, whole_days=event.training is not None):
            return title
    meetings = session.exec(
        select(Meeting)
        .join(Seat, Seat.meeting_id == Meeting.id)
        .where(*own_seats, Meeting.id != (event.where.meeting_id or 0))
    ).all()
    last = last_events(session, [other.id for other in meetings])
    for other in meetings:
        fact = last.get(other.id)
        is_that_day = fact and fact.day == event.day and fact.what != MeetingState.cancelled
        if is_that_day and overlap(event, other):
            return other.title or MeetingKind(other.kind).label
    return None


def overlap(first: Event, other: Meeting | TrainingSession, whole_days: bool = False) -> bool:
    """Whether two events of one day cannot both be attended.

    If only one of them has hours, they do not overlap: an information hour must not be refused for
    a training whose hours are not set yet. With `whole_days` (two sessions) one without hours takes
    the whole day. Two without hours overlap.
    """
    known = bool(first.starts and first.ends), bool(other.starts and other.ends)
    if all(known):
        return first.starts < other.ends and other.starts < first.ends
    return whole_days or not any(known)


def waiting_facts(session: Session, seat: Seat) -> list[SeatEvent]:
    """The facts that put this seat on the waiting list, oldest first."""
    return [fact for fact in facts_of(session, SeatEvent, seat.id) if fact.status == _S.waiting]


def training_of(session: Session, session_id: int) -> Training | None:
    """The training of a session; None if there is none."""
    held = session.get(TrainingSession, session_id) if is_number(session_id) else None
    return session.get(Training, held.training_id) if held else None


# ── What screens show ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class SessionRow:
    """One session of a training with its seats, and the reader's own seat on it."""

    session: TrainingSession
    training: Training
    taken: int
    waiting: int
    mine: Seat | None = None
    rank: int | None = None

    @property
    def free(self) -> int:
        return max(self.session.capacity - self.taken, 0)

    @property
    def has_seat(self) -> bool:
        """Whether a registration gets a seat at once: the waiting list is served first."""
        return bool(self.free) and not self.waiting


def sessions_ahead(session: Session, after: date, *of: ColumnElement[bool]) -> list[SessionRow]:
    """The sessions from `after` on that are not cancelled, soonest first, with their public seat
    counts.
    """
    rows = session.exec(
        select(TrainingSession, Training)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(TrainingSession.on >= after, TrainingSession.cancelled_on.is_(None), *of)
        .order_by(TrainingSession.on, TrainingSession.starts, TrainingSession.id)
    ).all()
    taken = counts(session, Seat.session_id, [held.id for held, _ in rows])
    return [SessionRow(held, training, *taken.get(held.id, (0, 0))) for held, training in rows]


def sessions_of(session: Session, scope: Scope, training_id: int, after: date) -> list[SessionRow]:
    """The coming sessions of one training, each with the reader's own seat."""
    rows_of_training = []
    for row in sessions_ahead(session, after, Training.id == training_id):
        where = Where(session_id=row.session.id)
        mine = active_seat(session, scope.reader.person_id, where)
        rows_of_training.append(replace(row, mine=mine, rank=rank(session, where, mine)))
    return rows_of_training


def rank(session: Session, where: Where, seat: Seat | None) -> int | None:
    """The position of a waiting seat on the list, from 1 on; None for another seat."""
    if seat is None or seat.status != _S.waiting:
        return None
    return line_of(session, where).index(seat.id) + 1


@dataclass(frozen=True)
class Mine:
    """One seat of a person in the academy, with its training and its session if it has one."""

    seat: Seat
    training: Training
    session: TrainingSession | None

    @property
    def status(self) -> SeatState:
        return _S(self.seat.status)


def of_person(session: Session, person_id: int) -> list[Mine]:
    """The seats of one person in the academy, the latest session first, preceded by those without a
    session.
    """
    rows = session.exec(
        select(Seat, Training, TrainingSession)
        .join(Training, Training.id == Seat.training_id)
        .outerjoin(TrainingSession, TrainingSession.id == Seat.session_id)
        .where(Seat.person_id == person_id)
        .order_by(Seat.id.desc())
    ).all()
    return sorted(
        (Mine(*row) for row in rows),
        key=lambda item: item.session.on if item.session else date.max,
        reverse=True,
    )


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
    # The columns that `_forget` of dashboard/actions/seats/taking.py empties.
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
