"""How a list of ideas is ordered: by a column, or at random."""

from collections.abc import Callable, Iterable

from sqlalchemy import ColumnElement, Select, case, func
from sqlalchemy import select as core_select
from sqlmodel import Session

from dashboard.scope import Scope
from models.ideas import Idea, IdeaKind, IdeaStatus
from models.search import fold


def _by_word(column: ColumnElement, words: Iterable[str]) -> ColumnElement:
    """In the order of a vocabulary."""
    return case({str(word): place for place, word in enumerate(words)}, value=column)


def _by_unit(scope: Scope) -> ColumnElement:
    """By the name of the unit concerned, as the chart of the day has it."""
    units = sorted(scope.tree.by_id.values(), key=lambda unit: fold(unit.name))
    if not units:
        return Idea.concerns_id
    return case({unit.id: place for place, unit in enumerate(units)}, value=Idea.concerns_id)


COLUMNS: dict[str, Callable[[Scope], ColumnElement]] = {
    "titre": lambda _scope: func.lower(Idea.title),
    "etat": lambda _scope: _by_word(Idea.status, IdeaStatus),
    "genre": lambda _scope: _by_word(Idea.kind, IdeaKind),
    "direction": _by_unit,
    "ambition": lambda _scope: Idea.ambition_id,
    "depot": lambda _scope: Idea.filed_on,
    "echeance": lambda _scope: Idea.due_on,
    "voix": lambda _scope: Idea.voices,
    "soutiens": lambda _scope: Idea.supports,
    "commentaires": lambda _scope: Idea.comments,
}


def from_number(
    session: Session, answering: Select, seed: int, first: int, size: int
) -> list[Idea]:
    """Entries at random: numbers are drawn at random, so that their order is one; `seed` says
    where it begins.
    """
    start = session.exec(
        answering.with_only_columns(Idea.number)
        .order_by(None)
        .order_by(Idea.number)
        # A prime, so that neighbouring seeds begin far apart.
        .where(Idea.number >= 10_000 + seed * 7919 % 90_000)
        .limit(1)
    ).first()
    start = start[0] if start is not None and not isinstance(start, int) else start or 0
    found = list(
        session.exec(answering.where(Idea.number >= start).offset(first).limit(size)).all()
    )
    if len(found) < size:
        after = session.exec(
            core_select(func.count()).select_from(
                answering.where(Idea.number >= start)
                .with_only_columns(Idea.id)
                .order_by(None)
                .subquery()
            )
        ).scalar_one()
        # Round the end of the numbers, as on a ring: each entry comes once.
        found += session.exec(
            answering.where(Idea.number < start)
            .offset(max(first - after, 0))
            .limit(size - len(found))
        ).all()
    return found
