"""The entries that another one may be merged into (fusion)."""

from datetime import date

from sqlmodel import Session, select

from dashboard.access import may
from dashboard.queries.ideas.records import Filters, matching_ids
from dashboard.queries.ideas.similar import similar_ideas
from dashboard.scope import Scope
from models.idea_states import OFF_PATH
from models.ideas import Idea

_MOST = 6
_OFF_PATH = [str(status) for status in OFF_PATH]


def merge_candidates(
    session: Session, scope: Scope, idea: Idea, words: str, today: date
) -> dict[int, str]:
    """Number → title of the entries that `idea` may be merged into: those with these words (or this
    number) in any direction, or without words the similar ones. Empty for a reader who may not
    merge.
    """
    if not may(scope.reader, "idea.merge"):
        return {}
    may_join = select(Idea.number, Idea.title).where(
        Idea.id != idea.id, Idea.published.is_(True), Idea.status.not_in(_OFF_PATH)
    )
    if not words.strip():
        near = similar_ideas(session, scope, idea.title, idea.body, idea.number, _MOST)
        numbers = [item.number for item in near]
        titles = dict(session.exec(may_join.where(Idea.number.in_(numbers))).all())
        return {number: titles[number] for number in numbers if number in titles}
    everywhere = scope.whole().of_every_ambition()
    found = matching_ids(session, everywhere, Filters(words), today)
    if found is None:
        return {}
    newest = may_join.where(Idea.id.in_(found)).order_by(Idea.filed_on.desc(), Idea.id.desc())
    return dict(session.exec(newest.limit(_MOST)).all())
