"""Reading measures (relevés) out of a table: columns recognised by their names, decimal commas,
French or ISO dates.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from dashboard.files.columns import needed_places
from dashboard.files.csvout import restored
from dashboard.files.tables import Known, Problem, Row, Table, Warned
from dashboard.files.values import compact, day_of, number_of, whole_of
from models.texts import clean_text

# Field of an act → field of a row here: where a fault found by the act is told.
COLUMNS = {"on": "on", "value": "value", "n": "n", "source": "source", "direction_id": "direction"}
NAMES: dict[str, tuple[str, ...]] = {
    "figure": ("figure", "chiffre", "code", "indicateur", "indicator"),
    "on": ("date", "le", "date du relevé", "mesuré le", "day", "on"),
    "value": ("valeur", "value", "résultat", "mesure"),
    "n": ("n", "réponses", "nombre de réponses", "répondants", "answers", "count"),
    "source": ("source", "origine", "enquête", "survey"),
    "direction": ("direction", "service", "département", "unit", "department"),
}
_NEEDED = ("figure", "on", "value")
KNOWN = Known(
    frozenset(compact(name) for names in NAMES.values() for name in names),
    frozenset(map(compact, NAMES["figure"])),
)


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure as the file tells it."""

    line: int
    figure: str
    on: date | None
    value: float | None
    n: int | None
    source: str
    direction: str


@dataclass
class MeasureTable:
    """The file's measures: `rows` can be walked once; `headers` gives the file's own header of a
    field.
    """

    rows: Iterator["MeasureRow | Problem"]
    headers: dict[str, str]
    warnings: Warned = field(default_factory=Warned)
    # How much of it has been walked, from 0 to 1.
    share: Callable[[], float] = lambda: 0.0


def read_measures(table: Table) -> MeasureTable:
    """The measures of a table. Raises Refused where a needed column is missing."""
    places = needed_places(table, NAMES, _NEEDED)
    headers = {name: table.headers[place] for name, place in places.items()}
    return MeasureTable(
        _rows(table, places, headers), headers, table.warnings, lambda: table.share()
    )


def _rows(
    table: Table, places: dict[str, int], headers: dict[str, str]
) -> Iterator[MeasureRow | Problem]:
    for row in table.rows:
        yield Problem(row.line, "", row.problem) if row.problem else _row(row, places, headers)


def _row(row: Row, places: dict[str, int], headers: dict[str, str]) -> MeasureRow | Problem:
    def cell(name: str) -> str:
        return clean_text(restored(row.cells[places[name]])) if name in places else ""

    read: dict[str, object] = {}
    for name, reads in (("on", day_of), ("value", number_of), ("n", whole_of)):
        try:
            read[name] = reads(cell(name))
        except ValueError as error:
            return Problem(row.line, headers[name], str(error))
    return MeasureRow(
        row.line,
        cell("figure"),
        read["on"],
        read["value"],
        read["n"],
        cell("source"),
        cell("direction"),
    )
