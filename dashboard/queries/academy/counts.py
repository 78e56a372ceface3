"""Counts of the academy (comptes): seats, attendance, trained persons, waiting lists; its
catalogue of trainings and their materials.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, case, distinct, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, select

from dashboard.queries.directions import of_every_ambition
from dashboard.queries.prepared import ON, START, form_of
from dashboard.scope import Scope
from models.academy import Training, TrainingSession
from models.facts import live
from models.seats import ATTENDED, BOOKED, TYPED, SeatEvent, SeatState

_S = SeatState


def last_events(scope: Scope, on: date):
    """Each registration's last live fact at `on`, as an aliased table with its condition."""
    return last_events_known(on, scope.known_by(on))


def last_events_known(on: date, known: date | None, *of: ColumnElement[bool]):
    """Each registration's last live fact at `on`, as known by `known`, limited to the conditions
    `of`.
    """
    newest = func.row_number().over(
        partition_by=SeatEvent.seat_id,
        order_by=(SeatEvent.on.desc(), SeatEvent.id.desc()),
    )
    ranked = (
        select(SeatEvent, newest.label("rank"))
        .where(live(SeatEvent, on, known), SeatEvent.training_id.is_not(None), *of)
        .subquery()
    )
    return aliased(SeatEvent, ranked), ranked.c.rank == 1


def held_between(on: date, start: date):
    """Sessions held between `start` and `on`; one cancelled by then is outside every rate."""
    cancelled = and_(TrainingSession.cancelled_on.is_not(None), TrainingSession.cancelled_on <= on)
    return and_(TrainingSession.on.between(start, on), ~cancelled)


def is_typed(session_id: ColumnElement, scope: Scope, on: date) -> ColumnElement[bool]:
    """Whether attendance of the session was recorded by `on`; for other sessions it is unknown."""
    return session_id.in_(
        select(SeatEvent.session_id).where(
            live(SeatEvent, on, scope.known_by(on)),
            SeatEvent.status.in_([str(s) for s in TYPED]),
        )
    )


def typed_sheets(session: Session, scope: Scope, on: date, start: date) -> tuple[int, int]:
    """(sessions with recorded attendance, sessions with bookings) of the window, for the whole
    administration: a session has one sheet.
    """
    params = {"on": on, "start": start}
    return tuple(session.execute(_typed_sheets(form_of(scope)), params).one())


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
    """The last day on which attendance was recorded."""
    return session.execute(_last_typed(form_of(scope)), {"on": on}).scalar_one()


@cache
def _last_typed(scope: Scope) -> Select:
    return select(func.max(SeatEvent.on)).where(
        live(SeatEvent, ON, scope.known_by(ON)),
        SeatEvent.training_id.is_not(None),
        SeatEvent.status.in_([str(s) for s in TYPED]),
    )


def of_ambition(statement: Select, scope: Scope) -> Select:
    return (
        statement.where(Training.ambition_id == scope.ambition.id) if scope.ambition else statement
    )


def seats(session: Session, scope: Scope, on: date, start: date) -> tuple[int, int, int, int]:
    """(booked at start, capacity, sessions with known seats, sessions held) of the window; not cut
    by direction, since a session is open to all of them.
    """
    form, params = form_of(scope), {"on": on, "start": start}
    capacity, with_seats, held = session.execute(_capacity(form), params).one()
    booked = session.execute(_booked(form), params).scalar_one()
    return booked, capacity, with_seats, held


@cache
def _capacity(scope: Scope) -> Select:
    # The seats of some imported sessions are not known (0).
    known = func.count(case((TrainingSession.capacity > 0, TrainingSession.id)))
    return of_ambition(
        # Unknown seats count as 0.
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
            TrainingSession.capacity > 0,
            event.status.in_([str(s) for s in BOOKED]),
        ),
        scope,
    )


@dataclass(frozen=True)
class AttendanceCounts:
    """Booked, attended in full, in part, absent without excuse, and hours, in sessions with
    recorded attendance: of one service, one ambition or several together.
    """

    booked: int = 0
    full: int = 0
    partial: int = 0
    no_show: int = 0
    hours: float = 0.0


def attendance_of(parts: Iterable[AttendanceCounts]) -> AttendanceCounts:
    """The sum of several counts."""
    counts = list(parts)
    return AttendanceCounts(
        sum(a.booked for a in counts),
        sum(a.full for a in counts),
        sum(a.partial for a in counts),
        sum(a.no_show for a in counts),
        sum(a.hours for a in counts),
    )


def _service(event: type[SeatEvent]) -> ColumnElement[int | None]:
    """The person's service on the day of the fact."""
    return event.service_id


def _ambition(_event: type[SeatEvent]) -> ColumnElement[int | None]:
    return Training.ambition_id


Place = Callable[[type[SeatEvent]], ColumnElement[int | None]]


def attendance_by_ambition(
    session: Session, scope: Scope, on: date, start: date
) -> dict[int, AttendanceCounts]:
    """Ambition id (0: none) → attendance at the sessions of the window, for the whole
    administration.
    """
    found = attendance(session, scope, on, start, _ambition)
    return of_every_ambition(session, found, AttendanceCounts())


def attendance(
    session: Session, scope: Scope, on: date, start: date, place: Place = _service
) -> dict[int, AttendanceCounts]:
    """Service id → attendance at the sessions of the window."""
    params = {"on": on, "start": start}
    rows = session.execute(_attendance_by(form_of(scope), place), params).all()
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
            # An imported registration may have no known person: it counts, without hours.
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


def trained_by_ambition(
    session: Session, scope: Scope, on: date, start: date
) -> dict[int, frozenset[int]]:
    """Ambition id (0: none) → persons trained in the window."""
    found = trained(session, scope, on, start, _ambition)
    return of_every_ambition(session, found, frozenset())


def trained(
    session: Session, scope: Scope, on: date, start: date, place: Place = _service
) -> dict[int, frozenset[int]]:
    """Service id → persons trained in the window (attended in full or in part), by their service on
    the day.
    """
    params = {"on": on, "start": start}
    return by_place(session.execute(_trained_by(form_of(scope), place), params))


def by_place(rows: Iterable[tuple[int | None, int]]) -> dict[int, frozenset[int]]:
    """Place (0: unknown) → persons, each once, from rows of both."""
    found: dict[int, set[int]] = defaultdict(set)
    for place, person in rows:
        found[place or 0].add(person)
    return {place: frozenset(persons) for place, persons in found.items()}


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


def waiting_by_ambition(
    session: Session, scope: Scope, on: date, longer_than: int = 0
) -> dict[int, int]:
    """Ambition id (0: none) → persons on a waiting list, summed over the services as for the
    whole.
    """
    found = waiting(session, scope, on, longer_than, _ambition)
    return of_every_ambition(session, found, 0)


def waiting(
    session: Session, scope: Scope, on: date, longer_than: int = 0, place: Place = _service
) -> dict[int, int]:
    """Service id → persons on a waiting list at `on` for more than `longer_than` days."""
    params = {"on": on, "start": on - timedelta(days=longer_than)}
    rows = session.execute(_waiting_by(form_of(scope), place), params).all()
    return {where or 0: int(n) for where, n in rows}


@cache
def _waiting_by(scope: Scope, place: Place) -> Select:
    event, last = last_events(scope, ON)
    # Distinct within a service, then summed, by ambition as for the whole: otherwise the parts
    # would not add up to it.
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
    recorded = [SeatEvent.recorded_on <= ON] if scope.as_known_then else []
    return select(func.max(SeatEvent.on)).where(
        SeatEvent.training_id.is_not(None), SeatEvent.on <= ON, *recorded
    )


@dataclass(frozen=True)
class TrainingRow:
    """One training of the catalogue with its counts up to a day, for the whole administration.

    Attendance is left out: seats less presences would be the absences of one training, a handful of
    persons.
    """

    training: Training
    held: int
    next_on: date | None
    booked: int
    capacity: int
    waiting: int


def catalogue(session: Session, scope: Scope) -> list[TrainingRow]:
    """The trainings (of the scope's ambition), by code. Booked seats are public."""
    on = scope.on
    event, last = last_events(scope, scope.on)
    trainings = session.exec(of_ambition(select(Training).order_by(Training.code), scope)).all()
    by_status = session.exec(
        select(event.training_id, event.status, func.count())
        .select_from(event)
        .outerjoin(TrainingSession, TrainingSession.id == event.session_id)
        .where(
            last,
            # A waiting person counts with or without a session, past or to come.
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


def trainings(session: Session) -> list[tuple[int, str]]:
    """(id, title) of every training, by title."""
    return [
        tuple(row)
        for row in session.exec(select(Training.id, Training.title).order_by(Training.title)).all()
    ]
