"""What was reported and what is hidden of a discussion (modération). Rights are
inside each query.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, func
from sqlmodel import Session, select

from dashboard.access import may
from dashboard.queries.discussions.subjects import (
    SubjectAt,
    subject_at,
)
from dashboard.scope import Scope
from models.discussions import (
    Contribution,
    ContributionEvent,
    ContributionStep,
    Subject,
)

# What is looked through for moderation.
_MODERATION = (
    ContributionStep.hidden,
    ContributionStep.restored,
    ContributionStep.dismissed,
)


@dataclass(frozen=True)
class Flagged:
    """A contribution that was reported or is hidden: where it stands, its text, why, since when."""

    id: int
    about: SubjectAt
    text: str
    reasons: tuple[str, ...]
    on: date


def reported_contributions(session: Session, scope: Scope, limit: int = 50) -> list[Flagged]:
    """What was reported and waits for a look, oldest first; nothing for a reader who
    does not moderate.
    """
    if not may(scope.reader, "idea.moderate"):
        return []
    rows = session.execute(
        select(ContributionEvent, Contribution)
        .join(Contribution, Contribution.id == ContributionEvent.contribution_id)
        .where(ContributionEvent.open.is_(True))
        .order_by(ContributionEvent.id)
        .limit(limit)
    ).all()
    return _flagged(session, scope, rows)


def hidden_contributions(session: Session, scope: Scope, limit: int = 50) -> list[Flagged]:
    """What is hidden now, the last first; nothing for a reader who does not moderate."""
    if not may(scope.reader, "idea.moderate"):
        return []
    last = (
        select(func.max(ContributionEvent.id))
        .where(ContributionEvent.what.in_([str(step) for step in _MODERATION]))
        .group_by(ContributionEvent.contribution_id)
    )
    rows = session.execute(
        select(ContributionEvent, Contribution)
        .join(Contribution, Contribution.id == ContributionEvent.contribution_id)
        .where(
            ContributionEvent.id.in_(last),
            ContributionEvent.what == ContributionStep.hidden,
            Contribution.hidden.is_(True),
        )
        .order_by(ContributionEvent.id.desc())
        .limit(limit)
    ).all()
    return _flagged(session, scope, rows)


def _flagged(session: Session, scope: Scope, rows: Iterable[Row]) -> list[Flagged]:
    """Per contribution, its text and every reason that was given."""
    reasons = defaultdict(list)
    first = {}
    for step, said in rows:
        reasons[said.id].append(step.reason or "")
        first.setdefault(said.id, (step, said))
    found = []
    for ident, (step, said) in first.items():
        at = subject_at(session, scope.reader, Subject(said.subject), said.key, scope.on)
        if at is not None:
            found.append(Flagged(ident, at, said.text, tuple(reasons[ident]), step.on))
    return found
