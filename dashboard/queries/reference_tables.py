"""The tables of references (référentiels) that « Référentiels » shows as a grid, with their
history.

One table is one declaration, a `ReferenceTable` in `REFERENCE_TABLES`. What it takes:

- `register`: which of the REGISTERS of `dashboard.access` takes its file. What is saved in the grid
  goes through the same walker, under the same right; so does what is undone.
- `columns`: those of the file, in its order. `title` is the header as it goes out, one of the
  spellings that the register's `RegisterLayout` knows under `field`. The columns with `is_key`
  tell which row is meant: the walker knows a row again by them.
- `rows(session, reader, on)`: asks the right itself, then gives the cells of each row in the order
  of `columns`, as the file has them (a number may be one, a day is a date or « 30/06/2023 », a flag
  « oui » or « non », None an empty cell).
- `subject`, and `journal` of a column: what the walker's `note` calls them, so that the history
  finds them again. The record of `note` is the row's key (« a · b » of several columns).

A column that may be emptied says `may_be_empty`, and its walker asks `row.is_emptied(field)` where
it keeps, for an empty cell of a file, what a known row has.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlmodel import Session, SQLModel, select

from dashboard import french
from dashboard.access import REGISTERS, Reader, may
from dashboard.queries.directions import organisation
from dashboard.queries.meetings.sites import site_rows
from dashboard.queries.reference import milestone_rows
from models.meetings import Site
from models.roadmap import Milestone, Workstream

Cells = Sequence[object]
# What the file has in the cell, what the list shows.
Choice = tuple[str, str]
Choices = Callable[[Session, date], list[Choice]]
_JOINT = " · "


class Control(StrEnum):
    """With what a cell is edited."""

    text = "text"
    long = "long"
    whole = "whole"
    number = "number"
    date = "date"
    flag = "flag"
    choice = "choice"


@dataclass(frozen=True, slots=True)
class ReferenceColumn:
    """One column: its field of the register's layout, its header, with what it is edited, the
    choices of a `Control.choice`, how long it may be (0: as the control has it).
    """

    field: str
    title: str
    control: Control = Control.text
    choices: Choices | None = None
    is_key: bool = False
    may_be_empty: bool = False
    most: int = 0
    journal: str = ""

    @property
    def in_journal(self) -> str:
        return self.journal or self.field


@dataclass(frozen=True, slots=True)
class ReferenceTable:
    """One table. `one` is how a row is called (« jalon »); `locks` the tables of the database whose
    rows are held while it is saved.

    `former` is the header under which the walker takes the key that a row had: with it the key can
    be edited. `reason` is the field that says why a row changes: it starts empty, and what is
    typed nowhere is filled in.
    """

    code: str
    title: str
    one: str
    register: str
    subject: str
    columns: tuple[ReferenceColumn, ...]
    rows: Callable[[Session, Reader, date], Sequence[Cells]]
    locks: tuple[type[SQLModel], ...] = ()
    may_add: bool = True
    former: str = ""
    reason: str = ""

    @property
    def right(self) -> str:
        return REGISTERS[self.register].right

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(column.title for column in self.columns)

    def column(self, field: str) -> ReferenceColumn | None:
        return next((column for column in self.columns if column.field == field), None)

    def key_of(self, cells: Sequence[str]) -> str:
        """« 1.7 »; of several columns « VC-VOI · 31/12/2023 »."""
        pairs = zip(self.columns, cells, strict=True)
        return _JOINT.join(cell for column, cell in pairs if column.is_key)

    def texts(self, session: Session, reader: Reader, on: date) -> list[tuple[str, ...]]:
        """The rows as one types them. Raises Refused without the right."""
        rows = self.rows(session, reader, on)
        return [tuple(text_of(value) for value in row) for row in rows]


def text_of(value: object) -> str:
    """The text of a cell: what one would type to say the same."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float):
        return f"{value:.10g}".replace(".", ",")
    if isinstance(value, date):
        return french.day(value)
    return str(value)


def offered_tables(reader: Reader) -> list[ReferenceTable]:
    """The tables that the reader may change."""
    return [table for table in REFERENCE_TABLES.values() if may(reader, table.right)]


def from_journal(column: ReferenceColumn, text: str | None) -> str:
    """What the journal has of a field, as its cell has it."""
    if not text:
        return ""
    if column.control is Control.flag:
        return {"True": "oui", "False": "non"}.get(text, text)
    if column.control in (Control.whole, Control.number):
        return _number(text)
    if column.control is Control.date:
        return _day(text)
    return text


def _number(text: str) -> str:
    try:
        return text_of(float(text))
    except ValueError:
        return text


def _day(text: str) -> str:
    try:
        return french.day(date.fromisoformat(text))
    except ValueError:
        return text


# --- choices --------------------------------------------------------------------------------------


def yes_or_no(_session: Session, _on: date) -> list[Choice]:
    return [("oui", "oui"), ("non", "non")]


def units(session: Session, on: date) -> list[Choice]:
    """The directions and services by their code."""
    tree = organisation(session).at(on)
    return [(unit.code, f"{unit.code} · {unit.name}") for unit, _ in tree.walk()]


def workstreams(session: Session, _on: date) -> list[Choice]:
    found = session.exec(select(Workstream).order_by(Workstream.id)).all()
    return [(str(stream.id), f"{stream.id}. {stream.short_name}") for stream in found]


# --- the tables -----------------------------------------------------------------------------------

_SITES = ReferenceTable(
    code="sites",
    title="Sites",
    one="site",
    register="sites",
    subject="site",
    columns=(
        ReferenceColumn("name", "nom", is_key=True, most=120, journal="nom"),
        ReferenceColumn("kind", "genre", may_be_empty=True, most=60, journal="genre"),
        ReferenceColumn("direction", "direction", Control.choice, units, may_be_empty=True),
        ReferenceColumn("agents", "agents", Control.whole),
        ReferenceColumn(
            "computers", "ordinateurs", Control.whole, may_be_empty=True, journal="ordinateurs"
        ),
    ),
    rows=site_rows,
    locks=(Site,),
    former="ancien nom",
)

_MILESTONES = ReferenceTable(
    code="jalons",
    title="Jalons",
    one="jalon",
    register="jalons",
    subject="milestone",
    columns=(
        ReferenceColumn("number", "numéro", is_key=True, most=12),
        ReferenceColumn(
            "workstream", "chantier", Control.choice, workstreams, journal="workstream_id"
        ),
        ReferenceColumn("title", "titre", Control.long, most=200),
        ReferenceColumn("weight", "poids", Control.number),
        ReferenceColumn("critical", "critique", Control.flag, yes_or_no),
        ReferenceColumn("ladder", "échelle", Control.flag, yes_or_no),
        ReferenceColumn("start", "début", Control.date),
        ReferenceColumn("end", "échéance", Control.date),
        ReferenceColumn("owner", "porteur", most=120),
        ReferenceColumn(
            "direction",
            "direction",
            Control.choice,
            units,
            may_be_empty=True,
            journal="owner_direction_id",
        ),
        ReferenceColumn("reason", "raison", may_be_empty=True, most=500),
    ),
    rows=milestone_rows,
    locks=(Milestone,),
    reason="reason",
)

REFERENCE_TABLES = {table.code: table for table in (_MILESTONES, _SITES)}
