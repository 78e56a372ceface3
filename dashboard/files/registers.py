"""Reads registers (répertoires): rows of a table by field, whatever the order and names of their
columns.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dashboard.files.ideas.comments import is_html, plain_text
from dashboard.files.matching.fields import NONE, Correspondence, Fields
from dashboard.files.matching.layout import Layout, Matched
from dashboard.files.tables import Problem, Row, Table, Warned
from dashboard.files.values import READS
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
    matched = Matched(table, fields, given, stored)
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
    )


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
