"""Heartbeats (signes de vie des tâches): how each background task last ended, and what it left.

They describe this machine and are in no backup. Only the day is stored here; the time, while
relevant, is in the short-lived store (`Pulse`).
"""

from datetime import date

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class Heartbeat(SQLModel, table=True):
    """Signe de vie d'une tâche: `failure` is the type of its last error, without its message;
    `in_a_row` the number of failures since the last success. `amount` and `place` are what it left:
    the bytes and the folder of the last backup, the rows of the last restore test.
    """

    task: str = Field(primary_key=True)
    good_on: date | None = None
    failed_on: date | None = None
    failure: str = ""
    in_a_row: int = 0
    amount: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    place: str = Field(default="", sa_column_kwargs={"server_default": ""})
