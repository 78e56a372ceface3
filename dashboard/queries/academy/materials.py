"""Reads the materials of a training (supports), for its participants, its trainers and the
programme office.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, false, func, or_, true
from sqlmodel import Session, select

from dashboard.access import Reach, Reader, reach
from models.academy import Trainer, TrainingMaterial
from models.seats import ATTENDED, Seat, SeatState

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
