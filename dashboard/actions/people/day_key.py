"""The key of the day (clé du jour), with which names and addresses are hashed."""

import secrets
from datetime import datetime

from sqlmodel import Session, select

from models.inserts import insert_new
from models.short_lived import DayKey


def key_of_day(session: Session, now: datetime) -> str:
    """Today's key, created on first use."""
    # Two requests may create it at once: one inserts it, both read the same.
    if session.get(DayKey, now.date()) is None:
        insert_new(session, DayKey, [{"day": now.date(), "key": secrets.token_urlsafe(32)}])
    return session.exec(select(DayKey.key).where(DayKey.day == now.date())).one()
