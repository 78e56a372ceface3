"""Reads ideas for an export (exporter): the rows that the reader may see, as of the scope's day,
streamed.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, Select, false
from sqlmodel import Session, select

from dashboard.access import idea_conditions, require
from dashboard.queries.ideas.records import Filters, matching_ids
from dashboard.queries.import_sources import is_among
from dashboard.scope import Scope
from models.facts import not_undone
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import DETAILS, Channel, IdeaKind, IdeaStatus
from models.ideas import Idea
from models.import_sources import OWN_SOURCE, SourceKey
from models.roadmap import Ambition

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
    if scope.counted is not None:
        statement = statement.where(Idea.concerns_id.in_(sorted(scope.counted)))
    return statement.where(Idea.ambition_id == scope.ambition.id) if scope.ambition else statement


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
    if ids:
        return dict(session.exec(select(Idea.id, Idea.number).where(Idea.id.in_(ids))).all())
    return {}
