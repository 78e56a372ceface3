"""Reading for a team's sheet (feuille d'équipe): what waits for an answer, what moved lately. Rights are inside."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.scope import Scope
from models.ideas import OPEN, Idea


@dataclass(frozen=True)
class ToAnswer:
    """One published entry that waits for its first answer."""

    number: int
    title: str
    due_on: date | None


def to_answer(session: Session, scope: Scope) -> list[ToAnswer]:
    """The published entries concerning the scope's directions without an answer on its day, the oldest promise first."""
    rows = session.execute(
        select(Idea.number, Idea.title, Idea.due_on)
        .where(*_of(scope), Idea.published.is_(True), Idea.filed_on <= scope.on,
               or_(Idea.answered_on > scope.on, Idea.answered_on.is_(None) & Idea.status.in_([str(s) for s in OPEN])))
        .order_by(Idea.due_on.is_(None), Idea.due_on, Idea.number)).all()
    return [ToAnswer(*row) for row in rows]


def lately(session: Session, scope: Scope, since: date) -> tuple[int, int]:
    """Entries filed, and entries answered for the first time, after `since` and up to the scope's day."""
    filed, answered = (session.exec(select(func.count()).select_from(Idea).where(*_of(scope), day > since, day <= scope.on)).one()
                       for day in (Idea.filed_on, Idea.answered_on))
    return filed, answered


def _of(scope: Scope) -> list[ColumnElement[bool]]:
    found = [idea_conditions(scope.reader, scope.tree)]
    return found if scope.is_whole else [*found, Idea.concerns_id.in_(sorted(scope.counted))]
