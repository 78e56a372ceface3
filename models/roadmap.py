"""Roadmap (feuille de route): ambitions, PST projects, workstreams, milestones, and their dated
facts.
"""

from datetime import date
from typing import ClassVar

from sqlmodel import Field, SQLModel

from models.facts import Fact
from models.words import Word


class MilestoneState(Word):
    to_plan = "a-planifier", "À planifier"
    under_way = "en-cours", "En cours"
    done = "termine", "Terminé"
    paused = "en-pause", "En pause"
    cancelled = "annule", "Annulé"


ENDED = (MilestoneState.done, MilestoneState.cancelled)


class Health(Word):
    """Santé: the status of a milestone, workstream or figure."""

    on_track = "a-jour", "À jour"
    watch = "a-surveiller", "À surveiller"
    trouble = "en-difficulte", "En difficulté"
    no_data = "sans-donnee", "Sans donnée"
    reached = "atteint", "Atteint"
    upcoming = "a-venir", "À venir"
    paused = "en-pause", "En pause"
    cancelled = "annule", "Annulé"


class TargetKind(Word):
    rise = "hausse", "Hausse"
    fall = "baisse", "Baisse"
    range = "plage", "Plage"
    yes_no = "oui-non", "Oui ou non"
    follow = "suivi", "Suivi, sans cible"


class ProjectLevel(Word):
    """Niveau d'un projet du PST, from the broadest to what is done."""

    strategic = "os", "Objectif stratégique"
    operational = "oo", "Objectif opérationnel"
    action = "action", "Action"


class ProjectState(Word):
    """État d'un projet, in the words of the PST."""

    not_begun = "a-demarrer", "À démarrer"
    under_way = "en-cours", "En cours"
    waiting = "en-attente", "En attente"
    trouble = "probleme", "Suspendu par un problème"
    done = "termine", "Terminé"
    given_up = "abandonne", "Abandonné"


class AmbitionColour(Word):
    """Couleur d'une ambition: the checked set, whose values are in the theme."""

    blue = "bleu", "Bleu"
    brick = "brique", "Brique"
    violet = "violet", "Violet"
    teal = "sarcelle", "Sarcelle"
    olive = "olive", "Olive"
    raspberry = "framboise", "Framboise"
    ochre = "ocre", "Ocre"
    slate = "ardoise", "Ardoise"


LADDER = (0, 25, 50, 75, 100)
HORIZON = 2030


class Ambition(SQLModel, table=True):
    """Ambition 2030: one of the five, with its goal (objectif) and the year it is for (horizon).

    `colour` names an AmbitionColour; without one it has that of its code.
    """

    called: ClassVar[tuple[str, str]] = ("ambition", "ambitions")

    id: int = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    description: str = ""
    colour: str = Field(default="", sa_column_kwargs={"server_default": ""})
    goal: str = Field(default="", sa_column_kwargs={"server_default": ""})
    horizon: int = Field(default=HORIZON, sa_column_kwargs={"server_default": str(HORIZON)})


class Project(SQLModel, table=True):
    """Projet du PST: of one of three levels, below its parent, with the improvement under way
    (amélioration en cours) that the presentation pairs with it.

    Dates, budget and owner are dated: see ProjectPlan; state and progress: see ProjectReport.
    """

    called: ClassVar[tuple[str, str]] = ("projet", "projets")

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    example: str = ""
    ambition_id: int | None = Field(default=None, foreign_key="ambition.id")
    level: str = Field(
        default=ProjectLevel.action, sa_column_kwargs={"server_default": ProjectLevel.action.value}
    )
    objective: str = Field(default="", sa_column_kwargs={"server_default": ""})
    parent_id: int | None = Field(default=None, foreign_key="project.id")


class ProjectPlan(Fact, table=True):
    """Plan d'un projet: from `on`, it has these dates, this budget in euros and this owner."""

    called: ClassVar[tuple[str, str]] = ("plan de projet", "plans de projets")
    __tablename__ = "project_plan"
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    start: date | None = None
    end: date | None = None
    budget: float | None = None
    owner: str = ""
    owner_direction_id: int | None = Field(default=None, foreign_key="direction.id")


class ProjectReport(Fact, table=True):
    """Rapport d'un projet: state, progress in % where it is known, comment."""

    called: ClassVar[tuple[str, str]] = ("rapport de projet", "rapports de projets")
    __tablename__ = "project_report"
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    state: str
    progress: int | None = None
    comment: str = ""


class Workstream(SQLModel, table=True):
    """Chantier: one of those of a programme. Its id is its number, the same in no two programmes:
    milestones, statuses and figures are named after it.
    """

    called: ClassVar[tuple[str, str]] = ("chantier", "chantiers")

    id: int = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    short_name: str
    programme_id: int | None = Field(default=None, foreign_key="programme.id", index=True)


class Activity(SQLModel, table=True):
    """Activité participative: one of the four, in the words of the presentation."""

    called: ClassVar[tuple[str, str]] = ("activité participative", "activités participatives")

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    purpose: str
    definition: str


class Milestone(SQLModel, table=True):
    """Jalon. `ladder` milestones take 0/25/50/75/100 %, the others 0 or 100 %.

    Weight, dates, owner and critical flag are dated: see Rebaseline. A milestone may be tied to a
    value of a figure (`figure`, e.g. `ambassadeurs-actifs`) and a threshold (« 80 ambassadeurs
    actifs »): the report form then proposes the progress. `by_count`: the threshold is compared
    with the numerator, not with the value.
    """

    called: ClassVar[tuple[str, str]] = ("jalon", "jalons")

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    workstream_id: int = Field(foreign_key="workstream.id", index=True)
    title: str
    ladder: bool = False
    position: int = 0
    figure: str | None = None
    by_count: bool = False
    threshold: float | None = None


class Rebaseline(Fact, table=True):
    """Révision du calendrier: from `on`, the milestone has these dates, weight and owner; the
    first is its baseline.
    """

    called: ClassVar[tuple[str, str]] = ("révision du calendrier", "révisions du calendrier")

    id: int | None = Field(default=None, primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id", index=True)
    start: date
    end: date
    weight: float
    critical: bool = False
    owner: str = ""
    owner_direction_id: int | None = Field(default=None, foreign_key="direction.id")


class MilestoneWait(Fact, table=True):
    """Attente d'un jalon: from `on`, the milestone waits for another one, without which it cannot
    be reached. One that names no other only ends the wait that it voids.
    """

    called: ClassVar[tuple[str, str]] = ("attente d'un jalon", "attentes de jalons")
    __tablename__ = "milestone_wait"
    id: int | None = Field(default=None, primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id", index=True)
    waits_for_id: int | None = Field(default=None, foreign_key="milestone.id", index=True)


class MilestoneReport(Fact, table=True):
    """Rapport d'un jalon: state, progress in %, forecast end, actual end once done, comment,
    what is needed.
    """

    called: ClassVar[tuple[str, str]] = ("rapport de jalon", "rapports de jalons")
    __tablename__ = "milestone_report"
    id: int | None = Field(default=None, primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id", index=True)
    state: str
    progress: int = 0
    forecast_end: date | None = None
    actual_end: date | None = None
    comment: str = ""
    need: str = ""


class Target(Fact, table=True):
    """Cible: decided on `on`, this figure should be at `value` on `for_date`, from `baseline` on
    `baseline_on`.
    """

    called: ClassVar[tuple[str, str]] = ("cible", "cibles")

    id: int | None = Field(default=None, primary_key=True)
    figure: str = Field(index=True)
    kind: str
    for_date: date
    value: float
    upper: float | None = None
    baseline: float | None = None
    baseline_on: date | None = None


class Measure(Fact, table=True):
    """Relevé: a value measured outside this product, with its n and its source."""

    called: ClassVar[tuple[str, str]] = ("mesure", "mesures")

    id: int | None = Field(default=None, primary_key=True)
    figure: str = Field(index=True)
    direction_id: int | None = Field(default=None, foreign_key="direction.id")
    value: float
    n: int | None = None
    source: str = ""


class Override(Fact, table=True):
    """Statut imposé: a status set by hand on a milestone, workstream or figure, until `until`."""

    called: ClassVar[tuple[str, str]] = ("statut imposé", "statuts imposés")

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(index=True)
    status: str
    until: date
