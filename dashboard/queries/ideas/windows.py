"""Windows of months over the facts of ideas (périodes): whole months are told by the
roll-ups, the days at their edges by raw facts.

Roll-ups do not know when a fact was recorded: « tel que connu alors » reads raw
facts alone. Statements are put together once; the days, the directions and the
voided facts stay open.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property, partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import Session, select

from dashboard.queries.figures.as_known import known_by
from dashboard.queries.prepared import ON, form_of
from dashboard.scope import Scope
from models.clock import add_months, is_month_end, month_start, window_start
from models.idea_events import EventKind, IdeaEvent
from models.planning import no_index
from models.rollups import ALL

# A constant in the statement, not a parameter: only then does a planner know that the partial index
# holds it.
IS_FILING = IdeaEvent.what == literal_column(f"'{EventKind.filed}'")


@dataclass(frozen=True)
class Span:
    """A window as whole months [first, last] (their first days; first > last: none)
    and the days at its edges.

    `raw`: no month is taken as a whole.
    """

    start: date
    end: date
    raw: bool = False

    @cached_property
    def first(self) -> date:
        if self.raw:
            return date.max
        return self.start if self.start.day == 1 else add_months(month_start(self.start), 1)

    @cached_property
    def last(self) -> date:
        if is_month_end(self.end):
            return month_start(self.end)
        return add_months(month_start(self.end), -1)

    @property
    def edges(self) -> list[tuple[date, date]]:
        if self.first > self.last:
            return [(self.start, self.end)]
        days = [(self.start, self.first - timedelta(days=1)), (add_months(self.last, 1), self.end)]
        return [(start, end) for start, end in days if start <= end]

    def holds(self, month: date) -> bool:
        return self.first <= month <= self.last


def window(scope: Scope, on: date, months: int = 12) -> Span:
    return Span(window_start(on, months), on, raw=scope.known)


def raw_from(scope: Scope, on: date) -> date:
    """The first day that roll-ups do not tell at `on`: that of the month begun, or of all time."""
    return date.min if scope.known else month_start(on + timedelta(days=1))


# ── Roll-ups ──────────────────────────────────────────────────────────────────────────────────────

COUNTED = bindparam("counted", expanding=True)


def rollup(
    statement: Select, table: type, scope: Scope, unit_column: str = "concerns_id"
) -> Select:
    """Limits a roll-up to the scope: the row of all directions or those `asked_of`
    names; likewise for the ambition.
    """
    column = getattr(table, unit_column)
    statement = statement.where(column == ALL if scope.is_whole else column.in_(COUNTED))
    return statement.where(table.ambition_id == (scope.ambition.id if scope.ambition else ALL))


def asked_of(scope: Scope) -> dict[str, list[int]]:
    """The directions of a scope, as `rollup` and `raw_facts` ask for them."""
    return {} if scope.is_whole else {"counted": sorted(scope.counted)}


def of_rollup(
    session: Session, scope: Scope, statement_of: Callable[[Scope], Select], **asked: object
) -> Sequence[Row]:
    """The rows of a roll-up in the scope; `statement_of` puts the statement
    together, once for all directions.
    """
    statement = statement_of(_form(scope))
    return session.execute(statement, asked | asked_of(scope)).all()


def _form(scope: Scope) -> Scope:
    """What a scope changes in a statement about entries."""
    return form_of(scope, is_whole=scope.is_whole)


# ── Raw facts ─────────────────────────────────────────────────────────────────────────────────────

_VOIDED = bindparam("voided", expanding=True)
# Puts a statement about the whole administration together: for a form of scope, and whether there
# are voided facts. The place of each row, which `counting` groups by, comes first.
StatementOf = Callable[[Scope, bool], Select]
Columns = Sequence[InstrumentedAttribute]
# The orders in which indexes hold the facts.
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
# Asks `query(session, scope, on, *more)` of the whole administration, or remembers the answer.
Read = Callable[..., Any]


class RawFacts:
    """Raw facts of ideas in a scope, those that count at a day alone. They are read
    of the whole administration, by place: what one direction asks for, the next one
    finds.
    """

    def __init__(self, session: Session, scope: Scope, read: Read | None = None):
        self._scope = scope
        self._read = read or partial(_straight, session)

    def read(self, statement_of: StatementOf, on: date, **asked: Hashable) -> Iterator[tuple]:
        """The rows of a statement as of `on`, without their place."""
        by_place = self._read(raw_by_place, self._scope, on, statement_of, tuple(asked.items()))
        for place, rows in by_place.items():
            if self._scope.is_whole or place in self._scope.counted:
                yield from rows


def _straight(session: Session, query: Callable, scope: Scope, on: date, *more: Hashable) -> Any:
    return query(session, scope.whole().impersonal(), on, *more)


def raw_by_place(
    session: Session,
    scope: Scope,
    on: date,
    statement_of: StatementOf,
    asked: tuple[tuple[str, Hashable], ...],
) -> dict[int | None, list[tuple]]:
    """Unit (None: not known) → the rows of a statement as of `on`. The (few) voided
    facts are read first: looked for row by row, or in a subquery that a planner may
    place badly, they cost more than the whole count.
    """
    voided = session.execute(_voided_facts(scope.known), {"on": on}).scalars().all()
    statement = statement_of(form_of(scope), bool(voided))
    found: dict[int | None, list[tuple]] = defaultdict(list)
    for place, *row in session.execute(statement, {**dict(asked), "on": on, "voided": voided}):
        found[place].append(tuple(row))
    return dict(found)


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
    place: InstrumentedAttribute = IdeaEvent.concerns_id,
) -> Select:
    """How many facts there are by place and by some columns: of those that count at
    the day asked for, and of the ambition of the scope.
    """
    of_ambition = [no_index(IdeaEvent.ambition_id == scope.ambition.id)] if scope.ambition else []
    asked = *conditions, _live(IdeaEvent, scope, has_voided), *of_ambition
    return counted_along(along, (place, *by), asked)


def counted_along(
    along: Columns,
    by: Columns,
    conditions: Iterable[ColumnElement[bool]],
    **sums: ColumnElement[int],
) -> Select:
    """How many rows there are by some columns, and other sums. They are gathered
    first as they come `along` an index, then by the columns asked for: gathered by
    those at once, each of a hundred thousand rows would be sorted in.
    """
    sums = {"n": func.count()} | sums
    parts = [cast(part, Integer).label(name) for name, part in sums.items()]
    gathered = select(*along, *parts).where(*conditions).group_by(*along).subquery()
    keys = [gathered.c[column.key] for column in by]
    return select(*keys, *(func.sum(gathered.c[name]) for name in sums)).group_by(*keys)


def _live(fact: type[IdeaEvent], scope: Scope, has_voided: bool) -> ColumnElement[bool]:
    live = fact.on <= ON
    if scope.known:
        live = and_(live, fact.recorded_on <= ON)
    return and_(live, fact.id.not_in(_VOIDED)) if has_voided else live


def raw_facts(
    session: Session, statement: Select, scope: Scope, on: date, unit_column: str = "concerns_id"
) -> Select:
    """Limits raw facts to the scope and to those that count at `on`."""
    statement = statement.where(counts_at(session, scope, on))
    if not scope.is_whole:
        statement = statement.where(getattr(IdeaEvent, unit_column).in_(sorted(scope.counted)))
    return (
        statement.where(IdeaEvent.ambition_id == scope.ambition.id) if scope.ambition else statement
    )


def counts_at(
    session: Session, scope: Scope, on: date, fact: type[IdeaEvent] = IdeaEvent
) -> ColumnElement[bool]:
    """The rule of models.facts.live, the voided facts read first."""
    known = known_by(scope, on)
    live = fact.on <= on
    if known is not None:
        live = and_(live, fact.recorded_on <= known)
    voided = session.execute(_voided_facts(scope.known), {"on": on}).scalars().all()
    return and_(live, fact.id.not_in(voided)) if voided else live
