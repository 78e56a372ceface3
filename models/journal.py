"""The journal (journal): changes of texts and reference data."""

from datetime import date
from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class Change(SQLModel, table=True):
    """Modification: the audit of texts and reference data. Not used by figures."""

    called: ClassVar[tuple[str, str]] = ("ligne du journal", "lignes du journal")
    __table_args__ = (Index("ix_change_subject", "subject", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    on: date = Field(index=True)
    by: int | None = Field(default=None, foreign_key="person.id")
    subject: str
    record: str
    field: str
    before: str | None = None
    after: str | None = None
