"""The cookie of a device (témoin d'appareil): a browser on which somebody has signed in is known
for her login name, so that whoever tries passwords elsewhere does not keep her out.

It holds a random word and, for each of the last names, a mark that only this installation can make:
no name stands in it, and nothing is stored here.
"""

import hmac
import re
import secrets
from datetime import timedelta

from models.signing import keyed_hash

LIFE = timedelta(days=365)
MOST_NAMES = 8  # on one browser; a computer that many share has no endless cookie
_SHAPE = re.compile(rf"[0-9a-f]{{32}}(\.[0-9a-f]{{32}}){{1,{MOST_NAMES}}}")


def cookie_after(cookie: str, login: str) -> str:
    """The cookie of a browser on which this name has just signed in."""
    word, *marks = cookie.split(".") if _SHAPE.fullmatch(cookie) else [secrets.token_hex(16)]
    mine = _mark(word, login)
    others = [mark for mark in marks if mark != mine]
    return ".".join([word, mine, *others[: MOST_NAMES - 1]])


def mark_of(cookie: str, login: str) -> str | None:
    """What the tries of this name on this browser are counted by; None where it never signed in."""
    if not _SHAPE.fullmatch(cookie):
        return None
    word, *marks = cookie.split(".")
    mine = _mark(word, login)
    return mine if any(hmac.compare_digest(mark, mine) for mark in marks) else None


def _mark(word: str, login: str) -> str:
    return keyed_hash(f"device {word} {login.strip().lower()}")[:32]
