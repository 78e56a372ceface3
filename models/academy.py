"""Academy (académie interne): trainings, sessions, registrations. « Par nos agents, pour nos agents »."""

from datetime import date

from sqlmodel import Field, SQLModel

from models.facts import Fact
from models.words import Word


class Audience(Word):
    field_work = "T", "Terrain, sans ordinateur"
    office = "B", "Bureau"
    both = "TB", "Terrain et bureau"
    managers = "M", "Managers"


class RegistrationStatus(Word):
    requested = "demandee", "Demandée"
    booked = "inscrite", "Inscrite"
    waiting = "attente", "Liste d'attente"
    offered = "offerte", "Place offerte"
    cancelled = "annulee", "Annulée"
    attended = "presente", "Présente"
    partial = "partielle", "Présence partielle"
    no_show = "absente", "Absente"
    excused = "excusee", "Absente excusée"


ATTENDED = (RegistrationStatus.attended, RegistrationStatus.partial)
BOOKED = (RegistrationStatus.booked, *ATTENDED, RegistrationStatus.no_show, RegistrationStatus.excused)


class Training(SQLModel, table=True):
    """Formation of the academy; none counts for the RGB career scales."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    title: str
    ambition_id: int | None = Field(default=None, foreign_key="ambition.id")
    trainer: str = ""
    hours: float
    capacity: int
    audience: str


class TrainingSession(SQLModel, table=True):
    """Session d'une formation on one day. At t it is held when `on <= t`, unless it was cancelled by then."""

    __tablename__ = "training_session"
    id: int | None = Field(default=None, primary_key=True)
    training_id: int = Field(foreign_key="training.id", index=True)
    on: date = Field(index=True)
    capacity: int
    place: str = ""
    cancelled_on: date | None = None
    cancel_reason: str = ""


class Registration(SQLModel, table=True):
    """Inscription: one person for one session, or on a training's waiting list (no session yet)."""

    id: int | None = Field(default=None, primary_key=True)
    training_id: int = Field(foreign_key="training.id", index=True)
    session_id: int | None = Field(default=None, foreign_key="training_session.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    status: str


class RegistrationEvent(Fact, table=True):
    """Fait d'inscription: from `on`, the registration has this status; the service is the person's on that day."""

    __tablename__ = "registration_event"
    id: int | None = Field(default=None, primary_key=True)
    registration_id: int = Field(foreign_key="registration.id", index=True)
    training_id: int = Field(foreign_key="training.id")
    session_id: int | None = Field(default=None, foreign_key="training_session.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    service_id: int | None = Field(default=None, foreign_key="direction.id")
    status: str
    hours: float = 0
