"""The catalogue of trainings and sessions (catalogue)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, false, func, or_, true
from sqlmodel import Session, select

from dashboard.access import Reach, Reader, reach
from dashboard.queries.academy.counts import _S, held_between, last_events, of_ambition
from dashboard.scope import Scope
from models.academy import Trainer, Training, TrainingMaterial, TrainingSession
from models.seats import ATTENDED, BOOKED, Seat, SeatState


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
