"""Reading the academy: trainings, sessions, counts of seats and of attendance."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, case, distinct, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, select

from dashboard.queries.directions import of_every_ambition
from dashboard.queries.figures.as_known import known_by
from dashboard.queries.prepared import ON, START, form_of
from dashboard.scope import Scope
from models.academy import (
    ATTENDED,
    BOOKED,
    Registration,
    RegistrationEvent,
    RegistrationStatus,
    Training,
    TrainingSession,
)
from models.facts import live

_S = RegistrationStatus
# What is known of a seat once somebody has typed who came.
TYPED = tuple(status for status in BOOKED if status != _S.booked)
# An open offer keeps its seat.
SEATED = tuple(str(status) for status in (*BOOKED, _S.offered))


def last_events(scope: Scope, on: date):
    """Each registration's last live fact at `on`, as an aliased table with its condition."""
    return last_events_known(on, known_by(scope, on))


def last_events_known(on: date, known: date | None, *of: ColumnElement[bool]):
    """The same of the facts that were known then, and of those alone that `of` names."""
    newest = func.row_number().over(
        partition_by=RegistrationEvent.registration_id,
        order_by=(RegistrationEvent.on.desc(), RegistrationEvent.id.desc()),
    )
    ranked = (
        select(RegistrationEvent, newest.label("rank"))
        .where(live(RegistrationEvent, on, known), *of)
        .subquery()
    )
    return aliased(RegistrationEvent, ranked), ranked.c.rank == 1


def held_between(on: date, start: date):
    """Sessions held between `start` and `on`; one cancelled by then is outside every rate."""
    cancelled = and_(TrainingSession.cancelled_on.is_not(None), TrainingSession.cancelled_on <= on)
    return and_(TrainingSession.on.between(start, on), ~cancelled)


def is_typed(session_id: ColumnElement, scope: Scope, on: date) -> ColumnElement[bool]:
    """Sessions whose attendance somebody has typed by `on`: of the others nobody knows who came."""
    return session_id.in_(
        select(RegistrationEvent.session_id).where(
            live(RegistrationEvent, on, known_by(scope, on)),
            RegistrationEvent.status.in_([str(s) for s in TYPED]),
        )
    )


def typed_sheets(session: Session, scope: Scope, on: date, start: date) -> tuple[int, int]:
    """(sessions whose attendance is typed, sessions that had bookings) of the window, the whole
    administration together: the sheet of a session is one.
    """
    asked = {"on": on, "start": start}
    return tuple(session.execute(_typed_sheets(form_of(scope)), asked).one())


@cache
def _typed_sheets(scope: Scope) -> Select:
    event, last = last_events(scope, ON)
    held = event.session_id
    typed = case((is_typed(held, scope, ON), held))
    return of_ambition(
        select(func.count(distinct(typed)), func.count(distinct(held)))
        .select_from(event)
        .join(TrainingSession, TrainingSession.id == held)
        .join(Training, Training.id == event.training_id)
        .where(last, held_between(ON, START), event.status.in_([str(s) for s in BOOKED])),
        scope,
    )


def last_typed(session: Session, scope: Scope, on: date) -> date | None:
    """The last day on which somebody typed who came."""
    return session.execute(_last_typed(form_of(scope)), {"on": on}).scalar_one()


@cache
def _last_typed(scope: Scope) -> Select:
    return select(func.max(RegistrationEvent.on)).where(
        live(RegistrationEvent, ON, known_by(scope, ON)),
        RegistrationEvent.status.in_([str(s) for s in TYPED]),
    )


def seats_known():
    """An imported session without a number of seats (0) has no filling."""
    return TrainingSession.capacity > 0


def of_ambition(statement: Select, scope: Scope) -> Select:
    return (
        statement.where(Training.ambition_id == scope.ambition.id) if scope.ambition else statement
    )


def seats(session: Session, scope: Scope, on: date, start: date) -> tuple[int, int, int, int]:
    """(booked at start, capacity, sessions whose seats are known, sessions held) of the window;
    not cut by direction: a session is everybody's.
    """
    form, asked = form_of(scope), {"on": on, "start": start}
    capacity, with_seats, held = session.execute(_capacity(form), asked).one()
    booked = session.execute(_booked(form), asked).scalar_one()
    return booked, capacity, with_seats, held


@cache
def _capacity(scope: Scope) -> Select:
    known = func.count(case((seats_known(), TrainingSession.id)))
    return of_ambition(
        # Where seats are not known there are none to add.
        select(func.coalesce(func.sum(TrainingSession.capacity), 0), known, func.count())
        .join(Training, Training.id == TrainingSession.training_id)
        .where(held_between(ON, START)),
        scope,
    )


@cache
def _booked(scope: Scope) -> Select:
    event, last = last_events(scope, ON)
    return of_ambition(
        select(func.count())
        .select_from(event)
        .join(TrainingSession, TrainingSession.id == event.session_id)
        .join(Training, Training.id == event.training_id)
        .where(
            last,
            held_between(ON, START),
            seats_known(),
            event.status.in_([str(s) for s in BOOKED]),
        ),
        scope,
    )


@dataclass(frozen=True)
class AttendanceCounts:
    """Booked, attended in full, in part, absent without excuse, hours, in sessions whose
    attendance is typed: of one service, of one ambition or of several together.
    """

    booked: int = 0
    full: int = 0
    partial: int = 0
    no_show: int = 0
    hours: float = 0.0


def attendance_of(parts: Iterable[AttendanceCounts]) -> AttendanceCounts:
    """Several together."""
    conditions = list(parts)
    return AttendanceCounts(
        sum(a.booked for a in conditions),
        sum(a.full for a in conditions),
        sum(a.partial for a in conditions),
        sum(a.no_show for a in conditions),
        sum(a.hours for a in conditions),
    )


def _service(event: type[RegistrationEvent]) -> ColumnElement[int | None]:
    """By the person's service on the day of the fact."""
    return event.service_id


def _ambition(_event: type[RegistrationEvent]) -> ColumnElement[int | None]:
    return Training.ambition_id


Place = Callable[[type[RegistrationEvent]], ColumnElement[int | None]]


def attendance(
    session: Session, scope: Scope, on: date, start: date
) -> dict[int, AttendanceCounts]:
    """Service id → attendance at the sessions of the window."""
    return _attendance(session, scope, on, start, _service)


def attendance_by_ambition(
    session: Session, scope: Scope, on: date, start: date
) -> dict[int, AttendanceCounts]:
    """Ambition id (0: none) → attendance at the sessions of the window, the whole administration
    together.
    """
    found = _attendance(session, scope, on, start, _ambition)
    return of_every_ambition(session, found, AttendanceCounts())


def _attendance(
    session: Session, scope: Scope, on: date, start: date, place: Place
) -> dict[int, AttendanceCounts]:
    asked = {"on": on, "start": start}
    rows = session.execute(_attendance_by(form_of(scope), place), asked).all()
    return {
        place or 0: AttendanceCounts(n, full, partial, absent, hours or 0.0)
        for place, n, full, partial, absent, hours in rows
    }


@cache
def _attendance_by(scope: Scope, place: Place) -> Select:
    event, last = last_events(scope, ON)
    status = event.status
    return (
        select(
            place(event),
            func.count(),
            func.sum(case((status == _S.attended, 1), else_=0)),
            func.sum(case((status == _S.partial, 1), else_=0)),
            func.sum(case((status == _S.no_show, 1), else_=0)),
            # An imported registration may be of nobody we know: it counts, and brings no hours.
            func.sum(case((event.person_id.is_not(None), event.hours), else_=0.0)),
        )
        .select_from(event)
        .join(TrainingSession, TrainingSession.id == event.session_id)
        .join(Training, Training.id == event.training_id)
        .where(
            last,
            held_between(ON, START),
            is_typed(event.session_id, scope, ON),
            status.in_([str(s) for s in BOOKED]),
        )
        .group_by(place(event))
    )


def trained(session: Session, scope: Scope, on: date, start: date) -> dict[int, frozenset[int]]:
    """Service id → persons trained in the window (attended in full or in part), each in the
    service of the day.
    """
    return _trained(session, scope, on, start, _service)


def trained_by_ambition(
    session: Session, scope: Scope, on: date, start: date
) -> dict[int, frozenset[int]]:
    """Ambition id (0: none) → persons trained in the window."""
    found = _trained(session, scope, on, start, _ambition)
    return of_every_ambition(session, found, frozenset())


def _trained(
    session: Session, scope: Scope, on: date, start: date, place: Place
) -> dict[int, frozenset[int]]:
    asked = {"on": on, "start": start}
    found: dict[int, set[int]] = {}
    for where, person in session.execute(_trained_by(form_of(scope), place), asked).all():
        found.setdefault(where or 0, set()).add(person)
    return {where: frozenset(persons) for where, persons in found.items()}


@cache
def _trained_by(scope: Scope, place: Place) -> Select:
    event, last = last_events(scope, ON)
    return (
        select(place(event), event.person_id)
        .distinct()
        .select_from(event)
        .join(TrainingSession, TrainingSession.id == event.session_id)
        .join(Training, Training.id == event.training_id)
        .where(
            last,
            held_between(ON, START),
            event.person_id.is_not(None),
            event.status.in_([str(s) for s in ATTENDED]),
        )
    )


def waiting(session: Session, scope: Scope, on: date, longer_than: int = 0) -> dict[int, int]:
    """Service id → persons on a waiting list at `on` for more than `longer_than` days."""
    return _waiting(session, scope, on, longer_than, _service)


def waiting_by_ambition(
    session: Session, scope: Scope, on: date, longer_than: int = 0
) -> dict[int, int]:
    """Ambition id (0: none) → the same, added up over the services as the whole is."""
    found = _waiting(session, scope, on, longer_than, _ambition)
    return of_every_ambition(session, found, 0)


def _waiting(
    session: Session, scope: Scope, on: date, longer_than: int, place: Place
) -> dict[int, int]:
    asked = {"on": on, "start": on - timedelta(days=longer_than)}
    rows = session.execute(_waiting_by(form_of(scope), place), asked).all()
    return {where or 0: int(n) for where, n in rows}


@cache
def _waiting_by(scope: Scope, place: Place) -> Select:
    event, last = last_events(scope, ON)
    # Distinct within a service, then added up, by ambition as for the whole: else the parts would
    # not make it.
    by_place = (
        select(
            place(event).label("place"),
            event.service_id,
            func.count(distinct(event.person_id)).label("n"),
        )
        .select_from(event)
        .join(Training, Training.id == event.training_id)
        .where(last, event.status == _S.waiting, event.on < START)
        .group_by(place(event), event.service_id)
        .subquery()
    )
    return select(by_place.c.place, func.sum(by_place.c.n)).group_by(by_place.c.place)


def last_fact(session: Session, scope: Scope, on: date) -> date | None:
    """The day of the last fact about registrations at `on`."""
    return session.execute(_last_fact(form_of(scope)), {"on": on}).scalar_one()


@cache
def _last_fact(scope: Scope) -> Select:
    recorded = [RegistrationEvent.recorded_on <= ON] if scope.known else []
    return select(func.max(RegistrationEvent.on)).where(RegistrationEvent.on <= ON, *recorded)


@dataclass(frozen=True)
class TrainingRow:
    """One training of the catalogue with what happened up to a day, the whole administration
    together.

    Not how many came: seats less presences are the absences of one training, a handful of persons.
    """

    training: Training
    held: int
    next_on: date | None
    booked: int
    capacity: int
    waiting: int


@dataclass(frozen=True)
class ComingSession:
    """One session to come: its day, the code and title of its training."""

    on: date
    code: str
    title: str


def coming(session: Session, on: date, limit: int) -> list[ComingSession]:
    """The sessions after `on` that are not cancelled, soonest first."""
    rows = session.exec(
        select(TrainingSession.on, Training.code, Training.title)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(TrainingSession.on > on, TrainingSession.cancelled_on.is_(None))
        .order_by(TrainingSession.on, TrainingSession.id)
        .limit(limit)
    ).all()
    return [ComingSession(*row) for row in rows]


def catalogue(session: Session, scope: Scope) -> list[TrainingRow]:
    """The trainings (of the scope's ambition), in the order of their codes. Seats booked are
    public.
    """
    on = scope.on
    event, last = last_events(scope, scope.on)
    trainings = session.exec(of_ambition(select(Training).order_by(Training.code), scope)).all()
    by_status = session.exec(
        select(event.training_id, event.status, func.count())
        .select_from(event)
        .outerjoin(TrainingSession, TrainingSession.id == event.session_id)
        .where(
            last,
            # Whoever waits counts, with a session or without one, past or to come.
            or_(event.session_id.is_(None), event.status == _S.waiting, held_between(on, date.min)),
        )
        .group_by(event.training_id, event.status)
    ).all()
    past = session.exec(
        select(TrainingSession.training_id, func.count(), func.sum(TrainingSession.capacity))
        .where(held_between(on, date.min))
        .group_by(TrainingSession.training_id)
    ).all()
    held = {training: (n, capacity) for training, n, capacity in past}
    coming = dict(
        session.exec(
            select(TrainingSession.training_id, func.min(TrainingSession.on))
            .where(TrainingSession.on > on, TrainingSession.cancelled_on.is_(None))
            .group_by(TrainingSession.training_id)
        ).all()
    )
    counts: dict[int, dict[str, int]] = {}
    for training, status, n in by_status:
        counts.setdefault(training, {})[status] = n

    def total(training_id: int, statuses) -> int:
        return sum(counts.get(training_id, {}).get(str(s), 0) for s in statuses)

    return [
        TrainingRow(
            t,
            held.get(t.id, (0, 0))[0],
            coming.get(t.id),
            total(t.id, BOOKED),
            held.get(t.id, (0, 0))[1],
            total(t.id, [_S.waiting]),
        )
        for t in trainings
    ]


@dataclass(frozen=True)
class Upcoming:
    """One session of the academy to come."""

    on: date
    title: str
    place: str


def upcoming(session: Session, after: date, until: date, limit: int) -> list[Upcoming]:
    """The next sessions after a day, those cancelled left out."""
    rows = session.exec(
        select(TrainingSession.on, Training.title, TrainingSession.place)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(
            TrainingSession.on > after,
            TrainingSession.on <= until,
            TrainingSession.cancelled_on.is_(None),
        )
        .order_by(TrainingSession.on, TrainingSession.id)
        .limit(limit)
    ).all()
    return [Upcoming(*row) for row in rows]


@dataclass(frozen=True)
class OpenSession:
    """One session somebody may still be registered for."""

    session_id: int
    on: date
    title: str


def upcoming_sessions(
    session: Session, after: date, training_id: int | None = None
) -> list[OpenSession]:
    """The sessions to come that have seats to give (of one training, or of all), the soonest
    first.
    """
    wanted = (
        select(TrainingSession.id, TrainingSession.on, Training.title)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(
            TrainingSession.on > after,
            TrainingSession.cancelled_on.is_(None),
            TrainingSession.capacity > 0,
        )
    )
    if training_id is not None:
        wanted = wanted.where(TrainingSession.training_id == training_id)
    return [
        OpenSession(*row)
        for row in session.exec(wanted.order_by(TrainingSession.on, TrainingSession.id)).all()
    ]


def trainings(session: Session) -> list[tuple[int, str]]:
    """(id, title) of every training, by title."""
    return [
        tuple(row)
        for row in session.exec(select(Training.id, Training.title).order_by(Training.title)).all()
    ]


@dataclass(frozen=True)
class OfferedSession:
    """One session to come, as one chooses it: its training, its seats, how many wait for it."""

    session: TrainingSession
    training: Training
    taken: int
    waiting: int

    @property
    def free(self) -> int:
        return max(self.session.capacity - self.taken, 0)

    @property
    def has_seat(self) -> bool:
        """Whether who registers has a seat at once: a free one is first for those who wait."""
        return bool(self.free) and not self.waiting


def offered_sessions(session: Session, after: date) -> list[OfferedSession]:
    """The sessions from `after` on that are not cancelled, soonest first. Seats are public."""
    rows = session.exec(
        select(TrainingSession, Training)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(TrainingSession.on >= after, TrainingSession.cancelled_on.is_(None))
        .order_by(TrainingSession.on, TrainingSession.starts, TrainingSession.id)
    ).all()
    counts = session.execute(
        select(
            Registration.session_id,
            func.sum(case((Registration.status.in_(SEATED), 1), else_=0)),
            func.sum(case((Registration.status == _S.waiting, 1), else_=0)),
        )
        .where(Registration.session_id.in_([held.id for held, _ in rows]))
        .group_by(Registration.session_id)
    ).all()
    of = {held: (int(taken), int(waiting)) for held, taken, waiting in counts}
    return [OfferedSession(held, training, *of.get(held.id, (0, 0))) for held, training in rows]
