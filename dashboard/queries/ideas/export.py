"""Reads ideas for an export (exporter): the rows that the reader may see, as of the scope's day,
streamed.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Row, Select, and_, bindparam, false, or_
from sqlmodel import Session, select

from dashboard.access import idea_conditions, require
from dashboard.queries.ideas.records import Filters, matching_ids
from dashboard.queries.ideas.waiting import of_scope
from dashboard.queries.import_sources import is_among
from dashboard.queries.readable import Readable, readable
from dashboard.scope import Scope
from models.facts import id_after, not_undone
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import Channel, IdeaKind, IdeaStatus
from models.ideas import DETAILS, OWN_SOURCE, Idea, SourceKey
from models.roadmap import Ambition, no_index

_BATCH = 1000
NO_FILTER = Filters()


@dataclass
class _StateAt:
    """The state of one entry on the day: its status, since when, and its first answer."""

    status: str
    since: date
    answered_on: date | None = None
    timed: bool = True
    reason: str | None = None
    answer: str | None = None
    due_on: date | None = None


def idea_rows(
    session: Session,
    scope: Scope,
    filters: Filters = NO_FILTER,
    today: date | None = None,
    *,
    fields: Sequence[str],
) -> Iterator[tuple]:
    """One row per entry filed by `scope.on`, oldest first, in the order of `fields`
    (`files.ideas.columns` lists them with their names in a file); with `filters` (and the day for «
    en retard »), only those of the list on screen.

    State and first answer are those of the scope's day; texts are today's; the author is not
    included. Raises Refused for a reader who may not export.
    """
    require(scope.reader, "idea.export")
    statement = _statement(scope)
    if not filters.is_empty:
        wanted = matching_ids(session, scope, filters, today or scope.on)
        statement = statement.where(Idea.id.in_(wanted) if wanted is not None else false())
    return _rows(session, scope, statement, fields)


def _rows(
    session: Session, scope: Scope, statement: Select, fields: Sequence[str]
) -> Iterator[tuple]:
    found = session.connection().execution_options(yield_per=_BATCH).execute(statement)
    for batch in found.partitions():
        # Facts, origins and merge targets are read by batch: a join to the whole could mislead a
        # planner without statistics.
        ids = [idea.id for idea in batch]
        states = _states_at(session, ids, scope.on)
        known = origins(session, ids)
        numbers = _numbers(session, {idea.merged_into for idea in batch if idea.merged_into})
        for idea in batch:
            if idea.id in states:
                values = _values(idea, states[idea.id], known.get(idea.id), numbers, scope)
                yield tuple(values[name] for name in fields)


def _statement(scope: Scope) -> Select:
    statement = (
        select(
            Idea.id,
            Idea.number,
            Idea.title,
            Idea.body,
            Idea.kind,
            Idea.good,
            Idea.concerns_id,
            Idea.filed_on,
            Idea.dated,
            *(getattr(Idea, detail.column) for detail in DETAILS),
            Idea.voices,
            Idea.channel,
            Idea.published,
            Idea.merged_into,
            Idea.supports,
            Idea.comments,
            Idea.relay_id,
            Ambition.name.label("ambition"),
        )
        .select_from(Idea)
        .outerjoin(Ambition, Ambition.id == Idea.ambition_id)
        .where(idea_conditions(scope.reader, scope.tree), Idea.filed_on <= scope.on)
        .order_by(Idea.filed_on, Idea.id)
    )
    return of_scope(statement, scope)


def _values(
    idea: Row,
    state: _StateAt,
    origin: tuple[str, str] | None,
    numbers: dict[int, int],
    scope: Scope,
) -> dict[str, object]:
    """One entry: field → its value in a file."""
    unit = scope.tree.by_id.get(idea.concerns_id) if idea.concerns_id else None
    survivor = numbers.get(idea.merged_into) if state.status == IdeaStatus.merged else None
    source, key = origin or (OWN_SOURCE, str(idea.number))
    return {
        "number": idea.number,
        "title": idea.title,
        "body": idea.body,
        "kind": IdeaKind(idea.kind).label,
        "good": idea.good,
        "theme": idea.ambition,
        "direction": unit.code if unit else None,
        "direction_name": unit.name if unit else None,
        "status": IdeaStatus(state.status).label,
        "status_on": state.since,
        "status_dated": state.timed or not idea.dated,
        "filed_on": idea.filed_on,
        "filing_dated": idea.dated,
        "answered_on": state.answered_on,
        "voices": idea.voices,
        "channel": Channel(idea.channel).label,
        "published": idea.published,
        "merged_into": survivor,
        "source": source,
        "key": key,
        "supports": idea.supports,
        "comments": idea.comments,
        "reason": state.reason,
        "answer": state.answer,
        "due_on": state.due_on,
        "relayed": idea.relay_id is not None,
    } | {detail.column: detail.in_words(getattr(idea, detail.column)) for detail in DETAILS}


def _states_at(session: Session, ids: list[int], on: date) -> dict[int, _StateAt]:
    """Idea id → its state at `on`, from the facts that count then."""
    facts = session.exec(
        select(
            IdeaEvent.id,
            IdeaEvent.idea_id,
            IdeaEvent.on,
            IdeaEvent.what,
            IdeaEvent.from_status,
            IdeaEvent.to_status,
            IdeaEvent.first_answer,
            IdeaEvent.delay,
            IdeaEvent.voids,
            IdeaEvent.reason,
            IdeaEvent.text,
            IdeaEvent.due_on,
        )
        .where(IdeaEvent.idea_id.in_(ids), IdeaEvent.on <= on)
        .order_by(IdeaEvent.idea_id, IdeaEvent.seq)
    ).all()
    found: dict[int, _StateAt] = {}
    for fact in not_undone(facts):
        if fact.what == EventKind.filed:
            found[fact.idea_id] = _StateAt(fact.to_status, fact.on, due_on=fact.due_on)
            continue
        state = found.get(fact.idea_id)
        if state and (fact.to_status or fact.from_status is None):
            # The first half of a transfer has no due date: the entry has left one direction, and
            # not arrived.
            state.due_on = fact.due_on
        # Between two directions in the same state: a transfer, not a change of state.
        if state and fact.from_status and fact.to_status and fact.from_status != fact.to_status:
            state.status = fact.to_status
            state.since = fact.on
            state.reason = fact.reason
        if state and fact.first_answer:
            state.answered_on = fact.on
            state.timed = fact.delay is not None
            state.answer = fact.text
    return found


def origins(session: Session, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Idea id → (source, key) of imported entries."""
    rows = session.exec(
        select(SourceKey.record_id, SourceKey.source, SourceKey.key).where(
            SourceKey.subject == "idea", is_among(session, SourceKey.record_id, ids)
        )
    ).all()
    return {record: (source, key) for record, source, key in rows}


def _numbers(session: Session, ids: set[int]) -> dict[int, int]:
    return dict(session.exec(select(Idea.id, Idea.number).where(Idea.id.in_(ids))).all())


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
    # The index of publication serves the whole; the few entries of a direction would be far apart.
    published = Idea.published.is_(True)
    if not scope.is_whole:
        published = no_index(published)
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
    ).where(idea_conditions(scope.reader, scope.tree), published, Idea.id < newest)
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
