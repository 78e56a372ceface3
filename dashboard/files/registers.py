"""Reads registers (répertoires): rows of a table by field, whatever the order and names of their
columns.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from itertools import zip_longest

from dashboard.files.ideas.columns import is_html, plain_text
from dashboard.files.matching.fields import NONE, Correspondence, Fields, fields_of
from dashboard.files.matching.layout import Layout, Matched, known_for
from dashboard.files.tables import Problem, Row, Table, Warned
from dashboard.files.uploads import open_table
from dashboard.files.values import READS, compact, day_of, number_of, readable
from dashboard.files.words import words_of
from dashboard.french import counted
from models.roadmap import PST_LEVELS, MilestoneState, PlanLevel, ProjectState
from models.search import fold
from models.settings import ROOT
from models.texts import clean_text


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One row: its line, the values of the fields present in the file, the unreadable cells
    (field, reason), and the fields to be emptied.
    """

    line: int
    values: Mapping[str, object]
    faults: tuple[tuple[str, str], ...] = ()
    emptied: frozenset[str] = frozenset()

    def get(self, name: str, default: object = None) -> object:
        """The value, or the default for an empty cell or a missing column; the empty value if it
        was emptied.
        """
        value = self.values.get(name)
        if name in self.emptied:
            return value
        return default if value in (None, "") else value

    def text(self, name: str, default: object = "") -> str:
        """The value as a text, or the default."""
        return str(self.get(name, default))


@dataclass(frozen=True)
class TypedRows:
    """Rows typed on the screen instead of a file. A cell is None (unchanged, like an empty cell
    of a file) or the empty text (to be emptied).
    """

    name: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]

    def table(self) -> Table:
        """The rows, numbered from 1, exactly as typed."""
        rows = (
            Row(line, [cell or "" for cell in cells]) for line, cells in enumerate(self.rows, 1)
        )
        return Table(self.name, list(self.headers), rows, escapes=False)

    def emptied(self) -> "Emptied":
        """The cells to be emptied, by line."""
        return {
            line: frozenset(
                header for header, cell in zip(self.headers, cells, strict=True) if cell == ""
            )
            for line, cells in enumerate(self.rows, 1)
        }


_TOTAL = re.compile(r"(?:sous-?\s?total|total|totaux|moyenne)\b")
_UNSAID = ("", "?", "-", "–")  # cells that say nothing of their day
_LINKS = frozenset(("au", "le", "en", "fin", "pour"))
# Line → the headers of the cells to be emptied.
Emptied = Mapping[int, frozenset[str]]


@dataclass
class ReadTable:
    """The rows of a file as one kind reads them: `headers` maps fields to the file's headers;
    `warnings` is complete once `rows` is at its end.
    """

    rows: Iterable = ()
    headers: dict[str, str] = field(default_factory=dict)
    warnings: Warned = field(default_factory=Warned)
    share: Callable[[], float] = lambda: 0.0
    is_typed: bool = False
    layout: Layout | None = None
    above: Sequence[list[str]] = ()  # the lines above the headers


def read_register(
    table: Table,
    fields: Fields,
    emptied: Emptied | None = None,
    given: Correspondence = NONE,
    stored: Iterable[Correspondence] = (),
) -> ReadTable:
    """The rows of a table; `emptied` for typed rows. Raises Unmatched if a required column is
    missing.
    """
    if emptied is None:
        table.rows = _without_totals(table.rows, table.warnings)
    matched = Matched(table, fields, given, stored)
    if wide := _one_row_a_day(matched):
        matched = Matched(wide, fields, given, stored)
    layout = matched.layout()
    matched.require(layout)
    matched.report_absent()
    return ReadTable(
        _rows(matched, emptied),
        matched.headers,
        table.warnings,
        lambda: table.share(),
        emptied is not None,
        layout,
        table.above,
    )


def _without_totals(rows: Iterable[Row], warnings: Warned) -> Iterator[Row]:
    """The rows that do not sum others up: « Total » or « Sous-total Voirie », then numbers."""
    for row in rows:
        first, *others = [cell.strip() for cell in row.cells if cell.strip()] or [""]
        is_total = _TOTAL.match(fold(first)) and (others or any(map(str.isdigit, first)))
        if is_total and all(readable(number_of, cell) is not None for cell in others):
            reason = "Cette ligne est un total : elle est laissée de côté."
            warnings.append(Problem(row.line, "", reason))
        else:
            yield row


def _one_row_a_day(matched: Matched) -> Table | None:
    """The table with one row for each cell below a day, where days are columns; None where they
    are not.
    """
    table, there = matched.table, matched.places.keys() | matched.says.fixed.keys()
    on = next((field for field in matched.fields.values() if field.across), None)
    if on is None or there & {on.code, on.across, *on.instead}:
        return None
    value = matched.fields[on.across]
    names = {"", *map(compact, value.spellings)}
    found = ((i, _day_headed(header, names)) for i, header in enumerate(table.headers))
    days = {i: day for i, day in found if day and i not in matched.places.values()}
    if not days:
        return None
    others = [i for i, _ in enumerate(table.headers) if i not in days]

    def rows() -> Iterator[Row]:
        for row in table.rows:
            told = {i: day for i, day in days.items() if row.cells and row.cells[i] not in _UNSAID}
            same = [row.cells[i] for i in others] if row.cells else []
            if row.problem:
                yield row
            for i, day in told.items():
                yield Row(row.line, [*same, day.isoformat(), row.cells[i]])

    reason = (
        f"{counted(len(days), 'colonne est une date', 'colonnes sont des dates')} :"
        " chaque cellule remplie y est une ligne."
    )
    table.warnings.append(Problem(table.header_line, "", reason))
    headers = [*(table.headers[i] for i in others), on.spellings[0], value.spellings[0]]
    return replace(table, headers=headers, rows=rows(), share=lambda: table.share())


def _day_headed(header: str, names: Collection[str]) -> date | None:
    """The day of « Cible juin 2026 », « 14 mars 2023 09:00 », « 2027 »; None where the words before
    it are none of `names`.
    """
    words = header.split()
    for n in range(len(words)):
        rest = " ".join(words[n:])
        is_year = rest.isdecimal() and len(rest) == 4
        day = readable(day_of, f"31/12/{rest}" if is_year else rest)
        if day:
            told = " ".join(word for word in words[:n] if fold(word) not in _LINKS)
            return day if compact(told) in names else None
    return None


def _rows(matched: Matched, emptied: Emptied | None) -> Iterator[RegisterRow | Problem]:
    codes = [*matched.places, *matched.says.fixed]
    for row in matched.table.rows:
        if row.problem:
            yield Problem(row.line, "", row.problem)
            continue
        values: dict[str, object] = {}
        faults: list[tuple[str, str]] = []
        for code in codes:
            kind = matched.fields[code].kind
            cell = matched.cell(row, code, emptied is not None)
            if kind == "long" and emptied is None and is_html(cell):
                cell = plain_text(cell)
            try:
                value = READS.get(kind, str)(cell if kind == "indented" else clean_text(cell))
            except ValueError as error:
                faults.append((code, str(error)))
                continue
            # One cell may hold several fields.
            values |= value if isinstance(value, dict) else {code: value}
        emptied_headers = (emptied or {}).get(row.line, frozenset())
        empty = frozenset(
            code for code, header in matched.headers.items() if header in emptied_headers
        )
        yield RegisterRow(row.line, values, tuple(faults), empty)


# The programme's first day assumed by the proposed milestones.
PROPOSED_FROM = date(2021, 1, 1)
_HIERARCHY = re.compile(r"\d+(?:\.\d+)*")
_PROPOSED = ROOT / "seed" / "jalons.csv"

MILESTONES = fields_of("jalons")
# Words of tools → the state of a milestone, or of an element of the PST.
_STATES = {
    compact(word): (milestone, element)
    for states in words_of("plan-states")["states"]
    for milestone, element in [
        (MilestoneState(states["milestone"]), ProjectState(states["element"]))
    ]
    for word in (*states["words"], milestone, milestone.label, element, element.label)
}
_LEVELS = {
    compact(word): level
    for level, words in {
        PlanLevel.strategic: ("o.s.", "stratégique"),
        PlanLevel.operational: ("o.o.", "opérationnel"),
        PlanLevel.action: ("actions",),
    }.items()
    for word in (*words, level.value, level.label)
}


def state_of(level: str, text: str) -> MilestoneState | ProjectState | None:
    """« En cours », « Réalisé »; None for anything else."""
    milestone, element = _STATES.get(compact(text), (None, None))
    return milestone if level == PlanLevel.milestone else element


def level_of(text: str) -> PlanLevel | None:
    """« OS », « Objectif opérationnel » of the PST, « 1 » of an outline; None for anything else."""
    is_outline = text.isdecimal() and int(text) > 0
    return (
        PST_LEVELS[min(int(text), len(PST_LEVELS)) - 1]
        if is_outline
        else _LEVELS.get(compact(text))
    )


def outlined(rows: Sequence[RegisterRow]) -> list[RegisterRow]:
    """The rows of a plan with their outline, from a level, a number « 1.2.3 » or an indent:
    `depth`, the `above` rows from the top, and whether each `is_group`.
    """
    is_level = not any("." in row.text("outline") for row in rows)
    depths = [_depth(row, is_level) for row in rows]
    above: list[tuple[int, RegisterRow]] = []
    found = []
    for row, depth, following in zip_longest(rows, depths, depths[1:], fillvalue=0):
        above = [parent for parent in above if parent[0] < depth]
        outline = {"depth": len(above), "above": [parent for _, parent in above]}
        found.append(replace(row, values={**row.values, **outline, "is_group": following > depth}))
        above.append((depth, found[-1]))
    return found


def _depth(row: RegisterRow, is_level: bool) -> int:
    """The depth of a row; `is_level`: the outline is a level, « 2 », else a number, « 1.2 »."""
    outline = row.text("outline")
    for text in (outline, row.text("number")):
        if "." in text and _HIERARCHY.fullmatch(text):
            return text.count(".")
    return int(outline) if is_level and outline.isdecimal() else row.get("indent", 0)


@cache
def proposed() -> list[RegisterRow]:
    """The template milestones (jalons proposés), to be adopted by each programme."""
    table = read_register(open_table(_PROPOSED, known=known_for(MILESTONES)), MILESTONES)
    return [row for row in table.rows if isinstance(row, RegisterRow)]
