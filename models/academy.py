"""Academy (académie interne): trainings, sessions, registrations. « Par nos agents, pour nos
agents ».
"""

from datetime import date
from typing import ClassVar

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import Field, SQLModel

from models.clock import add_months
from models.ideas import NO_HIDDEN_ORDER
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


class Training(SQLModel, table=True):
    """Formation of the academy; none counts for the RGB career scales."""

    called: ClassVar[tuple[str, str]] = ("formation", "formations")

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    title: str
    ambition_id: int | None = Field(default=None, foreign_key="ambition.id")
    trainer: str = ""
    hours: float
    capacity: int = 0
    audience: str = TrainingAudience.both.value
    objectives: str = Field(default="", sa_column_kwargs={"server_default": ""})
    mandatory: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    career: bool = Field(
        default=False,
        sa_column_kwargs={"server_default": "0"},
        description="formation de carrière, outside the academy",
    )
    needs_approval: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    open_to_all: bool = Field(
        default=False,
        sa_column_kwargs={"server_default": "0"},
        description="anybody without an account may take a seat in its sessions",
    )
    validity: int = Field(
        default=0,
        sa_column_kwargs={"server_default": "0"},
        description="months after which it is to be followed again (recyclage); 0: never",
    )

    def lapses_on(self, attended_on: date) -> date | None:
        """The last day on which it is valid after that attendance; None: it does not expire."""
        return add_months(attended_on, self.validity) if self.validity else None


class Trainer(SQLModel, table=True):
    """Formateur interne: one person who gives one training."""

    called: ClassVar[tuple[str, str]] = ("formateur interne", "formateurs internes")

    training_id: int = Field(primary_key=True, foreign_key="training.id")
    person_id: int = Field(primary_key=True, foreign_key="person.id")


class TrainingUnit(SQLModel, table=True):
    """Unité tenue à une formation: one direction or service whose agents must follow one compulsory
    training, with all units below it. Without any row, its whole audience must.
    """

    called: ClassVar[tuple[str, str]] = (
        "unité tenue à une formation",
        "unités tenues à des formations",
    )
    __tablename__ = "training_unit"

    training_id: int = Field(primary_key=True, foreign_key="training.id")
    unit_id: int = Field(primary_key=True, foreign_key="direction.id")


class TrainingMaterial(SQLModel, table=True):
    """Support d'une formation: a file, or a web address, for participants and trainers."""

    called: ClassVar[tuple[str, str]] = ("support de formation", "supports de formation")
    __tablename__ = "training_material"
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


class TrainingSession(SQLModel, table=True):
    """Session d'une formation on one day. At t it is held if `on <= t`, unless it was cancelled by
    then.
    """

    called: ClassVar[tuple[str, str]] = ("séance de formation", "séances de formation")
    __tablename__ = "training_session"
    id: int | None = Field(default=None, primary_key=True)
    training_id: int = Field(foreign_key="training.id", index=True)
    on: date = Field(index=True)
    capacity: int
    place: str = ""
    cancelled_on: date | None = None
    cancel_reason: str = ""
    starts: str = Field(
        default="", sa_column_kwargs={"server_default": ""}, description="« 09:00 », or nothing"
    )
    ends: str = Field(default="", sa_column_kwargs={"server_default": ""})


class Evaluation(SQLModel, table=True):
    """Évaluation anonyme of one session: score 1-5, recommendation 0-10, a comment. No author,
    the day only, a random id.
    """

    called: ClassVar[tuple[str, str]] = ("évaluation de formation", "évaluations de formations")
    __table_args__ = NO_HIDDEN_ORDER

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    session_id: int = Field(foreign_key="training_session.id", index=True)
    on: date
    score: int | None = None
    recommendation: int | None = None
    comment: str = ""
