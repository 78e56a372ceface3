"""Facts of ideas counted over periods of days (périodes), month by month.

A month is one GROUP BY for all directions and ambitions. A session with a cache (`remember_with`)
runs it once for days that are over; only today is counted after each write. Statements are compiled
once; the days and the voided facts are parameters.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from itertools import product

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session, select

from dashboard.queries.prepared import ON, form_of
from dashboard.scope import Scope
from models.clock import month_end
from models.facts import live
from models.idea_events import EventKind, IdeaEvent

# A literal, not a parameter: only then does the planner use the partial index.
IS_FILING = IdeaEvent.what == literal_column(f"'{EventKind.filed}'")
# The first and the last day; the directions.
FIRST, LAST = bindparam("first", type_=Date()), bindparam("last", type_=Date())
COUNTED = bindparam("counted", expanding=True)
_VOIDED = bindparam("voided", expanding=True)
# Builds a statement about the whole administration, for a form of scope and for whether there are
# voided facts. The unit and the ambition of each row, which `counting` groups by, come first.
StatementOf = Callable[[Scope, bool], Select]
Columns = Sequence[ColumnElement | InstrumentedAttribute]
# (unit, ambition) → values → how many facts; None: not known, ALL: all of them together.
Sums = dict[tuple[int | str | None, int | str | None], Counter]
ALL = "all"
# `remember(key, on, make)`: the cached value of the key, if still true of the day, else `make()`.
Remember = Callable[[Hashable, date, Callable[[], Sums]], Sums]
_REMEMBER, _TODAY = "remember", "today"
# The orders of the indexes on facts.
BY_DAY = (
    IdeaEvent.on,
    IdeaEvent.concerns_id,
    IdeaEvent.ambition_id,
    IdeaEvent.decided,
    IdeaEvent.from_status,
    IdeaEvent.to_status,
    IdeaEvent.what,
    IdeaEvent.first_answer,
)
BY_FILING = (
    IdeaEvent.filed_on,
    IdeaEvent.decided,
    IdeaEvent.concerns_id,
    IdeaEvent.ambition_id,
    IdeaEvent.from_status,
    IdeaEvent.to_status,
)


def remember_with(session: Session, remember: Remember, today: date) -> None:
    """Sets the cache of this session for counts of ideas, and the day that is not over."""
    session.info |= {_REMEMBER: remember, _TODAY: today}


def months(start: date, end: date) -> Iterator[tuple[date, date]]:
    """The days from `start` to `end`, cut at the ends of months: first and last day of each."""
    while start <= end:
        last = min(month_end(start), end)
        yield start, last
        start = last + timedelta(days=1)


class month_of(FunctionElement):
    """The month of a day as a text, « 2023-06 »; any text for an invalid date, which SQLite may
    store.
    """

    type = String()
    inherit_cache = True


@compiles(month_of, "sqlite")
def _in_sqlite(element: month_of, compiler: SQLCompiler, **more: object) -> str:
    return f"substr({compiler.process(element.clauses, **more)}, 1, 7)"


@compiles(month_of, "postgresql")
def _in_postgresql(element: month_of, compiler: SQLCompiler, **more: object) -> str:
    return f"to_char({compiler.process(element.clauses, **more)}, 'YYYY-MM')"


def count(
    session: Session, scope: Scope, statement_of: StatementOf, start: date, on: date
) -> Counter:
    """Values → number of facts of the days from `start` (`date.min`: from the first one) to `on`,
    as of `on`.
    """
    found: Counter = Counter()
    for _, sums in _by_span(session, scope, statement_of, start, on):
        found.update(in_scope(scope, sums))
    return found


def in_scope(scope: Scope, sums: Sums) -> Counter:
    """Values → number of facts in the scope."""
    found: Counter = Counter()
    for unit in [ALL] if scope.is_whole else scope.counted:
        found.update(sums.get((unit, _ambition(scope)), {}))
    return found


def _ambition(scope: Scope) -> int | str:
    return scope.ambition.id if scope.ambition else ALL


def by_month(
    session: Session, scope: Scope, statement_of: StatementOf, start: date, on: date
) -> Iterator[tuple[date, dict[int | None, Counter]]]:
    """First day of the month → unit (None: unknown) → counts, once for each span of the month."""
    for first, sums in _by_span(session, scope, statement_of, start, on):
        by_unit = {
            unit: counts
            for (unit, ambition), counts in sums.items()
            if ambition == _ambition(scope) and unit != ALL and scope.has(unit)
        }
        yield first.replace(day=1), by_unit


def by_ambition(
    session: Session, scope: Scope, statement_of: StatementOf, on: date
) -> dict[int | None, Counter]:
    """Ambition (None: none) → counts of all directions up to `on`."""
    found: dict[int | None, Counter] = defaultdict(Counter)
    for _, sums in _by_span(session, scope, statement_of, date.min, on):
        for (unit, ambition), counts in sums.items():
            if unit == ALL and ambition != ALL:
                found[ambition].update(counts)
    return found


def _by_span(
    session: Session, scope: Scope, statement_of: StatementOf, start: date, on: date
) -> Iterator[tuple[date, Sums]]:
    """The first day of each month, and of today, with its counts as of the last one, or as of `on`
    for « as known then ».
    """
    for first, last in _spans(session, scope, start, on):
        as_of = on if scope.as_known_then else last
        yield first, sums_of(session, scope, statement_of, first, last, as_of)


def _spans(session: Session, scope: Scope, start: date, on: date) -> Iterator[tuple[date, date]]:
    if start == date.min:
        # The days before the first programme count as one period.
        start = scope.programmes.first_day
        yield date.min, min(start - timedelta(days=1), on)
    today = session.info.get(_TODAY, date.min)
    for first, last in months(start, on):
        if first < today <= last:
            yield first, today - timedelta(days=1)
            first = today
        yield first, last


def sums_of(
    session: Session,
    scope: Scope,
    statement_of: StatementOf,
    first: date,
    last: date,
    as_of: date,
) -> Sums:
    """The counts of a statement for some days together, cached if the session has a cache."""
    remember = session.info.get(_REMEMBER)
    make = partial(_counted, session, scope, statement_of, first, last, as_of)
    key = statement_of, scope.as_known_then, first, last, as_of
    return remember(key, as_of, make) if remember else make()


def _counted(
    session: Session,
    scope: Scope,
    statement_of: StatementOf,
    first: date,
    last: date,
    as_of: date,
) -> Sums:
    """The (few) voided facts are read first: looked up row by row, or in a subquery that the
    planner may place badly, they cost more than the whole count.
    """
    voided = _voided(session, scope, as_of)
    statement = statement_of(form_of(scope.of_every_ambition()), bool(voided))
    asked = {"first": first, "last": last, "on": as_of, "voided": voided}
    found: Sums = defaultdict(Counter)
    for unit, ambition, *values, n in session.execute(statement, asked):
        for key in product((unit, ALL), (ambition, ALL)):
            found[key][tuple(values)] += n
    return dict(found)


def _voided(session: Session, scope: Scope, on: date) -> Sequence[int]:
    return session.execute(_voided_facts(scope.as_known_then), {"on": on}).scalars().all()


@cache
def _voided_facts(is_known: bool) -> Select:
    recorded = [IdeaEvent.recorded_on <= ON] if is_known else []
    return select(IdeaEvent.voids).where(IdeaEvent.voids > 0, IdeaEvent.on <= ON, *recorded)


def counting(
    scope: Scope,
    has_voided: bool,
    conditions: Iterable[ColumnElement[bool]],
    along: Columns,
    by: Columns = (),
    unit: InstrumentedAttribute = IdeaEvent.concerns_id,
) -> Select:
    """The number of facts by unit, ambition and other columns, among those that count at the
    day.
    """
    all_conditions = *conditions, _live(IdeaEvent, scope, has_voided)
    return counted_along(along, (unit, IdeaEvent.ambition_id, *by), all_conditions)


def counted_along(
    along: Columns,
    by: Columns,
    conditions: Iterable[ColumnElement[bool]],
    **sums: ColumnElement[int],
) -> Select:
    """The number of rows by some columns, and other sums. They are first grouped in the order of an
    index (`along`), then by the columns `by`: grouping by those directly would sort a hundred
    thousand rows.
    """
    sums = {"n": func.count()} | sums
    parts = [cast(part, Integer).label(name) for name, part in sums.items()]
    gathered = select(*along, *parts).where(*conditions).group_by(*along).subquery()
    keys = [gathered.c[column.key] for column in by]
    return select(*keys, *(func.sum(gathered.c[name]) for name in sums)).group_by(*keys)


def _live(fact: type[IdeaEvent], scope: Scope, has_voided: bool) -> ColumnElement[bool]:
    live = fact.on <= ON
    if scope.as_known_then:
        live = and_(live, fact.recorded_on <= ON)
    return and_(live, fact.id.not_in(_VOIDED)) if has_voided else live


def asked_of(scope: Scope) -> dict[str, list[int]]:
    """The directions of a scope, for a statement that is limited to COUNTED."""
    return {} if scope.is_whole else {"counted": sorted(scope.counted)}


def raw_facts(
    session: Session, statement: Select, scope: Scope, on: date, unit_column: str = "concerns_id"
) -> Select:
    """Limits a statement to the scope and to facts that count at `on`."""
    of_units = scope.of(getattr(IdeaEvent, unit_column))
    statement = statement.where(counts_at(session, scope, on), *of_units)
    return (
        statement.where(IdeaEvent.ambition_id == scope.ambition.id) if scope.ambition else statement
    )


def counts_at(
    session: Session, scope: Scope, on: date, fact: type[IdeaEvent] = IdeaEvent
) -> ColumnElement[bool]:
    """The rule of models.facts.live, with the voided facts read first."""
    known = scope.known_by(on)
    live = fact.on <= on
    if known is not None:
        live = and_(live, fact.recorded_on <= known)
    voided = _voided(session, scope, on)
    return and_(live, fact.id.not_in(voided)) if voided else live


@dataclass(frozen=True)
class Moves:
    """Entries filed, first answers given and states reached in some days."""

    filed: int
    answered: int
    reached: Counter


def moves(session: Session, scope: Scope, start: date, end: date) -> Moves:
    """The moves of the scope's entries (by direction concerned and ambition),
    `start` excluded, `end` included.
    """
    conditions = [live(IdeaEvent, end), IdeaEvent.on > start, *scope.of(IdeaEvent.concerns_id)]
    if scope.ambition:
        conditions.append(IdeaEvent.ambition_id == scope.ambition.id)
    rows = session.execute(
        counted_along(
            BY_DAY,
            (IdeaEvent.what, IdeaEvent.from_status, IdeaEvent.to_status, IdeaEvent.first_answer),
            conditions,
        )
    ).all()
    reached: Counter = Counter()
    for what, before, after, _, n in rows:
        if what != EventKind.filed and after and after != before:
            reached[after] += n
    return Moves(
        sum(n for what, *_, n in rows if what == EventKind.filed),
        sum(n for *_, first, n in rows if first),
        reached,
    )
