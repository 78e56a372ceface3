"""What is talked about (sujet): an idea, a milestone, a proposition, a decision or a training,
with those who answer for it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, idea_conditions, may
from models.academy import Trainer, Training
from models.decisions import Decision, DecisionEvent, DecisionStep
from models.directions import Tree
from models.discussions import Subject
from models.facts import facts_of
from models.groups import DocumentKind, DocumentVersion, GroupMember, GroupRole, GroupState
from models.groups import ProgressGroup as Group
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.roadmap import IS_MILESTONE, MilestoneState, Plan, PlanReport, PlanSchedule

End = tuple[str, str]  # subject and key
_DIGITS = 19  # of the longest id


@dataclass(frozen=True)
class ByFacilitators:
    """Whoever leads the group answers for its proposition."""

    facilitators: frozenset[int]


@dataclass(frozen=True)
class ByTrainers:
    """Whoever gives the training answers for it."""

    trainers: frozenset[int]


@dataclass(frozen=True)
class BySubmitter:
    """Whoever put the point before the body, by hand or from a file (None)."""

    by: int | None


@dataclass(frozen=True)
class SubjectAt:
    """One subject: « le jalon 5.9 », its title, its page, and who answers for it.
    `closed` says why nobody speaks there any more, `settled` why no objection and no
    support come any more (both "" while they do).
    """

    subject: Subject
    key: str
    words: str
    title: str
    page: str
    params: dict[str, str]
    answered_by: Idea | PlanSchedule | ByFacilitators | ByTrainers | BySubmitter
    closed: str = ""
    settled: str = ""

    @property
    def idea(self) -> Idea | None:
        return self.answered_by if self.subject is Subject.idea else None


def subject_at(
    session: Session, reader: Reader, tree: Tree, subject: Subject, key: str, on: date
) -> SubjectAt | None:
    """The subject of this key, as it stands; None where there is none, or where it
    is not open to the reader.
    """
    return subjects_at(session, reader, tree, [(subject, key)], on).get((subject, key))


def subjects_at(
    session: Session, reader: Reader, tree: Tree, ends: Iterable[End], on: date
) -> dict[End, SubjectAt]:
    """Those of these subjects that are open to the reader; the ideas by one query."""
    ends = set(ends)
    ids = [record_id(key) for subject, key in ends if subject == Subject.idea]
    readable = select(Idea).where(Idea.id.in_(ids), idea_conditions(reader, tree))
    found = {
        (str(Subject.idea), str(idea.id)): idea_subject(idea)
        for idea in (session.exec(readable) if ids else ())
    }
    for subject, key in ends:
        if subject != Subject.idea and _opens(reader, subject):
            at = subject_record(session, subject, key, on)
            found |= {(subject, key): at} if at else {}
    return found


def _opens(reader: Reader, subject: str) -> bool:
    """The register of decisions is for who sees the cockpit; what was decided is told elsewhere."""
    if subject == Subject.decision and not may(reader, "page.cockpit"):
        return False
    return may(reader, "page.everyone")


def subject_record(session: Session, subject: str, key: str, on: date) -> SubjectAt | None:
    """The subject as it stands, for an act or a check that has asked the right, if it is there."""
    return _READERS[Subject(subject)](session, key, on) if subject in list(Subject) else None


def record_id(key: str) -> int:
    """The id that a key is, for an idea or a decision; 0, which is nobody's, for any other text."""
    number = int(key) if key.isascii() and key.isdigit() and len(key) <= _DIGITS else 0
    return number if number < 2**63 else 0


def idea_subject(idea: Idea) -> SubjectAt:
    """An entry as a subject; nobody but its author and those who answer speaks before it is shown
    or once it is over.
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
        # Nobody answers for a milestone that has no calendar yet.
        calendar[-1] if calendar else ByFacilitators(frozenset()),
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
        ByFacilitators(frozenset(leading)),
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
        BySubmitter(steps[0].by if steps else None),
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
        ByTrainers(frozenset(given_by)),
    )


def subject_words(session: Session, subject: str, key: str) -> str:
    """« le jalon 5.9 », for whoever looks after the installation; the code where it is gone."""
    found = subject_record(session, subject, key, date.max)
    return found.words if found else f"{subject} {key}"


def answers_for_subject(reader: Reader, at: SubjectAt, tree: Tree) -> bool:
    """Whether the reader answers what is written or objected there: she answers for the
    subject, or records what is decided, of which an idea is none.
    """
    if at.subject is not Subject.idea and may(reader, "decision.record"):
        return True
    # A point before a body is answered for by those who record its decisions alone.
    if at.subject is Subject.decision:
        return False
    return may(reader, ANSWERED_WITH[at.subject], at.answered_by, tree)


# The right of whoever answers an objection to each; whoever records decisions answers them all.
ANSWERED_WITH = {
    Subject.idea: "idea.answer",
    Subject.milestone: "milestone.report",
    Subject.proposition: "group.manage",
    Subject.decision: "decision.record",
    Subject.training: "training.hold",
}


_READERS: dict[Subject, Callable[[Session, str, date], SubjectAt | None]] = {
    Subject.idea: _idea,
    Subject.milestone: _milestone,
    Subject.proposition: _proposition,
    Subject.decision: _decision,
    Subject.training: _training,
}
