"""Meetings (réunions): twelve kinds, planned and held as dated facts, and who was there."""

from datetime import date

from sqlmodel import Field, SQLModel

from models.facts import Fact
from models.words import Word


class MeetingKind(Word):
    """Genre de réunion. The CODIR (comité de direction) and the Conseil de direction are two bodies."""

    information = "information", "Séance d'information"
    consultation = "consultation", "Réunion de consultation"
    workshop = "atelier", "Atelier de co-construction"
    field = "terrain", "Rencontre de terrain"
    ambassadors = "ambassadeurs", "Rencontre des ambassadeurs"
    managers = "managers", "Atelier d'échange des managers"
    peer_coaching = "codeveloppement", "Séance de codéveloppement"
    group = "groupe", "Réunion de groupe de progrès"
    trainers = "formation", "Réunion de l'académie (formateurs)"
    steering = "copilotage", "Comité de co-pilotage"
    codir = "codir", "CODIR (comité de direction)"
    council = "conseil", "Conseil de direction"


class MeetingState(Word):
    """What a fact of a meeting says."""

    planned = "prevue", "Prévue"
    held = "tenue", "Tenue"
    cancelled = "annulee", "Annulée"


class Meeting(SQLModel, table=True):
    """Réunion: one date of one body or community. Its day and what became of it are facts: see MeetingEvent."""

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(index=True)
    title: str = ""
    place: str = ""
    direction_id: int | None = Field(default=None, foreign_key="direction.id", description="the direction it concerns")


class MeetingEvent(Fact, table=True):
    """One fact of a meeting: planned for `day` (again, where it is moved), held on `day`, or cancelled."""

    __tablename__ = "meeting_event"
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    what: str
    day: date


class Attendance(Fact, table=True):
    """Présence: one person (invited 1, present 0 or 1, in the service of that day), or a count without names."""

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    service_id: int | None = Field(default=None, foreign_key="direction.id")
    invited: int = 0
    present: int = 0
    excused: int = 0
