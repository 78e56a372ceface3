"""The key of the day (clé du jour): what names and addresses are hashed with until it is
forgotten.
"""

import secrets
from datetime import datetime

from sqlmodel import Session, select

from models.inserts import insert_new
from models.short_lived import DayKey


def key_of_day(session: Session, now: datetime) -> str:
    """The key of today, made by whoever needs it first."""
    # Two may need the first key of a day at once: one writes it, both read the same.
    if session.get(DayKey, now.date()) is None:
        insert_new(session, DayKey, [{"day": now.date(), "key": secrets.token_urlsafe(32)}])
    return session.exec(select(DayKey.key).where(DayKey.day == now.date())).one()
