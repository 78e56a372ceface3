"""Checks of the discussions of ideas, milestones, propositions, decisions and trainings."""

from collections.abc import Iterator

from sqlalchemy import func
from sqlmodel import Session, SQLModel, select

from dashboard.french import counted
from dashboard.queries.operations.finding import Finding, finding
from models.academy import Training
from models.decisions import Decision
from models.discussions import (
    Contribution,
    ContributionEvent,
    ContributionKind,
    ContributionStep,
    Subject,
    SubjectFollow,
    SubjectSupport,
    idea_of,
)
from models.groups import ProgressGroup
from models.ideas import Idea
from models.roadmap import IS_MILESTONE, Plan


def discussions(session: Session) -> Finding:
    """Contributions and supports have a subject, none is missing, the hidden ones are those of the
    last moderation, and only objections are answered or lifted.
    """
    wrong = [
        *(
            item
            for table in (Contribution, ContributionEvent, SubjectSupport, SubjectFollow)
            for item in _without_subject(session, table)
        ),
        *_missing(session),
        *_wrongly_hidden(session),
        *_wrongly_answered(session),
    ]
    stored = session.execute(select(func.count()).select_from(Contribution)).scalar_one()
    return finding(
        "discussions",
        wrong,
        counted(stored, "contribution"),
        "discussion n'est pas comme elle le dit",
        "discussions ne sont pas comme elles le disent",
    )


def _without_subject(session: Session, table: type[SQLModel]) -> Iterator[str]:
    others = select(table.subject, table.key).where(table.subject != Subject.idea)
    known = {
        Subject.milestone: set(session.execute(select(Plan.number).where(IS_MILESTONE)).scalars()),
        Subject.proposition: set(session.execute(select(ProgressGroup.code)).scalars()),
        Subject.decision: {str(i) for i in session.execute(select(Decision.id)).scalars()},
        Subject.training: set(session.execute(select(Training.code)).scalars()),
    }
    ideas = (
        select(table.subject, table.key)
        .join(Idea, Idea.id == idea_of(table), isouter=True)
        .where(table.subject == Subject.idea, Idea.id.is_(None))
    )
    lost = {
        (subject, key)
        for subject, key in session.execute(others.distinct())
        if key not in known.get(subject, ())
    }
    lost.update(tuple(row) for row in session.execute(ideas.distinct()))
    return (
        f"{table.__tablename__} : {subject} {key} n'existe pas" for subject, key in sorted(lost)
    )


def _missing(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(Contribution.subject, Contribution.key)
        .group_by(Contribution.subject, Contribution.key)
        .having(func.max(Contribution.seq) != func.count(Contribution.id))
        .order_by(Contribution.subject, Contribution.key)
    ).all()
    return (f"{subject} {key} : une contribution a disparu" for subject, key in rows)


def _wrongly_hidden(session: Session) -> Iterator[str]:
    shown_or_hidden = [str(ContributionStep.hidden), str(ContributionStep.restored)]
    rows = session.execute(
        select(ContributionEvent.contribution_id, ContributionEvent.what)
        .where(
            ContributionEvent.what.in_(shown_or_hidden),
            ContributionEvent.contribution_id.is_not(None),
        )
        .order_by(ContributionEvent.id)
    ).all()
    last = dict(tuple(row) for row in rows)
    stored = session.execute(
        select(Contribution.id, Contribution.hidden)
        .where(Contribution.hidden.is_(True) | Contribution.id.in_(sorted(last)))
        .order_by(Contribution.id)
    )
    for ident, hidden in stored:
        if hidden != (last.get(ident) == ContributionStep.hidden):
            yield f"contribution {ident}"


def _wrongly_answered(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(ContributionEvent.id)
        .join(Contribution, Contribution.id == ContributionEvent.contribution_id)
        .where(
            ContributionEvent.what.in_(
                [str(ContributionStep.answered), str(ContributionStep.lifted)]
            ),
            Contribution.kind != ContributionKind.objection,
        )
        .order_by(ContributionEvent.id)
    ).scalars()
    return (f"contribution_event {ident}" for ident in rows)
