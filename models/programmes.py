"""Programmes: the periods that roadmaps belong to."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import LargeBinary
from sqlmodel import Field, Session, select, update

from models.facts import Fact, Record
from models.roadmap import Workstream
from models.scales import Word
from models.settings import settings


class Programme(Record, table=True):
    """Programme: its workstreams, with their milestones, count from its first day until the next
    programme begins.
    """

    name: str = Field(unique=True)
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Period:
    """One programme as a plain value. `id` is None for the one of the settings, if none is
    stored.
    """

    id: int | None
    name: str
    first_day: date
    last_day: date

    @property
    def years(self) -> str:
        """« 2021-2023 », or one year."""
        first, last = self.first_day.year, self.last_day.year
        return str(first) if first == last else f"{first}-{last}"


@dataclass(frozen=True, slots=True)
class Programmes:
    """All programmes in order; at least one."""

    periods: tuple[Period, ...]

    @classmethod
    def of_settings(cls) -> "Programmes":
        """The programme of the settings, for a database without any."""
        first, last = settings().cp_programme_start, settings().cp_programme_end
        years = Period(None, "", first, last).years
        return cls((Period(None, years, first, last),))

    @property
    def first_day(self) -> date:
        """The earliest day with data."""
        return self.periods[0].first_day

    def running(self, on: date) -> Period:
        """The programme of a day: the last one begun, or the first one before that."""
        begun = [period for period in self.periods if period.first_day <= on]
        return begun[-1] if begun else self.periods[0]

    def of(self, programme_id: int | None) -> Period | None:
        return next((period for period in self.periods if period.id == programme_id), None)


def write_first(session: Session) -> None:
    """Stores the programme of the settings if there is none yet, and assigns workstreams without a
    programme to it.
    """
    first_id = session.exec(select(Programme.id).order_by(Programme.first_day)).first()
    if first_id is None:
        period = Programmes.of_settings().periods[0]
        first = Programme(name=period.name, first_day=period.first_day, last_day=period.last_day)
        session.add(first)
        session.flush()
        first_id = first.id
    session.exec(
        update(Workstream).where(Workstream.programme_id.is_(None)).values(programme_id=first_id)
    )


def programmes(session: Session) -> Programmes:
    """The stored programmes, or the one of the settings."""
    rows = session.exec(select(Programme).order_by(Programme.first_day, Programme.id)).all()
    if not rows:
        return Programmes.of_settings()
    return Programmes(tuple(Period(row.id, row.name, row.first_day, row.last_day) for row in rows))


class PstLevel(Word):
    """Niveau d'un élément du PST, the broadest first."""

    part = "volet", "Volet"
    strategic = "os", "Objectif stratégique"
    operational = "oo", "Objectif opérationnel"
    action = "action", "Action"
    below_action = "sous-action", "Sous-action"
    task = "tache", "Tâche"


class PstState(Word):
    """Statut d'un élément, by the codes of eComptes."""

    given_up = "ANNULE_ABANDONNE", "Annulé ou abandonné"
    not_begun = "NON_COMMENCE", "Non commencé"
    under_way = "EN_COURS", "En cours"
    waiting = "EN_ATTENTE", "En attente"
    trouble = "PROBLEME", "Suspendu par un problème"
    done = "TERMINE", "Terminé"


class PstHealth(Word):
    """Indice de santé d'un élément, as « État d'avancement » says it."""

    good = "bon", "Bon"
    risk = "risque", "Risque"
    blocked = "blocage", "Blocage"
    paused = "pause", "Pause"


class PstStatement(Fact, table=True):
    """Fichier du PST: the file of day `on`, stored unchanged. `digest` recognises a file received
    twice.
    """

    name: str
    digest: str = Field(index=True)
    content: bytes = Field(sa_type=LargeBinary)


class PstTie(Fact, table=True):
    """Lien du PST: from `on`, this element matches that milestone, workstream or project of ours
    (`jalon:1.7`, `chantier:2`, `projet:SNB`); an empty subject: none. A file of another layout has
    other keys: there the title is used.
    """

    element: str = Field(index=True)
    title: str
    subject: str
