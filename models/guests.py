"""Guests (invités): whoever has no account and takes a seat at a meeting or a session that is open
to all. What they left of themselves goes some days after the date.
"""

from datetime import date
from typing import ClassVar

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.keeping import NoticeState


class Guest(SQLModel, table=True):
    """Invité: one registration without an account; its place is a MeetingSeat or a Registration.

    `code` is the SHA-256 of the code that follows it; `seed`, with the key of the installation,
    gives that code again, for the same form sent twice and for a mail. Neither stands there once
    the date is past: None says that all of it has been forgotten.
    """

    called: ClassVar[tuple[str, str]] = ("invité sans compte", "invités sans compte")

    id: int | None = Field(default=None, primary_key=True)
    seed: str | None = Field(default=None, unique=True, index=True)
    code: str | None = Field(default=None, unique=True, index=True)
    name: str = Field(default="", description="a first name, as it was given")
    service: str = ""
    email: str = Field(default="", description="only to be told of this one date")


class GuestNotice(SQLModel, table=True):
    """Avis à un invité: one thing that one address is to be told, once. The words go as soon as
    they have left.
    """

    called: ClassVar[tuple[str, str]] = ("avis à un invité", "avis à des invités")
    __tablename__ = "guest_notice"
    __table_args__ = (UniqueConstraint("guest_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    guest_id: int = Field(foreign_key="guest.id")
    key: str
    title: str
    text: str = ""
    state: str = Field(default=NoticeState.waiting, index=True)
    tries: int = 0
    tried_on: date | None = None
    error: str = ""
