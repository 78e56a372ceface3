"""Decisions (décisions): points put before a body, what was decided, when it is due, done and
communicated to the services.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from models.facts import Fact
from models.groups import GroupState
from models.idea_states import IdeaStatus
from models.meetings import MeetingKind
from models.words import Word


class Instance(Word):
    """The body that decides. Those with meetings here bear the code of their kind of meeting."""

    codir = "codir", "CODIR"
    council = "conseil", "Conseil de direction"
    steering = "copilotage", "Comité de co-pilotage"
    college = "college", "Collège communal"
    city_council = "conseil-communal", "Conseil communal"

    @property
    def meeting_kind(self) -> MeetingKind | None:
        return next((kind for kind in MeetingKind if kind == self), None)


class DecisionStep(Word):
    """What a fact of a decision says. « Inscrite » opens the wait, « décidée » ends it; «
    reportée » keeps it open; « confiée » gives it another owner; a note changes nothing; «
    défaite » only voids another.
    """

    submitted = "inscrite", "Inscrite à l'ordre du jour"
    postponed = "reportee", "Point reporté"
    decided = "decidee", "Décidée"
    due_moved = "echeance-revue", "Échéance revue"
    entrusted = "confiee", "Confiée à une direction"
    noted = "notee", "Note de séance"
    done = "executee", "Exécutée"
    communicated = "communiquee", "Communiquée aux services"
    undone = "defaite", "Encodage annulé"


@dataclass(frozen=True)
class OutcomeRules:
    """What follows from an outcome: the state that an idea and that a group whose proposition was
    decided take (None: as it is), and whether something is then due.
    """

    idea: IdeaStatus
    group: GroupState | None
    is_to_do: bool = False


class Outcome(Word):
    """Issue: what was decided. Only what was adopted, in whole or in part, is then due."""

    rules: OutcomeRules

    adopted = (
        "adoptee",
        "Adoptée",
        OutcomeRules(IdeaStatus.accepted, GroupState.closed, is_to_do=True),
    )
    in_part = (
        "en-partie",
        "Adoptée en partie",
        OutcomeRules(IdeaStatus.accepted, GroupState.closed, is_to_do=True),
    )
    rejected = (
        "non-retenue",
        "Non retenue",
        OutcomeRules(IdeaStatus.refused, GroupState.proposition),
    )
    noted = "prise-d-acte", "Prise d'acte", OutcomeRules(IdeaStatus.studied, None)

    def __new__(cls, code: str, label: str, rules: OutcomeRules):
        word = str.__new__(cls, code)
        word._value_ = code
        word.label, word.rules = label, rules
        return word

    @property
    def is_to_do(self) -> bool:
        return self.rules.is_to_do


class Decision(SQLModel, table=True):
    """Décision: one point before one body. What became of it are facts: see DecisionEvent; the
    owner here is the first one.
    """

    called: ClassVar[tuple[str, str]] = ("décision", "décisions")

    id: int | None = Field(default=None, primary_key=True)
    number: int = Field(unique=True)
    title: str
    instance: str
    owner_direction_id: int | None = Field(default=None, foreign_key="direction.id", index=True)


class DecisionEvent(Fact, table=True):
    """One fact of a decision: the step, in which meeting; once decided its outcome, due date,
    cost in €, ETP; once entrusted its new owner; a text.
    """

    called: ClassVar[tuple[str, str]] = ("étape de décision", "étapes de décisions")
    of: ClassVar[str] = "decision_id"
    corrects: ClassVar[bool] = False
    __tablename__ = "decision_event"
    id: int | None = Field(default=None, primary_key=True)
    decision_id: int = Field(foreign_key="decision.id", index=True)
    what: str
    meeting_id: int | None = Field(default=None, foreign_key="meeting.id")
    outcome: str | None = None
    due_on: date | None = None
    cost: float | None = None
    fte: float | None = Field(default=None, description="équivalents temps plein (ETP)")
    owner_direction_id: int | None = Field(default=None, foreign_key="direction.id")
    text: str = ""


class DecisionEffect(SQLModel, table=True):
    """Effet d'une décision: what one of its facts moved, or proposes to revise.

    `kind` and `key` name the record as the links of the thread do. `fact_id` is the fact that was
    written of it (of an idea, a group, a milestone); without one the effect is a proposition, open
    until `settled_on`. What an undone fact of a decision moved is voided there too.
    """

    called: ClassVar[tuple[str, str]] = ("effet de décision", "effets de décisions")
    __tablename__ = "decision_effect"

    id: int | None = Field(default=None, primary_key=True)
    event_id: int = Field(foreign_key="decision_event.id", index=True)
    kind: str
    key: str
    fact_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    settled_on: date | None = None
    settled_by: int | None = Field(default=None, foreign_key="person.id")


class DecisionSheet(SQLModel, table=True):
    """Fiche de décision: what the body reads before it decides; the rest of the sheet is made
    from the data.
    """

    called: ClassVar[tuple[str, str]] = ("fiche de décision", "fiches de décision")
    __tablename__ = "decision_sheet"

    decision_id: int = Field(primary_key=True, foreign_key="decision.id")
    problem: str = ""
    options: str = ""
    concerned: str = ""
    objections: str = ""
    cost: float | None = None
    fte: float | None = None
    on: date
    by: int | None = Field(default=None, foreign_key="person.id")
