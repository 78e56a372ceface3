"""The tables of references (référentiels) that « Référentiels » shows as a grid,
with their history.

One table is one declaration, a `ReferenceTable` in `REFERENCE_TABLES`. What it
takes:

- `register`: which of the REGISTERS of `models.jobs` takes its file. What is saved in the grid
  goes through the same walker, under the same right; so does what is undone.
- `columns`: those of the file, in its order. `title` is the header as it goes out, one of the
  spellings that the register's `RegisterLayout` knows under `field`. The columns with `is_key`
  tell which row is meant: the walker knows a row again by them.
- `rows(session, reader, on)`: asks the right itself, then gives the cells of each row in the order
  of `columns`, as the file has them (a number may be one, a day is a date or « 30/06/2023 », a flag
  « oui » or « non », None an empty cell).
- `subject`, and `journal` of a column: what the walker's `note` calls them, so that the history
  finds them again. The record of `note` is the row's key (« a · b » of several columns).

A column that may be emptied says `may_be_empty`, and its walker asks
`row.is_emptied(field)` where it keeps, for an empty cell of a file, what a known row
has.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlmodel import Session, SQLModel

from dashboard import french
from dashboard.access import Reader, may
from dashboard.queries import reference_choices as choices
from dashboard.queries import reference_rows
from dashboard.queries.meetings.sites import site_rows
from dashboard.queries.reference import milestone_rows
from dashboard.queries.reference_choices import Choices
from models.comments import AnswerTemplate
from models.directions import Direction
from models.jobs import REGISTERS
from models.meetings import Site
from models.roadmap import (
    Ambition,
    Plan,
    Target,
    Workstream,
)
from models.workdays import ClosingDay

Cells = Sequence[object]
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
    """One column: its field of the register's layout, its header, with what it is
    edited, the choices of a `Control.choice`, how long it may be (0: as the control
    has it).
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
    """One table. `one` is how a row is called (« jalon »); `locks` the tables of the
    database whose rows are held while it is saved.

    `together` are fields that the walker takes together: where one is typed, the
    others go with what they have. `recorded` is the field by which the journal names
    a row (none: its key).

    `former` is the header under which the walker takes the key that a row had: with
    it the key can be edited. `reason` is the field that says why a row changes: it
    starts empty, and what is typed nowhere is filled in.
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
    together: frozenset[str] = frozenset()
    recorded: str = ""

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

    def record_of(self, key: str, cells: Sequence[str] | None) -> str:
        """What the journal calls the row of this key."""
        if not self.recorded or cells is None:
            return key
        return cells[[column.field for column in self.columns].index(self.recorded)]

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
        return f"{value:.15g}".replace(".", ",")
    if isinstance(value, date):
        return french.day(value)
    return str(value)


def offered_tables(reader: Reader) -> list[ReferenceTable]:
    """The tables that the reader may change."""
    return [table for table in REFERENCE_TABLES.values() if may(reader, table.right)]


def from_journal(column: ReferenceColumn, text: str | None) -> str:
    """What the journal has of a field, as its cell has it."""
    if not text:
        is_no = column.control is Control.flag and not column.may_be_empty
        return "non" if is_no else ""
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
        ReferenceColumn("direction", "direction", Control.choice, choices.units, may_be_empty=True),
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
            "workstream", "chantier", Control.choice, choices.workstreams, journal="workstream_id"
        ),
        ReferenceColumn("title", "titre", Control.long, most=200),
        ReferenceColumn("weight", "poids", Control.number),
        ReferenceColumn("critical", "critique", Control.flag, choices.yes_or_no),
        ReferenceColumn("ladder", "échelle", Control.flag, choices.yes_or_no),
        ReferenceColumn("start", "début", Control.date),
        ReferenceColumn("end", "échéance", Control.date),
        ReferenceColumn("owner", "porteur", most=120),
        ReferenceColumn(
            "direction",
            "direction",
            Control.choice,
            choices.units,
            may_be_empty=True,
            journal="owner_direction_id",
        ),
        ReferenceColumn("reason", "raison", may_be_empty=True, most=500),
    ),
    rows=milestone_rows,
    locks=(Plan,),
    reason="reason",
)

_AMBITIONS = ReferenceTable(
    code="ambitions",
    title="Ambitions",
    one="ambition",
    register="ambitions",
    subject="ambition",
    columns=(
        ReferenceColumn("code", "code", is_key=True),
        ReferenceColumn("name", "nom", most=120),
        ReferenceColumn("description", "description", Control.long, may_be_empty=True, most=1000),
        ReferenceColumn("colour", "couleur", Control.choice, choices.colours, may_be_empty=True),
        ReferenceColumn("goal", "objectif", Control.long, may_be_empty=True, most=1000),
        ReferenceColumn("horizon", "horizon", Control.whole),
    ),
    rows=reference_rows.ambition_rows,
    locks=(Ambition,),
    may_add=False,
)

_WORKSTREAMS = ReferenceTable(
    code="chantiers",
    title="Chantiers",
    one="chantier",
    register="chantiers",
    subject="workstream",
    columns=(
        ReferenceColumn("number", "numéro", Control.whole, is_key=True),
        ReferenceColumn("code", "code", most=30),
        ReferenceColumn("name", "nom", most=120),
        ReferenceColumn("short_name", "nom court", most=40),
        ReferenceColumn(
            "programme", "programme", Control.choice, choices.periods, journal="programme_id"
        ),
    ),
    rows=reference_rows.workstream_rows,
    locks=(Workstream,),
    recorded="code",
)

_PROJECTS = ReferenceTable(
    code="projets",
    title="Projets du PST",
    one="projet",
    register="projets",
    subject="project",
    columns=(
        ReferenceColumn("number", "code", is_key=True, most=30),
        ReferenceColumn("level", "niveau", Control.choice, choices.levels),
        ReferenceColumn(
            "parent",
            "parent",
            Control.choice,
            choices.parents,
            may_be_empty=True,
            journal="parent_id",
        ),
        ReferenceColumn("title", "nom", most=200),
        ReferenceColumn("objective", "objectif", Control.long, may_be_empty=True, most=1000),
        ReferenceColumn(
            "ambition",
            "ambition",
            Control.choice,
            choices.ambitions,
            may_be_empty=True,
            journal="ambition_id",
        ),
        ReferenceColumn("state", "état", Control.choice, choices.states),
        ReferenceColumn("progress", "avancement", Control.whole, may_be_empty=True),
        ReferenceColumn("budget", "budget", Control.number, may_be_empty=True),
        ReferenceColumn("start", "début", Control.date, may_be_empty=True),
        ReferenceColumn("end", "fin", Control.date, may_be_empty=True),
        ReferenceColumn("owner", "porteur", may_be_empty=True, most=120),
        ReferenceColumn(
            "direction",
            "direction",
            Control.choice,
            choices.units,
            may_be_empty=True,
            journal="owner_direction_id",
        ),
        ReferenceColumn(
            "example", "amélioration en cours", Control.long, may_be_empty=True, most=1000
        ),
    ),
    rows=reference_rows.project_rows,
    locks=(Plan,),
)

_CLOSING_DAYS = ReferenceTable(
    code="fermetures",
    title="Jours de fermeture",
    one="jour de fermeture",
    register="fermetures",
    subject="closing_day",
    columns=(
        ReferenceColumn("day", "jour", is_key=True, most=10, journal="jour"),
        ReferenceColumn("label", "libellé", may_be_empty=True, most=120, journal="libellé"),
        ReferenceColumn("removed", "retiré", Control.flag, choices.yes_or_no, may_be_empty=True),
    ),
    rows=reference_rows.closing_day_rows,
    locks=(ClosingDay,),
)

_TEMPLATES = ReferenceTable(
    code="modeles",
    title="Modèles de réponse et motifs",
    one="modèle",
    register="modeles",
    subject="template",
    columns=(
        ReferenceColumn("name", "nom", is_key=True, most=255),
        ReferenceColumn(
            "status", "état", Control.choice, choices.statuses, may_be_empty=True, journal="état"
        ),
        ReferenceColumn("text", "texte", Control.long, journal="texte"),
        ReferenceColumn("motive", "motif", Control.flag, choices.yes_or_no, journal="motif"),
    ),
    rows=reference_rows.template_rows,
    locks=(AnswerTemplate,),
)

_TARGETS = ReferenceTable(
    code="cibles",
    title="Cibles",
    one="cible",
    register="cibles",
    subject="cible",
    columns=(
        ReferenceColumn("figure", "chiffre", is_key=True),
        ReferenceColumn("for_date", "pour le", Control.date, is_key=True),
        ReferenceColumn("value", "valeur", Control.number),
        ReferenceColumn("upper", "valeur haute", Control.number, may_be_empty=True),
        ReferenceColumn("baseline", "départ", Control.number, may_be_empty=True),
        ReferenceColumn("baseline_on", "départ le", Control.date, may_be_empty=True),
        ReferenceColumn("reason", "raison", may_be_empty=True, most=500),
    ),
    rows=reference_rows.target_rows,
    locks=(Target,),
    reason="reason",
)

_UNITS = ReferenceTable(
    code="directions",
    title="Directions et services",
    one="unité",
    register="directions",
    subject="direction",
    columns=(
        ReferenceColumn("code", "code", is_key=True, most=20),
        ReferenceColumn("name", "nom", most=200, journal="nom"),
        ReferenceColumn("kind", "type", Control.choice, choices.kinds_of_unit),
        ReferenceColumn(
            "parent", "parent", Control.choice, choices.units_or_closed, may_be_empty=True
        ),
        ReferenceColumn("agents", "effectif", Control.whole, may_be_empty=True),
        ReferenceColumn("without", "sans poste", Control.whole, may_be_empty=True),
        ReferenceColumn("on", "au", Control.date, may_be_empty=True),
        ReferenceColumn("head", "responsable", may_be_empty=True, most=200, journal="responsable"),
    ),
    rows=reference_rows.unit_rows,
    locks=(Direction,),
    together=frozenset({"agents", "without"}),
)

_HEADCOUNTS = ReferenceTable(
    code="effectifs",
    title="Effectifs",
    one="effectif",
    register="effectifs",
    subject="headcount",
    columns=(
        ReferenceColumn("code", "service", Control.choice, choices.services, is_key=True),
        ReferenceColumn("agents", "effectif", Control.whole),
        ReferenceColumn("without", "sans poste", Control.whole),
        ReferenceColumn("on", "au", Control.date, is_key=True),
    ),
    rows=reference_rows.headcount_rows,
    locks=(Direction,),
    together=frozenset({"agents", "without"}),
)

REFERENCE_TABLES = {
    table.code: table
    for table in (
        _AMBITIONS,
        _WORKSTREAMS,
        _MILESTONES,
        _PROJECTS,
        _TARGETS,
        _UNITS,
        _HEADCOUNTS,
        _SITES,
        _CLOSING_DAYS,
        _TEMPLATES,
    )
}
