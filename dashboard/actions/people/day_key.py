"""The key of the day (clé du jour): what names and addresses are hashed with until it is
forgotten.
"""

import secrets
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, select

from models.database import is_sqlite
from models.short_lived import DayKey


def key_of_day(session: Session, now: datetime) -> str:
    """The key of today, made by whoever needs it first."""
    new = (
        (sqlite if is_sqlite(session) else postgresql)
        .insert(DayKey)
        .values(day=now.date(), key=secrets.token_urlsafe(32))
    )
    # Two may need the first key of a day at once: one writes it, both read the same.
    if session.get(DayKey, now.date()) is None:
        session.execute(new.on_conflict_do_nothing())
    return session.exec(select(DayKey.key).where(DayKey.day == now.date())).one()
