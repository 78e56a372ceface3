"""What screens keep in memory of entries (idées): lists and counts, keyed by scope (rights
included) and by revisions.

A list that names authors is kept for its reader alone, and read anew as soon as a person or a right
changes.
"""

from dataclasses import replace
from datetime import date

from dashboard.cached import ambitions, today
from dashboard.cached.memory import Revisions, remembered, revisions
from dashboard.queries import findings
from dashboard.queries.findings import Said
from dashboard.queries.ideas import counts, moves, search_fallback
from dashboard.queries.ideas import records as idea_records
from dashboard.queries.ideas.moves import Moves
from dashboard.scope import Scope
from models.database import reading
from models.ideas import IdeaStatus


@remembered(256)
def _filed_by_month(scope: Scope, start: date, _key: Revisions) -> dict[date, int]:
    with reading() as session:
        return dict(counts.by_month(session, scope, start, scope.on))


def filed_by_month(scope: Scope, start: date) -> dict[date, int]:
    return _filed_by_month(scope.impersonal(), start, revisions("ideas"))


@remembered(64)
def _filed_by_place(scope: Scope, start: date, _key: Revisions) -> dict[tuple[int, date], int]:
    with reading() as session:
        return dict(counts.by_place_and_month(session, scope, start, scope.on))


def filed_by_place(scope: Scope, start: date) -> dict[tuple[int, date], int]:
    """(unit concerned, month) → entries filed, within the scope."""
    return _filed_by_place(scope.impersonal(), start, revisions("ideas"))


@remembered(64)
def _idea_cohort(scope: Scope, _key: Revisions) -> dict[str, int]:
    with reading() as session:
        return dict(counts.cohort(session, scope, scope.on))


def idea_cohort(scope: Scope) -> dict[str, int]:
    """Status → idées and suggestions filed in the twelve months to the day looked at."""
    return _idea_cohort(scope.impersonal(), revisions("ideas"))


@remembered(512)
def _late_ideas(scope: Scope, day: date, _key: Revisions) -> int:
    with reading() as session:
        return idea_records.count_late(session, scope, day)


def late_ideas(scope: Scope, day: date) -> int:
    """How many entries the reader may see are past their promised day."""
    return _late_ideas(scope, day, revisions("ideas", "people", "directions"))


@remembered(256)
def _to_answer(scope: Scope, day: date, limit: int, _key: Revisions) -> list[idea_records.IdeaRow]:
    with reading() as session:
        return idea_records.to_answer(session, scope, day, limit)


def to_answer(scope: Scope, day: date, limit: int) -> list[idea_records.IdeaRow]:
    """The entries the reader may see that wait for a first answer, the nearest promise first."""
    return _to_answer(scope, day, limit, revisions("ideas", "people", "directions"))


@remembered(64)
def _said(scope: Scope, _key: Revisions) -> Said:
    with reading() as session:
        return findings.said(session, scope)


def said(scope: Scope) -> Said:
    """« Ce que vous nous avez dit », for one reader and scope."""
    return _said(scope, revisions("ideas", "people", "directions"))


@remembered(512)
def _implemented(scope: Scope, _key: Revisions) -> list[tuple[idea_records.IdeaRow, str]]:
    with reading() as session:
        return idea_records.implemented(session, scope)


def implemented(scope: Scope) -> list[tuple[idea_records.IdeaRow, str]]:
    """« Vous l'avez dit, c'est fait », among the entries the reader may see."""
    return _implemented(scope, revisions("ideas", "people", "directions"))


@remembered(512)
def _my_ideas(scope: Scope, day: date, limit: int, _key: Revisions) -> list[idea_records.IdeaRow]:
    with reading() as session:
        return idea_records.my_ideas(session, scope, day, limit)


def my_ideas(scope: Scope, limit: int) -> list[idea_records.IdeaRow]:
    """The entries the reader filed, newest first."""
    return _my_ideas(scope, today(), limit, revisions("ideas", "people", "directions"))


@remembered(256)
def _found_ideas(
    scope: Scope, filters: idea_records.Filters, page: int, day: date, _key: Revisions
) -> search_fallback.Found:
    with reading() as session:
        return search_fallback.find(session, scope, filters, page, day)


def found_ideas(scope: Scope, filters: idea_records.Filters, page: int) -> search_fallback.Found:
    """One page of the list of entries, as the reader may see it."""
    return _found_ideas(scope, filters, page, today(), revisions("ideas", "people", "directions"))


@remembered(512)
def _to_read(scope: Scope, _key: Revisions) -> int:
    with reading() as session:
        return idea_records.to_read(session, scope)


def to_read(scope: Scope) -> int:
    """How many entries wait for « Lue, publier »."""
    return _to_read(scope, revisions("ideas", "people", "directions"))


@remembered(64)
def _idea_moves(scope: Scope, start: date, end: date, _key: Revisions) -> Moves:
    with reading() as session:
        return moves.moves(session, scope, start, end)


def idea_moves(scope: Scope, start: date, end: date) -> Moves:
    """What happened to the scope's entries between two days."""
    return _idea_moves(scope.impersonal(), start, end, revisions("ideas"))


@remembered(64)
def _ambition_counts(scope: Scope, _key: Revisions) -> dict[int, tuple[int, int]]:
    with reading() as session:
        stocks = {
            a.id: counts.stock(session, replace(scope, ambition=a), [scope.on], decided=None)[0]
            for a in ambitions()
        }
    return {
        ambition: (sum(stock.values()), stock[IdeaStatus.implemented])
        for ambition, stock in stocks.items()
    }


def ambition_counts(scope: Scope) -> dict[int, tuple[int, int]]:
    """Ambition → (entries of all kinds filed by the day looked at, those carried out), for the
    whole administration.
    """
    return _ambition_counts(scope.whole().impersonal(), revisions("ideas", "roadmap"))
