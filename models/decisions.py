"""Decisions (décisions): points put to a body, the outcome, when it is due, done and communicated
to the services.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from sqlalchemy import BigInteger, Column
from sqlmodel import Field

from models.facts import Fact, Record, Stored
from models.groups import GroupState
from models.idea_states import IdeaStatus
from models.meetings import MeetingKind
from models.scales import Word


class Instance(Word):
    """The body that decides. Those with meetings here have the code of their kind of meeting."""

    codir = "codir", "CODIR"
    council = "conseil", "Conseil de direction"
    steering = "copilotage", "Comité de co-pilotage"
    college = "college", "Collège communal"
    city_council = "conseil-communal", "Conseil communal"

    @property
    def meeting_kind(self) -> MeetingKind | None:
        return next((kind for kind in MeetingKind if kind == self), None)


class DecisionStep(Word):
    """The step that a fact of a decision records. « Inscrite » makes it pending, « décidée » ends
    that; « reportée » leaves it pending; « confiée » changes the owner; « revue prévue » and «
    revue » look at its effect again; a note changes nothing; « défaite » only voids another fact.
    """

    submitted = "inscrite", "Inscrite à l'ordre du jour"
    postponed = "reportee", "Point reporté"
    decided = "decidee", "Décidée"
    due_moved = "echeance-revue", "Échéance revue"
    entrusted = "confiee", "Confiée à une direction"
    noted = "notee", "Note de séance"
    done = "executee", "Exécutée"
    communicated = "communiquee", "Communiquée aux services"
    review_planned = "revue-prevue", "Revue prévue"
    reviewed = "revue", "Revue"
    undone = "defaite", "Encodage annulé"


@dataclass(frozen=True)
class OutcomeRules:
    """The consequences of an outcome: the new state of an idea and of a group whose proposition was
    decided (None: unchanged), and whether something is then due.
    """

    idea: IdeaStatus
    group: GroupState | None
    is_to_do: bool = False


class Outcome(Word):
    """Issue: the outcome. Only an adopted point, in whole or in part, is then due."""

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

    @property
    def is_to_do(self) -> bool:
        return self.rules.is_to_do


class Verdict(Word):
    """Conclusion d'une revue: whether a decision had its effect, and goes on."""

    kept = "maintenue", "Maintenue"
    changed = "modifiee", "À modifier"
    ended = "arretee", "Arrêtée"


class Decision(Record, table=True):
    """Décision: one point before one body. Its history is in DecisionEvent; the owner here is the
    first one.
    """

    number: int = Field(unique=True)
    title: str
    instance: str
    owner_direction_id: int | None = Field(default=None, foreign_key="direction.id", index=True)


class DecisionEvent(Fact, table=True):
    """One fact of a decision: the step and the meeting; for an outcome also the due date, cost in
    €, ETP; for a handover the new owner; for a review its verdict; the day it is to be reviewed;
    a text.
    """

    corrects: ClassVar[bool] = False
    decision_id: int = Field(foreign_key="decision.id", index=True)
    what: str
    meeting_id: int | None = Field(default=None, foreign_key="meeting.id")
    outcome: str | None = None
    due_on: date | None = None
    cost: float | None = None
    fte: float | None = Field(default=None, description="équivalents temps plein (ETP)")
    owner_direction_id: int | None = Field(default=None, foreign_key="direction.id")
    text: str = ""
    review_on: date | None = None
    verdict: str | None = None


class DecisionEffect(Record, table=True):
    """Effet d'une décision: a change made by one of its facts, or a revision that it proposes.

    `kind` and `key` name the record as the links of the thread do. `fact_id` is the fact written
    for it (of an idea, a group, a milestone); without one the effect is a proposition, open until
    `settled_on`. Undoing the decision voids that fact too.
    """

    event_id: int = Field(foreign_key="decision_event.id", index=True)
    kind: str
    key: str
    fact_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    settled_on: date | None = None
    settled_by: int | None = Field(default=None, foreign_key="person.id")


class DecisionSheet(Stored, table=True):
    """Fiche de décision: the written part of the sheet that the body reads; the rest is made from
    the data.
    """

    decision_id: int = Field(primary_key=True, foreign_key="decision.id")
    problem: str = ""
    options: str = ""
    concerned: str = ""
    objections: str = ""
    cost: float | None = None
    fte: float | None = None
    on: date
    by: int | None = Field(default=None, foreign_key="person.id")
