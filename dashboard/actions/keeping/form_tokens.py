"""Tokens of forms (jetons de formulaire): what was sent once is not done twice.

Of a token only a hash is kept, for its day.
"""

import hashlib
from datetime import date
from functools import cache

from sqlalchemy import bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session

from models.clock import today
from models.keeping import FormToken


def spend(session: Session, token: str, day: date | None = None) -> bool:
    """Whether this token is used for the first time. A double click, a reload or a reconnect sends
    the same one: of two at once, one is told no.
    """
    row = {"token": hashlib.sha256(token.encode()).hexdigest(), "day": day or today(session)}
    return session.execute(_spending(session.get_bind().dialect.name), row).first() is not None


@cache
def _spending(dialect: str) -> ReturningInsert:
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(FormToken.__table__)
    new = insert.values(token=bindparam("token"), day=bindparam("day"))
    return new.on_conflict_do_nothing().returning(FormToken.__table__.c.token)


def purge(session: Session) -> None:
    """Tokens of earlier days go: no form stays open that long, and they must not pile up."""
    session.execute(delete(FormToken).where(FormToken.day < today(session)))
