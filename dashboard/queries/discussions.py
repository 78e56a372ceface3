"""Reading what is said of a milestone, a proposition, a decision or a training: the thread, who
supports it, what became of the objections, what was reported. Rights are inside each query.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, and_, false, func, or_
from sqlmodel import Session, select

from dashboard.access import Reader, may
from dashboard.scope import Scope
from models.academy import Trainer, Training
from models.decisions import Decision, DecisionEvent, DecisionStep
from models.directions import Tree
from models.discussions import (
    Contribution,
    ContributionEvent,
    ContributionKind,
    ContributionStep,
    Subject,
    SubjectFollow,
    SubjectSupport,
)
from models.facts import live
from models.groups import DocumentKind, DocumentVersion, GroupMember, GroupRole, GroupState
from models.groups import ProgressGroup as Group
from models.people import Person
from models.roadmap import Milestone, MilestoneReport, MilestoneState, Rebaseline
from models.words import Word

End = tuple[str, str]
# What is looked through for moderation.
_MODERATION = (
    ContributionStep.hidden,
    ContributionStep.restored,
    ContributionStep.dismissed,
)
_OUTCOMES = (ContributionStep.answered, ContributionStep.lifted)


class ObjectionState(Word):
    """What became of an objection, by its last step."""

    open = "ouverte", "Ouverte"
    answered = "repondue", "Répondue"
    lifted = "levee", "Levée"

    @property
    def tone(self) -> str:
        return {"ouverte": "late", "repondue": "accepted"}.get(self.value, "closed")


# ── What is talked about ──────────────────────────────────────────────────────────────────────────


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
    """One subject that the reader may open: « le jalon 5.9 », its title, its page, and who answers
    for it. `closed` says why nobody speaks there any more, `settled` why no objection and no
    support come any more (both "" while they do).
    """

    subject: Subject
    key: str
    words: str
    title: str
    page: str
    params: dict[str, str]
    answered_by: Rebaseline | Led | Given | Submitted
    closed: str = ""
    settled: str = ""


# The right of whoever answers an objection to each; whoever records decisions answers them all.
ANSWERED_WITH = {
    Subject.milestone: "milestone.report",
    Subject.proposition: "group.manage",
    Subject.decision: "decision.record",
    Subject.training: "training.hold",
}


def subject_at(
    session: Session, reader: Reader, subject: Subject, key: str, on: date
) -> SubjectAt | None:
    """The subject of this key, as it stands; None where there is none, or where it is not open to
    the reader.
    """
    if not may(reader, "page.everyone"):
        return None
    # The register is for who sees the cockpit; what was decided is told elsewhere.
    if subject is Subject.decision and not may(reader, "page.cockpit"):
        return None
    return _READERS[subject](session, key, on)


def _milestone(session: Session, key: str, on: date) -> SubjectAt | None:
    found = session.exec(select(Milestone).where(Milestone.number == key)).first()
    if found is None:
        return None
    schedule = session.exec(
        select(Rebaseline)
        .where(Rebaseline.milestone_id == found.id, live(Rebaseline, on))
        .order_by(Rebaseline.on.desc(), Rebaseline.id.desc())
    ).first()
    state = session.exec(
        select(MilestoneReport.state)
        .where(MilestoneReport.milestone_id == found.id, live(MilestoneReport, on))
        .order_by(MilestoneReport.on.desc(), MilestoneReport.id.desc())
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


_READERS: dict[Subject, Callable[[Session, str, date], SubjectAt | None]] = {
    Subject.milestone: _milestone,
    Subject.proposition: _proposition,
    Subject.decision: _decision,
    Subject.training: _training,
}


def subject_words(session: Session, subject: str, key: str) -> str:
    """« le jalon 5.9 », for whoever looks after the installation; the code where it is gone."""
    found = _READERS[Subject(subject)](session, key, date.max) if subject in list(Subject) else None
    return found.words if found else f"{subject} {key}"


def answers_for_subject(reader: Reader, at: SubjectAt, tree: Tree) -> bool:
    """Whether the reader answers what is objected to it: she answers for the subject, or records
    what is decided.
    """
    if may(reader, "decision.record"):
        return True
    # A point before a body is answered for by those who record its decisions alone.
    if at.subject is Subject.decision:
        return False
    return may(reader, ANSWERED_WITH[at.subject], at.answered_by, tree)


# ── The thread ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Outcome:
    """One answer to an objection, or its lifting: who, when, the reason."""

    what: ContributionStep
    who: str
    on: date
    reason: str


@dataclass(frozen=True)
class Spoken:
    """One contribution as the reader may see it; an objection with what became of it."""

    id: int
    kind: ContributionKind
    who: str
    on: date
    text: str
    mine: bool
    hidden: bool
    outcomes: tuple[Outcome, ...]

    @property
    def state(self) -> ObjectionState:
        return _state(outcome.what for outcome in self.outcomes)


@dataclass(frozen=True)
class Discussion:
    """What stands around one subject for this reader."""

    at: SubjectAt
    supporters: int
    supported: bool
    followed: bool
    spoken: tuple[Spoken, ...]
    answers: bool

    @property
    def shown(self) -> int:
        """How many contributions everybody reads."""
        return sum(not one.hidden for one in self.spoken)

    @property
    def open_objections(self) -> int:
        return sum(
            one.kind is ContributionKind.objection
            and one.state is ObjectionState.open
            and not one.hidden
            for one in self.spoken
        )


def objection_state(session: Session, contribution_id: int, on: date) -> ObjectionState:
    """What has become of one objection by a day."""
    outcomes = _outcomes(session, [contribution_id], on)
    return _state(outcome.what for outcome in outcomes.get(contribution_id, ()))


def _state(steps: Iterable[str]) -> ObjectionState:
    known = set(steps)
    if ContributionStep.lifted in known:
        return ObjectionState.lifted
    return ObjectionState.answered if ContributionStep.answered in known else ObjectionState.open


def discussion(
    session: Session, scope: Scope, subject: Subject, key: str, today: date
) -> Discussion | None:
    """All that is said of a subject, in order; None where it is not open to the reader. What is
    hidden is left to its author and to those who moderate.
    """
    at = subject_at(session, scope.reader, subject, key, today)
    if at is None:
        return None
    me = scope.reader.person_id
    rows = _said(session, [(subject, key)], today)
    if not may(scope.reader, "idea.moderate"):
        rows = [row for row in rows if not row.Contribution.hidden or row.Person.id == me]
    outcomes = _outcomes(session, [row.Contribution.id for row in rows], today)
    supporters = session.exec(
        select(func.count()).select_from(SubjectSupport).where(*_supports(subject, key))
    ).one()
    return Discussion(
        at,
        supporters,
        _has(session, SubjectSupport, at, me),
        _has(session, SubjectFollow, at, me),
        tuple(_spoken(row, me, outcomes) for row in rows),
        answers_for_subject(scope.reader, at, scope.tree),
    )


def _has(
    session: Session,
    table: type[SubjectSupport | SubjectFollow],
    at: SubjectAt,
    person_id: int | None,
) -> bool:
    known = person_id is not None
    return known and session.get(table, (str(at.subject), at.key, person_id)) is not None


def _supports(subject: Subject, key: str) -> tuple:
    return SubjectSupport.subject == subject, SubjectSupport.key == key


def _said(session: Session, ends: Collection[End], on: date) -> list[Row]:
    """The contributions at these ends up to a day, with who wrote them, in order."""
    here = [and_(Contribution.subject == kind, Contribution.key == key) for kind, key in ends]
    return list(
        session.execute(
            select(Contribution, Person)
            .join(Person, Person.id == Contribution.person_id)
            .where(or_(false(), *here), Contribution.on <= on)
            .order_by(Contribution.on, Contribution.id)
        ).all()
    )


def _outcomes(session: Session, ids: Collection[int], on: date) -> dict[int, tuple[Outcome, ...]]:
    """Objection → what was answered to it, oldest first."""
    rows = session.execute(
        select(ContributionEvent, Person)
        .join(Person, Person.id == ContributionEvent.by, isouter=True)
        .where(
            ContributionEvent.contribution_id.in_(ids),
            ContributionEvent.what.in_([str(step) for step in _OUTCOMES]),
            live(ContributionEvent, on),
        )
        .order_by(ContributionEvent.on, ContributionEvent.id)
    ).all()
    found = defaultdict(list)
    for step, person in rows:
        found[step.contribution_id].append(
            Outcome(
                ContributionStep(step.what),
                person.name if person else "",
                step.on,
                step.reason or "",
            )
        )
    return {ident: tuple(steps) for ident, steps in found.items()}


def _spoken(row: Row, me: int | None, outcomes: dict[int, tuple[Outcome, ...]]) -> Spoken:
    said, person = row
    return Spoken(
        said.id,
        ContributionKind(said.kind),
        person.name,
        said.on,
        said.text,
        person.id == me,
        said.hidden,
        outcomes.get(said.id, ()),
    )


# ── What the sheet of a decision says of them ─────────────────────────────────────────────────────


@dataclass(frozen=True)
class Objected:
    """One objection and what it is about, for whoever prepares a decision."""

    about: SubjectAt
    spoken: Spoken

    @property
    def is_open(self) -> bool:
        return self.spoken.state is ObjectionState.open


def objections_about(session: Session, scope: Scope, ends: Iterable[End]) -> tuple[Objected, ...]:
    """The objections to these records that are open to the reader, as they stood on the day looked
    at: the open ones first, then in order. What is hidden stands on no paper.
    """
    about = {
        (kind, key): at
        for kind, key in ends
        if kind in list(Subject)
        and (at := subject_at(session, scope.reader, Subject(kind), key, scope.on))
    }
    rows = [
        row
        for row in _said(session, about, scope.on)
        if row.Contribution.kind == ContributionKind.objection and not row.Contribution.hidden
    ]
    outcomes = _outcomes(session, [row.Contribution.id for row in rows], scope.on)
    found = [
        Objected(
            about[row.Contribution.subject, row.Contribution.key],
            _spoken(row, scope.reader.person_id, outcomes),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: not one.is_open))


def objected_ends(session: Session, scope: Scope) -> set[End]:
    """Where something was objected to by the day looked at, whatever became of it."""
    rows = session.execute(
        select(Contribution.subject, Contribution.key)
        .where(
            Contribution.kind == ContributionKind.objection,
            Contribution.hidden.is_(False),
            Contribution.on <= scope.on,
        )
        .distinct()
    )
    return {tuple(row) for row in rows}


# ── Moderation ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Flagged:
    """A contribution that was reported or is hidden: where it stands, its text, why, since when."""

    id: int
    about: SubjectAt
    text: str
    reasons: tuple[str, ...]
    on: date


def reported_contributions(session: Session, scope: Scope, limit: int = 50) -> list[Flagged]:
    """What was reported and waits for a look, oldest first; nothing for a reader who does not
    moderate.
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
