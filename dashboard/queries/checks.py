"""Checks (vérifications): roll-ups against the facts, current values against the facts, what a backup would miss."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, SQLModel, select

from models.ideas import Idea, IdeaEvent
from models.ledger import contributions
from models.rollups import IdeaAuthor, IdeaCohort, IdeaDelay, IdeaDue, IdeaFiled, IdeaFlow

ROLLUPS: tuple[type[SQLModel], ...] = (IdeaFlow, IdeaDelay, IdeaDue, IdeaCohort, IdeaFiled, IdeaAuthor)
_CHUNK = 5000


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it holds, and what was found, in French."""

    name: str
    holds: bool
    said: str


def roll_ups(session: Session) -> list[Finding]:
    """Each roll-up recounted from every fact that is not voided."""
    counted = _recount(session)
    return [_compare(session, table, counted[table]) for table in ROLLUPS]


def _recount(session: Session) -> dict[type[SQLModel], dict[tuple, list[int]]]:
    voided = select(IdeaEvent.voids).where(IdeaEvent.voids.is_not(None))
    facts = select(*IdeaEvent.__table__.columns).where(IdeaEvent.id.not_in(voided)).execution_options(yield_per=_CHUNK)
    sums: dict[type[SQLModel], dict[tuple, list[int]]] = defaultdict(dict)
    for fact in session.execute(facts).mappings():
        for table, key, increments in contributions(dict(fact)):
            row = sums[table].setdefault(key, [0] * len(increments))
            for i, increment in enumerate(increments):
                row[i] += increment
    return sums


def _compare(session: Session, table: type[SQLModel], counted: dict[tuple, list[int]]) -> Finding:
    keys = [column for column in table.__table__.columns if column.primary_key]
    counts = [column for column in table.__table__.columns if not column.primary_key]
    kept = {tuple(row[:len(keys)]): list(row[len(keys):]) for row in session.execute(select(*keys, *counts)).all()}
    differing = sum(kept.get(key, [0] * len(counts)) != counted.get(key, [0] * len(counts)) for key in kept | counted)
    name = f"cumul {table.__tablename__}"
    return Finding(name, not differing, f"{len(kept)} lignes" if not differing else f"{differing} lignes diffèrent des faits")


def current_values(session: Session) -> Finding:
    """The state on each idea's record is the last one its facts give."""
    voided = select(IdeaEvent.voids).where(IdeaEvent.voids.is_not(None))
    last = (select(IdeaEvent.idea_id, func.max(IdeaEvent.seq).label("seq"))
            .where(IdeaEvent.to_status.is_not(None), IdeaEvent.id.not_in(voided)).group_by(IdeaEvent.idea_id).subquery())
    differing = session.execute(
        select(func.count()).select_from(Idea).join(last, last.c.idea_id == Idea.id)
        .join(IdeaEvent, (IdeaEvent.idea_id == Idea.id) & (IdeaEvent.seq == last.c.seq))
        .where(IdeaEvent.to_status != Idea.status)).scalar_one()
    total = session.execute(select(func.count()).select_from(Idea)).scalar_one()
    return Finding("états des idées", not differing,
                   f"{total} idées" if not differing else f"{differing} idées n'ont pas l'état de leurs faits")
