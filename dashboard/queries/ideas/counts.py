"""Counts of ideas: their states, delays of answers, outcomes.

Every function counts as of a day, limited to the direction concerned (or the origin) and the
ambition of the scope.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Select, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, select

from dashboard.queries.directions import of_every_ambition
from dashboard.queries.ideas import windows
from dashboard.queries.ideas.windows import (
    BY_FILING,
    FIRST,
    IS_FILING,
    LAST,
    counting,
    counts_at,
    month_of,
    raw_facts,
)
from dashboard.queries.prepared import ON, form_of
from dashboard.scope import Scope
from models.clock import add_months, month_start, window_start
from models.facts import first_id
from models.idea_events import NO_DAY, IdeaEvent
from models.idea_states import DECIDED, OPEN, RETAINED, IdeaStatus
from models.roadmap import no_index

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
    moves = windows.count(session, scope, changes, date.min, on)
    return _states_after((states, n) for (decided, _, *states), n in moves.items() if decided)


def stock_by_ambition(session: Session, scope: Scope, on: date) -> dict[int | None, Counter]:
    """Ambition (None: none) → status → number of entries of all kinds at `on`, all directions
    together.
    """
    return {
        ambition: _states_after((states, n) for (_, _, *states), n in moved.items())
        for ambition, moved in windows.by_ambition(session, scope, changes, on).items()
    }


def cohort(session: Session, scope: Scope, on: date) -> Counter:
    """Status at `on` → idées and suggestions filed in the 12 months up to it that are in the scope
    that day.
    """
    start = window_start(on)
    # The months that are entirely in the window; before them, some days.
    whole = start if start.day == 1 else add_months(month_start(start), 1)
    since = windows.count(session, scope, changes, whole, on)
    moves = [
        (states, n)
        for (decided, filed_in, *states), n in since.items()
        if decided and filed_in >= f"{whole:%Y-%m}"
    ]
    if start < whole:
        eve = whole - timedelta(days=1)
        sums = windows.sums_of(session, scope, _changes_of_filed, start, eve, on)
        moves += windows.in_scope(scope, sums).items()
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
    moves = windows.count(session, scope, changes, date.min, on)
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
    found = windows.count(session, scope, _delays, window_start(on), on)
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
        windows.count(session, scope, statement_of, window_start(on), on).total()
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
    return windows.count(session, scope, filings, window_start(on), on)[True,]


def unattributed(session: Session, scope: Scope, on: date) -> int:
    """Entries of the window whose author's service is unknown, all kinds, in all directions."""
    months = windows.by_month(session, scope.whole(), filings, window_start(on), on)
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
    for month, by_unit in windows.by_month(session, scope, changes, month_start(start), end):
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
