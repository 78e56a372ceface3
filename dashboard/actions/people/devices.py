"""The device cookie (témoin d'appareil): recognises a browser on which a login name has signed in,
so that attempts made elsewhere do not lock its owner out.

It holds a random word and, for each recent name, a mark signed by this installation: no name, and
nothing stored on the server.
"""

import hmac
import re
import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, select

from models.inserts import insert_new
from models.short_lived import DayKey
from models.signing import keyed_hash

LIFE = timedelta(days=365)
MOST_NAMES = 8  # per browser: bounds the cookie of a shared computer
_SHAPE = re.compile(rf"[0-9a-f]{{32}}(\.[0-9a-f]{{32}}){{1,{MOST_NAMES}}}")


def cookie_after(cookie: str, login: str) -> str:
    """The cookie after this name has signed in."""
    word, *marks = cookie.split(".") if _SHAPE.fullmatch(cookie) else [secrets.token_hex(16)]
    mark_now = _mark(word, login)
    others = [mark for mark in marks if mark != mark_now]
    return ".".join([word, mark_now, *others[: MOST_NAMES - 1]])


def mark_of(cookie: str, login: str) -> str | None:
    """The mark that counts this name's attempts on this browser; None where it never signed in
    there.
    """
    if not _SHAPE.fullmatch(cookie):
        return None
    word, *marks = cookie.split(".")
    own_mark = _mark(word, login)
    return own_mark if any(hmac.compare_digest(mark, own_mark) for mark in marks) else None


def _mark(word: str, login: str) -> str:
    return keyed_hash(f"device {word} {login.strip().lower()}")[:32]


def key_of_day(session: Session, now: datetime) -> str:
    """Today's key, created on first use."""
    # Two requests may create it at once: one inserts it, both read the same.
    if session.get(DayKey, now.date()) is None:
        insert_new(session, DayKey, [{"day": now.date(), "key": secrets.token_urlsafe(32)}])
    return session.exec(select(DayKey.key).where(DayKey.day == now.date())).one()
