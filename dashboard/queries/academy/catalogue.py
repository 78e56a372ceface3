"""The trainings and sessions that one chooses from (catalogue): what is offered, what comes."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_
from sqlmodel import Session, select

from dashboard.queries.academy.counts import (
    _S,
    held_between,
    last_events,
    of_ambition,
)
from dashboard.scope import Scope
from models.academy import Training, TrainingSession
from models.seats import BOOKED


@dataclass(frozen=True)
class TrainingRow:
    """One training of the catalogue with what happened up to a day, the whole
    administration together.

    Not how many came: seats less presences are the absences of one training, a
    handful of persons.
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
    """The trainings (of the scope's ambition), in the order of their codes. Seats
    booked are public.
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
    """The sessions to come that have seats to give (of one training, or of all), the
    soonest first.
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
