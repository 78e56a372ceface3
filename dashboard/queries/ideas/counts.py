"""Counts of ideas as of a day (their states, delays of answers, outcomes), limited to the direction
concerned (or the origin) and the ambition of the scope; from facts counted month by month.

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
    or_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session, select

from dashboard.queries.directions import of_every_ambition
from dashboard.queries.prepared import ON, form_of
from dashboard.scope import Scope
from models.clock import add_months, month_end, month_start, window_start
from models.facts import first_id, live
from models.idea_events import NO_DAY, EventKind, IdeaEvent
from models.idea_states import DECIDED, OPEN, RETAINED, IdeaStatus
from models.roadmap import no_index

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


Histogram = list[tuple[int, int]]

# ── States ────────────────────────────────────────────────────────────────────────────────────────

_STATES = IdeaEvent.from_status, IdeaEvent.to_status
_CHANGES = IdeaEvent.from_status.is_distinct_from(IdeaEvent.to_status)


# Grouped by month of filing, to return few rows.
_FILED_IN = month_of(IdeaEvent.filed_on).label("filed_in")


@cache
def changes(scope: Scope, has_voided: bool) -> Select:
    """Changes of state by kind, month of filing, state before (None: filed) and after (None:
    transferred).
    """
    by = IdeaEvent.decided, _FILED_IN, *_STATES
    along = IdeaEvent.concerns_id, IdeaEvent.ambition_id, *by
    return counting(scope, has_voided, [_CHANGES, IdeaEvent.on.between(FIRST, LAST)], along, by)


def _states_after(moves: Iterable[tuple[tuple[str | None, str | None], int]]) -> Counter:
    """State → number of entries, after these changes of state."""
    found: Counter = Counter()
    for (before, after), n in moves:
        found[after] += n
        found[before] -= n
    # None before is a filing, None after a transfer: neither is a state.
    found.pop(None, None)
    return found


def stock(session: Session, scope: Scope, on: date) -> Counter:
    """Status → idées and suggestions in that state."""
    moves = count(session, scope, changes, date.min, on)
    return _states_after((states, n) for (decided, _, *states), n in moves.items() if decided)


def stock_by_ambition(session: Session, scope: Scope, on: date) -> dict[int | None, Counter]:
    """Ambition (None: none) → status → number of entries of all kinds at `on`, all directions
    together.
    """
    return {
        ambition: _states_after((states, n) for (_, _, *states), n in moved.items())
        for ambition, moved in by_ambition(session, scope, changes, on).items()
    }


def cohort(session: Session, scope: Scope, on: date) -> Counter:
    """Status at `on` → idées and suggestions filed in the 12 months up to it that are in the scope
    that day.
    """
    start = window_start(on)
    # The months that are entirely in the window; before them, some days.
    whole = start if start.day == 1 else add_months(month_start(start), 1)
    since = count(session, scope, changes, whole, on)
    moves = [
        (states, n)
        for (decided, filed_in, *states), n in since.items()
        if decided and filed_in >= f"{whole:%Y-%m}"
    ]
    if start < whole:
        eve = whole - timedelta(days=1)
        sums = sums_of(session, scope, _changes_of_filed, start, eve, on)
        moves += in_scope(scope, sums).items()
    return _states_after(moves)


@cache
def _changes_of_filed(scope: Scope, has_voided: bool) -> Select:
    """The changes of idées and suggestions filed between two days."""
    # `no_index`: fixing the value of a grouped column would change the order of the rows.
    filed_then = no_index(IdeaEvent.decided), IdeaEvent.filed_on.between(FIRST, LAST)
    return counting(scope, has_voided, filed_then, BY_FILING, _STATES)


def filed_and_done(session: Session, scope: Scope, on: date) -> tuple[int, int]:
    """Of all directions: the idées and suggestions filed in the 12 months up to `on`, and how many
    of them are implemented that day.
    """
    states = cohort(session, scope, on)
    return states.total(), states[IdeaStatus.implemented]


# Status → outcome: ouverte, retenue, realisee, or autre (decided otherwise).
_OUTCOMES = {
    **dict.fromkeys(DECIDED, "autre"),
    **{status: str(status) for status in RETAINED},
    **dict.fromkeys(OPEN, "ouverte"),
}


def by_outcome(states: Counter) -> Counter:
    """Outcome → idées and suggestions, from those in each state."""
    found: Counter = Counter()
    for status, n in states.items():
        if status in _OUTCOMES:
            found[_OUTCOMES[status]] += n
    return found


# ── The oldest open one ───────────────────────────────────────────────────────────────────────────


def oldest_open(session: Session, scope: Scope, on: date) -> date | None:
    """The filing day of the oldest idée or suggestion that is still open at `on`."""
    # The counts give the month, the facts the day. An entry without a day has no age.
    for month in _months_open(session, scope, on):
        day = _oldest_in(session, scope, on, month) if month > NO_DAY else None
        if day:
            return day
    return None


def first_month_open(session: Session, scope: Scope, on: date) -> date:
    """The first month of filing with an entry still open at `on`."""
    return next(iter(_months_open(session, scope, on)), month_start(on))


def _months_open(session: Session, scope: Scope, on: date) -> list[date]:
    """The months of filing with entries open at `on`, oldest first."""
    open_by_month: Counter = Counter()
    moves = count(session, scope, changes, date.min, on)
    for (decided, filed_in, before, after), n in moves.items():
        if decided:
            open_by_month[filed_in] += n * ((after in OPEN) - (before in OPEN))
    return sorted(_first_day_of(month) for month, n in open_by_month.items() if n > 0)


def _first_day_of(month: str) -> date:
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        return NO_DAY


def _oldest_in(session: Session, scope: Scope, on: date, month: date) -> date | None:
    """The filing day of the first entry of the month, by id, that is open after its last fact at
    `on`.
    """
    later = aliased(IdeaEvent)
    last = (
        select(func.max(later.seq))
        .where(
            later.idea_id == IdeaEvent.idea_id,
            or_(later.to_status.is_not(None), later.from_status.is_not(None)),
            counts_at(session, scope, on, later),
        )
        .correlate(IdeaEvent)
        .scalar_subquery()
    )
    statement = raw_facts(
        session,
        select(IdeaEvent.filed_on).where(
            # The id begins with the filing day: one range of the index holds the entries of a
            # month.
            IdeaEvent.idea_id >= first_id(month),
            IdeaEvent.idea_id < first_id(add_months(month, 1)),
            IdeaEvent.filed_on > NO_DAY,
            IdeaEvent.decided,
            IdeaEvent.to_status.in_([str(s) for s in OPEN]),
            IdeaEvent.seq == last,
        ),
        scope,
        on,
    )
    return session.exec(statement.order_by(IdeaEvent.idea_id).limit(1)).first()


# ── Answers ───────────────────────────────────────────────────────────────────────────────────────


def delays(session: Session, scope: Scope, on: date) -> Histogram:
    """(working days to the first answer, entries) of the answers of the window, all kinds."""
    found = count(session, scope, _delays, window_start(on), on)
    return sorted((days, n) for (days,), n in found.items())


@cache
def _delays(scope: Scope, has_voided: bool) -> Select:
    answered = (
        IdeaEvent.first_answer,
        IdeaEvent.delay.is_not(None),
        IdeaEvent.on.between(FIRST, LAST),
    )
    along = IdeaEvent.on, IdeaEvent.delay, IdeaEvent.concerns_id, IdeaEvent.ambition_id
    return counting(scope, has_voided, answered, along, [IdeaEvent.delay])


def promises(session: Session, scope: Scope, on: date) -> tuple[int, int]:
    """(answers given in time, answers due in the window), all kinds."""
    in_time, made, lifted = (
        count(session, scope, statement_of, window_start(on), on).total()
        for statement_of in (_answered_in_time, _made, _lifted)
    )
    # Due dates in these days, minus those that a later fact moved or removed.
    return in_time, made - lifted


_BY_PROMISE = IdeaEvent.due_on, IdeaEvent.concerns_id, IdeaEvent.ambition_id
_MOVED = func.coalesce(IdeaEvent.prev_due_on, date.min) != func.coalesce(IdeaEvent.due_on, date.min)


# A due date can be moved or removed until its day; a missed one stays missed afterwards.
@cache
def _made(scope: Scope, has_voided: bool) -> Select:
    made = _MOVED, IdeaEvent.due_on.between(FIRST, LAST), IdeaEvent.on <= IdeaEvent.due_on
    return counting(scope, has_voided, made, _BY_PROMISE)


@cache
def _lifted(scope: Scope, has_voided: bool) -> Select:
    before = IdeaEvent.prev_due_on
    lifted = _MOVED, before.between(FIRST, LAST), IdeaEvent.on <= before
    return counting(scope, has_voided, lifted, [before, *_BY_PROMISE[1:]])


@cache
def _answered_in_time(scope: Scope, has_voided: bool) -> Select:
    in_time = (
        IdeaEvent.first_answer,
        IdeaEvent.on <= IdeaEvent.due_on,
        IdeaEvent.due_on.between(FIRST, LAST),
    )
    return counting(scope, has_voided, in_time, _BY_PROMISE)


# ── Filings ───────────────────────────────────────────────────────────────────────────────────────


def filed(session: Session, scope: Scope, on: date) -> int:
    """Idées and suggestions filed in the window, by the author's service."""
    return count(session, scope, filings, window_start(on), on)[True,]


def unattributed(session: Session, scope: Scope, on: date) -> int:
    """Entries of the window whose author's service is unknown, all kinds, in all directions."""
    months = by_month(session, scope.whole(), filings, window_start(on), on)
    return sum(by_unit[None].total() for _, by_unit in months if None in by_unit)


@cache
def filings(scope: Scope, has_voided: bool) -> Select:
    """Entries filed, by the author's service, by kind."""
    filed_then = IS_FILING, no_index(IdeaEvent.counts), IdeaEvent.on.between(FIRST, LAST)
    by = IdeaEvent.counts, IdeaEvent.decided, IdeaEvent.origin_id, IdeaEvent.ambition_id
    return counting(
        scope, has_voided, filed_then, [IdeaEvent.on, *by], [IdeaEvent.decided], IdeaEvent.origin_id
    )


def arrivals_by_month(session: Session, scope: Scope, start: date, end: date) -> dict[date, int]:
    """Month → entries of all kinds that arrived in the scope, from the month of `start` to `end`; a
    transferred entry arrives in the month of the transfer.
    """
    found: Counter = Counter()
    for month, by_unit in by_month(session, scope, changes, month_start(start), end):
        for counts in by_unit.values():
            found[month] += sum(n for (_, _, before, _), n in counts.items() if before is None)
    return found


def last_fact(session: Session, scope: Scope, on: date) -> date | None:
    """The day of the last fact about ideas at `on`, for their freshness."""
    return session.execute(_last_fact(form_of(scope)), {"on": on}).scalar_one()


@cache
def _last_fact(scope: Scope) -> Select:
    recorded = [IdeaEvent.recorded_on <= ON] if scope.as_known_then else []
    return select(func.max(IdeaEvent.on)).where(IdeaEvent.on <= ON, *recorded)


def authors(session: Session, scope: Scope, on: date, start: date) -> dict[int, frozenset[int]]:
    """Service id → authors of idées and suggestions of all ambitions, from `start` to `on`.

    Persons rather than counts: an author who filed from two services of a direction is one author
    of it, and summed counts would make a small cell look large.
    """
    return _authors(session, scope, start, on, IdeaEvent.origin_id)


def authors_by_ambition(
    session: Session, scope: Scope, on: date, start: date
) -> dict[int, frozenset[int]]:
    """Ambition id (0: none) → authors, for the whole administration."""
    found = _authors(session, scope, start, on, IdeaEvent.ambition_id)
    return of_every_ambition(session, found, frozenset())


def _authors(
    session: Session, scope: Scope, start: date, on: date, place: ColumnElement
) -> dict[int, frozenset[int]]:
    """Place (0: none) → authors of the days from `start` to `on`, as of `on`."""
    filings = (
        select(place, IdeaEvent.author_id)
        .distinct()
        .where(
            IS_FILING,
            IdeaEvent.counts,
            IdeaEvent.decided,
            IdeaEvent.author_id.is_not(None),
            IdeaEvent.origin_id.is_not(None),
            IdeaEvent.on.between(start, on),
        )
    )
    everything = scope.whole().of_every_ambition()
    found: dict[int, set[int]] = defaultdict(set)
    for place_id, person in session.exec(raw_facts(session, filings, everything, on)).all():
        found[place_id or 0].add(person)
    return {place_id: frozenset(persons) for place_id, persons in found.items()}
