"""Reads all published ideas page by page for a program (idées publiées), each page starting where
the previous one ended.
"""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, and_, bindparam, or_
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.queries.ideas.waiting import of_scope
from dashboard.queries.readable import Readable, readable
from dashboard.scope import Scope
from models.facts import id_after, not_undone
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import IdeaKind, IdeaStatus
from models.ideas import Idea
from models.planning import no_index


class PublishedIdea(NamedTuple):
    """One published entry with its answers, without author or origin. `id` is the cursor of the
    next page.
    """

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


class Answers(NamedTuple):
    """The first and the last answer that were not voided, each with its day."""

    answered_on: date | None = None
    answer: str = ""
    last_on: date | None = None
    last: str = ""


_NONE = Answers()
_IDS = bindparam("ids", expanding=True)
_IS_EXPLAINED = and_(IdeaEvent.what == EventKind.status, IdeaEvent.text != "")
_IS_ANSWER = or_(IdeaEvent.first_answer.is_(True), _IS_EXPLAINED)
# Only answers and the facts that void them are read. Compiled once: compiling takes as long as
# running it.
_ANSWERS = (
    select(
        IdeaEvent.id,
        IdeaEvent.idea_id,
        IdeaEvent.on,
        IdeaEvent.first_answer,
        IdeaEvent.text,
        IdeaEvent.voids,
        _IS_ANSWER.label("is_answer"),
    )
    .where(IdeaEvent.idea_id.in_(_IDS), or_(_IS_ANSWER, IdeaEvent.voids.is_not(None)))
    .order_by(IdeaEvent.idea_id, IdeaEvent.seq)
)


def published_ideas(
    session: Session, scope: Scope, limit: int, before: int | None = None
) -> Readable[PublishedIdea]:
    """At most `limit` entries of the scope, newest first, `before` this id. Two statements for any
    number of entries.
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
    statement_of_page = of_scope(statement, scope).order_by(Idea.id.desc()).limit(limit)
    rows = session.execute(statement_of_page).all()
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
    """The condition for published entries: for the whole it uses the index by publication, for a
    direction the index by direction, since its few entries would be far apart.
    """
    published = Idea.published.is_(True)
    return published if scope.is_whole else no_index(published)


def _answers(session: Session, ids: list[int]) -> dict[int, Answers]:
    """Idea id → its answers."""
    facts = session.execute(_ANSWERS, {"ids": ids}).all()
    answers_in_force = [fact for fact in not_undone(facts) if fact.is_answer]
    by_idea = groupby(answers_in_force, lambda fact: fact.idea_id)
    return {idea_id: _first_and_last(list(answers)) for idea_id, answers in by_idea}


def _first_and_last(facts: Sequence[Row]) -> Answers:
    """The first and last of the answers to one idea, in order; without a first answer there is no
    day of answer.
    """
    first = next((fact for fact in reversed(facts) if fact.first_answer), None)
    last = facts[-1]
    return Answers(
        answered_on=first.on if first else None,
        answer=(first.text or "") if first else "",
        last_on=last.on,
        last=last.text or "",
    )
