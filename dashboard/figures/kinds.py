"""What a figure is: its declaration (code, label, definition, unit, target kind, breakdown) and its
points at a day.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import TypeVar

from sqlmodel import Session

from dashboard import french
from dashboard.formulas import Rate, Verdict
from dashboard.queries.figures.figure_rows import Behind, Rows
from dashboard.queries.figures.late_facts import Source
from dashboard.queries.figures.small_cells import CATALOGUE
from dashboard.scope import Scope
from models.clock import window_start
from models.roadmap import TargetKind
from models.scales import Word

T = TypeVar("T")


# A cache: what is under a key as of a day (None: the whole history), else what `make` makes.
ReadCache = Callable[[Hashable, date | None, Callable[[], T]], T]


class Reads:
    """What one figure reads of the database, for any direction and any days.

    Without a `cache`, results are stored as long as this object lives.
    """

    def __init__(self, session: Session, cache: ReadCache | None = None):
        self.session = session
        self._stored: dict[Hashable, object] = {}
        self._cache = cache or self._find

    def read(self, query: Callable[..., T], scope: Scope, on: date, *more: Hashable) -> T:
        """`query(session, scope, on, *more)` of the whole administration."""
        key = (query, *_cache_key(scope), on, *more)
        return self._cache(
            key, on, lambda: query(self.session, scope.whole().impersonal(), on, *more)
        )

    def derive(self, make: Callable[..., T], scope: Scope, on: date, *more: Hashable) -> T:
        """`make(reads, scope, on, *more)` of the whole administration: computed from reads, with
        the organisation chart of the scope's day.
        """
        key = (make, *_cache_key(scope), scope.tree, on, *more)
        return self._cache(key, on, lambda: make(self, scope.whole().impersonal(), on, *more))

    def of_scope(self, make: Callable[..., T], scope: Scope, on: date, *more: Hashable) -> T:
        """`make(reads, scope, on, *more)` of exactly this scope, at any day."""
        seen = replace(scope.impersonal(), on=on, since=None)
        key = (make, seen, scope.tree, *more)
        return self._cache(key, on, lambda: make(self, seen, on, *more))

    def register(self, query: Callable[..., T], *more: Hashable) -> T:
        """`query(session, *more)`: a small table with its whole history, usable as of any day."""
        return self._cache((query, *more), None, lambda: query(self.session, *more))

    def points(self, figure: "Figure", scope: Scope, days: Sequence[date]) -> "Points":
        """The points of a figure at these days."""
        return in_series(days, [figure.function(self, scope, on) for on in days])

    def _find(self, key: Hashable, _on: date | None, make: Callable[[], T]) -> T:
        if key not in self._stored:
            self._stored[key] = make()
        return self._stored[key]


def _cache_key(scope: Scope) -> tuple[Hashable, ...]:
    """The parts of a scope that affect a result about the whole administration."""
    return scope.as_known_then, scope.ambition, scope.asked


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

    percent = "%", "%", "%", 1, True, False, "point"
    points = "points", "points", "point", 1, False, True, "point"
    months = "mois", "mois", "mois", 1, False, False, "mois"
    days = "jours", "jours", "jour", 0, False, True, "jour"
    working_days = (
        *("jours-ouvrables", "jours ouvrables", "jour ouvrable"),
        *(0, False, True, "jour"),
    )
    number = "nb", "", "", 0, False, False, ""
    per_hundred = "pour-100", "pour 100 agents", "pour 100 agents", 1, True, False, ""
    hours = "h", "heures", "heure", 2, True, False, "heure"

    def __new__(cls, code: str, plural: str, *more: object):
        member = str.__new__(cls, code)
        member._value_, member.label = code, plural
        member.singular, member.decimals, member.has_counts, member.shows_n, member.change = more
        return member


class Theme(Word):
    """Thème: the sections of the report, in their order."""

    roadmap = "feuille-de-route", "Feuille de route"
    steering = "pilotage", "Décisions et pilotage"
    ideas = "idees", "Idées et réponses"
    communities = "communautes", "Communautés"
    academy = "academie", "Académie"
    outside = "mesures", "Agents, citoyens, développement durable"


class Window(Word):
    """Période: the time span a figure covers; the report shows its label."""

    twelve_months = "12-mois", "12 mois finissant à la date"
    stock = "situation", "situation à la date"
    quarter = "trimestre", "trimestre"

    def in_words(self, end: date) -> str:
        """The window ending on this day."""
        if self is Window.quarter:
            return self.label
        if self is Window.stock:
            return f"situation au {french.day(end)}"
        return f"12 mois : du {french.day(window_start(end))} au {french.day(end)}"


# A value available by ambition belongs to each of them.
EVERY_AMBITION = ("*",)


# Shown instead of a small cell: of a rate or an average; of a count hidden alone.
SMALL = "petit effectif"
FEW = f"<{french.NO_BREAK}5"


class Breakdown(StrEnum):
    """The level by which a figure is available; `none`: the whole administration only."""

    none = ""
    owner = "propriétaire du jalon"
    concerns = "direction concernée"
    origin = "service de l'auteur"
    person = "service de la personne"
    department = "département de la personne"


@dataclass(frozen=True)
class Point:
    """A figure at one date: value (None: no data), its two counts, n, coverage (received of
    expected; None if nothing is expected), freshness, whether it is a suppressed small cell;
    `verdict` if a rule of its own gives its status, whatever its target.
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
        """A suppressed small cell: neither the value nor the count is shown."""
        return cls(
            on, None, None, denominator, coverage=coverage, fresh_on=fresh_on, suppressed=True
        )


@dataclass(frozen=True)
class Value:
    """One value of a figure, as it is shown to readers."""

    code: str
    label: str
    unit: Unit
    kind: TargetKind
    definition: str
    # What the numerator and the denominator count, in words.
    counts: tuple[str, str] | None = None
    # Limits of « à surveiller » and « en difficulté », where no target decides.
    thresholds: tuple[float, float] | None = None
    upper: float | None = None
    # It counts persons: its function hides small cells (`persons.py`), at month ends.
    of_persons: bool = False
    # Rows, window, workstream of this value, where they differ from its figure's.
    rows: Behind | None = None
    window: Window | None = None
    workstream: str = ""
    # Codes of the ambitions it is shown with.
    ambitions: tuple[str, ...] = ()
    # The formula in words, where the two counts do not give it.
    formula: str = ""
    # Shown with its sign.
    signed: bool = False
    # Of persons, and counted every day.
    counted_daily: bool = False
    # The text in place of a small cell.
    hidden_as: str = SMALL
    # Whose status it has, if not its own: « chantier:1 ».
    subject: str = ""
    # For the whole administration only, although its figure is cut by direction.
    whole_only: bool = False

    @property
    def status_subject(self) -> str:
        """The subject on which a status for it is imposed."""
        return self.subject or f"figure:{self.code}"

    @property
    def takes_targets(self) -> bool:
        """Whether its status follows targets, not fixed thresholds."""
        return self.kind != TargetKind.follow and self.thresholds is None

    @property
    def mark(self) -> str:
        """Of what it counts, in whatever words; not of its name or its display."""
        parts = self.definition, self.formula, self.counts, self.unit, self.kind, self.thresholds
        return sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]

    @property
    def figure(self) -> "Figure":
        """The figure that it belongs to."""
        return figure_of(self.code)


Points = dict[str, list[Point]]
# Computes a figure for any scope at one day: code of the value → its point.
Function = Callable[[Reads, Scope, date], dict[str, Point]]


def in_series(days: Sequence[date], found: Sequence[Mapping[str, Point]]) -> Points:
    """Code of each value → its points, one for each day."""
    codes = dict.fromkeys(code for points in found for code in points)
    # A workstream added since has no value on the days that were computed before.
    return {
        code: [points.get(code) or Point(on, None) for on, points in zip(days, found, strict=True)]
        for code in codes
    }


@dataclass(frozen=True)
class Figure:
    """A declared figure: what it counts, for whom, from which facts."""

    code: str
    label: str
    values: tuple[Value, ...]
    theme: Theme
    window: Window
    # How it may be broken down: by direction, by person, not at all…
    cut: Breakdown
    # Its readers, in words.
    reader: str
    # Where its facts come from, in words.
    source: str
    # The kinds of fact it is made of: « tel que connu alors » lists those recorded late.
    facts: tuple[Source, ...]
    # The rows behind its values; None: nothing to list.
    rows: Behind | None
    # The revisions it depends on (`models/revisions.py`).
    subjects: tuple[str, ...]
    function: Function = field(compare=False)
    # Code of the chantier it is about.
    workstream: str = ""
    # Entered by hand or imported irregularly: it may become stale unnoticed.
    typed: bool = False
    # Its values are entered (relevés); nothing is computed.
    measured: bool = False
    # Makes the value of one workstream from its number, where there is one value for each.
    of_stream: Callable[[int], Value] | None = None

    def values_of(self, streams: Iterable[int]) -> tuple[Value, ...]:
        """Its values, for these workstreams."""
        return self.values or tuple(map(self.of_stream, streams))


REGISTRY: dict[str, Figure] = {}
# The number of a workstream as codes write it.
_STREAM = re.compile(r"[1-9]\d{0,5}", re.ASCII)


def figure(
    code: str, label: str, *values: Value, **declared: object
) -> Callable[[Function], Function]:
    """Declares a figure beside its function, with the fields of `Figure`; the order of declaration
    is the order of the catalogue.
    """

    def declare(function: Function) -> Function:
        REGISTRY[code] = Figure(code, label, values, function=function, **declared)
        return function

    return declare


def figure_of(code: str) -> Figure:
    """The figure a value belongs to: `reponse.tenue` → `reponse`, `formation@terrain` →
    `formation`.
    """
    whole = code.partition("@")[0]
    return REGISTRY.get(whole) or REGISTRY[whole.rsplit(".", 1)[0]]


def measured() -> dict[str, Value]:
    """Code → the values that are typed in as measures, in the order of the catalogue."""
    return {value.code: value for declared, value in every_value() if declared.measured}


def value_of(code: str) -> Value:
    """The value of this code; KeyError or StopIteration for an unknown one."""
    declared = figure_of(code)
    if declared.of_stream:
        number = _STREAM.fullmatch(code.removeprefix(f"{declared.code}."))
        if number is None:
            raise KeyError(code)
        return declared.of_stream(int(number[0]))
    return next(value for value in declared.values if value.code == code)


def every_value(streams: Iterable[int] = ()) -> list[tuple[Figure, Value]]:
    """Every figure with each of its values, for these workstreams."""
    numbers = tuple(streams)
    return [
        (declared, value) for declared in REGISTRY.values() for value in declared.values_of(numbers)
    ]


def all_values(streams: Iterable[int] = ()) -> dict[str, Value]:
    """Code → value, in the order of the catalogue, for these workstreams."""
    return {value.code: value for _, value in every_value(streams)}


CATALOGUE[:] = [all_values]


def rows_behind(session: Session, scope: Scope, code: str, page: int = 1) -> Rows | None:
    """Page `page` (from 1) of the rows behind a value; None if there is nothing to list."""
    give = value_of(code).rows or figure_of(code).rows
    return give(session, scope, code, max(page, 1)) if give else None


def of_persons() -> frozenset[str]:
    """The codes of the values that count persons."""
    return frozenset(value.code for _, value in every_value() if value.of_persons)
