"""The catalogue of trainings and sessions (catalogue)."""

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
