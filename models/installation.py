"""The installation: demonstration or real, and the revisions of its subjects."""

from datetime import date

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class Installation(SQLModel, table=True):
    """One row about this database. A demonstration cannot become real. Entries of the days before
    `mixed_before` have no order.
    """

    id: int = Field(default=1, primary_key=True)
    demonstration: bool = False
    frozen_on: date | None = None
    mixed_before: date | None = None


class Revision(SQLModel, table=True):
    """One row per subject, raised in each writing transaction: the key of every cache."""

    subject: str = Field(primary_key=True)
    n: int = Field(default=0, sa_type=BigInteger)
