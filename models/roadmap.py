"""Roadmap (feuille de route) and PST: ambitions, workstreams, the tree of plans (milestones, and
elements of the PST), and their dated facts.
"""

from collections.abc import Callable
from datetime import date
from time import monotonic
from typing import ClassVar

from sqlalchemy import Boolean, ColumnElement, UniqueConstraint
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Field

from models.facts import Fact, Record, Stored
from models.scales import Word


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


class PlanLevel(Word):
    """Niveau d'un plan: the levels of the PST from the broadest to actions, and the milestones of
    the roadmap.
    """

    strategic = "os", "Objectif stratégique"
    operational = "oo", "Objectif opérationnel"
    action = "action", "Action"
    milestone = "jalon", "Jalon"


PST_LEVELS = (PlanLevel.strategic, PlanLevel.operational, PlanLevel.action)


class ProjectState(Word):
    """État d'un projet, in the words of the PST."""

    not_begun = "a-demarrer", "À démarrer"
    under_way = "en-cours", "En cours"
    waiting = "en-attente", "En attente"
    trouble = "probleme", "Suspendu par un problème"
    done = "termine", "Terminé"
    given_up = "abandonne", "Abandonné"


class AmbitionColour(Word):
    """Couleur d'une ambition: colours with checked contrast, whose values are in the theme."""

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


class Ambition(Stored, table=True):
    """Ambition 2030: one of the five, with its goal (objectif) and target year (horizon).

    `colour` names an AmbitionColour; without one it has the colour of its code.
    """

    id: int = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    description: str = ""
    colour: str = ""
    goal: str = ""
    horizon: int = HORIZON


class Workstream(Stored, table=True):
    """Chantier: a workstream of a programme. Its id is its number, unique over all programmes:
    milestones, statuses and figures are named after it.
    """

    id: int = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    short_name: str
    programme_id: int | None = Field(default=None, foreign_key="programme.id", index=True)


class Activity(Record, table=True):
    """Activité participative: one of the four, in the words of the presentation."""

    code: str = Field(unique=True)
    name: str
    purpose: str
    definition: str


class Plan(Record, table=True):
    """Plan: a milestone (jalon) of a workstream, or an element of the PST (projet) below its
    parent, with the improvement under way (amélioration en cours) that the presentation pairs with
    it.

    `number` is the number of a milestone (« 1.7 ») or the code of an element (« SNB »). Milestones
    with `ladder` take 0/25/50/75/100 %, the others 0 or 100 %; elements take any.

    A milestone may be tied to a value of a figure (`figure`, e.g. `ambassadeurs-actifs`) and a
    threshold (« 80 ambassadeurs actifs »): the report form then proposes the progress. `by_count`:
    the threshold is compared with the numerator, not with the value.
    """

    __table_args__ = (UniqueConstraint("level", "number"),)

    level: str = PlanLevel.milestone
    number: str
    title: str
    position: int = 0
    workstream_id: int | None = Field(default=None, foreign_key="workstream.id", index=True)
    parent_id: int | None = Field(default=None, foreign_key="plan.id")
    ambition_id: int | None = Field(default=None, foreign_key="ambition.id")
    objective: str = ""
    example: str = ""
    ladder: bool = False
    figure: str | None = None
    by_count: bool = False
    threshold: float | None = None

    @property
    def is_milestone(self) -> bool:
        return self.level == PlanLevel.milestone

    @property
    def in_journal(self) -> str:
        """Its subject in the journal."""
        return "milestone" if self.is_milestone else "project"


IS_MILESTONE = Plan.level == PlanLevel.milestone.value
IS_ELEMENT = Plan.level != PlanLevel.milestone.value


def states_of(level: str) -> type[MilestoneState] | type[ProjectState]:
    """The states of a plan of this level; the first is the state without a report."""
    return MilestoneState if level == PlanLevel.milestone else ProjectState


class PlanSchedule(Fact, table=True):
    """Calendrier d'un plan: from `on`, it has these dates, this weight, budget in euros and owner;
    the first is its baseline, each later one a revision. A milestone has dates.
    """

    plan_id: int = Field(foreign_key="plan.id", index=True)
    start: date | None = None
    end: date | None = None
    weight: float = 1.0
    critical: bool = False
    budget: float | None = None
    owner: str = ""
    owner_direction_id: int | None = Field(default=None, foreign_key="direction.id")


class PlanWait(Fact, table=True):
    """Attente d'un jalon: from `on`, the milestone depends on another one. A row without another
    milestone only ends the dependency that it voids.
    """

    corrects: ClassVar[bool] = False
    plan_id: int = Field(foreign_key="plan.id", index=True)
    waits_for_id: int | None = Field(default=None, foreign_key="plan.id", index=True)


class PlanReport(Fact, table=True):
    """Rapport d'un plan: state, progress in % if known, forecast end, actual end once done,
    comment, needs. A row without a state only undoes the report that it voids.
    """

    corrects: ClassVar[bool] = False
    plan_id: int = Field(foreign_key="plan.id", index=True)
    state: str
    progress: int | None = None
    forecast_end: date | None = None
    actual_end: date | None = None
    comment: str = ""
    need: str = ""


class Target(Fact, table=True):
    """Cible: decided on `on`, this figure should be at `value` on `for_date`, from `baseline` on
    `baseline_on`.
    """

    figure: str = Field(index=True)
    kind: str
    for_date: date
    value: float
    upper: float | None = None
    baseline: float | None = None
    baseline_on: date | None = None


class Measure(Fact, table=True):
    """Relevé: a value measured outside this product, with its n and its source."""

    figure: str = Field(index=True)
    direction_id: int | None = Field(default=None, foreign_key="direction.id")
    value: float
    n: int | None = None
    source: str = ""


class FigureStep(Word):
    """What a fact of a figure records. « Définie » is written by the round that first sees a
    definition.
    """

    owned = "portee", "Porteur nommé"
    verified = "verifiee", "Définition vérifiée"
    defined = "definie", "Définition vue"


class FigureEvent(Fact, table=True):
    """Fait d'un chiffre: from `on`, a function and a direction own it; or its definition was
    verified, or first seen, with the `mark` of its text.
    """

    figure: str = Field(index=True)
    what: str
    owner: str = ""
    owner_direction_id: int | None = Field(default=None, foreign_key="direction.id")
    mark: str = ""


class Override(Fact, table=True):
    """Statut imposé: a status set by hand on a milestone, workstream or figure, until `until`."""

    subject: str = Field(index=True)
    status: str
    until: date


class no_index(FunctionElement):
    """The same condition, written so that no engine uses an index for it.

    SQLite, without statistics, would collect each part of an OR by an index and sort: there it
    becomes a CASE. PostgreSQL has statistics, and would estimate a CASE as one row in two hundred:
    there it is unchanged.
    """

    type = Boolean()
    inherit_cache = True

    def __init__(self, condition: ColumnElement[bool]):
        super().__init__(condition)


@compiles(no_index)
def _as_it_is(element: no_index, compiler: SQLCompiler, **more: object) -> str:
    return f"({compiler.process(element.clauses, **more)})"


@compiles(no_index, "sqlite")
def _as_a_case(element: no_index, compiler: SQLCompiler, **more: object) -> str:
    return f"CASE WHEN ({compiler.process(element.clauses, **more)}) THEN 1 ELSE 0 END = 1"


# The share that is done, from 0 to 1, and in French what is being done.
Progress = Callable[[float, str], None]


def without_progress(_share: float, _message: str) -> None:
    """Ignores every report."""


def between(progress: Progress, start: float, end: float) -> Progress:
    """Reports the share of one part of a task as a share of the whole."""
    return lambda share, message: progress(start + (end - start) * share, message)


class Paced:
    """Passes on one report every so often; the share passed on never decreases."""

    def __init__(self, progress: Progress, every: float, delay: float = 0.0):
        self._report, self._every = progress, every
        self._next, self._most = monotonic() + delay, 0.0

    def __call__(self, share: float, message: str) -> None:
        self._most = max(self._most, min(share, 1.0))
        if monotonic() >= self._next:
            self.at_once(share, message)

    def at_once(self, share: float, message: str) -> None:
        """Passes on a report at once, before a step that reports nothing for a while."""
        self._most = max(self._most, min(share, 1.0))
        self._report(self._most, message)
        self._next = monotonic() + self._every
