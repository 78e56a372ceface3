"""Reading published ideas in one go (idées publiées): what a program reads, page after page, each
beginning where the one before ended.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.queries.ideas.waiting import of_scope
from dashboard.queries.readable import Readable, readable
from dashboard.scope import Scope
from models.facts import id_after
from models.idea_events import EventKind, IdeaEvent
from models.ideas import Idea, IdeaKind, IdeaStatus
from models.planning import no_index


@dataclass(frozen=True)
class PublishedIdea:
    """One published entry with its answers; no author, no origin. `id` is where a page ends."""

    id: int
    number: int
    kind: IdeaKind
    title: str
    body: str
    status: IdeaStatus
    filed_on: date
    concerns_id: int | None
    ambition_id: int | None
    supports: int
    comments: int
    answers: "Answers"


@dataclass(frozen=True)
class Answers:
    """The first answer and the last one, each with its day: those that were not taken back."""

    answered_on: date | None = None
    answer: str = ""
    last_on: date | None = None
    last: str = ""


_NONE = Answers()


def published_ideas(
    session: Session, scope: Scope, limit: int, before: int | None = None
) -> Readable[PublishedIdea]:
    """At most `limit` entries of the scope, the newest first, `before` the one of this id. Two
    statements, however many there are.
    """
    newest = id_after(scope.on) if before is None else min(before, id_after(scope.on))
    statement = select(
        Idea.id,
        Idea.number,
        Idea.kind,
        Idea.title,
        Idea.body,
        Idea.status,
        Idea.filed_on,
        Idea.concerns_id,
        Idea.ambition_id,
        Idea.supports,
        Idea.comments,
    ).where(idea_conditions(scope.reader, scope.tree), _published(scope), Idea.id < newest)
    asked = of_scope(statement, scope).order_by(Idea.id.desc()).limit(limit)
    rows = session.execute(asked).all()
    answers = _answers(session, [row.id for row in rows])
    return readable(
        rows,
        lambda row: PublishedIdea(
            row.id,
            row.number,
            IdeaKind(row.kind),
            row.title,
            row.body,
            IdeaStatus(row.status),
            *row[6:],
            answers.get(row.id, _NONE),
        ),
        lambda row: f"idea {row.number}",
    )


def _published(scope: Scope) -> ColumnElement[bool]:
    """Of the whole the newest are walked through; of a direction they are looked up by it: through
    all that is published its few would be far apart.
    """
    published = Idea.published.is_(True)
    return published if scope.is_whole else no_index(published)


def _answers(session: Session, ids: Iterable[int]) -> dict[int, Answers]:
    """Idea id → what was answered to it."""
    facts = session.execute(
        select(
            IdeaEvent.id,
            IdeaEvent.idea_id,
            IdeaEvent.on,
            IdeaEvent.what,
            IdeaEvent.first_answer,
            IdeaEvent.text,
            IdeaEvent.voids,
        )
        .where(IdeaEvent.idea_id.in_(list(ids)))
        .order_by(IdeaEvent.idea_id, IdeaEvent.seq)
    ).all()
    undone = {fact.voids for fact in facts if fact.voids}
    found: dict[int, Answers] = {}
    for fact in facts:
        if fact.id in undone:
            continue
        known = found.get(fact.idea_id, _NONE)
        text = fact.text or ""
        if fact.first_answer:
            known = replace(known, answered_on=fact.on, answer=text)
        if fact.first_answer or (fact.what == EventKind.status and text):
            found[fact.idea_id] = replace(known, last_on=fact.on, last=text)
    return found
