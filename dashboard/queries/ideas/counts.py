"""Counting ideas from the roll-ups, and from raw facts for the months that are not whole.

Nothing here grows with the number of ideas at a month end. Roll-ups do not know when a fact was
recorded: « tel que connu alors » reads raw facts alone. Every function takes dates and answers for
each; `where` picks the direction concerned (or the origin) and the ambition of the scope.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, select

from dashboard.queries.figures.as_known import known_by
from dashboard.scope import Scope
from models.clock import add_months, is_month_end, month_start, window_start
from models.facts import first_id
from models.idea_events import EventKind, IdeaEvent
from models.ideas import OPEN
from models.ledger import outcome
from models.rollups import (
    ALL,
    NONE,
    IdeaCohort,
    IdeaDelay,
    IdeaDue,
    IdeaFiled,
    IdeaFlow,
)

Histogram = list[tuple[int, int]]


@dataclass(frozen=True)
class Span:
    """A window as whole months [first, last] (their first days; first > last: none) and the days at
    its edges.

    `raw`: no month is taken as a whole.
    """

    start: date
    end: date
    raw: bool = False

    @property
    def first(self) -> date:
        if self.raw:
            return date.max
        return self.start if self.start.day == 1 else add_months(month_start(self.start), 1)

    @property
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


def rollup(
    statement: Select, table: type, scope: Scope, unit_column: str = "concerns_id"
) -> Select:
    """Limits a roll-up to the scope: the row of all directions or those counted; likewise for
    the ambition.
    """
    column = getattr(table, unit_column)
    statement = statement.where(
        column == ALL if scope.is_whole else column.in_(sorted(scope.counted))
    )
    return statement.where(table.ambition_id == (scope.ambition.id if scope.ambition else ALL))


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
    """The rule of models.facts.live. The (few) voided facts are read first: looked for row by
    row, or in a subquery that a planner may place badly, they cost more than the whole count.
    """
    voiding = [IdeaEvent.voids > 0, IdeaEvent.on <= on]
    live = fact.on <= on
    known = known_by(scope, on)
    if known is not None:
        voiding.append(IdeaEvent.recorded_on <= known)
        live = and_(live, fact.recorded_on <= known)
    voided = session.exec(select(IdeaEvent.voids).where(*voiding)).all()
    return and_(live, fact.id.not_in(voided)) if voided else live


# A constant in the statement, not a parameter: only then does a planner know that the partial index
# holds it.
IS_FILING = IdeaEvent.what == literal_column(f"'{EventKind.filed}'")


def stock(
    session: Session, scope: Scope, dates: list[date], decided: bool | None = True
) -> list[Counter]:
    """Per date: status → entries in that state (idées and suggestions only, unless `decided`
    says otherwise).
    """
    kinds = (True, False) if decided is None else (decided,)
    rows = session.exec(
        rollup(
            select(IdeaFlow.month, IdeaFlow.from_status, IdeaFlow.to_status, func.sum(IdeaFlow.n))
            .where(IdeaFlow.decided.in_(kinds), IdeaFlow.month <= max(dates))
            .group_by(IdeaFlow.month, IdeaFlow.from_status, IdeaFlow.to_status),
            IdeaFlow,
            scope,
        )
    ).all()
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
            raw = session.exec(
                raw_facts(
                    session,
                    select(IdeaEvent.from_status, IdeaEvent.to_status, func.count())
                    .where(IdeaEvent.on >= begun, IdeaEvent.decided.in_(kinds))
                    .group_by(IdeaEvent.from_status, IdeaEvent.to_status),
                    scope,
                    on,
                )
            ).all()
            for before, after, n in raw:
                count[after or NONE] += n
                count[before or NONE] -= n
        # What came from nowhere is a filing, not a state.
        count.pop(NONE, None)
        found.append(count)
    return found


def delays(session: Session, scope: Scope, dates: list[date]) -> list[Histogram]:
    """Per date: (working days to the first answer, entries) of the answers given in the window,
    all kinds.
    """
    spans = [window(scope, on) for on in dates]
    rows = session.exec(
        rollup(
            select(IdeaDelay.month, IdeaDelay.days, func.sum(IdeaDelay.n))
            .where(IdeaDelay.month.between(min(s.first for s in spans), max(s.last for s in spans)))
            .group_by(IdeaDelay.month, IdeaDelay.days),
            IdeaDelay,
            scope,
        )
    ).all()
    found = []
    for on, span in zip(dates, spans, strict=True):
        count: Counter = Counter()
        for month, days, n in rows:
            if span.holds(month):
                count[days] += n
        for start, end in span.edges:
            for days, n in session.exec(
                raw_facts(
                    session,
                    select(IdeaEvent.delay, func.count())
                    .where(
                        IdeaEvent.first_answer,
                        IdeaEvent.delay.is_not(None),
                        IdeaEvent.on.between(start, end),
                    )
                    .group_by(IdeaEvent.delay),
                    scope,
                    on,
                )
            ).all():
                count[days] += n
        found.append(sorted((days, n) for days, n in count.items() if n))
    return found


def promises(session: Session, scope: Scope, dates: list[date]) -> list[tuple[int, int]]:
    """Per date: (answers given by their day, answers due in the window), all kinds."""
    spans = [window(scope, on) for on in dates]
    rows = session.exec(
        rollup(
            select(IdeaDue.month, func.sum(IdeaDue.kept), func.sum(IdeaDue.due))
            .where(IdeaDue.month.between(min(s.first for s in spans), max(s.last for s in spans)))
            .group_by(IdeaDue.month),
            IdeaDue,
            scope,
        )
    ).all()
    found = []
    for on, span in zip(dates, spans, strict=True):
        kept = sum(k for month, k, _ in rows if span.holds(month))
        due = sum(d for month, _, d in rows if span.holds(month))
        for edge in span.edges:
            kept += _kept(session, scope, on, edge)
            due += _due(session, scope, on, edge)
        found.append((kept, due))
    return found


def _due(session: Session, scope: Scope, on: date, edge: tuple[date, date]) -> int:
    """Promises that fall on the edge days, less those a later fact moved or lifted."""
    moved = func.coalesce(IdeaEvent.prev_due_on, date.min) != func.coalesce(
        IdeaEvent.due_on, date.min
    )
    made = raw_facts(
        session,
        select(func.count()).where(
            moved, IdeaEvent.due_on.between(*edge), IdeaEvent.on <= IdeaEvent.due_on
        ),
        scope,
        on,
    )
    lifted = raw_facts(
        session,
        select(func.count()).where(
            moved, IdeaEvent.prev_due_on.between(*edge), IdeaEvent.on <= IdeaEvent.prev_due_on
        ),
        scope,
        on,
    )
    return session.exec(made).one() - session.exec(lifted).one()


def _kept(session: Session, scope: Scope, on: date, edge: tuple[date, date]) -> int:
    return session.exec(
        raw_facts(
            session,
            select(func.count()).where(
                IdeaEvent.first_answer,
                IdeaEvent.on <= IdeaEvent.due_on,
                IdeaEvent.due_on.between(*edge),
            ),
            scope,
            on,
        )
    ).one()


def outcomes(session: Session, scope: Scope, dates: list[date]) -> list[Counter]:
    """Per date: outcome (ouverte, retenue, realisee, autre) → idées and suggestions filed in the
    window, as of the date.
    """
    rows = session.exec(
        rollup(
            select(
                IdeaCohort.filed_month, IdeaCohort.month, IdeaCohort.outcome, func.sum(IdeaCohort.n)
            )
            .where(IdeaCohort.month <= max(dates))
            .group_by(IdeaCohort.filed_month, IdeaCohort.month, IdeaCohort.outcome),
            IdeaCohort,
            scope,
        )
    ).all()
    found = []
    for on in dates:
        span = window(scope, on)
        begun = raw_from(scope, on)
        count: Counter = Counter()
        for filed, month, name, n in rows:
            if span.holds(filed) and month < begun:
                count[name] += n
        _add_raw_outcomes(session, scope, on, span, begun, count)
        count.pop(NONE, None)
        found.append(count)
    return found


def _add_raw_outcomes(
    session: Session, scope: Scope, on: date, span: Span, begun: date, count: Counter
) -> None:
    """The begun month's changes of entries filed in whole months, and all changes of those filed
    on the edge days.
    """
    parts = [IdeaEvent.filed_on.between(*edge) for edge in span.edges]
    if begun <= on and span.first <= span.last:
        whole = IdeaEvent.filed_on.between(span.first, add_months(span.last, 1) - timedelta(days=1))
        parts.append(and_(IdeaEvent.on >= begun, whole))
    for part in parts:
        rows = session.exec(
            raw_facts(
                session,
                select(IdeaEvent.from_status, IdeaEvent.to_status, func.count())
                .where(IdeaEvent.decided, part)
                .group_by(IdeaEvent.from_status, IdeaEvent.to_status),
                scope,
                on,
            )
        ).all()
        for before, after, n in rows:
            count[outcome(after)] += n
            count[outcome(before)] -= n


def oldest_open(session: Session, scope: Scope, on: date) -> date | None:
    """The filing day of the oldest idée or suggestion that is still open at `on`."""
    rows = session.exec(
        rollup(
            select(IdeaCohort.filed_month, func.sum(IdeaCohort.n))
            .where(IdeaCohort.outcome == "ouverte", IdeaCohort.month < raw_from(scope, on))
            .group_by(IdeaCohort.filed_month),
            IdeaCohort,
            scope,
        )
    ).all()
    # Roll-ups know months only: they say in which one to look, raw facts say which day.
    still = {month: n for month, n in rows}
    begun = raw_from(scope, on)
    if begun <= on:
        raw = session.exec(
            raw_facts(
                session,
                select(IdeaEvent.filed_on, IdeaEvent.from_status, IdeaEvent.to_status, func.count())
                .where(IdeaEvent.on >= begun, IdeaEvent.decided)
                .group_by(IdeaEvent.filed_on, IdeaEvent.from_status, IdeaEvent.to_status),
                scope,
                on,
            )
        ).all()
        for filed, before, after, n in raw:
            change = n * ((outcome(after) == "ouverte") - (outcome(before) == "ouverte"))
            still[month_start(filed)] = still.get(month_start(filed), 0) + change
    for month in sorted(month for month, n in still.items() if n > 0):
        day = _oldest_in(session, scope, on, month)
        if day:
            return day
    return None


def _oldest_in(session: Session, scope: Scope, on: date, month: date) -> date | None:
    """The filing day of the first entry of the month, in the order of ids, whose last fact at
    `on` leaves it open.
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
            IdeaEvent.decided,
            IdeaEvent.to_status.in_([str(s) for s in OPEN]),
            IdeaEvent.seq == last,
        ),
        scope,
        on,
    )
    return session.exec(statement.order_by(IdeaEvent.idea_id).limit(1)).first()


def filed(session: Session, scope: Scope, dates: list[date]) -> list[dict[bool, int]]:
    """Per date: {True: idées and suggestions, False: other kinds} filed in the window, by origin
    of the author.
    """
    spans = [window(scope, on) for on in dates]
    rows = session.exec(
        rollup(
            select(IdeaFiled.month, IdeaFiled.decided, func.sum(IdeaFiled.n))
            .where(IdeaFiled.month.between(min(s.first for s in spans), max(s.last for s in spans)))
            .group_by(IdeaFiled.month, IdeaFiled.decided),
            IdeaFiled,
            scope,
            "origin_id",
        )
    ).all()
    found = []
    for on, span in zip(dates, spans, strict=True):
        count = {True: 0, False: 0}
        for month, decided, n in rows:
            if span.holds(month):
                count[decided] += n
        for edge in span.edges:
            for decided, n in session.exec(
                raw_facts(
                    session,
                    select(IdeaEvent.decided, func.count())
                    .where(IS_FILING, IdeaEvent.counts, IdeaEvent.on.between(*edge))
                    .group_by(IdeaEvent.decided),
                    scope,
                    on,
                    "origin_id",
                )
            ).all():
                count[decided] += n
        found.append(count)
    return found


def last_fact(session: Session, scope: Scope, on: date) -> date | None:
    """The day of the last fact about ideas at `on`: their freshness."""
    known = known_by(scope, on)
    return session.exec(
        select(func.max(IdeaEvent.on)).where(
            IdeaEvent.on <= on, *([IdeaEvent.recorded_on <= known] if known else [])
        )
    ).one()


def cohort(session: Session, scope: Scope, on: date) -> Counter:
    """Status at `on` → idées and suggestions filed in the 12 months to it that stand in the scope
    that day.

    Roll-ups keep the outcome of a month's filings, not each state: one index of raw facts is
    counted instead.
    """
    rows = session.exec(
        raw_facts(
            session,
            select(IdeaEvent.from_status, IdeaEvent.to_status, func.count())
            .where(IdeaEvent.decided, IdeaEvent.filed_on.between(window(scope, on).start, on))
            .group_by(IdeaEvent.from_status, IdeaEvent.to_status),
            scope,
            on,
        )
    ).all()
    count: Counter = Counter()
    for before, after, n in rows:
        count[after or NONE] += n
        count[before or NONE] -= n
    count.pop(NONE, None)
    return +count
