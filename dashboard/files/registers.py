"""Reading registers (répertoires): rows of a table by the names of their columns, whatever their
order.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from dashboard.files.columns import needed_places
from dashboard.files.csvout import restored
from dashboard.files.quoting import shown
from dashboard.files.tables import Known, Problem, Row, Table, Warned
from dashboard.files.values import compact, day_of, number_of, whole_of
from models.texts import clean_text

_HOURS = re.compile(r"(\d{1,4})\s*(?:h|heures?)\s*(\d{2})?(?:\s*min)?", re.IGNORECASE)
_YES = frozenset(("oui", "o", "yes", "y", "1", "x", "vrai", "true"))
_NO = frozenset(("non", "n", "no", "0", "faux", "false"))


def flag_of(text: str) -> bool | None:
    """« oui », « non »; None for an empty cell. Raises ValueError, in French, for anything else."""
    word = compact(text)
    if not word:
        return None
    if word not in _YES | _NO:
        raise ValueError(f"« {shown(text)} » n'est ni « oui » ni « non ».")
    return word in _YES


def date_of(text: str) -> date | None:
    """A day, or None for an empty cell. Raises ValueError, in French; a year alone is no day."""
    found = day_of(text)
    if text.strip() and found is None:
        raise ValueError(f"« {shown(text)} » n'est pas une date.")
    return found


def hours_of(text: str) -> float | None:
    """« 7,5 », « 7 h », « 3h30 »; None for an empty cell. Raises ValueError, in French."""
    found = _HOURS.fullmatch(text.strip())
    if found:
        return int(found[1]) + int(found[2] or 0) / 60
    try:
        return number_of(text)
    except ValueError:
        raise ValueError(f"« {shown(text)} » n'est pas un nombre d'heures.") from None


def percent_of(text: str) -> float | None:
    """« 45 % », « 45 », and 0.45 of a spreadsheet that forgot its format; None for an empty cell.
    Raises ValueError, in French.
    """
    value = number_of(text)
    is_share = value is not None and "%" not in text and 0 < value < 1
    return 100 * value if is_share else value


def closing_day_of(text: str) -> str:
    """« 27/09 », each year, or « 27/09/2026 », once, as they are kept. Raises ValueError, in
    French.
    """
    parts = text.strip().split("/")
    try:
        if len(parts) == 2:
            # 2020 has a 29 February.
            return f"{date(2020, int(parts[1]), int(parts[0])):%d/%m}"
        day = day_of(text)
    except ValueError:
        day = None
    if day is None:
        raise ValueError(
            f"« {shown(text)} » n'est pas un jour : jj/mm (chaque année) ou jj/mm/aaaa (une fois)."
        )
    return f"{day:%d/%m/%Y}"


Reads = Mapping[str, Callable[[str], object]]
READS: Reads = {
    "whole": whole_of,
    "number": number_of,
    "flag": flag_of,
    "date": date_of,
    "hours": hours_of,
    "percent": percent_of,
    "closing_day": closing_day_of,
    "lower": str.lower,
    "upper": str.upper,
}


@dataclass(frozen=True)
class RegisterLayout:
    """What a register is made of: field → spellings of its column, the fields that are needed,
    and how a cell is read.
    """

    names: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...]
    reads: Mapping[str, str]
    main: str
    # Field → the one that may stand in its place: people read of them as of one column.
    instead: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns as people are told of them: « matricule (ou e-mail) », « prénom », …"""
        first = {name: spellings[0] for name, spellings in self.names.items()}
        for name, other in self.instead.items():
            first[name] += f" (ou {first.pop(other)})"
        return tuple(first.values())

    @property
    def known(self) -> Known:
        """The headers that tell which table of a file is meant."""
        return Known(
            frozenset(compact(name) for names in self.names.values() for name in names),
            frozenset(map(compact, self.names[self.main])),
        )


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


def read_register(
    table: Table, register: RegisterLayout, emptied: Emptied | None = None
) -> RegisterTable:
    """The rows of a table; `emptied` where they were typed. Raises Refused where a needed column is
    missing.
    """
    places = needed_places(table, register.names, register.needed)
    headers = {name: table.headers[place] for name, place in places.items()}
    return RegisterTable(
        _rows(table, places, register, emptied),
        headers,
        table.warnings,
        lambda: table.share(),
        is_typed=emptied is not None,
    )


def _rows(
    table: Table,
    places: Mapping[str, int],
    register: RegisterLayout,
    emptied: Emptied | None,
) -> Iterator[RegisterRow | Problem]:
    for row in table.rows:
        if row.problem:
            yield Problem(row.line, "", row.problem)
            continue
        values: dict[str, object] = {}
        faults: list[tuple[str, str]] = []
        for name, place in places.items():
            cell = row.cells[place]
            text = clean_text(cell if emptied is not None else restored(cell))
            try:
                values[name] = READS[register.reads[name]](text) if name in register.reads else text
            except ValueError as error:
                faults.append((name, str(error)))
        gone = (emptied or {}).get(row.line, frozenset())
        empty = frozenset(name for name, place in places.items() if table.headers[place] in gone)
        yield RegisterRow(row.line, values, tuple(faults), empty)
