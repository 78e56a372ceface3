"""The authors of ideas, each person once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import Session, select

from dashboard.queries.directions import of_every_ambition
from dashboard.queries.ideas.windows import IS_FILING, raw_facts
from dashboard.scope import Scope
from models.clock import month_start, window_start
from models.idea_events import IdeaEvent

Persons = Mapping[int, Iterable[int]]


def authors(session: Session, scope: Scope, on: date) -> dict[int, frozenset[int]]:
    """Service id → authors of idées and suggestions in the 12 months up to a month end, of all
    ambitions.

    Persons rather than counts: an author who filed from two services of a direction is one author
    of it, and summed counts would make a small cell look large.
    """
    return _authors(session, scope, window_start(on), on, IdeaEvent.origin_id)


def authors_of_month(session: Session, scope: Scope, month_end: date) -> dict[int, frozenset[int]]:
    """Service id → authors of one whole month."""
    return _authors(session, scope, month_start(month_end), month_end, IdeaEvent.origin_id)


def together(parts: Iterable[Persons]) -> dict[int, frozenset[int]]:
    """Service id → the persons of several months, each once."""
    found: dict[int, set[int]] = defaultdict(set)
    for part in parts:
        for place, persons in part.items():
            found[place].update(persons)
    return {place: frozenset(persons) for place, persons in found.items()}


def authors_by_ambition(session: Session, scope: Scope, on: date) -> dict[int, frozenset[int]]:
    """Ambition id (0: none) → authors of the 12 months, for the whole administration."""
    found = _authors(session, scope, window_start(on), on, IdeaEvent.ambition_id)
    return of_every_ambition(session, found, frozenset())


def authors_by_ambition_of_month(
    session: Session, scope: Scope, month_end: date
) -> dict[int, frozenset[int]]:
    """Ambition id (0: none) → authors of one whole month."""
    found = _authors(session, scope, month_start(month_end), month_end, IdeaEvent.ambition_id)
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
