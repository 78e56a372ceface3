"""Reads the discussion of a subject (fil): the thread, its supporters, the outcome of objections.
Rights are checked inside each query.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, Select, and_, func, or_
from sqlmodel import Session, select

from dashboard.access import may
from dashboard.queries.discussions.subjects import (
    End,
    SubjectAt,
    answers_for_subject,
    subject_at,
    subjects_at,
)
from dashboard.scope import Scope
from models.discussions import (
    MESSAGES,
    Contribution,
    ContributionEvent,
    ContributionKind,
    ContributionStep,
    Subject,
    SubjectFollow,
    SubjectSupport,
)
from models.facts import live
from models.people import Person
from models.scales import Word


class ObjectionState(Word):
    """The state of an objection after its last step."""

    open = "ouverte", "Ouverte"
    answered = "repondue", "Répondue"
    lifted = "levee", "Levée"

    @property
    def tone(self) -> str:
        return {"ouverte": "late", "repondue": "accepted"}.get(self.value, "closed")


# ── The thread ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Outcome:
    """One answer to an objection, or its lifting: who, when, the reason."""

    what: ContributionStep
    who: str
    on: date
    reason: str


@dataclass(frozen=True)
class Remark:
    """One contribution as the reader may see it; an objection has its outcomes."""

    id: int
    kind: ContributionKind
    who: str
    on: date
    text: str
    mine: bool
    hidden: bool
    outcomes: tuple[Outcome, ...]

    @property
    def state(self) -> ObjectionState | None:
        """The state of an objection; None for another contribution."""
        is_objection = self.kind is ContributionKind.objection
        return _state(outcome.what for outcome in self.outcomes) if is_objection else None


@dataclass(frozen=True)
class Discussion:
    """The discussion of one subject as this reader sees it: public contributions, and for an idea
    the notes and messages that concern her. `answers`: she is responsible for the subject.
    """

    at: SubjectAt
    supporters: int
    supported: bool
    followed: bool
    remarks: tuple[Remark, ...]
    notes: tuple[Remark, ...]
    messages: tuple[Remark, ...]
    answers: bool

    @property
    def shown(self) -> int:
        """The number of public contributions."""
        return sum(not remark.hidden for remark in self.remarks)

    @property
    def open_objections(self) -> int:
        return sum(
            remark.state is ObjectionState.open and not remark.hidden for remark in self.remarks
        )


def objection_state(session: Session, contribution_id: int, on: date) -> ObjectionState:
    """The state of one objection at a day."""
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
    """The discussion of a subject, in order; None if it is not open to the reader."""
    at = subject_at(session, scope.reader, scope.tree, subject, key, today)
    return discussion_at(session, scope, at, today) if at else None


def discussion_at(session: Session, scope: Scope, at: SubjectAt, today: date) -> Discussion:
    """The discussion of a subject that is known to be open to the reader. Hidden contributions are
    left out except for their author and moderators.
    """
    me = scope.reader.person_id
    answers = answers_for_subject(scope.reader, at, scope.tree)
    moderates = may(scope.reader, "idea.moderate")
    remarks = [remark for _, remark in _remarks(session, scope, [at], today)]
    author = at.idea is not None and me is not None and me == at.idea.author_id
    return Discussion(
        at,
        at.idea.supports if at.idea else supporters(session, at),
        _has(session, SubjectSupport, at, me),
        _has(session, SubjectFollow, at, me),
        tuple(
            remark
            for remark in remarks
            if remark.kind.is_public and (moderates or remark.mine or not remark.hidden)
        ),
        tuple(remark for remark in remarks if answers and remark.kind is ContributionKind.note),
        tuple(remark for remark in remarks if (author or answers) and remark.kind in MESSAGES),
        answers,
    )


def supporters(session: Session, at: SubjectAt) -> int:
    """The number of persons who support this subject."""
    return session.exec(
        select(func.count())
        .select_from(SubjectSupport)
        .where(SubjectSupport.subject == at.subject, SubjectSupport.key == at.key)
    ).one()


def _has(
    session: Session,
    table: type[SubjectSupport | SubjectFollow],
    at: SubjectAt,
    person_id: int | None,
) -> bool:
    known = person_id is not None
    return known and session.get(table, (str(at.subject), at.key, person_id)) is not None


def _remarks(
    session: Session, scope: Scope, subjects: Iterable[SubjectAt], on: date
) -> list[tuple[SubjectAt, Remark]]:
    """The contributions on these subjects up to a day, in order, objections with their outcomes."""
    ats = {(str(at.subject), at.key): at for at in subjects}
    rows = _written(session, ats, on)
    objections = [c.id for c, _ in rows if c.kind == ContributionKind.objection]
    outcomes = _outcomes(session, objections, on)
    me = scope.reader.person_id
    found = []
    for contribution, person in rows:
        at = ats[contribution.subject, contribution.key]
        remark = Remark(
            contribution.id,
            ContributionKind(contribution.kind),
            _speaker(at, contribution, person),
            contribution.on,
            contribution.text,
            person is not None and person.id == me,
            contribution.hidden,
            outcomes.get(contribution.id, ()),
        )
        found.append((at, remark))
    return found


def _written(session: Session, ends: Collection[End], on: date) -> list[Row]:
    if not ends:
        return []
    of_subjects = [
        and_(Contribution.subject == kind, Contribution.key == key) for kind, key in ends
    ]
    return list(
        session.execute(
            select(Contribution, Person)
            .join(Person, Person.id == Contribution.person_id, isouter=True)
            .where(or_(*of_subjects), Contribution.on <= on)
            .order_by(Contribution.on, Contribution.subject, Contribution.key, Contribution.seq)
        ).all()
    )


def _outcomes(session: Session, ids: Collection[int], on: date) -> dict[int, tuple[Outcome, ...]]:
    """Objection → its outcomes, oldest first."""
    outcomes = (ContributionStep.answered, ContributionStep.lifted)
    rows = session.execute(
        select(ContributionEvent, Person)
        .join(Person, Person.id == ContributionEvent.by, isouter=True)
        .where(
            ContributionEvent.contribution_id.in_(ids),
            ContributionEvent.what.in_([str(step) for step in outcomes]),
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


def _speaker(at: SubjectAt, contribution: Contribution, person: Person | None) -> str:
    """The name shown beside a contribution. The author of an idea is not named by her comments on
    it: a reader who may know her name sees it above.
    """
    is_author = contribution.kind == ContributionKind.author
    if is_author or (person and at.idea and person.id == at.idea.author_id):
        return "L'auteur"
    return person.name if person else "Repris de la source"


# ── For the sheet of a decision ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Objected:
    """One objection and its subject, for the preparation of a decision."""

    about: SubjectAt
    remark: Remark

    @property
    def is_open(self) -> bool:
        return self.remark.state is ObjectionState.open


def objections_about(session: Session, scope: Scope, ends: Iterable[End]) -> tuple[Objected, ...]:
    """The visible objections to these records that the reader may see, as of the day shown: open
    ones first, then in order.
    """
    about = subjects_at(session, scope.reader, scope.tree, ends, scope.on)
    found = [
        Objected(at, remark)
        for at, remark in _remarks(session, scope, about.values(), scope.on)
        if remark.kind is ContributionKind.objection and not remark.hidden
    ]
    return tuple(sorted(found, key=lambda objected: not objected.is_open))


def objected_ends(session: Session, scope: Scope) -> set[End]:
    """The subjects that had an objection by the day shown, whatever its state."""
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
    step = ContributionStep
    moderation = (step.hidden, step.restored, step.dismissed)
    last = (
        select(func.max(ContributionEvent.id))
        .where(ContributionEvent.what.in_([str(what) for what in moderation]))
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
    found = []
    for (subject, key, _), rows in rows_by_target.items():
        at = about.get((subject, key))
        first, contribution = rows[0]
        if at:
            text = contribution.text if contribution else at.idea.body
            reasons = tuple(step.reason or "" for step, _ in rows)
            found.append(Flagged(at, first.contribution_id, text, reasons, first.on))
    return found
