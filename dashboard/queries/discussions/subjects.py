"""Subjects of discussions (sujet): an idea, a milestone, a proposition, a decision, a training or a
figure, with the people responsible for it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, idea_conditions, may
from dashboard.queries.figures.small_cells import declared_values, last_step
from models.academy import Trainer, Training
from models.decisions import Decision, DecisionEvent, DecisionStep
from models.directions import Tree
from models.discussions import Subject
from models.facts import facts_of
from models.groups import (
    DocumentKind,
    DocumentVersion,
    GroupMember,
    GroupRole,
    GroupState,
    ProgressGroup,
)
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.roadmap import (
    IS_MILESTONE,
    FigureEvent,
    FigureStep,
    MilestoneState,
    Plan,
    PlanReport,
    PlanSchedule,
)

End = tuple[str, str]  # subject and key
_DIGITS = 19  # of the longest id


@dataclass(frozen=True)
class ByPersons:
    """The facilitators of a group, the trainers of a training, the submitter of a point."""

    responsible: frozenset[int]


@dataclass(frozen=True)
class SubjectAt:
    """One subject: « le jalon 5.9 », its title, its page, and the people responsible. `closed` is
    the reason why nobody may contribute any more, `settled` why objections and support are closed
    (both "" while they are open).
    """

    subject: Subject
    key: str
    words: str
    title: str
    page: str
    params: dict[str, str]
    answered_by: Idea | PlanSchedule | FigureEvent | ByPersons
    closed: str = ""
    settled: str = ""

    @property
    def idea(self) -> Idea | None:
        return self.answered_by if self.subject is Subject.idea else None


def subject_at(
    session: Session, reader: Reader, tree: Tree, subject: Subject, key: str, on: date
) -> SubjectAt | None:
    """The subject with this key in its current state; None if there is none, or it is not open to
    the reader.
    """
    return subjects_at(session, reader, tree, [(subject, key)], on).get((subject, key))


def subjects_at(
    session: Session, reader: Reader, tree: Tree, ends: Iterable[End], on: date
) -> dict[End, SubjectAt]:
    """The subjects among these that are open to the reader; ideas are read in one query."""
    ends = set(ends)
    ids = [record_id(key) for subject, key in ends if subject == Subject.idea]
    readable = select(Idea).where(Idea.id.in_(ids), idea_conditions(reader, tree))
    found = {
        (str(Subject.idea), str(idea.id)): idea_subject(idea)
        for idea in (session.exec(readable) if ids else ())
    }
    for subject, key in ends if may(reader, "page.everyone") else ():
        # The register of decisions is for readers of the cockpit.
        is_closed = subject == Subject.decision and not may(reader, "page.cockpit")
        if subject != Subject.idea and not is_closed:
            at = subject_record(session, subject, key, on)
            found |= {(subject, key): at} if at else {}
    return found


def subject_record(session: Session, subject: str, key: str, on: date) -> SubjectAt | None:
    """The subject in its current state, or None. The caller has checked the right."""
    return _READERS[Subject(subject)](session, key, on) if subject in list(Subject) else None


def record_id(key: str) -> int:
    """The id in the key of an idea or a decision; 0, which is no id, for another text."""
    number = int(key) if key.isascii() and key.isdigit() and len(key) <= _DIGITS else 0
    return number if number < 2**63 else 0


def idea_subject(idea: Idea) -> SubjectAt:
    """An entry as a subject; before publication and after its end, only its author and those
    responsible may contribute.
    """
    status = IdeaStatus(idea.status)
    closed = f"Cette idée est « {status.label} »." if status.is_off_path else ""
    if not closed and not idea.published:
        closed = "Cette idée n'est pas encore publiée."
    return SubjectAt(
        Subject.idea,
        str(idea.id),
        f"l'idée n° {idea.number}",
        idea.title,
        "idees",
        {"idee": str(idea.number)},
        idea,
        closed=closed,
    )


def _idea(session: Session, key: str, _on: date) -> SubjectAt | None:
    idea = session.get(Idea, record_id(key))
    return idea_subject(idea) if idea else None


def _milestone(session: Session, key: str, on: date) -> SubjectAt | None:
    found = session.exec(select(Plan).where(IS_MILESTONE, Plan.number == key)).first()
    if found is None:
        return None
    calendar = facts_of(session, PlanSchedule, found.id, on)
    reports = facts_of(session, PlanReport, found.id, on)
    state = reports[-1].state if reports else ""
    return SubjectAt(
        Subject.milestone,
        found.number,
        f"le jalon {found.number}",
        found.title,
        "feuille-de-route",
        {"jalon": found.number},
        # A milestone without a calendar has no one responsible.
        calendar[-1] if calendar else ByPersons(frozenset()),
        closed="Ce jalon est annulé." if state == MilestoneState.cancelled else "",
        settled="Ce jalon est terminé." if state == MilestoneState.done else "",
    )


def _proposition(session: Session, key: str, on: date) -> SubjectAt | None:
    group = session.exec(select(ProgressGroup).where(ProgressGroup.code == key)).first()
    if group is None:
        return None
    facilitator_ids = session.exec(
        select(GroupMember.person_id).where(
            GroupMember.group_id == group.id,
            GroupMember.role == GroupRole.facilitator,
            GroupMember.left_on.is_(None),
        )
    ).all()
    # Why it cannot be supported or objected to.
    settled = "Le sort de cette proposition est réglé."
    if not GroupState(group.state).is_over:
        written = session.exec(
            select(DocumentVersion.id).where(
                DocumentVersion.group_id == group.id,
                DocumentVersion.kind == DocumentKind.proposition,
                DocumentVersion.on <= on,
            )
        ).first()
        settled = "" if written else "Le groupe n'a pas encore écrit sa proposition."
    return SubjectAt(
        Subject.proposition,
        group.code,
        f"la proposition du groupe {group.code}",
        group.title,
        "groupes",
        {"groupe": group.code},
        ByPersons(frozenset(facilitator_ids)),
        closed="Ce groupe est abandonné." if group.state == GroupState.dropped else "",
        settled=settled,
    )


def _decision(session: Session, key: str, on: date) -> SubjectAt | None:
    decision = session.get(Decision, record_id(key))
    if decision is None:
        return None
    steps = facts_of(session, DecisionEvent, decision.id, on)
    is_decided = any(step.what == DecisionStep.decided for step in steps)
    return SubjectAt(
        Subject.decision,
        str(decision.id),
        f"la décision n° {decision.number}",
        decision.title,
        "decisions",
        {"decision": str(decision.number)},
        # What a file brought was submitted by nobody.
        ByPersons(frozenset(step.by for step in steps[:1] if step.by is not None)),
        settled="Ce point est décidé." if is_decided else "",
    )


def _training(session: Session, key: str, on: date) -> SubjectAt | None:
    training = session.exec(select(Training).where(Training.code == key)).first()
    if training is None:
        return None
    trainer_ids = session.exec(
        select(Trainer.person_id).where(Trainer.training_id == training.id)
    ).all()
    return SubjectAt(
        Subject.training,
        training.code,
        f"la formation {training.code}",
        training.title,
        "academie",
        {"formation": training.code},
        ByPersons(frozenset(trainer_ids)),
    )


def _figure(session: Session, key: str, on: date) -> SubjectAt | None:
    value = declared_values(session).get(key)
    if value is None:
        return None
    return SubjectAt(
        Subject.figure,
        key,
        f"le chiffre « {value.label} »",
        value.label,
        "pourquoi",
        {"chiffre": key},
        last_step(session, key, FigureStep.owned, on) or ByPersons(frozenset()),
    )


def subject_words(session: Session, subject: str, key: str) -> str:
    """« le jalon 5.9 », for the administrator; the code if the record is gone."""
    found = subject_record(session, subject, key, date.max)
    return found.words if found else f"{subject} {key}"


def answers_for_subject(reader: Reader, at: SubjectAt, tree: Tree) -> bool:
    """Whether the reader may answer contributions there: she is responsible for the subject or,
    ideas excepted, records decisions.
    """
    if at.subject is not Subject.idea and may(reader, "decision.record"):
        return True
    # Points of a body are only answered by those who record its decisions.
    if at.subject is Subject.decision:
        return False
    return may(reader, ANSWERED_WITH[at.subject], at.answered_by, tree)


# The right to answer objections to each kind; those who record decisions answer them all.
ANSWERED_WITH = {
    Subject.idea: "idea.answer",
    Subject.milestone: "milestone.report",
    Subject.proposition: "group.manage",
    Subject.decision: "decision.record",
    Subject.training: "training.hold",
    Subject.figure: "figure.verify",
}


_READERS: dict[Subject, Callable[[Session, str, date], SubjectAt | None]] = {
    Subject.idea: _idea,
    Subject.milestone: _milestone,
    Subject.proposition: _proposition,
    Subject.decision: _decision,
    Subject.training: _training,
    Subject.figure: _figure,
}
