"""Facts (faits): added, not rewritten. A correction is a new fact that voids the old one.

A fact counts at a day `t` if `on <= t` and no fact that voids it has `on <= t`. So an undone act,
whose voiding fact has the same day, does not count on any day; and later additions do not change
earlier days.
"""

import re
import secrets
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, declared_attr
from sqlmodel import Field, Session, SQLModel

# SQLite would store a hidden row number in the order of insertion, which would date an anonymous
# entry to the minute.
NO_HIDDEN_ORDER = {"sqlite_with_rowid": False}


class Stored(SQLModel):
    """A row of the table that is named after its class: `PlanReport` is stored in `plan_report`."""

    @declared_attr
    def __tablename__(cls) -> str:
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


class Record(Stored):
    """A row that the database numbers."""

    id: int | None = Field(default=None, primary_key=True)


F = TypeVar("F")
_EPOCH = date(1970, 1, 1)
RANDOM_BITS = 47


class Fact(Record):
    """One dated fact: `on` the day it is true from, `recorded_on` the day it was recorded, `by` the
    person. The first column that a table adds names the record of its facts (`record_column`). With
    `corrects` false, a fact that voids another only undoes it.
    """

    corrects: ClassVar[bool] = True

    on: date = Field(index=True)
    recorded_on: date
    by: int | None = Field(default=None, foreign_key="person.id")
    reason: str | None = None
    voids: int | None = Field(default=None, index=True)


@cache
def record_column(fact: type[Fact]) -> str:
    return next(name for name in fact.model_fields if name not in Fact.model_fields)


def live(fact: type, on: date, known: date | None = None) -> ColumnElement[bool]:
    """The condition for rows of `fact` that count at `on` (and, with `known`, were recorded by
    then). A fact that only undoes another does not count.

    Voided ids are collected once, not looked up row by row: an index on the day would mislead the
    planner.
    """
    undone = _undone(fact) if isinstance(fact, type) else aliased(fact)
    voiding, condition = [undone.voids > 0, undone.on <= on], fact.on <= on
    if known is not None:
        voiding.append(undone.recorded_on <= known)
        condition &= fact.recorded_on <= known
    if not fact.corrects:
        condition &= fact.voids.is_(None)
    return condition & fact.id.not_in(select(undone.voids).where(*voiding))


@cache
def _undone(fact: type) -> type:
    # Cached: SQLAlchemy takes longer to make an alias with its columns than SQLite to answer. It is
    # in one innermost query only, so the same one may be in several.
    return aliased(fact)


def counting(facts: Iterable[F], on: date, known: date | None = None) -> list[F]:
    """The same rule for loaded rows: those that count at `on` (recorded by `known`), oldest first;
    including those that only undo another.
    """
    seen = [
        fact for fact in facts if fact.on <= on and (known is None or fact.recorded_on <= known)
    ]
    return sorted(not_undone(seen), key=lambda fact: (fact.on, fact.id))


def not_undone(facts: Iterable[F]) -> list[F]:
    """The facts of a record that no other fact voids, in their order."""
    all_facts = list(facts)
    undone = {fact.voids for fact in all_facts if fact.voids}
    return [fact for fact in all_facts if fact.id not in undone]


class History(Generic[F]):
    """The facts of one table, by record."""

    def __init__(self, table: type[Fact], facts: Iterable[F] = (), unread: int = 0):
        self.corrects, self.unread = table.corrects, unread
        self.facts: dict[object, list[F]] = defaultdict(list)
        for fact in facts:
            self.facts[getattr(fact, record_column(table))].append(fact)

    def at(self, record: object, on: date, known: date | None = None) -> list[F]:
        """The facts of one record that count at `on` (recorded by `known`), oldest first."""
        found = counting(self.facts.get(record, ()), on, known)
        return found if self.corrects else [fact for fact in found if fact.voids is None]

    def last_day(self, on: date, known: date | None = None) -> date | None:
        """The day of the latest fact."""
        days = (f.on for facts in self.facts.values() for f in counting(facts, on, known))
        return max(days, default=None)


def facts_of(
    session: Session,
    table: type[F],
    record: object,
    on: date = date.max,
    known: date | None = None,
) -> list[F]:
    """The facts of one record that count at `on` (recorded by `known`), oldest first."""
    of = getattr(table, record_column(table))
    rows = select(table).where(of == record, live(table, on, known))
    return list(session.scalars(rows.order_by(table.on, table.id)).all())


def last_facts(
    session: Session, table: type[F], on: date, *conditions: ColumnElement[bool]
) -> dict[object, F]:
    """Record → its last fact that counts at `on`."""
    rows = select(table).where(live(table, on), *conditions).order_by(table.on, table.id)
    return {getattr(fact, record_column(table)): fact for fact in session.scalars(rows)}


def last_values(
    session: Session, what: InstrumentedAttribute, on: date, *conditions: ColumnElement[bool]
) -> dict:
    """Record → the value of this column in its last fact that counts at `on`."""
    fact = what.class_
    of = getattr(fact, record_column(fact))
    rows = select(of, what).where(live(fact, on), *conditions)
    return dict(session.execute(rows.order_by(fact.on, fact.id)).all())


def random_id(day: date) -> int:
    """A 63-bit id whose high bits are the day and whose low 47 bits are random.

    Ordered by id, rows are sorted by day without an index of their own; within a day the order is
    random, so that it cannot date an anonymous entry more precisely than its stored day.
    """
    return first_id(day) | secrets.randbits(RANDOM_BITS)


def first_id(day: date) -> int:
    """The smallest id of a day: a range of days is a range of ids."""
    return _id_of((day - _EPOCH).days)


def id_after(day: date) -> int:
    """The smallest id after this day."""
    return _id_of((day - _EPOCH).days + 1)


def _id_of(days: int) -> int:
    return min(max(days, 0), 0xFFFF) << RANDOM_BITS
