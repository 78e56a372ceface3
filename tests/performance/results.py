"""What the bench found: lines with their budgets, kept as JSON and told as Markdown.

A file of results is renewed part by part: a line takes the place of the one that says the same of
the same volume and engine, and each keeps the day, the load and the commit it was measured at.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

HELD, MISSED = "tenu", "manqué"
FLOORS = ("hello", "static")


@dataclass(frozen=True)
class Budget:
    """At most this, or `at_least` this; of a floor (« hello ») or of another volume (« 1k ») it is
    so many times what stands there.
    """

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
    def row(self) -> tuple[str, ...]:
        """What the volumes of one row share."""
        return (self.what, self.unit, str(self.budget or ""))


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
    return {name: value for name, value in told.items() if value not in ("", {}, None)}


def _line(told: dict) -> Line:
    given = {name: value for name, value in told.items() if name != "verdict"}
    budget = given.pop("budget", None)
    return Line(**{"value": None} | given, budget=Budget(**budget) if budget else None)


def with_growth(lines: list[Line], first: str = "1k") -> list[Line]:
    """Each line knows what the same took at the least volume, so that growth has its budget."""
    least = {_of_any_size(line): line for line in lines if line.size == first}
    return [_beside_least(line, least.get(_of_any_size(line))) for line in lines]


def _of_any_size(line: Line) -> tuple[str, ...]:
    return (line.part, line.engine, *line.row)


def _beside_least(line: Line, least: Line | None) -> Line:
    is_asked = line.budget is not None and least is not None and line.budget.of == least.size
    if not is_asked or line.size == least.size:
        return line
    return replace(line, beside=line.beside | {least.size: least.value})


# ── As Markdown ───────────────────────────────────────────────────────────────────────────────────


def tables(lines: list[Line]) -> str:
    """A count of what holds, then one table for each part and engine: a row for what was measured,
    a column for each volume.
    """
    groups: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.part, line.engine].append(line)
    return "\n".join([*_counts(groups), *(_group(*of, found) for of, found in groups.items())])


def _counts(groups: dict[tuple[str, str], list[Line]]) -> Iterator[str]:
    yield f"| part | engine | {HELD} | {MISSED} | without a budget | measured |"
    yield "| --- | --- | ---: | ---: | ---: | --- |"
    for (part, engine), lines in groups.items():
        count = Counter(line.verdict for line in lines)
        days = sorted({line.when for line in lines if line.when})
        told = " to ".join(dict.fromkeys([days[0], days[-1]])) if days else ""
        yield f"| {part} | {engine} | {count[HELD]} | {count[MISSED]} | {count['']} | {told} |"
    yield ""


def _group(part: str, engine: str, lines: list[Line]) -> str:
    sizes = list(dict.fromkeys(line.size for line in lines))
    rows: dict[tuple[str, ...], dict[str, Line]] = defaultdict(dict)
    for line in lines:
        rows[line.row][line.size] = line
    head = ["what", "unit", "budget", *sizes]
    told = [f"## {part}, {engine}" if engine else f"## {part}", "", *_head(head)]
    for row, of_size in rows.items():
        cells = [cell(of_size[size]) if size in of_size else "" for size in sizes]
        told.append(_cells([*row, *cells]))
    return "\n".join([*told, ""])


def _head(names: list[str]) -> list[str]:
    return [_cells(names), "|" + " --- |" * 3 + " ---: |" * (len(names) - 3)]


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
