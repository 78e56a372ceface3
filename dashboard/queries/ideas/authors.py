"""Who files ideas, and how many entries have no author: each person once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, select

from dashboard.queries.directions import of_every_ambition
from dashboard.queries.ideas.counts import IS_FILING, Span, counts_at, raw_facts, window
from dashboard.scope import Scope
from models.idea_events import IdeaEvent
from models.rollups import (
    ALL,
    UNKNOWN,
    IdeaAuthor,
    IdeaFiled,
)


def unattributed(session: Session, scope: Scope, dates: list[date]) -> list[int]:
    """Per date: entries of the window whose author's service is unknown, all kinds."""
    ambition = scope.ambition.id if scope.ambition else ALL
    found = []
    for on in dates:
        span = window(scope, on)
        n = session.exec(
            select(func.coalesce(func.sum(IdeaFiled.n), 0)).where(
                IdeaFiled.origin_id == UNKNOWN,
                IdeaFiled.ambition_id == ambition,
                IdeaFiled.month.between(span.first, span.last),
            )
        ).one()
        for edge in span.edges:
            raw = select(func.count()).where(
                counts_at(session, scope, on),
                IS_FILING,
                IdeaEvent.counts,
                IdeaEvent.origin_id.is_(None),
                IdeaEvent.on.between(*edge),
            )
            n += session.exec(
                raw.where(IdeaEvent.ambition_id == ambition) if scope.ambition else raw
            ).one()
        found.append(n)
    return found


def authors(session: Session, on: date, scope: Scope) -> dict[int, set[int]]:
    """Service id → authors of idées and suggestions in the 12 months to a month end, of all
    ambitions.

    Persons, not counts: who filed from two services of a direction is one author of it, and sums up
    the chart would take a small cell for a large one.
    """
    return _authors(session, on, scope, IdeaAuthor.origin_id, IdeaEvent.origin_id)


def authors_by_ambition(session: Session, on: date, scope: Scope) -> dict[int, set[int]]:
    """Ambition id (0: none) → the same authors, the whole administration together."""
    return of_every_ambition(
        session, _authors(session, on, scope, IdeaAuthor.ambition_id, IdeaEvent.ambition_id), set()
    )


def _authors(
    session: Session, on: date, scope: Scope, rolled_up: ColumnElement, raw: ColumnElement
) -> dict[int, set[int]]:
    span = window(scope, on)
    if scope.known:
        rows = _raw_authors(session, scope, on, span, raw)
    else:
        rows = session.exec(
            select(rolled_up, IdeaAuthor.person_id)
            .distinct()
            .where(IdeaAuthor.month.between(span.first, span.last), IdeaAuthor.n > 0)
        ).all()
    found: dict[int, set[int]] = defaultdict(set)
    for place, person in rows:
        found[place or 0].add(person)
    return found


def _raw_authors(
    session: Session, scope: Scope, on: date, span: Span, place: ColumnElement
) -> Sequence[tuple]:
    everything = scope.whole().of_every_ambition()
    filings = (
        select(place, IdeaEvent.author_id)
        .distinct()
        .where(
            IS_FILING,
            IdeaEvent.counts,
            IdeaEvent.decided,
            IdeaEvent.author_id.is_not(None),
            IdeaEvent.origin_id.is_not(None),
            IdeaEvent.on.between(span.start, span.end),
        )
    )
    return session.exec(raw_facts(session, filings, everything, on)).all()
