"""What the rules of a filing ask (ce que le dépôt demande), read in one statement: a filing is the
act that many do at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import Select, bindparam, func, true
from sqlmodel import Session, select

from models.clock import local_day
from models.directions import Direction
from models.ideas import Receipt
from models.keeping import Installation
from models.meetings import Meeting
from models.roadmap import Ambition
from models.short_lived import DayKey
from models.workdays import ClosingDay, Workdays, calendar

_LINK = {
    "ambition": Ambition,
    "concerned": Direction,
    "service": Direction,
    "meeting": Meeting,
}
# No closing day holds it: « jj/mm » or « jj/mm/aaaa ».
_BETWEEN = ";"


@dataclass(frozen=True)
class FilingFacts:
    """`missing`: what the entry names and is not there, among the words of `_LINK`; `is_filed`:
    its form was sent before; `key_of_day`: what addresses are hashed with, where there is one yet.
    """

    day: date
    workdays: Workdays
    missing: frozenset[str]
    is_filed: bool
    key_of_day: str | None


def facts_for_filing(
    session: Session, receipt: str, now: datetime, **links: int | None
) -> FilingFacts:
    """`receipt`: the hash of the code that the form would give; `links`: the id, or None, of each
    record that the entry names.
    """
    asked = {name: links.get(name) for name in _LINK}
    found = session.execute(_statement(), asked | {"receipt": receipt, "key_day": now.date()}).one()
    named = [name for name in _LINK if asked[name] is not None]
    return FilingFacts(
        found.frozen_on or local_day(now),
        calendar(_closing_days(found.closing)),
        frozenset(name for name in named if not getattr(found, name)),
        found.is_filed,
        found.key,
    )


def _closing_days(joined: str | None) -> Sequence[str]:
    return joined.split(_BETWEEN) if joined else ()


@cache
def _statement() -> Select:
    """Made once: to put it together takes longer than to ask it."""
    links = [
        select(true()).where(table.id == bindparam(name)).exists().label(name)
        for name, table in _LINK.items()
    ]
    is_filed = select(true()).where(Receipt.code == bindparam("receipt")).exists()
    closing = select(func.aggregate_strings(ClosingDay.day, _BETWEEN))
    return select(
        *links,
        is_filed.label("is_filed"),
        closing.scalar_subquery().label("closing"),
        _one(Installation.frozen_on, Installation.id == 1, "frozen_on"),
        _one(DayKey.key, DayKey.day == bindparam("key_day"), "key"),
    )


def _one(column: object, where: object, name: str) -> object:
    return select(column).where(where).scalar_subquery().label(name)
