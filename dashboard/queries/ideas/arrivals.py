"""What came to a direction each month, from the roll-ups and from the days no month tells yet."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from sqlalchemy import ColumnElement, Select, func
from sqlmodel import Session, select

from dashboard.queries.ideas.windows import asked_of, raw_facts, raw_from, rollup
from dashboard.scope import Scope
from models.clock import month_start
from models.idea_events import IdeaEvent
from models.rollups import (
    ALL,
    NONE,
    UNKNOWN,
    IdeaFlow,
)


def by_month(session: Session, scope: Scope, start: date, end: date) -> dict[date, int]:
    """Month → entries that came to the scope (all kinds, by direction concerned),
    from the month of `start` to `end`.

    An entry that an import moves to another direction comes there in the month of
    the move.
    """
    rows = session.execute(
        rollup(_arrivals(scope, start, end, IdeaFlow.month), IdeaFlow, scope), asked_of(scope)
    ).all()
    found: dict[date, int] = defaultdict(int, rows)
    for _, month, n in _arrived_lately(session, scope, start, end):
        found[month] += n
    return found


def by_place_and_month(
    session: Session, scope: Scope, start: date, end: date
) -> dict[tuple[int, date], int]:
    """(unit concerned, or UNKNOWN; month) → the entries of `by_month`, each in the
    unit it concerns.
    """
    rolled = _arrivals(scope, start, end, IdeaFlow.concerns_id, IdeaFlow.month)
    # The row of all directions together is one of the roll-up's own: here each stands for itself.
    places = IdeaFlow.concerns_id != ALL
    if not scope.is_whole:
        places = IdeaFlow.concerns_id.in_(sorted(scope.counted))
    ambition = scope.ambition.id if scope.ambition else ALL
    rolled = rolled.where(places, IdeaFlow.ambition_id == ambition)
    found: dict[tuple[int, date], int] = defaultdict(int)
    for place, month, n in [
        *session.exec(rolled).all(),
        *_arrived_lately(session, scope, start, end),
    ]:
        found[place or UNKNOWN, month] += n
    return found


def _arrivals(scope: Scope, start: date, end: date, *by: ColumnElement) -> Select:
    """What came in each of the whole months, from the roll-up."""
    whole = IdeaFlow.month.between(month_start(start), end), IdeaFlow.month < raw_from(scope, end)
    return (
        select(*by, func.sum(IdeaFlow.n)).where(IdeaFlow.from_status == NONE, *whole).group_by(*by)
    )


def _arrived_lately(
    session: Session, scope: Scope, start: date, end: date
) -> Iterator[tuple[int | None, date, int]]:
    """(unit, month, entries) of the days that no whole month tells, from raw facts."""
    begun = max(raw_from(scope, end), month_start(start))
    if begun <= end:
        rows = session.exec(
            raw_facts(
                session,
                select(IdeaEvent.concerns_id, IdeaEvent.on, func.count())
                .where(
                    IdeaEvent.from_status.is_(None),
                    IdeaEvent.to_status.is_not(None),
                    IdeaEvent.on >= begun,
                )
                .group_by(IdeaEvent.concerns_id, IdeaEvent.on),
                scope,
                end,
            )
        ).all()
        for place, day, n in rows:
            yield place, month_start(day), n
