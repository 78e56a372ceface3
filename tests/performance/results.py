"""What the bench found: lines with their budgets, kept as JSON and told as Markdown.

A file of results is renewed part by part: a line takes the place of the one that says the same of
the same volume and engine, and each keeps the day, the load and the commit it was measured at.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

HELD, MISSED = "tenu", "manqué"
OF_PLACES = ("gestures", "screens", "light")  # whose lines begin with a screen or a page


@dataclass(frozen=True)
class Budget:
    """At most this, or `at_least` this; of a floor (« hello ») it is so many times what stands there."""

    limit: float
    of: str = ""
    at_least: bool = False

    def holds(self, value: float, beside: dict[str, float]) -> bool | None:
        """None: what it compares with was not measured."""
        if self.of and self.of not in beside:
            return None
        limit = self.limit * beside[self.of] if self.of else self.limit
        return value >= limit if self.at_least else value <= limit

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {number(self.limit)}{f' × {self.of}' if self.of else ''}"


@dataclass(frozen=True)
class Line:
    """One thing that was measured. `beside`: the same of the floors, in the same run."""

    what: str
    value: float | None
    unit: str = "ms"
    budget: Budget | None = None
    beside: dict[str, float] = field(default_factory=dict)
    part: str = ""
    size: str = ""
    engine: str = ""
    when: str = ""  # day and hour, load of the machine, commit

    @property
    def verdict(self) -> str:
        """« tenu », « manqué », or nothing where nothing is asked or nothing could be compared."""
        if self.budget is None or self.value is None:
            return ""
        holds = self.budget.holds(self.value, self.beside)
        return "" if holds is None else HELD if holds else MISSED

    @property
    def key(self) -> tuple[str, ...]:
        return (self.part, self.engine, self.size, self.what)

    @property
    def place(self) -> str:
        """« Agenda » of « Agenda: usable, local », where it is one of many."""
        return self.what.partition(": ")[0] if self.part in OF_PLACES else ""

    @property
    def row(self) -> tuple[str, ...]:
        """What the volumes of one row share, and the places of one part."""
        what = self.what.removeprefix(f"{self.place}: ") if self.place else self.what
        return (what, self.unit, str(self.budget or ""))

    @property
    def strain(self) -> float:
        """How near it is to its budget; more than 1: beyond it."""
        limit = self.budget.limit * self.beside.get(self.budget.of, 1)
        share = self.value / limit if limit else float(self.value > 0)
        return 1 / share if self.budget.at_least and share else share


# ── The file ──────────────────────────────────────────────────────────────────────────────────────


def merged(known: Iterable[Line], new: Iterable[Line]) -> list[Line]:
    """In the order in which they were first measured."""
    lines = {line.key: line for line in known}
    return list((lines | {line.key: line for line in new}).values())


def read(file: Path) -> list[Line]:
    if not file.exists():
        return []
    return [_line(told) for told in json.loads(file.read_text(encoding="utf-8"))["lines"]]


def write(file: Path, lines: list[Line]) -> None:
    told = [_filled(asdict(line)) | {"verdict": line.verdict} for line in lines]
    whole = ",\n".join(json.dumps(line, ensure_ascii=False) for line in told)
    file.write_text(f'{{"lines": [\n{whole}\n]}}\n', encoding="utf-8")


def _filled(told: dict) -> dict:
    return {
        name: value for name, value in told.items() if name == "unit" or value not in ("", {}, None)
    }


def _line(told: dict) -> Line:
    given = {name: value for name, value in told.items() if name != "verdict"}
    budget = given.pop("budget", None)
    return Line(**{"value": None} | given, budget=Budget(**budget) if budget else None)


# ── As Markdown ───────────────────────────────────────────────────────────────────────────────────


def tables(lines: list[Line]) -> str:
    """A page: what has a budget, a row for what was measured, a column for each volume and engine. Of
    many places with one budget (« Agenda: usable, local ») the one that is nearest to it is told.
    """
    lines = [line for line in lines if line.verdict]
    columns = list(dict.fromkeys((line.engine, line.size) for line in lines))
    rows: dict[tuple[str, ...], dict[tuple[str, str], list[Line]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for line in lines:
        rows[line.row][line.engine, line.size].append(line)
    head = ["what", "budget", *(f"{engine}, {size}" for engine, size in columns)]
    told = [_cells(head), "| --- | --- |" + " ---: |" * len(columns)]
    for (what, unit, budget), found in rows.items():
        cells = [_nearest(found[column]) if column in found else "" for column in columns]
        told.append(_cells([what, f"{budget} {unit}".strip(), *cells]))
    return "\n".join([*_measured(lines), *told])


def _measured(lines: list[Line]) -> Iterator[str]:
    count = Counter(line.verdict for line in lines)
    yield f"{count[HELD]} lines keep their budget, {count[MISSED]} do not."
    yield ""
    for part in dict.fromkeys(line.part for line in lines):
        days = sorted({line.when for line in lines if line.part == part and line.when})
        if days:
            yield f"- `{part}`: {' to '.join(dict.fromkeys([days[0], days[-1]]))}"
    yield ""


def _nearest(lines: list[Line]) -> str:
    told = max(lines, key=lambda line: line.strain)
    if len(lines) == 1:
        return cell(told)
    kept = sum(line.verdict == HELD for line in lines)
    return f"{told.place} {cell(told)}; {kept} of {len(lines)} {HELD}"


def _cells(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def cell(line: Line) -> str:
    """« 12.4 · 0.9 × hello · tenu »."""
    if line.value is None:
        return "–"
    return " · ".join(part for part in (number(line.value), *_ratios(line), line.verdict) if part)


def _ratios(line: Line) -> Iterator[str]:
    for name, value in line.beside.items():
        if value:
            yield f"{line.value / value:.2f} × {name}"


def number(value: float) -> str:
    if value == int(value) and abs(value) < 1e6:
        return f"{value:.0f}"
    return (
        f"{value:.2f}"
        if abs(value) < 10
        else f"{value:.1f}"
        if abs(value) < 100
        else f"{value:.0f}"
    )
