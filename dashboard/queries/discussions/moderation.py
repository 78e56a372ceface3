"""Reads what was reported or hidden (modération): contributions, or an idea itself. Rights are
checked inside each query.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, Select, func, or_
from sqlmodel import Session, select

from dashboard.access import may
from dashboard.queries.discussions.subjects import SubjectAt, subjects_at
from dashboard.scope import Scope
from models.discussions import Contribution, ContributionEvent, ContributionStep

# The steps of moderation.
_MODERATION = (
    ContributionStep.hidden,
    ContributionStep.restored,
    ContributionStep.dismissed,
)


@dataclass(frozen=True)
class Flagged:
    """A reported or hidden contribution, or (None) idea: its subject, its text, the reasons, and
    the day.
    """

    about: SubjectAt
    contribution_id: int | None
    text: str
    reasons: tuple[str, ...]
    on: date


def reported(session: Session, scope: Scope, limit: int = 50) -> list[Flagged]:
    """What was reported and not yet reviewed, oldest first; empty for a reader who does not
    moderate.
    """
    waiting = _steps().where(
        ContributionEvent.open.is_(True), ContributionEvent.what == ContributionStep.reported
    )
    return _flagged(session, scope, waiting.order_by(ContributionEvent.id).limit(limit))


def hidden(session: Session, scope: Scope, limit: int = 50) -> list[Flagged]:
    """What is hidden now, newest first; empty for a reader who does not moderate."""
    last = (
        select(func.max(ContributionEvent.id))
        .where(ContributionEvent.what.in_([str(step) for step in _MODERATION]))
        .group_by(
            ContributionEvent.subject, ContributionEvent.key, ContributionEvent.contribution_id
        )
    )
    steps = _steps().where(
        ContributionEvent.id.in_(last),
        ContributionEvent.what == ContributionStep.hidden,
        or_(ContributionEvent.contribution_id.is_(None), Contribution.hidden.is_(True)),
    )
    return _flagged(session, scope, steps.order_by(ContributionEvent.id.desc()).limit(limit))


def _steps() -> Select:
    return select(ContributionEvent, Contribution).join(
        Contribution, Contribution.id == ContributionEvent.contribution_id, isouter=True
    )


def _flagged(session: Session, scope: Scope, steps: Select) -> list[Flagged]:
    """Each contribution or idea once, with all reasons."""
    if not may(scope.reader, "idea.moderate"):
        return []
    rows_by_target: dict[tuple, list[Row]] = defaultdict(list)
    for row in session.execute(steps):
        step = row.ContributionEvent
        rows_by_target[step.subject, step.key, step.contribution_id].append(row)
    ends = [(subject, key) for subject, key, _ in rows_by_target]
    about = subjects_at(session, scope.reader, scope.tree, ends, scope.on)
    return [
        _flagged_from(about[subject, key], rows)
        for (subject, key, _), rows in rows_by_target.items()
        if (subject, key) in about
    ]


def _flagged_from(at: SubjectAt, rows: Sequence[Row]) -> Flagged:
    first, contribution = rows[0]
    return Flagged(
        at,
        first.contribution_id,
        contribution.text if contribution else at.idea.body,
        tuple(step.reason or "" for step, _ in rows),
        first.on,
    )
