"""« Ce qui a changé » for one reader: the news of her entries and of those she follows or supports,
and the day of her last visit (dernière visite), shown to her only.
"""

from datetime import date

from sqlalchemy import or_
from sqlmodel import Session, select

from dashboard.access import Reader, idea_conditions
from dashboard.queries.people.readers import preference
from dashboard.scope import Scope
from models.discussions import SubjectFollow, SubjectSupport, ideas_marked
from models.facts import live
from models.idea_events import EventKind, IdeaEvent
from models.ideas import Idea
from models.preferences import LAST_VISIT

_SHOWN_KINDS = (EventKind.status, EventKind.answered, EventKind.held, EventKind.merged)
_MOST = 20


def last_visit(session: Session, reader: Reader, today: date) -> date | None:
    """The day of the reader's last visit before today; None if unknown."""
    days = [date.fromisoformat(day) for day in preference(session, reader, LAST_VISIT).split()]
    return next((day for day in days if day < today), None)


def visits_today(session: Session, reader: Reader, today: date) -> bool:
    """Whether today's visit is already recorded."""
    return preference(session, reader, LAST_VISIT).startswith(today.isoformat())


def idea_news(session: Session, scope: Scope, since: date) -> list[tuple[IdeaEvent, Idea]]:
    """The last event of each of those entries since that day, newest first."""
    me = scope.reader.person_id
    if me is None:
        return []
    is_concerned = or_(
        Idea.author_id == me, ideas_marked(SubjectFollow, me), ideas_marked(SubjectSupport, me)
    )
    rows = session.exec(
        select(IdeaEvent, Idea)
        .join(Idea, Idea.id == IdeaEvent.idea_id)
        .where(
            idea_conditions(scope.reader, scope.tree),
            is_concerned,
            live(IdeaEvent, scope.on),
            IdeaEvent.on >= since,
            IdeaEvent.what.in_([str(kind) for kind in _SHOWN_KINDS]),
        )
        .order_by(IdeaEvent.on.desc(), IdeaEvent.idea_id.desc(), IdeaEvent.seq.desc())
        .limit(_MOST)
    ).all()
    last: dict[int, tuple[IdeaEvent, Idea]] = {}
    for event, idea in rows:
        last.setdefault(idea.id, (event, idea))
    return list(last.values())
