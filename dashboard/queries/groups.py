"""Reads the progress groups with their dated facts, as of any day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, Select, String, cast, or_
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.readable import history
from dashboard.queries.reference_tables import Control, ReferenceColumn, Register, ambitions
from dashboard.scope import Scope
from models.discussions import Link, LinkRole
from models.facts import History
from models.groups import (
    Deliverable,
    DeliverableEvent,
    DeliverableStep,
    DocumentKind,
    DocumentVersion,
    GroupEvent,
    GroupMember,
    GroupRole,
    GroupState,
    ProgressGroup,
)
from models.ideas import Idea
from models.meetings import Meeting
from models.people import Person

GROUP = "groupe"
GROUPS = Register(
    code="groupes",
    title="Groupes de progrès",
    one="groupe",
    subject=GROUP,
    columns=(
        ReferenceColumn("code", "code", is_key=True),
        ReferenceColumn(
            "title", "nom", most=200, sentence="Donnez un nom au groupe (1 à 200 caractères)."
        ),
        ReferenceColumn(
            "problem",
            "problème",
            Control.long,
            most=4000,
            sentence="Décrivez le problème en 4000 caractères au plus.",
        ),
        ReferenceColumn(
            "ambition",
            "ambition",
            Control.choice,
            ambitions,
            journal="ambition_id",
            attribute="ambition_id",
            sentence="Choisissez une ambition.",
        ),
        ReferenceColumn(
            "sponsor", "commanditaire", most=200, sentence="Dites qui commande ce travail."
        ),
        ReferenceColumn(
            "wanted",
            "membres",
            Control.whole,
            bounds=(1, 40),
            sentence="Le nombre de membres va de 1 à 40.",
        ),
    ),
    model=ProgressGroup,
    named="title",
)


@dataclass(frozen=True)
class DeliverableAt:
    """One deliverable as known at a day, with its live facts, oldest first."""

    id: int
    title: str
    facts: tuple[DeliverableEvent, ...]

    @property
    def due_on(self) -> date:
        """The committed date. A date can be moved until it has passed; moved later, it is missed,
        and the new one is a forecast.
        """
        due = self.facts[0].due_on
        for fact in self._dates():
            due = fact.due_on if fact.on <= due else due
        return due

    @property
    def forecast(self) -> date | None:
        """The new date announced after the committed one was missed."""
        # A date announced before the committed one passed has become the committed one.
        last = list(self._dates())[-1].due_on
        return last if last != self.due_on else None

    @property
    def delivered_on(self) -> date | None:
        return next(
            (fact.on for fact in self.facts if fact.what == DeliverableStep.delivered), None
        )

    @property
    def is_in_time(self) -> bool:
        return self.delivered_on is not None and self.delivered_on <= self.due_on

    def is_late(self, on: date) -> bool:
        """Late (en retard): past its committed date and not delivered."""
        return self.delivered_on is None and self.due_on < on

    def _dates(self) -> Iterable[DeliverableEvent]:
        return (
            fact
            for fact in self.facts
            if fact.due_on and fact.what in (DeliverableStep.planned, DeliverableStep.moved)
        )


@dataclass(frozen=True)
class GroupAt:
    """One progress group as known at a day."""

    id: int
    code: str
    title: str
    problem: str
    ambition_id: int | None
    sponsor: str
    wanted: int
    steps: tuple[GroupEvent, ...]
    seats: tuple[Row, ...]  # of GroupMember, with its Person
    deliverables: tuple[DeliverableAt, ...]
    versions: tuple[Row, ...]  # of DocumentVersion, without its text, with its Person
    decision_ids: frozenset[int]
    meeting_ids: frozenset[int]

    @property
    def state(self) -> GroupState:
        return GroupState(self.steps[-1].state)

    @property
    def members(self) -> list[Row]:
        """The members who take one of the places; facilitators do not."""
        return [seat for seat in self.seats if seat.role == GroupRole.member]

    @property
    def responsible(self) -> frozenset[int]:
        """Its facilitators."""
        return frozenset(
            seat.person_id for seat in self.seats if seat.role == GroupRole.facilitator
        )

    @property
    def places(self) -> int:
        """The number of free places."""
        return max(self.wanted - len(self.members), 0)

    @property
    def is_looking(self) -> bool:
        """Whether it is looking for members."""
        return self.state.takes_members and self.places > 0

    @property
    def open_deliverables(self) -> list[DeliverableAt]:
        return sorted(
            (d for d in self.deliverables if d.delivered_on is None), key=lambda d: (d.due_on, d.id)
        )

    def newest(self, kind: DocumentKind) -> int:
        """The number of the newest version of a document; 0 if there is none."""
        return max((v.version for v in self.versions if v.kind == kind), default=0)

    def concerns(self, scope: Scope) -> bool:
        """Whether the group is of the scope's ambition, with a volunteer of its directions."""
        return (scope.ambition is None or self.ambition_id == scope.ambition.id) and (
            scope.is_whole or any(scope.has(seat.service_id) for seat in self.seats)
        )


@dataclass(frozen=True)
class GroupRegister:
    """The progress groups (groupes de progrès) with all their facts, voided ones included; `at`
    gives them as of a day.
    """

    groups: tuple[Row, ...]
    steps: History[GroupEvent]
    seats: dict[int, list[Row]]
    deliverables: dict[int, list[Row]]
    deliverable_facts: History[DeliverableEvent]
    versions: dict[int, list[Row]]
    decisions: dict[str, list[Row]]  # of Link
    meetings: dict[int, list[Row]]

    def at(self, on: date, known: date | None = None) -> list[GroupAt]:
        """The groups that existed at `on`, by code."""
        found = []
        for group in self.groups:
            steps = self.steps.at(group.id, on, known)
            if steps:
                found.append(
                    GroupAt(
                        *group,
                        tuple(steps),
                        tuple(
                            seat
                            for seat in self.seats.get(group.id, [])
                            if _is_current(seat.joined_on, seat.left_on, on)
                        ),
                        tuple(self._deliverables(group.id, on, known)),
                        tuple(v for v in self.versions.get(group.id, []) if v.on <= on),
                        frozenset(
                            int(link.to_key)
                            for link in self.decisions.get(group.code, [])
                            if _is_current(link.on, link.ended_on, on)
                        ),
                        frozenset(meeting.id for meeting in self.meetings.get(group.id, [])),
                    )
                )
        return found

    def _deliverables(self, group_id: int, on: date, known: date | None) -> list[DeliverableAt]:
        found = []
        for item in self.deliverables.get(group_id, []):
            facts = self.deliverable_facts.at(item.id, on, known)
            if facts:
                found.append(DeliverableAt(item.id, item.title, tuple(facts)))
        return sorted(found, key=lambda d: (d.due_on, d.id))

    def last_fact(self, on: date, known: date | None = None) -> date | None:
        days = (facts.last_day(on, known) for facts in (self.steps, self.deliverable_facts))
        return max((day for day in days if day), default=None)


def _is_current(since: date, until: date | None, on: date) -> bool:
    return since <= on and (until is None or until > on)


def register(session: Session) -> GroupRegister:
    """Every group with its history."""
    names = ("id", "code", "title", "problem", "ambition_id", "sponsor", "wanted")
    columns = [getattr(ProgressGroup, name) for name in names]
    return GroupRegister(
        tuple(session.execute(select(*columns).order_by(ProgressGroup.code)).all()),
        history(session, GroupEvent),
        _by(
            session,
            select(*GroupMember.__table__.columns, Person)
            .join(Person, Person.id == GroupMember.person_id)
            .order_by(Person.family_name, Person.given_name, GroupMember.id),
        ),
        _by(
            session,
            select(Deliverable.group_id, Deliverable.id, Deliverable.title).order_by(
                Deliverable.id
            ),
        ),
        history(session, DeliverableEvent),
        _by(
            session,
            select(
                DocumentVersion.group_id,
                DocumentVersion.kind,
                DocumentVersion.version,
                DocumentVersion.on,
                Person,
            )
            .outerjoin(Person, Person.id == DocumentVersion.by)
            .order_by(DocumentVersion.version),
        ),
        _by(
            session,
            select(Link.from_key, Link.to_key, Link.on, Link.ended_on)
            .where(Link.from_kind == GROUP, Link.to_kind == "decision")
            .order_by(Link.on, Link.id),
            "from_key",
        ),
        _by(session, select(Meeting.group_id, Meeting.id).where(Meeting.group_id.is_not(None))),
    )


def _by(session: Session, rows: Select, owner: str = "group_id") -> dict[object, list[Row]]:
    """Value of this column → its rows."""
    found = defaultdict(list)
    for row in session.execute(rows):
        found[getattr(row, owner)].append(row)
    return dict(found)


def decided(
    groups: Sequence[GroupAt], decisions: Sequence[DecisionAt]
) -> list[tuple[GroupAt, DecisionAt]]:
    """Each decided proposition with its group. A point about a group that had not submitted its
    proposition is another point of the agenda.
    """
    by_id = {decision.id: decision for decision in decisions if decision.decided}
    found = []
    for group in groups:
        handed_in = min(
            (s.on for s in group.steps if s.state == GroupState.submitted), default=date.max
        )
        for ident in sorted(group.decision_ids & by_id.keys()):
            if handed_in <= by_id[ident].decided.on:
                found.append((group, by_id[ident]))
    return found


# ── One group ─────────────────────────────────────────────────────────────────────────────────────


def texts(
    session: Session, group_id: int, kind: DocumentKind, on: date
) -> Sequence[tuple[DocumentVersion, Person | None]]:
    """The versions of a document up to `on`, each with its author, newest first."""
    return session.exec(
        select(DocumentVersion, Person)
        .outerjoin(Person, Person.id == DocumentVersion.by)
        .where(
            DocumentVersion.group_id == group_id,
            DocumentVersion.kind == str(kind),
            DocumentVersion.on <= on,
        )
        .order_by(DocumentVersion.version.desc())
    ).all()


def taken_in(session: Session, scope: Scope, code: str) -> Sequence[tuple[Idea, Link]]:
    """The entries that a group works from and that the reader may see, each with its link."""
    return session.exec(
        select(Idea, Link)
        .join(Link, Link.from_key == cast(Idea.id, String))
        .where(
            Link.from_kind == "idee",
            Link.to_kind == GROUP,
            Link.to_key == code,
            Link.role == str(LinkRole.carried),
            Link.on <= scope.on,
            or_(Link.ended_on.is_(None), Link.ended_on > scope.on),
            idea_conditions(scope.reader, scope.tree),
        )
        .order_by(Link.on, Idea.number)
    ).all()
