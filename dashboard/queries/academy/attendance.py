"""Reads attendance sheets (feuilles de présence), the materials of a training, the sessions of
trainers, evaluations from FEWEST answers on, and the registrations that wait for an approval.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Select, case, false, func, or_, true
from sqlmodel import Session, select

from dashboard.access import Reach, Reader, reach
from dashboard.queries.academy.counts import _S, held_between, is_typed, last_events, of_ambition
from dashboard.queries.columns import Column, Sort, by_text, order_by
from dashboard.queries.people.readers import services_at
from dashboard.queries.prepared import ON, START, form_of
from dashboard.queries.seats import records
from dashboard.queries.seats.records import Where
from dashboard.scope import Scope
from models.academy import Evaluation, Trainer, Training, TrainingMaterial, TrainingSession
from models.facts import live
from models.people import Assignment, Person
from models.seats import ATTENDED, BOOKED, SEATED, Seat, SeatState

_SEATED = [str(status) for status in (SeatState.booked, *ATTENDED)]


def _readable(reader: Reader) -> ColumnElement[bool]:
    """The condition for materials that the reader may open."""
    how_far = reach(reader, "material.read")
    if how_far == Reach.all:
        return true()
    if how_far == Reach.none or reader.person_id is None:
        return false()
    seated = select(Seat.training_id).where(
        Seat.person_id == reader.person_id, Seat.status.in_(_SEATED)
    )
    gives = select(Trainer.training_id).where(Trainer.person_id == reader.person_id)
    return or_(TrainingMaterial.training_id.in_(seated), TrainingMaterial.training_id.in_(gives))


def materials_of(session: Session, reader: Reader, training_id: int) -> Sequence[TrainingMaterial]:
    """The materials of a training that the reader may open, without their content, in order of
    arrival.
    """
    table = TrainingMaterial.__table__
    return session.execute(
        select(*(column for column in table.columns if column.name != "content"))
        .where(TrainingMaterial.training_id == training_id, _readable(reader))
        .order_by(TrainingMaterial.on, TrainingMaterial.title, TrainingMaterial.id)
    ).all()


def count_materials(session: Session, training_id: int) -> int:
    """The number of materials of a training, for any reader."""
    return session.execute(
        select(func.count())
        .select_from(TrainingMaterial)
        .where(TrainingMaterial.training_id == training_id)
    ).scalar_one()


def material(session: Session, reader: Reader, ident: str) -> TrainingMaterial | None:
    """One material with its content, if the reader may open it."""
    return session.exec(
        select(TrainingMaterial).where(TrainingMaterial.id == ident, _readable(reader))
    ).first()


FEWEST = 10  # answers below which nothing of an evaluation is shown


@dataclass(frozen=True)
class AttendanceRow:
    """One person or guest of a sheet: her registration, her name and her attendance."""

    seat_id: int
    name: str
    status: _S
    rank: int
    is_guest: bool = False


@dataclass(frozen=True)
class AttendanceSheet:
    """One session with the people who have a seat in it, the responsibility of its trainers."""

    session: TrainingSession
    training: Training
    responsible: frozenset[int]
    lines: tuple[AttendanceRow, ...]


def trainers_of(session: Session, training_id: int) -> frozenset[int]:
    return frozenset(
        session.exec(select(Trainer.person_id).where(Trainer.training_id == training_id)).all()
    )


def sheet_of(session: Session, session_id: int) -> AttendanceSheet | None:
    """The sheet of a session, by family name, guests last; None if there is no such session. The
    caller checks the right.
    """
    held = session.get(TrainingSession, session_id)
    if held is None:
        return None
    seats = records.seats(session, Where(session_id=session_id), *BOOKED)
    persons = session.exec(
        select(Person)
        .where(Person.id.in_([seat.person_id for seat in seats]))
        .order_by(Person.family_name, Person.given_name)
    ).all()
    by_name = {person.id: n for n, person in enumerate(persons)}
    names = {person.id: person.name for person in persons}
    guests = records.guest_names(seat for seat in seats if seat.is_guest)
    listed = sorted(
        (seat for seat in seats if seat.is_guest or seat.person_id in names),
        key=lambda seat: (seat.is_guest, by_name.get(seat.person_id, 0), seat.id),
    )
    lines = tuple(
        AttendanceRow(
            seat.id,
            guests[seat.id] if seat.is_guest else names[seat.person_id],
            _S(seat.status),
            n,
            seat.is_guest,
        )
        for n, seat in enumerate(listed, 1)
    )
    return AttendanceSheet(
        held, session.get(Training, held.training_id), trainers_of(session, held.training_id), lines
    )


@dataclass(frozen=True)
class ToHold:
    """One session of a trainer: its training, its seats, and how many have no recorded
    attendance.
    """

    session: TrainingSession
    training: Training
    booked: int
    untyped: int


def _seated(statuses: Iterable[_S]) -> ColumnElement[int]:
    """The number of seats in these states, of a session."""
    return (
        select(func.count())
        .where(Seat.session_id == TrainingSession.id, Seat.status.in_(records.codes(statuses)))
        .correlate(TrainingSession)
        .scalar_subquery()
    )


_BOOKED, _UNTYPED = _seated(BOOKED), _seated([_S.booked])


def _by_attendance(day: date) -> ColumnElement[int]:
    """The rank of the attendance state: to record, to come, recorded, without anybody."""
    return case((TrainingSession.on > day, 1), (_UNTYPED > 0, 0), (_BOOKED > 0, 2), else_=3)


COLUMNS: tuple[Column[date], ...] = (
    Column("formation", "Formation", lambda _: by_text(Training.title)),
    Column("jour", "Jour", lambda _: TrainingSession.on),
    Column("lieu", "Lieu", lambda _: by_text(TrainingSession.place)),
    Column("inscrits", "Inscrits", lambda _: _BOOKED),
    Column("presences", "Présences", _by_attendance),
)


def held_by(
    session: Session,
    person_id: int | None,
    day: date,
    limit: int | None = None,
    offset: int = 0,
    sort: Sort | None = None,
) -> list[ToHold]:
    """The sessions of a trainer (None: of all), from a month back, soonest first or sorted by one
    of COLUMNS: `limit` of them, from `offset` on.
    """
    statement = (
        _to_hold(person_id, day)
        .add_columns(_BOOKED, _UNTYPED)
        .order_by(*order_by(COLUMNS, sort, day), TrainingSession.on, TrainingSession.id)
        .offset(offset)
        .limit(limit)
    )
    return [ToHold(*row) for row in session.exec(statement).all()]


def count_held_by(session: Session, person_id: int | None, day: date) -> int:
    """The number of sessions that `held_by` lists."""
    held = _to_hold(person_id, day).with_only_columns(TrainingSession.id).subquery()
    return session.exec(select(func.count()).select_from(held)).one()


def _to_hold(person_id: int | None, day: date) -> Select:
    statement = (
        select(TrainingSession, Training)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(
            TrainingSession.cancelled_on.is_(None), TrainingSession.on >= day - timedelta(days=31)
        )
    )
    if person_id is None:
        return statement
    own_trainings = select(Trainer.training_id).where(Trainer.person_id == person_id)
    return statement.where(Training.id.in_(own_trainings))


def at_risk(held: Iterable[ToHold], day: date) -> list[ToHold]:
    """The sessions at risk (à risque): within 15 days, with less than half of the seats booked."""
    return [
        item
        for item in held
        if day <= item.session.on <= day + timedelta(days=15)
        and item.session.capacity > 0
        and item.booked * 2 < item.session.capacity
    ]


# ── Evaluations ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Answers:
    """The sums of evaluations: number, scores of 4 or 5, recommendations of 9-10 and of 0-6,
    persons who attended.
    """

    n: int = 0
    good: int = 0
    promoters: int = 0
    detractors: int = 0
    attended: int = 0

    @property
    def is_shown(self) -> bool:
        return self.n >= FEWEST

    @property
    def nps(self) -> float | None:
        return 100 * (self.promoters - self.detractors) / self.n if self.is_shown else None


def answers_by_ambition(
    session: Session, scope: Scope, on: date, start: date
) -> dict[int | None, Answers]:
    """Ambition id → the evaluations, known at `on`, of the sessions held in the window with
    recorded attendance.
    """
    params = {"on": on, "start": start}
    rows = session.execute(_answers(form_of(scope)), params).all()
    return {ambition: Answers(*counts) for ambition, *counts in rows}


@cache
def _answers(scope: Scope) -> Select:
    recommendation = Evaluation.recommendation
    return (
        select(
            Training.ambition_id,
            func.count(),
            func.sum(case((Evaluation.score >= 4, 1), else_=0)),
            func.sum(case((recommendation >= 9, 1), else_=0)),
            func.sum(case((recommendation <= 6, 1), else_=0)),
        )
        .select_from(Evaluation)
        .join(TrainingSession, TrainingSession.id == Evaluation.session_id)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(
            held_between(ON, START),
            is_typed(TrainingSession.id, scope, ON),
            Evaluation.on <= ON,
        )
        .group_by(Training.ambition_id)
    )


def last_evaluation(session: Session, _scope: Scope, on: date) -> date | None:
    """The day of the last evaluation received."""
    return session.exec(select(func.max(Evaluation.on)).where(Evaluation.on <= on)).one()


def attended_at(session: Session, scope: Scope, on: date, start: date) -> int:
    """The number of known persons who attended sessions of the window, in full or in part: those
    who are asked for an evaluation.
    """
    params = {"on": on, "start": start}
    return session.execute(_attended(form_of(scope)), params).scalar_one()


@cache
def _attended(scope: Scope) -> Select:
    event, last = last_events(scope, ON)
    return of_ambition(
        select(func.count())
        .select_from(event)
        .join(TrainingSession, TrainingSession.id == event.session_id)
        .join(Training, Training.id == event.training_id)
        .where(
            last,
            held_between(ON, START),
            event.person_id.is_not(None),
            event.status.in_(records.codes(ATTENDED)),
        ),
        scope,
    )


def answers_to(session: Session, training_id: int, on: date) -> tuple[Answers, list[str]] | None:
    """The evaluations of one training at `on`, all sessions together, and their comments; None
    below ten.

    Not by session: the difference between a training and its sessions would reveal the answers of a
    few.
    """
    rows = session.exec(
        select(Evaluation)
        .join(TrainingSession, TrainingSession.id == Evaluation.session_id)
        .where(TrainingSession.training_id == training_id, Evaluation.on <= on)
        .order_by(Evaluation.id)
    ).all()
    if len(rows) < FEWEST:
        return None
    recommended = [row.recommendation for row in rows if row.recommendation is not None]
    answers = Answers(
        len(rows),
        sum((row.score or 0) >= 4 for row in rows),
        sum(recommendation >= 9 for recommendation in recommended),
        sum(recommendation <= 6 for recommendation in recommended),
    )
    return answers, sorted(row.comment for row in rows if row.comment)


@dataclass(frozen=True)
class AwaitedApproval:
    """One pending approval: person, service and session."""

    seat_id: int
    person_id: int
    name: str
    service_id: int | None
    title: str
    session: TrainingSession
    asked_on: date


APPROVAL_COLUMNS: tuple[Column[Scope], ...] = (
    Column("nom", "Nom de famille", lambda _scope: by_text(Person.family_name)),
    Column("formation", "Formation", lambda _scope: by_text(Training.title)),
    Column("jour", "Jour de la session", lambda _scope: TrainingSession.on),
    Column("demande", "Demandée le", lambda _scope: Seat.approval_asked_on),
)


def approvals_asked(
    session: Session,
    scope: Scope,
    units: frozenset[int] | None,
    limit: int | None = None,
    offset: int = 0,
    sort: Sort | None = None,
) -> list[AwaitedApproval]:
    """The pending approvals for agents of `units` (None: all), the nearest session first or sorted
    by one of COLUMNS: `limit` of them, from `offset` on.
    """
    order = order_by(APPROVAL_COLUMNS, sort, scope) or [TrainingSession.on]
    waiting = _waiting(scope.on, units).order_by(*order, Seat.id)
    return _awaited(session, scope.on, waiting.limit(limit).offset(offset))


def approval_asked(
    session: Session, scope: Scope, units: frozenset[int] | None, seat_id: int
) -> AwaitedApproval | None:
    """One pending approval; None if it is decided, or not for this reader."""
    waiting = _waiting(scope.on, units).where(Seat.id == seat_id)
    return next(iter(_awaited(session, scope.on, waiting)), None)


def count_approvals(session: Session, scope: Scope, units: frozenset[int] | None) -> int:
    """The number of pending approvals."""
    waiting = _waiting(scope.on, units).with_only_columns(Seat.id).subquery()
    return session.exec(select(func.count()).select_from(waiting)).one()


def approvals_of_coming(session: Session, day: date) -> list[AwaitedApproval]:
    """The pending approvals of all services for sessions after a day that are not cancelled."""
    coming = TrainingSession.on > day, TrainingSession.cancelled_on.is_(None)
    waiting = _waiting(day, None).where(*coming).order_by(TrainingSession.on, Seat.id)
    return _awaited(session, day, waiting)


def _waiting(on: date, units: frozenset[int] | None) -> Select:
    """The pending approvals for agents whose service on that day is among `units` (None: all)."""
    waiting = (
        select(Seat, Person, Training.title, TrainingSession)
        .join(Person, Person.id == Seat.person_id)
        .join(Training, Training.id == Seat.training_id)
        .join(TrainingSession, TrainingSession.id == Seat.session_id)
        .where(
            Seat.approval_asked_on.is_not(None),
            Seat.approved.is_(None),
            Seat.status.in_([str(_S.requested), str(_S.booked)]),
        )
    )
    service = (
        select(Assignment.service_id)
        .where(live(Assignment, on), Assignment.person_id == Person.id)
        .order_by(Assignment.on.desc(), Assignment.id.desc())
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
    return waiting if units is None else waiting.where(service.in_(sorted(units)))


def _awaited(session: Session, on: date, waiting: Select) -> list[AwaitedApproval]:
    rows = session.exec(waiting).all()
    services = services_at(session, on, [person.id for _, person, *_ in rows])
    return [
        AwaitedApproval(
            *(seat.id, person.id, person.name, services.get(person.id)),
            *(title, held, seat.approval_asked_on),
        )
        for seat, person, title, held in rows
    ]


def away(session: Session, asked: AwaitedApproval) -> tuple[str, ...]:
    """The names of colleagues of her service who have a seat in a session on the same day."""
    day = asked.session.on
    rows = session.exec(
        select(Person)
        .join(Seat, Seat.person_id == Person.id)
        .join(TrainingSession, TrainingSession.id == Seat.session_id)
        .where(
            TrainingSession.on == day,
            TrainingSession.cancelled_on.is_(None),
            Person.id != asked.person_id,
            Seat.status.in_(records.codes(SEATED)),
        )
        .distinct()
        .order_by(Person.family_name, Person.id)
    ).all()
    services = services_at(session, day, [person.id for person in rows])
    return tuple(
        person.name
        for person in rows
        if asked.service_id and services.get(person.id) == asked.service_id
    )
