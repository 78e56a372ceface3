"""What a figure is: its declaration (code, label, definition, unit, target kind, breakdown) and one
point per date.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Protocol, TypeVar

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


class ReadCache(Protocol):
    """A cache of results: under a key, as of a day (None: the whole history)."""

    def __call__(self, key: Hashable, on: date | None, make: Callable[[], T]) -> T: ...


class Reads:
    """What one figure reads of the database, for any direction and any days.

    Without a `cache`, results are stored as long as this object lives.
    """

    def __init__(self, session: Session, cache: ReadCache | None = None):
        self.session = session
        self._cache = cache or _own_cache()

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


def _cache_key(scope: Scope) -> tuple[Hashable, ...]:
    """The parts of a scope that affect a result about the whole administration."""
    return scope.as_known_then, scope.ambition, scope.asked


def _own_cache() -> ReadCache:
    stored: dict[Hashable, object] = {}

    def keep(key: Hashable, _on: date | None, make: Callable[[], T]) -> T:
        if key not in stored:
            stored[key] = make()
        return stored[key]

    return keep


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
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = plural
        member.singular = singular
        member.decimals = decimals
        member.has_counts = more.get("has_counts", False)
        member.shows_n = more.get("shows_n", False)
        member.change = more.get("change", singular)
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
Function = Callable[[Reads, Scope, Sequence[date]], Points]


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
    # Computes it for any scope and any number of days.
    function: Function = field(compare=False)
    # Code of the chantier it is about.
    workstream: str = ""
    # Entered by hand or imported irregularly: it may become stale unnoticed.
    typed: bool = False
    # Its values are entered (relevés); nothing is computed.
    measured: bool = False
    # Makes the value of one workstream from its number, where there is one value for each.
    of_stream: Callable[[int], Value] | None = None

    def compute(self, session: Session, scope: Scope, dates: Sequence[date]) -> Points:
        """Its points, computed from the database."""
        return self.function(Reads(session), scope, dates)

    def values_of(self, streams: Iterable[int]) -> tuple[Value, ...]:
        """Its values, for these workstreams."""
        return self.values or tuple(map(self.of_stream, streams))

    def values_among(self, points: Points) -> tuple[Value, ...]:
        """Its values that occur in the points."""
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


def measured() -> dict[str, Value]:
    """Code → the values that are typed in as measures, in the order of the catalogue."""
    return {
        value.code: value
        for declared in REGISTRY.values()
        if declared.measured
        for value in declared.values
    }


def value_of(code: str) -> Value:
    """The value of this code; KeyError or StopIteration for an unknown one."""
    declared = figure_of(code)
    if declared.of_stream:
        number = _STREAM.fullmatch(code.removeprefix(f"{declared.code}."))
        if number is None:
            raise KeyError(code)
        return declared.of_stream(int(number[0]))
    return next(value for value in declared.values if value.code == code)


def every_value(streams: Iterable[int]) -> list[tuple[Figure, Value]]:
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
    return frozenset(
        value.code
        for declared in REGISTRY.values()
        for value in declared.values
        if value.of_persons
    )
