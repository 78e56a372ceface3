"""Keys that open one resource without a login: a calendar feed, the read API."""

from datetime import date
from typing import ClassVar

from sqlmodel import Field, SQLModel


class CalendarKey(SQLModel, table=True):
    """Clé d'agenda: the SHA-256 of the random address of one person's calendar feed."""

    called: ClassVar[tuple[str, str]] = ("clé d'agenda", "clés d'agenda")
    __tablename__ = "calendar_key"

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    key: str = Field(unique=True)


class ReaderToken(SQLModel, table=True):
    """Jeton de lecture: gives one program access to the read API. `key` is the SHA-256 of the
    token, which is shown once; `direction_id` the unit whose data it may read (None: the whole
    administration). Only the day of its last use is stored.
    """

    called: ClassVar[tuple[str, str]] = ("jeton de lecture", "jetons de lecture")
    __tablename__ = "reader_token"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    key: str = Field(unique=True)
    direction_id: int | None = Field(default=None, foreign_key="direction.id")
    made_on: date
    until: date | None = None
    used_on: date | None = None
    revoked_on: date | None = None

    def is_open(self, day: date) -> bool:
        return self.revoked_on is None and (self.until is None or self.until >= day)
