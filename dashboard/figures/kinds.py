"""What a figure is: its declaration (code, label, definition, unit, target kind, cut) and one
row per date.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from sqlmodel import Session

from dashboard.formulas import Rate
from dashboard.queries.figures.figure_rows import Behind, Rows
from dashboard.queries.figures.late_facts import Source
from dashboard.scope import Scope
from models.roadmap import TargetKind
from models.words import Word


class Unit(Word):
    percent = "%", "%"
    points = "points", "points"
    months = "mois", "mois"
    days = "jours", "jours"
    working_days = "jours-ouvrables", "jours ouvrables"
    number = "nb", ""
    per_hundred = "pour-100", "pour 100 agents"
    hours = "h", "heures"


class Cut(StrEnum):
    """By which direction a figure is cut; `none`: the whole only."""

    none = ""
    owner = "propriétaire du jalon"
    concerns = "direction concernée"
    origin = "service de l'auteur"
    person = "service de la personne"
    department = "département de la personne"


@dataclass(frozen=True)
class Point:
    """A figure at one date: value (None: no data), its two counts, n, coverage in %, freshness,
    small cell hidden.
    """

    on: date
    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    n: int | None = None
    coverage: float | None = None
    fresh_on: date | None = None
    suppressed: bool = False

    @classmethod
    def of_rate(cls, on: date, rate: Rate, **more: object) -> "Point":
        return cls(on, rate.value, rate.numerator, rate.denominator, **more)

    @classmethod
    def hidden(
        cls, on: date, denominator: float | None = None, fresh_on: date | None = None
    ) -> "Point":
        """A small cell: neither the value nor the count is told."""
        return cls(on, None, None, denominator, fresh_on=fresh_on, suppressed=True)


@dataclass(frozen=True)
class Value:
    """One value of a figure: its exact code, French label, unit, kind of target and definition
    shown to the reader.

    `of_persons`: it counts persons, so that its small cells are hidden, and its counts stand at a
    month end. `rows`: what gives the rows behind this value, where they are not those of its
    figure.
    """

    code: str
    label: str
    unit: Unit
    kind: TargetKind
    definition: str
    counts: tuple[str, str] | None = None
    thresholds: tuple[float, float] | None = None
    upper: float | None = None
    of_persons: bool = False
    rows: Behind | None = None


Points = dict[str, list[Point]]
Compute = Callable[[Session, Scope, Sequence[date]], Points]


@dataclass(frozen=True)
class Figure:
    """A declared figure: its values, how it is cut and windowed, who reads it, where its facts
    come from.

    `source` says so in words; `facts` are the kinds of fact it is made of, so that « Tel que connu
    alors » tells which of them were recorded late; `rows` gives the rows behind its values, None
    where nothing can be listed; `subjects` are the revisions it changes with.
    """

    code: str
    label: str
    values: tuple[Value, ...]
    window: str
    cut: Cut
    reader: str
    source: str
    facts: tuple[Source, ...]
    rows: Behind | None
    subjects: tuple[str, ...]
    compute: Compute = field(compare=False)


REGISTRY: dict[str, Figure] = {}


def figure(
    code: str,
    label: str,
    *values: Value,
    window: str,
    cut: Cut,
    reader: str,
    source: str,
    facts: tuple[Source, ...],
    rows: Behind | None,
    subjects: tuple[str, ...],
) -> Callable[[Compute], Compute]:
    """Declares a figure beside its function; the order of declaration is the order of the
    catalogue.
    """

    def declare(compute: Compute) -> Compute:
        REGISTRY[code] = Figure(
            code, label, values, window, cut, reader, source, facts, rows, subjects, compute
        )
        return compute

    return declare


def rows_behind(session: Session, scope: Scope, code: str, page: int = 1) -> Rows | None:
    """Page `page` (from 1) of the rows behind a value; None where nothing can be listed."""
    declared = REGISTRY.get(code) or REGISTRY[code.rsplit(".", 1)[0]]
    own = next((value.rows for value in declared.values if value.code == code), None)
    give = own or declared.rows
    return give(session, scope, code, max(page, 1)) if give else None


def of_persons() -> frozenset[str]:
    """The codes of the values that count persons."""
    return frozenset(
        value.code
        for declared in REGISTRY.values()
        for value in declared.values
        if value.of_persons
    )


MONTHS_12 = "12 mois finissant à la date"
STOCK = "situation à la date"
QUARTER = "trimestre"
