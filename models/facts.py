"""Facts (faits): added, never rewritten. A correction is a new fact that voids the old one.

A fact counts at a day `t` when `on <= t` and no fact that voids it has `on <= t`. So an undone act,
whose voiding fact carries the same day, counts nowhere; and what is added later never changes an
earlier day.
"""

import secrets
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel

F = TypeVar("F")
_EPOCH = date(1970, 1, 1)
_RANDOM_BITS = 47


class Fact(SQLModel):
    """One dated fact: `on` the day it is true from, `recorded_on` the day we learnt it, `by` the
    person.
    """

    on: date = Field(index=True)
    recorded_on: date
    by: int | None = Field(default=None, foreign_key="person.id")
    reason: str | None = None
    voids: int | None = Field(default=None, index=True)


def live(fact: type, on: date, known: date | None = None) -> ColumnElement[bool]:
    """The condition under which rows of `fact` count at `on` (and, where `known` is given, were
    known then).

    Voided ids are gathered once, not looked for row by row: an index on the day would tempt a
    planner.
    """
    undone = _undone(fact) if isinstance(fact, type) else aliased(fact)
    voiding, condition = [undone.voids > 0, undone.on <= on], fact.on <= on
    if known is not None:
        voiding.append(undone.recorded_on <= known)
        condition &= fact.recorded_on <= known
    return condition & fact.id.not_in(select(undone.voids).where(*voiding))


@cache
def _undone(fact: type) -> type:
    # Kept: SQLAlchemy takes longer to make an alias with its columns than SQLite to answer. It
    # is in one innermost query alone, so that the same one may be in several.
    return aliased(fact)


def counting(facts: Iterable[F], on: date, known: date | None = None) -> list[F]:
    """The same rule for rows already read: those that count at `on` (and were known then),
    oldest first.
    """
    seen = [
        fact for fact in facts if fact.on <= on and (known is None or fact.recorded_on <= known)
    ]
    undone = {fact.voids for fact in seen if fact.voids}
    return sorted(
        (fact for fact in seen if fact.id not in undone), key=lambda fact: (fact.on, fact.id)
    )


def random_id(day: date) -> int:
    """A 63-bit id whose high bits are the day and whose low 47 bits are random.

    Ordered by id, rows come newest day first without an index of their own; within a day the order
    says nothing, so that it cannot date an anonymous entry more finely than the day it stores
    anyway.
    """
    return first_id(day) | secrets.randbits(_RANDOM_BITS)


def first_id(day: date) -> int:
    """The smallest id of a day: a span of days is then a span of ids."""
    return _id_of((day - _EPOCH).days)


def id_after(day: date) -> int:
    """The first id that belongs neither to this day nor to one before."""
    return _id_of((day - _EPOCH).days + 1)


def _id_of(days: int) -> int:
    return min(max(days, 0), 0xFFFF) << _RANDOM_BITS
