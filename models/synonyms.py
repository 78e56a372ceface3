"""Synonyms (synonymes): words with the same meaning for searches, and words searched in vain."""

from datetime import date

from sqlalchemy import Date, bindparam, text
from sqlmodel import Field, Session

from models.facts import Record

ENOUGH_DAYS = 3


class Synonym(Record, table=True):
    """Synonymes: words and phrases with the same meaning, « wc, toilettes, bloc sanitaire ».

    A single word was searched in vain, on so many `days`, the last time on `last_on`; it is shown
    once there are ENOUGH_DAYS, and then no longer counted.
    """

    words: str = Field(unique=True)
    note: str = ""
    days: int | None = None
    last_on: date | None = None

    @property
    def is_shown(self) -> bool:
        return self.days is None or self.days >= ENOUGH_DAYS


# As text: no cache of ideas depends on it.
_COUNT = text(
    "INSERT INTO synonym (words, note, days, last_on) VALUES (:word, :note, 1, :day)"
    " ON CONFLICT (words) DO UPDATE SET days = synonym.days + 1, last_on = excluded.last_on"
    f" WHERE synonym.days < {ENOUGH_DAYS} AND synonym.last_on < excluded.last_on"
).bindparams(bindparam("day", type_=Date))


def count_in_vain(session: Session, word: str, day: date) -> None:
    """Counts a day on which a word was searched in vain, without time or person."""
    session.execute(_COUNT, {"word": word, "note": "cherché en vain", "day": day})
