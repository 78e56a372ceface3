"""Counting ideas from the roll-ups, and from raw facts for the months that are not
whole.

Nothing here grows with the number of ideas at a month end. Every function takes
dates and answers for each; what is read is limited to the direction concerned (or
the origin) and the ambition of the scope.
"""

from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cache

from sqlalchemy import Date, Select, bindparam, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, select

from dashboard.queries.ideas.windows import (
    BY_DAY,
    BY_FILING,
    COUNTED,
    IS_FILING,
    RawFacts,
    Read,
    Span,
    counting,
    counts_at,
    of_rollup,
    raw_facts,
    raw_from,
    rollup,
    window,
)
from dashboard.queries.prepared import ON, form_of
from dashboard.scope import Scope
from models.clock import add_months, month_start
from models.facts import first_id
from models.idea_events import NO_DAY, IdeaEvent
from models.idea_states import OPEN, IdeaStatus
from models.ledger import outcome
from models.planning import no_index
from models.rollups import (
    ALL,
    NONE,
    UNKNOWN,
    IdeaCohort,
    IdeaDelay,
    IdeaDue,
    IdeaFiled,
    IdeaFlow,
)

Histogram = list[tuple[int, int]]
# The first and the last day, or month, of what is asked for.
_FROM, _TO = bindparam("first", type_=Date()), bindparam("last", type_=Date())


# One value of a column by which rows are gathered: told outright, it would undo their order.
_DECIDED = no_index(IdeaEvent.decided)


def _months(spans: list[Span]) -> dict[str, date]:
    """All whole months of several windows."""
    return {"first": min(s.first for s in spans), "last": max(s.last for s in spans)}


def stock(
    session: Session, scope: Scope, dates: list[date], read: Read | None = None
) -> list[Counter]:
    """Per date: status → idées and suggestions in that state."""
    rows = of_rollup(session, scope, _flow, last=max(dates))
    raw = RawFacts(session, scope, read)
    found = []
    for on in dates:
        begun = raw_from(scope, on)
        count: Counter = Counter()
        for month, before, after, n in rows:
            # A roll-up holds the whole month: of the one begun it would count days after `on`.
            if month < begun:
                count[after] += n
                count[before] -= n
        if begun <= on:
            for before, after, n in raw.read(_raw_flow, on, first=begun):
                count[after or NONE] += n
                count[before or NONE] -= n
        # What came from nowhere is a filing, not a state.
        count.pop(NONE, None)
        found.append(count)
    return found


def stock_by_ambition(session: Session, scope: Scope, on: date) -> dict[int, Counter]:
    """Ambition → status → entries of all kinds in that state at `on`, the ambition
    of the scope left aside.
    """
    begun = raw_from(scope, on)
    every = scope.of_every_ambition()
    rows = list(of_rollup(session, every, _flow_by_ambition, last=begun))
    if begun <= on:
        rows += RawFacts(session, every).read(_raw_flow_by_ambition, on, first=begun)
    found: dict[int, Counter] = defaultdict(Counter)
    for ambition, before, after, n in rows:
        found[ambition or UNKNOWN][after or NONE] += n
        found[ambition or UNKNOWN][before or NONE] -= n
    for count in found.values():
        count.pop(NONE, None)
    return found


@cache
def _flow_by_ambition(scope: Scope) -> Select:
    by = IdeaFlow.ambition_id, IdeaFlow.from_status, IdeaFlow.to_status
    places = IdeaFlow.concerns_id == ALL if scope.is_whole else IdeaFlow.concerns_id.in_(COUNTED)
    return (
        select(*by, func.sum(IdeaFlow.n))
        .where(places, IdeaFlow.ambition_id != ALL, IdeaFlow.month < _TO)
        .group_by(*by)
    )


@cache
def _raw_flow_by_ambition(scope: Scope, has_voided: bool) -> Select:
    by = IdeaEvent.ambition_id, IdeaEvent.from_status, IdeaEvent.to_status
    return counting(scope, has_voided, [IdeaEvent.on >= _FROM], BY_DAY, by)


@cache
def _flow(scope: Scope) -> Select:
    by = IdeaFlow.month, IdeaFlow.from_status, IdeaFlow.to_status
    return rollup(
        select(*by, func.sum(IdeaFlow.n))
        .where(IdeaFlow.decided.is_(True), IdeaFlow.month <= _TO)
        .group_by(*by),
        IdeaFlow,
        scope,
    )


_STATES = IdeaEvent.from_status, IdeaEvent.to_status


@cache
def _raw_flow(scope: Scope, has_voided: bool) -> Select:
    since = IdeaEvent.on >= _FROM, _DECIDED
    return counting(scope, has_voided, since, BY_DAY, _STATES)


def delays(
    session: Session, scope: Scope, dates: list[date], read: Read | None = None
) -> list[Histogram]:
    """Per date: (working days to the first answer, entries) of the answers given in
    the window, all kinds.
    """
    spans = [window(scope, on) for on in dates]
    by_month: dict[date, Counter] = defaultdict(Counter)
    for month, days, n in of_rollup(session, scope, _delays, **_months(spans)):
        by_month[month][days] += n
    raw = RawFacts(session, scope, read)
    found = []
    for on, span in zip(dates, spans, strict=True):
        count: Counter = Counter()
        for month, of_month in by_month.items():
            if span.holds(month):
                count.update(of_month)
        for start, end in span.edges:
            for days, n in raw.read(_raw_delays, on, first=start, last=end):
                count[days] += n
        found.append(sorted((days, n) for days, n in count.items() if n))
    return found


@cache
def _delays(scope: Scope) -> Select:
    by = IdeaDelay.month, IdeaDelay.days
    return rollup(
        select(*by, func.sum(IdeaDelay.n)).where(IdeaDelay.month.between(_FROM, _TO)).group_by(*by),
        IdeaDelay,
        scope,
    )


@cache
def _raw_delays(scope: Scope, has_voided: bool) -> Select:
    given = (
        IdeaEvent.first_answer,
        IdeaEvent.delay.is_not(None),
        IdeaEvent.on.between(_FROM, _TO),
    )
    along = IdeaEvent.on, IdeaEvent.delay, IdeaEvent.concerns_id
    return counting(scope, has_voided, given, along, [IdeaEvent.delay])


def promises(
    session: Session, scope: Scope, dates: list[date], read: Read | None = None
) -> list[tuple[int, int]]:
    """Per date: (answers given by their day, answers due in the window), all kinds."""
    spans = [window(scope, on) for on in dates]
    rows = of_rollup(session, scope, _promises, **_months(spans))
    raw = RawFacts(session, scope, read)
    found = []
    for on, span in zip(dates, spans, strict=True):
        kept = sum(k for month, k, _ in rows if span.holds(month))
        due = sum(d for month, _, d in rows if span.holds(month))
        for start, end in span.edges:
            edge = {"first": start, "last": end}
            kept += sum(n for (n,) in raw.read(_raw_kept, on, **edge))
            # Promises that fall on the edge days, less those a later fact moved or lifted.
            due += sum(n for (n,) in raw.read(_raw_made, on, **edge))
            due -= sum(n for (n,) in raw.read(_raw_lifted, on, **edge))
        found.append((kept, due))
    return found


def promised_in_months(session: Session, scope: Scope, on: date) -> int:
    """Of the answers due in the window, those of its whole months: in all there are no fewer."""
    span = window(scope, on)
    rows = of_rollup(session, scope, _promises, **_months([span]))
    return sum(due for month, _, due in rows if span.holds(month))


@cache
def _promises(scope: Scope) -> Select:
    return rollup(
        select(IdeaDue.month, func.sum(IdeaDue.kept), func.sum(IdeaDue.due))
        .where(IdeaDue.month.between(_FROM, _TO))
        .group_by(IdeaDue.month),
        IdeaDue,
        scope,
    )


_BY_PROMISE = IdeaEvent.due_on, IdeaEvent.concerns_id
_MOVED = func.coalesce(IdeaEvent.prev_due_on, date.min) != func.coalesce(IdeaEvent.due_on, date.min)


@cache
def _raw_made(scope: Scope, has_voided: bool) -> Select:
    made = _MOVED, IdeaEvent.due_on.between(_FROM, _TO), IdeaEvent.on <= IdeaEvent.due_on
    return counting(scope, has_voided, made, _BY_PROMISE)


@cache
def _raw_lifted(scope: Scope, has_voided: bool) -> Select:
    before = IdeaEvent.prev_due_on
    lifted = _MOVED, before.between(_FROM, _TO), IdeaEvent.on <= before
    return counting(scope, has_voided, lifted, [before, IdeaEvent.concerns_id])


@cache
def _raw_kept(scope: Scope, has_voided: bool) -> Select:
    kept = (
        IdeaEvent.first_answer,
        IdeaEvent.on <= IdeaEvent.due_on,
        IdeaEvent.due_on.between(_FROM, _TO),
    )
    return counting(scope, has_voided, kept, _BY_PROMISE)


def outcomes(
    session: Session, scope: Scope, dates: list[date], read: Read | None = None
) -> list[Counter]:
    """Per date: outcome (ouverte, retenue, realisee, autre) → idées and suggestions
    filed in the window, as of the date.
    """
    found = []
    for states in cohorts(session, scope, dates, read):
        count: Counter = Counter()
        for status, n in states.items():
            count[outcome(status)] += n
        count.pop(NONE, None)
        found.append(count)
    return found


def cohorts(
    session: Session, scope: Scope, dates: list[date], read: Read | None = None
) -> list[Counter]:
    """Per date: status → idées and suggestions filed in the window that stand in the
    scope and in that state at the date.
    """
    rows = of_rollup(session, scope, _cohorts, last=max(dates))
    raw = RawFacts(session, scope, read)
    found = []
    for on in dates:
        span = window(scope, on)
        begun = raw_from(scope, on)
        count: Counter = Counter()
        for filed_in, month, status, n in rows:
            if month < begun and span.holds(filed_in):
                count[status] += n
        _add_raw_states(raw, on, span, begun, count)
        count.pop(NONE, None)
        found.append(count)
    return found


@cache
def _cohorts(scope: Scope) -> Select:
    by = IdeaCohort.filed_month, IdeaCohort.month, IdeaCohort.status
    return rollup(
        select(*by, func.sum(IdeaCohort.n)).where(IdeaCohort.month <= _TO).group_by(*by),
        IdeaCohort,
        scope,
    )


def _add_raw_states(raw: RawFacts, on: date, span: Span, begun: date, count: Counter) -> None:
    """The begun month's changes of entries filed in whole months, and all changes of
    those filed on the edge days.
    """
    rows = [
        row for start, end in span.edges for row in raw.read(_raw_states, on, first=start, last=end)
    ]
    if begun <= on and span.first <= span.last:
        whole = {"first": span.first, "last": add_months(span.last, 1) - timedelta(days=1)}
        rows += raw.read(_raw_states_since, on, **whole, since=begun)
    for before, after, n in rows:
        count[after or NONE] += n
        count[before or NONE] -= n


@cache
def _raw_states(scope: Scope, has_voided: bool) -> Select:
    """The changes of idées and suggestions filed between two days."""
    filed_then = _DECIDED, IdeaEvent.filed_on.between(_FROM, _TO)
    return counting(scope, has_voided, filed_then, BY_FILING, _STATES)


@cache
def _raw_states_since(scope: Scope, has_voided: bool) -> Select:
    """Of these changes, those since a day: the (few) days of the changes are looked
    for, not the months of the filings.
    """
    filed_then = _DECIDED, no_index(IdeaEvent.filed_on.between(_FROM, _TO))
    since = IdeaEvent.on >= bindparam("since", type_=Date())
    return counting(scope, has_voided, [*filed_then, since], BY_DAY, _STATES)


def oldest_open(session: Session, scope: Scope, on: date) -> date | None:
    """The filing day of the oldest idée or suggestion that is still open at `on`."""
    begun = raw_from(scope, on)
    # Roll-ups know months only: they say in which one to look, raw facts say which day.
    still = _open_by_month(session, scope, begun)
    if begun <= on:
        for filed_on, before, after, n in RawFacts(session, scope).read(
            _raw_changes, on, first=begun
        ):
            change = n * ((outcome(after) == "ouverte") - (outcome(before) == "ouverte"))
            month = month_start(filed_on)
            still[month] = still.get(month, 0) + change
    # What came without a day has no age.
    for month in sorted(month for month, n in still.items() if n > 0 and month > NO_DAY):
        day = _oldest_in(session, scope, on, month)
        if day:
            return day
    return None


def first_month_open(session: Session, scope: Scope, on: date) -> date:
    """A month before which nothing was filed that is still open at `on`: what the
    month begun has closed may make it a later one.
    """
    begun = raw_from(scope, on)
    still = _open_by_month(session, scope, begun)
    return min((month for month, n in still.items() if n > 0), default=begun)


def _open_by_month(session: Session, scope: Scope, before: date) -> dict[date, int]:
    """Month → of what was filed in it, how many are open as a month begins."""
    return {month: n for month, n in of_rollup(session, scope, _still_open, last=before)}


@cache
def _still_open(scope: Scope) -> Select:
    return rollup(
        select(IdeaCohort.filed_month, func.sum(IdeaCohort.n))
        .where(IdeaCohort.status.in_([str(s) for s in OPEN]), IdeaCohort.month < _TO)
        .group_by(IdeaCohort.filed_month),
        IdeaCohort,
        scope,
    )


@cache
def _raw_changes(scope: Scope, has_voided: bool) -> Select:
    by = IdeaEvent.filed_on, *_STATES
    since = IdeaEvent.on >= _FROM, _DECIDED
    return counting(scope, has_voided, since, [*BY_DAY, IdeaEvent.filed_on], by)


def _oldest_in(session: Session, scope: Scope, on: date, month: date) -> date | None:
    """The filing day of the first entry of the month, in the order of ids, whose
    last fact at `on` leaves it open.
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


def filed(
    session: Session, scope: Scope, dates: list[date], read: Read | None = None
) -> list[dict[bool, int]]:
    """Per date: {True: idées and suggestions, False: other kinds} filed in the
    window, by origin of the author.
    """
    spans = [window(scope, on) for on in dates]
    rows = of_rollup(session, scope, _filings, **_months(spans))
    raw = RawFacts(session, scope, read)
    found = []
    for on, span in zip(dates, spans, strict=True):
        count = {True: 0, False: 0}
        for month, decided, n in rows:
            if span.holds(month):
                count[decided] += n
        for start, end in span.edges:
            for decided, n in raw.read(_raw_filings, on, first=start, last=end):
                count[decided] += n
        found.append(count)
    return found


@cache
def _filings(scope: Scope) -> Select:
    by = IdeaFiled.month, IdeaFiled.decided
    return rollup(
        select(*by, func.sum(IdeaFiled.n)).where(IdeaFiled.month.between(_FROM, _TO)).group_by(*by),
        IdeaFiled,
        scope,
        "origin_id",
    )


@cache
def _raw_filings(scope: Scope, has_voided: bool) -> Select:
    filed_then = IS_FILING, no_index(IdeaEvent.counts), IdeaEvent.on.between(_FROM, _TO)
    along = IdeaEvent.on, IdeaEvent.counts, IdeaEvent.decided, IdeaEvent.origin_id
    return counting(scope, has_voided, filed_then, along, [IdeaEvent.decided], IdeaEvent.origin_id)


def last_fact(session: Session, scope: Scope, on: date) -> date | None:
    """The day of the last fact about ideas at `on`: their freshness."""
    return session.execute(_last_fact(form_of(scope)), {"on": on}).scalar_one()


@cache
def _last_fact(scope: Scope) -> Select:
    recorded = [IdeaEvent.recorded_on <= ON] if scope.known else []
    return select(func.max(IdeaEvent.on)).where(IdeaEvent.on <= ON, *recorded)


def filed_and_done(session: Session, scope: Scope, on: date) -> tuple[int, int]:
    """Of all directions: the idées and suggestions filed in the 12 months to `on`,
    whoever filed them, and those of them that are done that day; both by roll-ups.
    """
    states = cohorts(session, scope, [on])[0]
    return states.total(), states[IdeaStatus.implemented]


def cohort(session: Session, scope: Scope, on: date) -> Counter:
    """Status at `on` → idées and suggestions filed in the 12 months to it that stand
    in the scope that day; without the states that none is in.
    """
    return +cohorts(session, scope, [on])[0]
