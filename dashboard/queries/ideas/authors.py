"""Who files ideas, and how many entries have no author: each person once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, bindparam, func
from sqlmodel import Session, select

from dashboard.queries.directions import of_every_ambition
from dashboard.queries.ideas.windows import IS_FILING, Span, counts_at, raw_facts, window
from dashboard.scope import Scope
from models.clock import month_ends, month_start
from models.idea_events import IdeaEvent
from models.rollups import (
    ALL,
    UNKNOWN,
    IdeaAuthor,
    IdeaFiled,
)


def unattributed(session: Session, scope: Scope, on: date) -> int:
    """Entries of the window whose author's service is unknown, all kinds."""
    ambition = scope.ambition.id if scope.ambition else ALL
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
    return n


Persons = Mapping[int, Iterable[int]]


def authors(session: Session, scope: Scope, on: date) -> dict[int, frozenset[int]]:
    """Service id → authors of idées and suggestions in the 12 months to a month end,
    of all ambitions.

    Persons, not counts: who filed from two services of a direction is one author of
    it, and sums up the chart would take a small cell for a large one.
    """
    if scope.known:
        return known_authors(session, scope, on)
    return together(authors_of_month(session, scope, end) for end in month_ends(on, 12))


def authors_of_month(session: Session, _scope: Scope, month_end: date) -> dict[int, frozenset[int]]:
    """Service id → authors of one whole month."""
    return _by_place(session.execute(_AUTHORS_OF_MONTH, {"month": month_start(month_end)}).all())


_AUTHORS_OF_MONTH = (
    select(IdeaAuthor.origin_id, IdeaAuthor.person_id)
    .distinct()
    .where(IdeaAuthor.month == bindparam("month"), IdeaAuthor.n > 0)
)


def together(parts: Iterable[Persons]) -> dict[int, frozenset[int]]:
    """Service id → the persons of several months, each once."""
    found: dict[int, set[int]] = defaultdict(set)
    for part in parts:
        for place, persons in part.items():
            found[place].update(persons)
    return {place: frozenset(persons) for place, persons in found.items()}


def known_authors(session: Session, scope: Scope, on: date) -> dict[int, frozenset[int]]:
    """Service id → authors of the 12 months, with what had been recorded by then."""
    return _by_place(_raw_authors(session, scope, on, window(scope, on), IdeaEvent.origin_id))


def authors_by_ambition(session: Session, scope: Scope, on: date) -> dict[int, frozenset[int]]:
    """Ambition id (0: none) → the same authors, the whole administration together."""
    if scope.known:
        rows = _raw_authors(session, scope, on, window(scope, on), IdeaEvent.ambition_id)
        return of_every_ambition(session, _by_place(rows), frozenset())
    months = month_ends(on, 12)
    return together(authors_by_ambition_of_month(session, scope, end) for end in months)


def authors_by_ambition_of_month(
    session: Session, _scope: Scope, month_end: date
) -> dict[int, frozenset[int]]:
    """Ambition id (0: none) → authors of one whole month."""
    asked = {"month": month_start(month_end)}
    found = _by_place(session.execute(_BY_AMBITION_OF_MONTH, asked).all())
    return of_every_ambition(session, found, frozenset())


_BY_AMBITION_OF_MONTH = (
    select(IdeaAuthor.ambition_id, IdeaAuthor.person_id)
    .distinct()
    .where(IdeaAuthor.month == bindparam("month"), IdeaAuthor.n > 0)
)


def _by_place(rows: Iterable[tuple[int | None, int]]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for place, person in rows:
        found[place or 0].add(person)
    return {place: frozenset(persons) for place, persons in found.items()}


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
