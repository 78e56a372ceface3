"""Heartbeats (signes de vie des tâches): how each background task last ended, and where the last
backup is.

They describe this machine and are in no backup. Only the day is stored here; the time, while
relevant, is in the short-lived store (`Pulse`).
"""

from datetime import date

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class Heartbeat(SQLModel, table=True):
    """Signe de vie d'une tâche: `failure` is the type of its last error, without its message;
    `in_a_row` the number of failures since the last success.
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
    """Essai de restauration: one row, the last one. `failure` names the failed checks, or the type
    of the error; `rows` were restored.
    """

    id: int = Field(default=1, primary_key=True)
    on: date
    held: bool
    failure: str = ""
    rows: int = Field(default=0, sa_type=BigInteger)
