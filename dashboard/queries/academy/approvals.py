"""Reads the pending approvals of managers (accords), one page at a time."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func
from sqlmodel import Session, select

from dashboard.queries.columns import Column, Sort, by_text, order_by
from dashboard.queries.people.choices import services_at
from dashboard.queries.seats.records import codes
from dashboard.scope import Scope
from models.academy import Training, TrainingSession
from models.facts import live
from models.people import Assignment, Person
from models.seats import SEATED, Seat, SeatState

_S = SeatState


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


COLUMNS: tuple[Column[Scope], ...] = (
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
    order = order_by(COLUMNS, sort, scope) or [TrainingSession.on]
    waiting = _waiting(scope, units).order_by(*order, Seat.id)
    return _awaited(session, scope.on, waiting.limit(limit).offset(offset))


def approval_asked(
    session: Session, scope: Scope, units: frozenset[int] | None, seat_id: int
) -> AwaitedApproval | None:
    """One pending approval; None if it is decided, or not for this reader."""
    waiting = _waiting(scope, units).where(Seat.id == seat_id)
    return next(iter(_awaited(session, scope.on, waiting)), None)


def count_approvals(session: Session, scope: Scope, units: frozenset[int] | None) -> int:
    """The number of pending approvals."""
    waiting = _waiting(scope, units).with_only_columns(Seat.id).subquery()
    return session.exec(select(func.count()).select_from(waiting)).one()


def approvals_of_coming(session: Session, day: date) -> list[AwaitedApproval]:
    """The pending approvals of all services for sessions after a day that are not cancelled."""
    coming = TrainingSession.on > day, TrainingSession.cancelled_on.is_(None)
    waiting = _undecided().where(*coming).order_by(TrainingSession.on, Seat.id)
    return _awaited(session, day, waiting)


def _waiting(scope: Scope, units: frozenset[int] | None) -> Select:
    waiting = _undecided()
    return waiting if units is None else waiting.where(_service(scope).in_(sorted(units)))


def _undecided() -> Select:
    return (
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


def _service(scope: Scope) -> ColumnElement[int]:
    """The person's service on the day of the scope."""
    return (
        select(Assignment.service_id)
        .where(live(Assignment, scope.on), Assignment.person_id == Person.id)
        .order_by(Assignment.on.desc(), Assignment.id.desc())
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )


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
            Seat.status.in_(codes(SEATED)),
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
