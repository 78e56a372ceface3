"""Meetings (réunions): twelve kinds, planned and held as dated facts, and attendance."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, Column, ForeignKey, Index, text
from sqlmodel import Field

from models.facts import Fact, Record, Stored
from models.people import Role
from models.scales import Word


class Family(Word):
    """Famille: the categories of the agenda's filter."""

    information = "information", "Séances d'information"
    workshops = "ateliers", "Ateliers et terrain"
    communities = "communautes", "Communautés"
    academy = "academie", "Académie"
    groups = "groupes", "Groupes"
    steering = "pilotage", "Pilotage"


@dataclass(frozen=True)
class KindRules:
    """The rules of a kind of meeting.

    `for_whom`: who is invited. `workshop`: the agents' entries are written down there, one by one.
    `open_to_all`: any agent may come, and entries are collected. `body`: it steers; others see only
    its date. `nameless`: neither minutes nor names of participants are stored.
    """

    family: Family
    for_whom: str = "Ouvert à tous"
    workshop: bool = False
    open_to_all: bool = False
    body: bool = False
    nameless: bool = False
    role: Role | None = None  # the role of those whom it invites, where they have one


_STEERS = KindRules(Family.steering, "Réservé à ses membres", body=True)


class MeetingKind(Word):
    """Genre de réunion. The CODIR (comité de direction) and the Conseil de direction are two
    bodies. A new kind is one entry here.
    """

    rules: KindRules

    information = (
        "information",
        "Séance d'information",
        KindRules(Family.information, open_to_all=True),
    )
    consultation = (
        "consultation",
        "Réunion de consultation",
        KindRules(Family.information, open_to_all=True),
    )
    workshop = (
        "atelier",
        "Atelier de co-construction",
        KindRules(Family.workshops, workshop=True, open_to_all=True),
    )
    field = (
        "terrain",
        "Rencontre de terrain",
        KindRules(Family.workshops, workshop=True, open_to_all=True),
    )
    ambassadors = (
        "ambassadeurs",
        "Rencontre des ambassadeurs",
        KindRules(Family.communities, "Réservé aux ambassadeurs", role=Role.ambassadeur),
    )
    managers = (
        "managers",
        "Atelier d'échange des managers",
        KindRules(Family.communities, "Réservé aux managers", role=Role.manager),
    )
    peer_coaching = (
        "codeveloppement",
        "Séance de codéveloppement",
        KindRules(Family.communities, "Réservé aux membres du groupe", nameless=True),
    )
    group = (
        "groupe",
        "Réunion de groupe de progrès",
        KindRules(Family.groups, "Réservé aux membres du groupe"),
    )
    trainers = (
        "formation",
        "Réunion de l'académie (formateurs)",
        KindRules(Family.academy, "Réservé aux formateurs"),
    )
    codir = "codir", "CODIR (comité de direction)", _STEERS
    council = "conseil", "Conseil de direction", _STEERS
    steering = "copilotage", "Comité de co-pilotage", _STEERS


WORKSHOPS = tuple(kind for kind in MeetingKind if kind.rules.workshop)
OPEN_TO_ALL = tuple(kind for kind in MeetingKind if kind.rules.open_to_all)
BODIES = tuple(kind for kind in MeetingKind if kind.rules.body)


class OpeningQuestion(Word):
    """Question posée à main levée at the opening of a workshop."""

    informed = "information", "Avez-vous participé à une séance d'information ?"
    answered = "questionnaire", "Avez-vous répondu au questionnaire ?"


class MeetingState(Word):
    """The state recorded by a fact of a meeting."""

    planned = "prevue", "Prévue"
    held = "tenue", "Tenue"
    cancelled = "annulee", "Annulée"


class Meeting(Record, table=True):
    """Réunion: one date of one body or community. Its day and state are facts: see MeetingEvent."""

    kind: str = Field(index=True)
    title: str = ""
    place: str = ""
    direction_id: int | None = Field(
        default=None, foreign_key="direction.id", description="the direction it concerns"
    )
    starts: str = Field(default="", description="« 09:00 », or nothing")
    ends: str = ""
    capacity: int | None = None
    enrols: bool = Field(
        default=False,
        description="people register for it",
    )
    minutes: str = ""
    group_id: int | None = Field(default=None, foreign_key="progress_group.id")
    site_id: int | None = Field(default=None, foreign_key="site.id")
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id", index=True)


class Site(Record, table=True):
    """Site: a depot, a crèche, a hall; its numbers of agents and computers."""

    name: str = Field(unique=True)
    kind: str = ""
    direction_id: int | None = Field(default=None, foreign_key="direction.id")
    agents: int = 0
    computers: int | None = None


class Poster(Record, table=True):
    """Affiche d'un site: a word on its wall that opens a light page. The word is derived from
    `nonce` and the key of the installation, so that it can be printed again, but not derived from
    the database alone. A site has at most one open row (`ended_on` is None); a renewal is a new
    row.
    """

    __table_args__ = (
        Index(
            "ix_poster_standing",
            "site_id",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
    )

    site_id: int = Field(foreign_key="site.id")
    nonce: str
    made_on: date
    made_by: int | None = Field(default=None, foreign_key="person.id")
    ended_on: date | None = None


class MeetingEvent(Fact, table=True):
    """One fact of a meeting: planned for `day` (again, where it is moved), held on `day`, or
    cancelled.
    """

    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    what: str
    day: date


class AgendaPoint(Fact, table=True):
    """Point à l'ordre du jour: one fact puts a decision on the agenda of one meeting, at a place,
    for some minutes; place 0 takes it off that agenda.
    """

    decision_id: int = Field(foreign_key="decision.id", index=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    position: int
    minutes: int


class PaperStep(Word):
    """The step that a fact records of the papers of a meeting."""

    sent = "envoyee", "Séance envoyée aux membres"
    approved = "pv-approuve", "PV approuvé"
    minutes_sent = "pv-envoye", "PV envoyé aux membres"
    amended = "pv-complete", "PV complété"


class MeetingPaper(Fact, table=True):
    """Étape des papiers d'une séance: sent to the members, its PV approved, sent or amended by a
    text.
    """

    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    what: str
    text: str = ""


class Attendance(Fact, table=True):
    """Présence: one person (invited 1, present 0 or 1, in the service of that day), or a count
    without names.
    """

    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    service_id: int | None = Field(default=None, foreign_key="direction.id")
    invited: int = 0
    present: int = 0
    excused: int = 0


class HandCount(Fact, table=True):
    """Main levée: the number of hands raised for one opening question of a meeting, or of persons
    of one trade in the room.
    """

    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    question: str
    hands: int


class WallLine(Stored, table=True):
    """Ligne du mur: an entry of a workshop shown on the live wall, in the order chosen by the
    facilitator.
    """

    __table_args__ = (Index("ix_wall_meeting", "meeting_id", "seq"),)

    idea_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("idea.id"), primary_key=True, autoincrement=False)
    )
    meeting_id: int = Field(foreign_key="meeting.id")
    seq: int
