"""What is talked about (ce dont on parle): a milestone, a proposition, a decision or
a training, with those who answer for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, may
from models.academy import Trainer, Training
from models.decisions import Decision, DecisionEvent, DecisionStep
from models.directions import Tree
from models.discussions import (
    Subject,
)
from models.facts import live
from models.groups import DocumentKind, DocumentVersion, GroupMember, GroupRole, GroupState
from models.groups import ProgressGroup as Group
from models.roadmap import IS_MILESTONE, MilestoneState, Plan, PlanReport, PlanSchedule


@dataclass(frozen=True)
class Led:
    """Whoever leads the group answers for its proposition."""

    facilitators: frozenset[int]


@dataclass(frozen=True)
class Given:
    """Whoever gives the training answers for it."""

    trainers: frozenset[int]


@dataclass(frozen=True)
class Submitted:
    """Whoever put the point before the body, by hand or from a file (None)."""

    by: int | None


@dataclass(frozen=True)
class SubjectAt:
    """One subject that the reader may open: « le jalon 5.9 », its title, its page,
    and who answers for it. `closed` says why nobody speaks there any more, `settled`
    why no objection and no support come any more (both "" while they do).
    """

    subject: Subject
    key: str
    words: str
    title: str
    page: str
    params: dict[str, str]
    answered_by: PlanSchedule | Led | Given | Submitted
    closed: str = ""
    settled: str = ""


def subject_at(
    session: Session, reader: Reader, subject: Subject, key: str, on: date
) -> SubjectAt | None:
    """The subject of this key, as it stands; None where there is none, or where it
    is not open to the reader.
    """
    if not may(reader, "page.everyone"):
        return None
    # The register is for who sees the cockpit; what was decided is told elsewhere.
    if subject is Subject.decision and not may(reader, "page.cockpit"):
        return None
    return _READERS[subject](session, key, on)


def _milestone(session: Session, key: str, on: date) -> SubjectAt | None:
    found = session.exec(select(Plan).where(IS_MILESTONE, Plan.number == key)).first()
    if found is None:
        return None
    schedule = session.exec(
        select(PlanSchedule)
        .where(PlanSchedule.plan_id == found.id, live(PlanSchedule, on))
        .order_by(PlanSchedule.on.desc(), PlanSchedule.id.desc())
    ).first()
    state = session.exec(
        select(PlanReport.state)
        .where(PlanReport.plan_id == found.id, live(PlanReport, on))
        .order_by(PlanReport.on.desc(), PlanReport.id.desc())
    ).first()
    return SubjectAt(
        Subject.milestone,
        found.number,
        f"le jalon {found.number}",
        found.title,
        "feuille-de-route",
        {"jalon": found.number},
        # Nobody answers for a milestone that has no calendar yet.
        schedule or Led(frozenset()),
        closed="Ce jalon est annulé." if state == MilestoneState.cancelled else "",
        settled="Ce jalon est terminé." if state == MilestoneState.done else "",
    )


def _proposition(session: Session, key: str, on: date) -> SubjectAt | None:
    group = session.exec(select(Group).where(Group.code == key)).first()
    if group is None:
        return None
    leading = session.exec(
        select(GroupMember.person_id).where(
            GroupMember.group_id == group.id,
            GroupMember.role == GroupRole.facilitator,
            GroupMember.left_on.is_(None),
        )
    ).all()
    return SubjectAt(
        Subject.proposition,
        group.code,
        f"la proposition du groupe {group.code}",
        group.title,
        "groupes",
        {"groupe": group.code},
        Led(frozenset(leading)),
        closed="Ce groupe est abandonné." if group.state == GroupState.dropped else "",
        settled=_no_proposition(session, group, on),
    )


def _no_proposition(session: Session, group: Group, on: date) -> str:
    """Why nobody supports the proposition of a group or objects to it."""
    if GroupState(group.state).is_over:
        return "Le sort de cette proposition est réglé."
    written = session.exec(
        select(DocumentVersion.id).where(
            DocumentVersion.group_id == group.id,
            DocumentVersion.kind == DocumentKind.proposition,
            DocumentVersion.on <= on,
        )
    ).first()
    return "" if written else "Le groupe n'a pas encore écrit sa proposition."


def _decision(session: Session, key: str, on: date) -> SubjectAt | None:
    decision = session.get(Decision, int(key)) if key.isascii() and key.isdigit() else None
    if decision is None:
        return None
    steps = session.exec(
        select(DecisionEvent)
        .where(DecisionEvent.decision_id == decision.id, live(DecisionEvent, on))
        .order_by(DecisionEvent.on, DecisionEvent.id)
    ).all()
    is_decided = any(step.what == DecisionStep.decided for step in steps)
    return SubjectAt(
        Subject.decision,
        str(decision.id),
        f"la décision n° {decision.number}",
        decision.title,
        "decisions",
        {"decision": str(decision.number)},
        Submitted(steps[0].by if steps else None),
        settled="Ce point est décidé." if is_decided else "",
    )


def _training(session: Session, key: str, on: date) -> SubjectAt | None:
    training = session.exec(select(Training).where(Training.code == key)).first()
    if training is None:
        return None
    given_by = session.exec(
        select(Trainer.person_id).where(Trainer.training_id == training.id)
    ).all()
    return SubjectAt(
        Subject.training,
        training.code,
        f"la formation {training.code}",
        training.title,
        "academie",
        {"formation": training.code},
        Given(frozenset(given_by)),
    )


def subject_words(session: Session, subject: str, key: str) -> str:
    """« le jalon 5.9 », for whoever looks after the installation; the code where it is gone."""
    found = _READERS[Subject(subject)](session, key, date.max) if subject in list(Subject) else None
    return found.words if found else f"{subject} {key}"


def answers_for_subject(reader: Reader, at: SubjectAt, tree: Tree) -> bool:
    """Whether the reader answers what is objected to it: she answers for the
    subject, or records what is decided.
    """
    if may(reader, "decision.record"):
        return True
    # A point before a body is answered for by those who record its decisions alone.
    if at.subject is Subject.decision:
        return False
    return may(reader, ANSWERED_WITH[at.subject], at.answered_by, tree)


# The right of whoever answers an objection to each; whoever records decisions answers them all.
ANSWERED_WITH = {
    Subject.milestone: "milestone.report",
    Subject.proposition: "group.manage",
    Subject.decision: "decision.record",
    Subject.training: "training.hold",
}


_READERS: dict[Subject, Callable[[Session, str, date], SubjectAt | None]] = {
    Subject.milestone: _milestone,
    Subject.proposition: _proposition,
    Subject.decision: _decision,
    Subject.training: _training,
}
