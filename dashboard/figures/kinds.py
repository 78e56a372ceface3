"""What a figure is: its declaration (code, label, definition, unit, target kind, cut) and one
row per date.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from sqlmodel import Session

from dashboard import french
from dashboard.figures.reads import Reads
from dashboard.formulas import Rate, Verdict
from dashboard.queries.figures.figure_rows import Behind, Rows
from dashboard.queries.figures.late_facts import Source
from dashboard.scope import Scope
from models.clock import window_start
from models.roadmap import TargetKind
from models.words import Word

_NO_MORE: Mapping[str, object] = MappingProxyType({})


class Unit(Word):
    """Unité: code, plural (its label), singular, and how values are written. `decimals`: of a
    value. `has_counts`: a quotient, shown with both counts. `shows_n`: shown with the number of
    cases behind it. `change`: the noun of a change, in the singular.
    """

    singular: str
    decimals: int
    has_counts: bool
    shows_n: bool
    change: str

    percent = "%", "%", "%", 1, {"has_counts": True, "change": "point"}
    points = "points", "points", "point", 1, {"shows_n": True}
    months = "mois", "mois", "mois", 1
    days = "jours", "jours", "jour", 0, {"shows_n": True}
    working_days = (
        *("jours-ouvrables", "jours ouvrables", "jour ouvrable", 0),
        {"shows_n": True, "change": "jour"},
    )
    number = "nb", "", "", 0
    per_hundred = (
        *("pour-100", "pour 100 agents", "pour 100 agents", 1),
        {"has_counts": True, "change": ""},
    )
    hours = "h", "heures", "heure", 2, {"has_counts": True}

    def __new__(
        cls, code: str, plural: str, singular: str, decimals: int, more: Mapping = _NO_MORE
    ):
        word = str.__new__(cls, code)
        word._value_ = code
        word.label = plural
        word.singular = singular
        word.decimals = decimals
        word.has_counts = more.get("has_counts", False)
        word.shows_n = more.get("shows_n", False)
        word.change = more.get("change", singular)
        return word


class Theme(Word):
    """Thème: the sections of the report, in their order."""

    roadmap = "feuille-de-route", "Feuille de route"
    steering = "pilotage", "Décisions et pilotage"
    ideas = "idees", "Idées et réponses"
    communities = "communautes", "Communautés"
    academy = "academie", "Académie"
    outside = "mesures", "Agents, citoyens, développement durable"


class Window(Word):
    """Période: over which time a figure counts; the report shows its label."""

    twelve_months = "12-mois", "12 mois finissant à la date"
    stock = "situation", "situation à la date"
    quarter = "trimestre", "trimestre"

    def in_words(self, end: date) -> str:
        """The window that ends on this day."""
        if self is Window.quarter:
            return self.label
        if self is Window.stock:
            return f"situation au {french.day(end)}"
        return f"12 mois : du {french.day(window_start(end))} au {french.day(end)}"


# A value that is cut by ambition belongs to each of them.
EVERY_AMBITION = ("*",)


# What is shown in place of a small cell: of a rate or an average; of a count that is hidden alone.
SMALL = "petit effectif"
FEW = f"<{french.NO_BREAK}5"


class Breakdown(StrEnum):
    """By which direction a figure is cut; `none`: the whole only."""

    none = ""
    owner = "propriétaire du jalon"
    concerns = "direction concernée"
    origin = "service de l'auteur"
    person = "service de la personne"
    department = "département de la personne"


@dataclass(frozen=True)
class Point:
    """A figure at one date: value (None: no data), its two counts, n, coverage (what was received
    of what was awaited; None where nothing is), freshness, small cell hidden; `verdict` where a
    rule of its own gives its status, whatever its target.
    """

    on: date
    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    n: int | None = None
    coverage: Rate | None = None
    fresh_on: date | None = None
    suppressed: bool = False
    verdict: Verdict | None = None

    @classmethod
    def of_rate(cls, on: date, rate: Rate, **more: object) -> "Point":
        return cls(on, rate.value, rate.numerator, rate.denominator, **more)

    @classmethod
    def hidden(
        cls,
        on: date,
        denominator: float | None = None,
        fresh_on: date | None = None,
        coverage: Rate | None = None,
    ) -> "Point":
        """A small cell: neither the value nor the count is shown."""
        return cls(
            on, None, None, denominator, coverage=coverage, fresh_on=fresh_on, suppressed=True
        )


@dataclass(frozen=True)
class Value:
    """One value of a figure: its exact code, French label, unit, kind of target and definition
    shown to the reader.

    `of_persons`: it counts persons; its function hides the small cells (`share_of_members`,
    `rate_of_persons`, `Parts.is_hidden` in `persons.py`), and its counts stand at a month end
    (`counted_daily`: on the day itself); `hidden_as`: what stands for a small cell.
    `rows`, `window`, `workstream` (code of a chantier): of this value, where they are not those of
    its figure. `ambitions`: codes of those beside which it stands. `formula`: in words, where both
    counts do not say it. `signed`: shown with its sign. `subject`: whose status it bears, where it
    is not its own (« chantier:1 »). `whole_only`: for the whole administration only, where its
    figure is cut.
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
    window: Window | None = None
    workstream: str = ""
    ambitions: tuple[str, ...] = ()
    formula: str = ""
    signed: bool = False
    counted_daily: bool = False
    hidden_as: str = SMALL
    subject: str = ""
    whole_only: bool = False

    @property
    def status_subject(self) -> str:
        """Under which subject a status is imposed on it."""
        return self.subject or f"figure:{self.code}"


Points = dict[str, list[Point]]
Function = Callable[[Reads, Scope, Sequence[date]], Points]


@dataclass(frozen=True)
class Figure:
    """A declared figure: its values, how it is cut and windowed, who reads it, where its facts
    come from.

    `source` says so in words; `facts` are the kinds of fact it is made of, so that « Tel que connu
    alors » tells which of them were recorded late; `rows` gives the rows behind its values, None
    where nothing can be listed; `subjects` are the revisions it changes with. `workstream`: the
    code of the chantier it tells of. `of_stream`: of a family with one value for each workstream
    that there is, what makes one from its number. `typed`: typed in or imported now and then, so
    that it may grow old without anybody noticing; `measured`: its values are (relevés), and nothing
    is computed. `function` computes it for any scope and any number of days.
    """

    code: str
    label: str
    values: tuple[Value, ...]
    theme: Theme
    window: Window
    cut: Breakdown
    reader: str
    source: str
    facts: tuple[Source, ...]
    rows: Behind | None
    subjects: tuple[str, ...]
    function: Function = field(compare=False)
    workstream: str = ""
    typed: bool = False
    measured: bool = False
    of_stream: Callable[[int], Value] | None = None

    def compute(self, session: Session, scope: Scope, dates: Sequence[date]) -> Points:
        """Its points, straight from the database."""
        return self.function(Reads(session), scope, dates)

    def values_of(self, streams: Iterable[int]) -> tuple[Value, ...]:
        """Its values, where these workstreams are those that there are."""
        return self.values or tuple(map(self.of_stream, streams))

    def values_among(self, points: Points) -> tuple[Value, ...]:
        """Its values of which there are points."""
        return self.values or tuple(map(value_of, points))


REGISTRY: dict[str, Figure] = {}
# The number of a workstream as codes write it.
_STREAM = re.compile(r"[1-9]\d{0,5}", re.ASCII)


def figure(
    code: str,
    label: str,
    *values: Value,
    theme: Theme,
    window: Window,
    cut: Breakdown,
    reader: str,
    source: str,
    facts: tuple[Source, ...],
    rows: Behind | None,
    subjects: tuple[str, ...],
    workstream: str = "",
    typed: bool = False,
    measured: bool = False,
    of_stream: Callable[[int], Value] | None = None,
) -> Callable[[Function], Function]:
    """Declares a figure beside its function; the order of declaration is the order of the
    catalogue.
    """

    def declare(function: Function) -> Function:
        REGISTRY[code] = Figure(
            code,
            label,
            values,
            theme,
            window,
            cut,
            reader,
            source,
            facts,
            rows,
            subjects,
            function,
            workstream,
            typed or measured,
            measured,
            of_stream,
        )
        return function

    return declare


def figure_of(code: str) -> Figure:
    """The figure a value belongs to: `reponse.tenue` → `reponse`, `formation@terrain` →
    `formation`.
    """
    whole = code.partition("@")[0]
    return REGISTRY.get(whole) or REGISTRY[whole.rsplit(".", 1)[0]]


def measured() -> dict[str, str]:
    """Code → label of the values that are typed in as measures, in the order of the catalogue."""
    return {
        value.code: value.label
        for declared in REGISTRY.values()
        if declared.measured
        for value in declared.values
    }


def value_of(code: str) -> Value:
    """The value of this code; KeyError or StopIteration where there can be none."""
    declared = figure_of(code)
    if declared.of_stream:
        number = _STREAM.fullmatch(code.removeprefix(f"{declared.code}."))
        if number is None:
            raise KeyError(code)
        return declared.of_stream(int(number[0]))
    return next(value for value in declared.values if value.code == code)


def every_value(streams: Iterable[int]) -> list[tuple[Figure, Value]]:
    """Every figure with each of its values, where these workstreams are those that there are."""
    known = tuple(streams)
    return [
        (declared, value) for declared in REGISTRY.values() for value in declared.values_of(known)
    ]


def rows_behind(session: Session, scope: Scope, code: str, page: int = 1) -> Rows | None:
    """Page `page` (from 1) of the rows behind a value; None where nothing can be listed."""
    give = value_of(code).rows or figure_of(code).rows
    return give(session, scope, code, max(page, 1)) if give else None


def of_persons() -> frozenset[str]:
    """The codes of the values that count persons."""
    return frozenset(
        value.code
        for declared in REGISTRY.values()
        for value in declared.values
        if value.of_persons
    )
