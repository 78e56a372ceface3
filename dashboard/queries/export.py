"""Reading ideas for an export (exporter): the rows the reader may see, as they stood on the scope's day, streamed."""

from collections.abc import Iterator

from sqlalchemy import and_, case, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, select

from dashboard.access import idea_conditions, require
from dashboard.scope import Scope
from models.facts import live
from models.ideas import Audience, Channel, EventKind, Idea, IdeaEvent, IdeaKind, IdeaStatus
from models.keeping import SourceKey
from models.roadmap import Ambition

OWN_SOURCE = "c-possible"
# One name per value of a row, in order; `exchange.csvout.OWN_HEADERS` gives each its French header.
FIELDS = ("number", "title", "body", "kind", "good", "theme", "direction", "direction_name", "status", "status_on",
          "status_dated", "filed_on", "filing_dated", "answered_on", "audience", "voices", "channel", "published",
          "merged_into", "source", "key")
_BATCH = 1000


def idea_rows(session: Session, scope: Scope) -> Iterator[tuple]:
    """One row per entry filed by `scope.on`, oldest first, with the values of `FIELDS`; no author is ever in it.

    State and first answer are those of the scope's day, from the facts; texts are today's. Raises Refused for a
    reader who may not export.
    """
    require(scope.reader, "idea.export")
    return _rows(session, scope)


def _rows(session: Session, scope: Scope) -> Iterator[tuple]:
    found = session.connection().execution_options(yield_per=_BATCH).execute(_statement(scope))
    for row in found:
        unit = scope.tree.by_id.get(row.concerns_id) if row.concerns_id else None
        yield (row.number, row.title, row.body, IdeaKind(row.kind).label, row.good, row.theme,
               unit.code if unit else None, unit.name if unit else None, IdeaStatus(row.status).label, row.status_on,
               not row.undated, row.filed_on, row.dated, row.answered_on,
               Audience(row.audience).label if row.audience else None, row.voices, Channel(row.channel).label,
               row.published, row.survivor, row.source or OWN_SOURCE, row.key or str(row.number))


def _statement(scope: Scope):
    """Each entry with its last live change of state, its first answer, and where it came from."""
    state, answer, survivor = IdeaEvent, aliased(IdeaEvent), aliased(Idea)
    merged = state.to_status == IdeaStatus.merged
    statement = (
        select(Idea.number, Idea.title, Idea.body, Idea.kind, Idea.good, Idea.concerns_id, Idea.filed_on, Idea.dated,
               Idea.audience, Idea.voices, Idea.channel, Idea.published, Ambition.name.label("theme"),
               state.to_status.label("status"), state.on.label("status_on"), answer.on.label("answered_on"),
               and_(Idea.dated, answer.first_answer.is_(True), answer.delay.is_(None)).label("undated"),
               case((merged, survivor.number)).label("survivor"), SourceKey.source, SourceKey.key)
        .select_from(Idea)
        .join(state, and_(state.idea_id == Idea.id, state.seq == _last_state(scope)))
        .outerjoin(answer, and_(answer.idea_id == Idea.id, answer.first_answer.is_(True), live(answer, scope.on)))
        .outerjoin(survivor, survivor.id == Idea.merged_into)
        .outerjoin(Ambition, Ambition.id == Idea.ambition_id)
        .outerjoin(SourceKey, and_(SourceKey.record_id == Idea.id, SourceKey.subject == "idea"))
        .where(idea_conditions(scope.reader, scope.tree), Idea.filed_on <= scope.on)
        .order_by(Idea.filed_on, Idea.id))
    if scope.counted is not None:
        statement = statement.where(Idea.concerns_id.in_(sorted(scope.counted)))
    return statement.where(Idea.ambition_id == scope.ambition.id) if scope.ambition else statement


def _last_state(scope: Scope):
    """The place of the last change of state that counts on the day; a move between directions is none."""
    event = aliased(IdeaEvent)
    changes = or_(event.what == EventKind.filed,
                  and_(event.from_status.is_not(None), event.to_status.is_not(None),
                       event.from_status != event.to_status))
    return (select(func.max(event.seq)).where(event.idea_id == Idea.id, changes, live(event, scope.on))
            .correlate(Idea).scalar_subquery())
