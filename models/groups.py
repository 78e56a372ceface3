"""Progress groups (groupes de progrès): volunteers who analyse a problem across services and
build a proposition.
"""

from datetime import date
from typing import ClassVar

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.facts import Fact, Record
from models.scales import Word


class GroupState(Word):
    """Étape d'un groupe, in order; « abandonné » ends it without a proposition."""

    forming = "constitution", "Constitution"
    analysis = "analyse", "Analyse"
    leads = "pistes", "Pistes"
    proposition = "proposition", "Proposition"
    submitted = "soumise", "Soumise au CODIR"
    closed = "close", "Close"
    dropped = "abandonne", "Abandonné"

    @property
    def following(self) -> "GroupState | None":
        """The next step; None after the last, and for an abandoned group."""
        place = STEPS.index(self) + 1 if self in STEPS else len(STEPS)
        return STEPS[place] if place < len(STEPS) else None

    @property
    def is_over(self) -> bool:
        return self in (GroupState.closed, GroupState.dropped)

    @property
    def takes_members(self) -> bool:
        """Until its proposition is submitted a group can be joined."""
        return self in STEPS[: STEPS.index(GroupState.submitted)]


STEPS = tuple(state for state in GroupState if state is not GroupState.dropped)


class GroupRole(Word):
    member = "membre", "Membre"
    facilitator = "facilitateur", "Facilitateur"


class DocumentKind(Word):
    analysis = "analyse", "Analyse"
    leads = "pistes", "Pistes"
    proposition = "proposition", "Proposition"


# Documents that must exist before a group enters a step.
NEEDS = {
    GroupState.leads: DocumentKind.analysis,
    GroupState.proposition: DocumentKind.leads,
    GroupState.submitted: DocumentKind.proposition,
}


class ProgressGroup(Record, table=True):
    """Groupe de progrès: one problem, one ambition, one sponsor. Its state is that of its last
    fact: see GroupEvent.
    """

    code: str = Field(unique=True)
    title: str
    problem: str = ""
    ambition_id: int | None = Field(default=None, foreign_key="ambition.id")
    sponsor: str = ""
    sponsor_id: int | None = Field(default=None, foreign_key="person.id")
    wanted: int = Field(default=8, description="members looked for")
    state: str = GroupState.forming


class GroupMember(Record, table=True):
    """Membre: one volunteer of one group; `service_id` is hers on the day she joined."""

    __table_args__ = (UniqueConstraint("group_id", "person_id", "joined_on"),)

    group_id: int = Field(foreign_key="progress_group.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    service_id: int | None = Field(default=None, foreign_key="direction.id")
    role: str = GroupRole.member
    joined_on: date
    left_on: date | None = None


class GroupEvent(Fact, table=True):
    """Fait d'un groupe: from `on` it is in this state; `text` is the finding or decision."""

    corrects: ClassVar[bool] = False
    group_id: int = Field(foreign_key="progress_group.id", index=True)
    state: str
    text: str = ""


class DeliverableStep(Word):
    planned = "prevu", "Prévu"
    moved = "revu", "Échéance revue"
    delivered = "remis", "Remis"
    undone = "defait", "Encodage annulé"


class Deliverable(Record, table=True):
    """Livrable: one result due from a group. Its due date and delivery are facts: see
    DeliverableEvent.
    """

    group_id: int = Field(foreign_key="progress_group.id", index=True)
    title: str


class DeliverableEvent(Fact, table=True):
    """Fait d'un livrable: planned for `due_on`, its due date moved, or delivered on `on`."""

    corrects: ClassVar[bool] = False
    deliverable_id: int = Field(foreign_key="deliverable.id", index=True)
    what: str
    due_on: date | None = None


class DocumentVersion(Record, table=True):
    """Version d'un document of a group: its analysis, its leads or its proposition; versions are
    not rewritten.
    """

    __table_args__ = (UniqueConstraint("group_id", "kind", "version"),)

    group_id: int = Field(foreign_key="progress_group.id", index=True)
    kind: str
    version: int
    text: str
    on: date
    by: int | None = Field(default=None, foreign_key="person.id")
