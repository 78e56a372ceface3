"""What the rules of filings ask (ce que les dépôts demandent), read in one statement
for as many as come together: a filing is the act that many do at once.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import CompoundSelect, Select, String, bindparam, cast, literal_column, union_all
from sqlmodel import Session, select

from models.clock import local_day
from models.directions import Direction
from models.keeping import Installation
from models.meetings import Meeting
from models.prepared import ask
from models.roadmap import Ambition
from models.short_lived import DayKey
from models.workdays import ClosingDay, Workdays, calendar


@dataclass(frozen=True)
class FilingFacts:
    """`key_of_day`: what addresses are hashed with, where there is one yet."""

    day: date
    workdays: Workdays
    key_of_day: str | None
    _ambitions: frozenset[str]
    _directions: frozenset[str]
    _meetings: frozenset[int]

    def lacks_ambition(self, id: int | None) -> bool:
        """Whether an entry names one that is not there."""
        return id is not None and str(id) not in self._ambitions

    def lacks_direction(self, id: int | None) -> bool:
        return id is not None and str(id) not in self._directions

    def lacks_meeting(self, id: int | None) -> bool:
        return id is not None and id not in self._meetings


def facts_for_filings(
    session: Session, now: datetime, meetings: Iterable[int | None]
) -> FilingFacts:
    """`meetings`: the ids, or None, of those that the entries were said in."""
    found: dict[str, set[str]] = defaultdict(set)
    for what, value in ask(session, _statement(), {"key_day": now.date()}).all():
        found[what].add(value)
    [frozen_on] = found["frozen"] or [None]
    named = {*meetings} - {None}
    there = session.exec(select(Meeting.id).where(Meeting.id.in_(named))).all() if named else ()
    return FilingFacts(
        date.fromisoformat(frozen_on) if frozen_on else local_day(now),
        calendar(found["closing"]),
        next(iter(found["key"]), None),
        frozenset(found["ambition"]),
        frozenset(found["direction"]),
        frozenset(there),
    )


@cache
def _statement() -> CompoundSelect:
    """Rows of what and its value. Made once: to put it together takes longer than to
    ask it; and of ambitions and directions, which are few, all: a list of ids would
    be put together each time.
    """
    return union_all(
        _rows("ambition", cast(Ambition.id, String)),
        _rows("direction", cast(Direction.id, String)),
        _rows("closing", ClosingDay.day),
        _rows("frozen", cast(Installation.frozen_on, String)).where(Installation.id == 1),
        _rows("key", DayKey.key).where(DayKey.day == bindparam("key_day")),
    )


def _rows(what: str, value: object) -> Select:
    return select(literal_column(f"'{what}'"), value)
