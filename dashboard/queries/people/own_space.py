"""« Mon espace »: the entries that the reader filed, follows and supports, and those that need her
answer.
"""

from datetime import date

from sqlmodel import Session, or_, select

from dashboard.access import idea_conditions
from dashboard.queries.ideas.records import readable_ideas
from dashboard.scope import Scope
from models.discussions import SubjectFollow, SubjectSupport, ideas_marked
from models.idea_states import OPEN
from models.ideas import Idea, Merge

_MOST = 50


def followed(session: Session, scope: Scope) -> list[Idea]:
    """The entries the reader follows and may still see, newest first."""
    return _of(session, scope, ideas_marked(SubjectFollow, scope.reader.person_id))


def supported(session: Session, scope: Scope) -> list[Idea]:
    """The entries the reader supports and may still see, newest first."""
    return _of(session, scope, ideas_marked(SubjectSupport, scope.reader.person_id))


def entrusted(session: Session, scope: Scope) -> list[Idea]:
    """The open entries that the reader has to answer, the nearest due date first."""
    rows = _of(
        session,
        scope,
        Idea.owner_id == scope.reader.person_id,
        Idea.answered_on.is_(None),
        Idea.status.in_([str(s) for s in OPEN]),
    )
    return sorted(rows, key=lambda row: (row.due_on or date.max, row.number))


def merges_to_answer(session: Session, scope: Scope) -> list[tuple[Idea, date]]:
    """The reader's entries that somebody proposes to merge, with the last day to answer."""
    me = scope.reader.person_id
    if me is None:
        return []
    own = select(Idea.id).where(Idea.author_id == me)
    is_asked = or_(
        Merge.idea_id.in_(own) & Merge.one_says.is_(None),
        Merge.into_id.in_(own) & Merge.other_says.is_(None),
    )
    merges = session.exec(
        select(Merge)
        .where(is_asked, Merge.done_on.is_(None), Merge.ended_on.is_(None))
        .order_by(Merge.due_on)
    ).all()
    found = []
    for merge in merges:
        idea_of_reader = next(
            idea
            for id_ in (merge.idea_id, merge.into_id)
            if (idea := session.get(Idea, id_)).author_id == me
        )
        found.append((idea_of_reader, merge.due_on))
    return found


def _of(session: Session, scope: Scope, *conditions: object) -> list[Idea]:
    if scope.reader.person_id is None:
        return []
    rows = session.exec(
        select(Idea)
        .where(idea_conditions(scope.reader, scope.tree), *conditions)
        .order_by(Idea.id.desc())
        .limit(_MOST)
    ).all()
    return readable_ideas(rows)
