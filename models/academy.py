"""Academy (académie interne): trainings, sessions, registrations. « Par nos agents, pour nos
agents ».
"""

from datetime import date

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import Field

from models.clock import add_months
from models.facts import NO_HIDDEN_ORDER, Record, Stored
from models.scales import Word


class TrainingAudience(Word):
    field_work = "T", "Terrain, sans ordinateur"
    office = "B", "Bureau"
    both = "TB", "Terrain et bureau"
    managers = "M", "Managers"


class TrainingStanding(Word):
    """State of one person for a training that is compulsory for her, or that expires; not
    stored.
    """

    never = "jamais", "Jamais suivie"
    lapsed = "echue", "Échue"
    soon = "bientot", "À renouveler bientôt"
    valid = "a-jour", "À jour"


class Training(Record, table=True):
    """Formation of the academy; none counts for the RGB career scales."""

    code: str = Field(unique=True)
    title: str
    ambition_id: int | None = Field(default=None, foreign_key="ambition.id")
    trainer: str = ""
    hours: float
    capacity: int = 0
    audience: str = TrainingAudience.both.value
    objectives: str = ""
    mandatory: bool = False
    career: bool = Field(
        default=False,
        description="formation de carrière, outside the academy",
    )
    needs_approval: bool = False
    open_to_all: bool = Field(
        default=False,
        description="anybody without an account may take a seat in its sessions",
    )
    validity: int = Field(
        default=0,
        description="months after which it is to be followed again (recyclage); 0: never",
    )

    def lapses_on(self, attended_on: date) -> date | None:
        """The last day on which it is valid after that attendance; None: it does not expire."""
        return add_months(attended_on, self.validity) if self.validity else None


class Trainer(Stored, table=True):
    """Formateur interne: one person who gives one training."""

    training_id: int = Field(primary_key=True, foreign_key="training.id")
    person_id: int = Field(primary_key=True, foreign_key="person.id")


class TrainingUnit(Stored, table=True):
    """Unité tenue à une formation: one direction or service whose agents must follow one compulsory
    training, with all units below it. Without any row, its whole audience must.
    """

    training_id: int = Field(primary_key=True, foreign_key="training.id")
    unit_id: int = Field(primary_key=True, foreign_key="direction.id")


class TrainingMaterial(Stored, table=True):
    """Support d'une formation: a file, or a web address, for participants and trainers."""

    id: str = Field(primary_key=True, description="128 random bits in hexadecimal")
    training_id: int = Field(foreign_key="training.id", index=True)
    title: str
    href: str = Field(default="", description="https address; empty for a file")
    name: str = Field(default="", description="name of the file")
    mime: str = ""
    size: int = Field(default=0, description="bytes")
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    on: date
    by: int | None = Field(default=None, foreign_key="person.id")


class TrainingSession(Record, table=True):
    """Session d'une formation on one day. At t it is held if `on <= t`, unless it was cancelled by
    then.
    """

    training_id: int = Field(foreign_key="training.id", index=True)
    on: date = Field(index=True)
    capacity: int
    place: str = ""
    cancelled_on: date | None = None
    cancel_reason: str = ""
    starts: str = Field(default="", description="« 09:00 », or nothing")
    ends: str = ""


class Evaluation(Stored, table=True):
    """Évaluation anonyme of one session: score 1-5, recommendation 0-10, a comment. No author,
    the day only, a random id.
    """

    __table_args__ = NO_HIDDEN_ORDER

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    session_id: int = Field(foreign_key="training_session.id", index=True)
    on: date
    score: int | None = None
    recommendation: int | None = None
    comment: str = ""
