"""What is said of a subject (fil): the thread, who supports it, what became of the
objections. Rights are inside each query.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, and_, false, func, or_
from sqlmodel import Session, select

from dashboard.access import may
from dashboard.queries.discussions.subjects import (
    SubjectAt,
    answers_for_subject,
    subject_at,
)
from dashboard.scope import Scope
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
from models.people import Person
from models.words import Word

End = tuple[str, str]
_OUTCOMES = (ContributionStep.answered, ContributionStep.lifted)


class ObjectionState(Word):
    """What became of an objection, by its last step."""

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
    """All that is said of a subject, in order; None where it is not open to the
    reader. What is hidden is left to its author and to those who moderate.
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
    """The objections to these records that are open to the reader, as they stood on
    the day looked at: the open ones first, then in order. What is hidden stands on
    no paper.
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
