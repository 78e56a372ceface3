"""Decisions (décisions): points put before a body, what was decided, when it is due, done and
told to the services.
"""

from datetime import date

from sqlmodel import Field, SQLModel

from models.facts import Fact
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
    reportée » keeps it open; « défaite » only voids another.
    """

    submitted = "inscrite", "Inscrite à l'ordre du jour"
    postponed = "reportee", "Point reporté"
    decided = "decidee", "Décidée"
    due_moved = "echeance-revue", "Échéance revue"
    done = "executee", "Exécutée"
    told = "communiquee", "Communiquée aux services"
    undone = "defaite", "Encodage annulé"


class Outcome(Word):
    """Issue: what was decided. Only what was adopted, in whole or in part, is then due."""

    adopted = "adoptee", "Adoptée"
    in_part = "en-partie", "Adoptée en partie"
    rejected = "non-retenue", "Non retenue"
    noted = "prise-d-acte", "Prise d'acte"

    @property
    def is_to_do(self) -> bool:
        return self in (Outcome.adopted, Outcome.in_part)


class Decision(SQLModel, table=True):
    """Décision: one point before one body. What became of it are facts: see DecisionEvent."""

    id: int | None = Field(default=None, primary_key=True)
    number: int = Field(unique=True)
    title: str
    instance: str
    owner_direction_id: int | None = Field(default=None, foreign_key="direction.id", index=True)


class DecisionEvent(Fact, table=True):
    """One fact of a decision: the step, in which meeting; once decided its outcome, due date,
    cost in €, ETP; a text.
    """

    __tablename__ = "decision_event"
    id: int | None = Field(default=None, primary_key=True)
    decision_id: int = Field(foreign_key="decision.id", index=True)
    what: str
    meeting_id: int | None = Field(default=None, foreign_key="meeting.id")
    outcome: str | None = None
    due_on: date | None = None
    cost: float | None = None
    fte: float | None = Field(default=None, description="équivalents temps plein (ETP)")
    text: str = ""


class DecisionSheet(SQLModel, table=True):
    """Fiche de décision: what the body reads before it decides; the rest of the sheet is made
    from the data.
    """

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
