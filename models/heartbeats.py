"""Heartbeats (signes de vie des tâches): how what is done without anybody looking last ended, and
where the last backup lies.

Facts about this machine and not about the town: they are in no backup. Only the day is stored here;
the hour, as long as it counts, is in the short-lived store (`Pulse`).
"""

from datetime import date

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class Heartbeat(SQLModel, table=True):
    """Signe de vie d'une tâche: `failure` is the kind of its last error, never what it said;
    `in_a_row` how often it has failed since it last ended well.
    """

    task: str = Field(primary_key=True)
    good_on: date | None = None
    failed_on: date | None = None
    failure: str = ""
    in_a_row: int = 0


class LastBackup(SQLModel, table=True):
    """Dernière sauvegarde: one row. `size` in bytes; `folder` without the name of the file."""

    __tablename__ = "last_backup"

    id: int = Field(default=1, primary_key=True)
    on: date
    size: int = Field(sa_type=BigInteger)
    folder: str


class Rehearsal(SQLModel, table=True):
    """Essai de restauration: one row, the last one. `failure` names the checks that did not hold,
    or the kind of the error; `rows` were restored.
    """

    id: int = Field(default=1, primary_key=True)
    on: date
    held: bool
    failure: str = ""
    rows: int = Field(default=0, sa_type=BigInteger)
