"""Reading registers (répertoires): rows of a table by their fields, whatever the order and the
names of their columns.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dashboard.files.matching.correspondences import NONE, Correspondence
from dashboard.files.matching.fields import Fields
from dashboard.files.matching.layout import Layout, Matched
from dashboard.files.tables import Problem, Row, Table, Warned
from dashboard.files.values import READS
from models.texts import clean_text


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One row: its line, the value of each field the file has a column for, the cells that could
    not be read (field, why), and the fields whose empty cell says that they are to be empty.
    """

    line: int
    values: Mapping[str, object]
    faults: tuple[tuple[str, str], ...] = ()
    emptied: frozenset[str] = frozenset()

    def get(self, name: str, default: object = None) -> object:
        """The value, or the default where the cell is empty or the column missing; the empty value
        where it was emptied.
        """
        found = self.values.get(name)
        if name in self.emptied:
            return found
        return default if found in (None, "") else found

    def is_emptied(self, name: str) -> bool:
        """Whether this field is to be empty, whatever a known row has."""
        return name in self.emptied


@dataclass(frozen=True)
class TypedRows:
    """Rows typed on the screen, in place of a file. A cell without text says nothing (None), as an
    empty one of a file, or is to be empty (the empty text).
    """

    name: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]

    def table(self) -> Table:
        """The rows by their place, from 1; what was typed is as it was typed."""
        rows = (
            Row(line, [cell or "" for cell in cells]) for line, cells in enumerate(self.rows, 1)
        )
        return Table(self.name, list(self.headers), rows, escapes=False)

    def emptied(self) -> "Emptied":
        """Which cells of which line are to be empty."""
        return {
            line: frozenset(
                header for header, cell in zip(self.headers, cells, strict=True) if cell == ""
            )
            for line, cells in enumerate(self.rows, 1)
        }


# Line → the headers under which a cell is to be empty.
Emptied = Mapping[int, frozenset[str]]


@dataclass
class RegisterTable:
    """The rows of a register: `rows` can be walked once; `headers` gives the file's own header
    of a field.
    """

    rows: Iterator[RegisterRow | Problem]
    headers: dict[str, str]
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
) -> RegisterTable:
    """The rows of a table; `emptied` where they were typed. Raises Unmatched where a needed column
    is missing.
    """
    matched = Matched(table, fields, given, stored)
    layout = matched.layout()
    matched.require(layout)
    matched.report_absent()
    return RegisterTable(
        _rows(matched, emptied),
        matched.headers,
        table.warnings,
        lambda: table.share(),
        emptied is not None,
        layout,
    )


def _rows(matched: Matched, emptied: Emptied | None) -> Iterator[RegisterRow | Problem]:
    there = [*matched.places, *matched.says.fixed]
    for row in matched.table.rows:
        if row.problem:
            yield Problem(row.line, "", row.problem)
            continue
        values: dict[str, object] = {}
        faults: list[tuple[str, str]] = []
        for code in there:
            kind = matched.fields[code].kind
            cell = matched.cell(row, code, emptied is not None)
            try:
                found = READS.get(kind, str)(cell if kind == "indented" else clean_text(cell))
            except ValueError as error:
                faults.append((code, str(error)))
                continue
            # One cell may hold several fields.
            values |= found if isinstance(found, dict) else {code: found}
        gone = (emptied or {}).get(row.line, frozenset())
        empty = frozenset(code for code, header in matched.headers.items() if header in gone)
        yield RegisterRow(row.line, values, tuple(faults), empty)
