"""The reference tables (référentiels), each declared once for its file, grid, form and history.

A `Register` is declared by the model of its records: `dashboard.actions.registers` imports its file
and saves its form. A plain `ReferenceTable` has its own import, listed in REGISTERS of
`models.jobs` under the same code, and `rows`, which checks the right and gives the cells as the
file has them (a number may be one, a day is a date or « 30/06/2023 », a flag « oui » or « non »,
None an empty cell).

`subject` and `journal` of a column name its changes in the journal, where the history finds them;
the journal's record is the row's key (« a · b » for several columns).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import attrgetter

from pydantic_core import PydanticUndefined
from sqlmodel import Session, SQLModel, select

from dashboard import french
from dashboard.access import Reader, may, require
from dashboard.queries.reference_rows import (
    Choices,
    ambitions,
    answered_statuses,
    audiences,
    colours,
    headcount_rows,
    kinds_of_unit,
    levels,
    milestone_rows,
    parents,
    periods,
    project_rows,
    services,
    session_faults,
    states,
    target_rows,
    training_faults,
    trainings,
    unit_rows,
    units,
    units_or_closed,
    workstream_faults,
    workstreams,
    yes_or_no,
)
from models.academy import Training, TrainingSession
from models.clock import ClosingDay
from models.clusters import Theme
from models.directions import Direction
from models.ideas import BODY_MAX, TITLE_MAX, AnswerTemplate
from models.jobs import REGISTERS
from models.meetings import Site
from models.roadmap import (
    Ambition,
    Plan,
    Target,
    Workstream,
)
from models.search import fold
from models.synonyms import Synonym

Cells = Sequence[object]
RowsOf = Callable[[Session, Reader, date], Sequence[Cells]]
JOINT = " · "
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")


class Control(StrEnum):
    """The kind of input that a cell is edited with."""

    text = "text"
    long = "long"
    whole = "whole"
    number = "number"
    date = "date"
    flag = "flag"
    choice = "choice"


@dataclass(frozen=True, slots=True)
class ReferenceColumn:
    """One column: its name in a form, its header in a file (`fields-….toml` lists other headers and
    reading rules), its control, the choices of a `Control.choice`, its maximal length (0: that of
    the control), the bounds of a number, and the error sentence.

    `attribute` is the record's attribute and `journal` the name in the journal, if they differ from
    `field`.
    """

    field: str
    title: str
    control: Control = Control.text
    choices: Choices | None = None
    is_key: bool = False
    may_be_empty: bool = False
    most: int = 0
    journal: str = ""
    attribute: str = ""
    bounds: tuple[float, float] | None = None
    sentence: str = ""

    @property
    def in_journal(self) -> str:
        return self.journal or self.field

    @property
    def in_record(self) -> str:
        return self.attribute or self.field


@dataclass(frozen=True, kw_only=True)
class ReferenceTable:
    """One table. `one` is the noun for a row (« jalon »); `locks` the database tables whose rows
    are locked while it is saved.

    `together`: fields that the import reads together: if one is typed, the others are sent with
    their current values. `recorded`: the field by which the journal names a row (none: its key).

    `former`: the header of the column with a row's previous key; with it the key can be edited.
    `reason`: the field with the reason of a change; it starts empty.
    """

    code: str
    title: str
    columns: tuple[ReferenceColumn, ...]
    one: str = ""
    subject: str = ""
    rows: RowsOf | None = None
    locks: tuple[type[SQLModel], ...] = ()
    may_add: bool = True
    former: str = ""
    reason: str = ""
    together: frozenset[str] = frozenset()
    recorded: str = ""

    @property
    def right(self) -> str:
        return REGISTERS[self.code].right

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(column.title for column in self.columns)

    @property
    def key(self) -> ReferenceColumn:
        """The first key column."""
        return next(column for column in self.columns if column.is_key)

    def column(self, field: str) -> ReferenceColumn | None:
        return next((column for column in self.columns if column.field == field), None)

    def key_of(self, cells: Sequence[str]) -> str:
        """« 1.7 »; of several columns « VC-VOI · 31/12/2023 »."""
        pairs = zip(self.columns, cells, strict=True)
        return JOINT.join(cell for column, cell in pairs if column.is_key)

    def record_of(self, key: str, cells: Sequence[str] | None) -> str:
        """The name in the journal of the row with this key."""
        if not self.recorded or cells is None:
            return key
        return cells[[column.field for column in self.columns].index(self.recorded)]


@dataclass(frozen=True, kw_only=True)
class Register(ReferenceTable):
    """A table whose rows are the records of `model`.

    `order` sorts them; `named` is the field that describes a new record in the journal (none: its
    key); `exact`: keys that differ only in case or punctuation are different; `rule` returns the
    faults of a whole record, and may fill in empty values.
    """

    model: type[SQLModel]
    order: Callable[[SQLModel], object] = attrgetter("id")
    named: str = ""
    exact: bool = False
    rule: Callable[[Session, SQLModel | None, dict[str, object]], dict[str, object]] | None = None

    @property
    def stored(self) -> tuple[ReferenceColumn, ...]:
        """The columns stored in the record."""
        return tuple(c for c in self.columns if c.in_record in self.model.model_fields)

    def name_of(self, record: SQLModel) -> str:
        """The name of a record in the journal; of one with a key of several columns, its id."""
        if sum(column.is_key for column in self.columns) > 1:
            return str(record.id)
        column = self.column(self.recorded) or self.key
        return str(getattr(record, column.in_record))

    def values(self, record: SQLModel | None) -> dict[str, object]:
        """Field → value of a record, or the default of a new one."""
        if record is not None:
            return {c.field: getattr(record, c.in_record) for c in self.stored}
        fields = self.model.model_fields
        starts = {c.field: fields[c.in_record].get_default() for c in self.stored}
        return {name: None if v is PydanticUndefined else v for name, v in starts.items()}

    def shown(self, record: SQLModel | None, fields: Iterable[str]) -> dict[str, object]:
        """The initial values of a form with these fields."""
        values = self.values(record)
        return {
            name: "" if values[name] is None and self.column(name).may_be_empty else values[name]
            for name in fields
        }

    def cell_of(self, session: Session, on: date) -> Callable[[ReferenceColumn, object], object]:
        """A function from a value to its cell: a choice is its word or code, and a value that is no
        longer a choice is left out, since an empty cell of a file leaves the stored one unchanged.
        """
        cells = {
            c.field: {option.stored: option.cell for option in c.choices(session, on)}
            for c in self.stored
            if c.control is Control.choice
        }
        return lambda c, value: cells[c.field].get(value) if c.field in cells else value


def records(session: Session, reader: Reader, register: Register) -> list[SQLModel]:
    """The records of a register, in their order. Raises Refused without the right."""
    require(reader, register.right)
    found = session.exec(select(register.model)).all()
    return sorted((row for row in found if getattr(row, "is_shown", True)), key=register.order)


def cells(session: Session, reader: Reader, table: ReferenceTable, on: date) -> Sequence[Cells]:
    """The rows of a table as in its file. Raises Refused without the right."""
    if not isinstance(table, Register):
        return table.rows(session, reader, on)
    cell = table.cell_of(session, on)
    return [
        tuple(cell(c, getattr(record, c.in_record, None)) for c in table.columns)
        for record in records(session, reader, table)
    ]


def texts(
    session: Session, reader: Reader, table: ReferenceTable, on: date
) -> list[tuple[str, ...]]:
    """The rows of a table as text. Raises Refused without the right."""
    return [tuple(text_of(value) for value in row) for row in cells(session, reader, table, on)]


def text_of(value: object) -> str:
    """The text of a cell, as one would type it."""
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


def from_journal(column: ReferenceColumn | None, text: str | None) -> str:
    """The journal's text of a field, as its cell shows it; without a column, only flags and days
    are told apart.
    """
    control = column.control if column else Control.text
    if not text:
        return "non" if control is Control.flag and not column.may_be_empty else ""
    if _DAY.fullmatch(text):
        # What somebody typed may look like a day and be none.
        with suppress(ValueError):
            return text_of(date.fromisoformat(text))
    if control in (Control.whole, Control.number) and _NUMBER.fullmatch(text):
        return text_of(float(text))
    return {"True": "oui", "False": "non"}.get(text, text)


# --- the tables -----------------------------------------------------------------------------------


AMBITIONS = Register(
    code="ambitions",
    title="Ambitions",
    one="ambition",
    subject="ambition",
    columns=(
        ReferenceColumn("code", "code", is_key=True),
        ReferenceColumn("name", "nom", most=120),
        ReferenceColumn(
            "description",
            "description",
            Control.long,
            may_be_empty=True,
            most=1000,
        ),
        ReferenceColumn(
            "colour",
            "couleur",
            Control.choice,
            colours,
            may_be_empty=True,
        ),
        ReferenceColumn(
            "goal",
            "objectif",
            Control.long,
            may_be_empty=True,
            most=1000,
        ),
        ReferenceColumn(
            "horizon",
            "horizon",
            Control.whole,
            bounds=(2000, 2100),
            sentence="Donnez une année, de 2000 à 2100.",
        ),
    ),
    model=Ambition,
    may_add=False,
)

WORKSTREAMS = Register(
    code="chantiers",
    title="Chantiers",
    one="chantier",
    subject="workstream",
    columns=(
        ReferenceColumn(
            "number",
            "numéro",
            Control.whole,
            is_key=True,
            attribute="id",
            bounds=(1, 999),
            sentence="Donnez un numéro, de 1 à 999.",
        ),
        ReferenceColumn("code", "code", most=30),
        ReferenceColumn("name", "nom", most=120),
        ReferenceColumn("short_name", "nom court", most=40),
        ReferenceColumn(
            "programme",
            "programme",
            Control.choice,
            periods,
            journal="programme_id",
            attribute="programme_id",
        ),
    ),
    model=Workstream,
    recorded="code",
    named="name",
    rule=workstream_faults,
)


TEMPLATES = Register(
    code="modeles",
    title="Modèles de réponse et motifs",
    one="modèle",
    subject="template",
    columns=(
        ReferenceColumn(
            "name",
            "nom",
            is_key=True,
            most=TITLE_MAX,
            sentence=f"Donnez un nom au modèle, de {TITLE_MAX} caractères au plus.",
        ),
        ReferenceColumn(
            "status",
            "état",
            Control.choice,
            answered_statuses,
            may_be_empty=True,
            journal="état",
        ),
        ReferenceColumn(
            "text",
            "texte",
            Control.long,
            most=BODY_MAX,
            journal="texte",
            sentence=f"Écrivez le texte du modèle, en {BODY_MAX} caractères au plus.",
        ),
        ReferenceColumn(
            "motive",
            "motif",
            Control.flag,
            yes_or_no,
            journal="motif",
        ),
    ),
    model=AnswerTemplate,
    order=lambda template: (template.motive, template.name),
    exact=True,
    former="ancien nom",
)

THEMES = Register(
    code="themes",
    title="Thèmes des dépôts",
    one="thème",
    subject="theme",
    columns=(
        ReferenceColumn("name", "nom", is_key=True, most=60, journal="nom"),
        ReferenceColumn(
            "definition",
            "définition",
            Control.long,
            may_be_empty=True,
            most=500,
            journal="définition",
        ),
        ReferenceColumn("ended_on", "terminé le", Control.date, may_be_empty=True, journal="fin"),
    ),
    model=Theme,
)


TRAININGS = Register(
    code="formations",
    title="Formations",
    one="formation",
    subject="formation",
    columns=(
        ReferenceColumn(
            "code",
            "code",
            is_key=True,
            most=20,
        ),
        ReferenceColumn(
            "title",
            "intitulé",
            most=200,
        ),
        ReferenceColumn(
            "hours",
            "durée",
            Control.number,
            bounds=(0.01, 1000),
            sentence="Donnez la durée en heures (plus de 0, 1000 au plus).",
        ),
        ReferenceColumn(
            "capacity",
            "places",
            Control.whole,
            bounds=(0, 1000),
        ),
        ReferenceColumn(
            "audience",
            "public",
            Control.choice,
            audiences,
        ),
        ReferenceColumn(
            "ambition",
            "ambition",
            Control.choice,
            ambitions,
            may_be_empty=True,
            journal="ambition_id",
            attribute="ambition_id",
        ),
        ReferenceColumn(
            "trainer",
            "formateur",
            may_be_empty=True,
            most=200,
        ),
        ReferenceColumn(
            "objectives",
            "objectifs",
            Control.long,
            may_be_empty=True,
            most=4000,
        ),
        ReferenceColumn("mandatory", "obligatoire", Control.flag, yes_or_no),
        ReferenceColumn(
            "career",
            "formation de carrière",
            Control.flag,
            yes_or_no,
        ),
        ReferenceColumn(
            "needs_approval",
            "accord du responsable",
            Control.flag,
            yes_or_no,
        ),
        ReferenceColumn(
            "open_to_all",
            "ouverte sans compte",
            Control.flag,
            yes_or_no,
        ),
        ReferenceColumn(
            "validity",
            "validité (mois)",
            Control.whole,
            bounds=(0, 240),
            sentence="Donnez la validité en mois (240 au plus), ou 0 si elle ne s'éteint pas.",
        ),
    ),
    model=Training,
    exact=True,
    named="title",
    rule=training_faults,
)


REFERENCE_TABLES = {
    table.code: table
    for table in (
        AMBITIONS,
        WORKSTREAMS,
        ReferenceTable(
            code="jalons",
            title="Jalons",
            one="jalon",
            subject="milestone",
            columns=(
                ReferenceColumn("number", "numéro", is_key=True, most=12),
                ReferenceColumn(
                    "workstream",
                    "chantier",
                    Control.choice,
                    workstreams,
                    journal="workstream_id",
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
            locks=(Plan,),
            reason="reason",
        ),
        ReferenceTable(
            code="projets",
            title="Projets du PST",
            one="projet",
            subject="project",
            columns=(
                ReferenceColumn("number", "code", is_key=True, most=30),
                ReferenceColumn("level", "niveau", Control.choice, levels),
                ReferenceColumn(
                    "parent",
                    "parent",
                    Control.choice,
                    parents,
                    may_be_empty=True,
                    journal="parent_id",
                ),
                ReferenceColumn("title", "nom", most=200),
                ReferenceColumn(
                    "objective", "objectif", Control.long, may_be_empty=True, most=1000
                ),
                ReferenceColumn(
                    "ambition",
                    "ambition",
                    Control.choice,
                    ambitions,
                    may_be_empty=True,
                    journal="ambition_id",
                ),
                ReferenceColumn("state", "état", Control.choice, states),
                ReferenceColumn("progress", "avancement", Control.whole, may_be_empty=True),
                ReferenceColumn("budget", "budget", Control.number, may_be_empty=True),
                ReferenceColumn("start", "début", Control.date, may_be_empty=True),
                ReferenceColumn("end", "fin", Control.date, may_be_empty=True),
                ReferenceColumn("owner", "porteur", may_be_empty=True, most=120),
                ReferenceColumn(
                    "direction",
                    "direction",
                    Control.choice,
                    units,
                    may_be_empty=True,
                    journal="owner_direction_id",
                ),
                ReferenceColumn(
                    "example", "amélioration en cours", Control.long, may_be_empty=True, most=1000
                ),
            ),
            rows=project_rows,
            locks=(Plan,),
        ),
        ReferenceTable(
            code="cibles",
            title="Cibles",
            one="cible",
            subject="cible",
            columns=(
                ReferenceColumn(
                    "figure",
                    "chiffre",
                    is_key=True,
                ),
                ReferenceColumn("for_date", "pour le", Control.date, is_key=True),
                ReferenceColumn("value", "valeur", Control.number),
                ReferenceColumn(
                    "upper",
                    "valeur haute",
                    Control.number,
                    may_be_empty=True,
                ),
                ReferenceColumn(
                    "baseline",
                    "départ",
                    Control.number,
                    may_be_empty=True,
                ),
                ReferenceColumn(
                    "baseline_on",
                    "départ le",
                    Control.date,
                    may_be_empty=True,
                ),
                ReferenceColumn("reason", "raison", may_be_empty=True, most=500),
            ),
            rows=target_rows,
            locks=(Target,),
            reason="reason",
        ),
        ReferenceTable(
            code="directions",
            title="Directions et services",
            one="unité",
            subject="direction",
            columns=(
                ReferenceColumn("code", "code", is_key=True, most=20),
                ReferenceColumn("name", "nom", most=200, journal="nom"),
                ReferenceColumn("kind", "type", Control.choice, kinds_of_unit),
                ReferenceColumn(
                    "parent", "parent", Control.choice, units_or_closed, may_be_empty=True
                ),
                ReferenceColumn("agents", "effectif", Control.whole, may_be_empty=True),
                ReferenceColumn("without", "sans poste", Control.whole, may_be_empty=True),
                ReferenceColumn("on", "au", Control.date, may_be_empty=True),
                ReferenceColumn(
                    "head", "responsable", may_be_empty=True, most=200, journal="responsable"
                ),
            ),
            rows=unit_rows,
            locks=(Direction,),
            together=frozenset({"agents", "without"}),
        ),
        ReferenceTable(
            code="effectifs",
            title="Effectifs",
            one="effectif",
            subject="headcount",
            columns=(
                ReferenceColumn(
                    "code",
                    "service",
                    Control.choice,
                    services,
                    is_key=True,
                ),
                ReferenceColumn("agents", "effectif", Control.whole),
                ReferenceColumn(
                    "without",
                    "sans poste",
                    Control.whole,
                ),
                ReferenceColumn("on", "au", Control.date, is_key=True),
            ),
            rows=headcount_rows,
            locks=(Direction,),
            together=frozenset({"agents", "without"}),
        ),
        Register(
            code="sites",
            title="Sites",
            one="site",
            subject="site",
            columns=(
                ReferenceColumn(
                    "name",
                    "nom",
                    is_key=True,
                    most=120,
                    journal="nom",
                ),
                ReferenceColumn(
                    "kind",
                    "genre",
                    may_be_empty=True,
                    most=60,
                    journal="genre",
                ),
                ReferenceColumn(
                    "direction",
                    "direction",
                    Control.choice,
                    units,
                    may_be_empty=True,
                    attribute="direction_id",
                ),
                ReferenceColumn(
                    "agents",
                    "agents",
                    Control.whole,
                    bounds=(0, 100_000),
                ),
                ReferenceColumn(
                    "computers",
                    "ordinateurs",
                    Control.whole,
                    may_be_empty=True,
                    journal="ordinateurs",
                    bounds=(0, 100_000),
                ),
            ),
            model=Site,
            order=lambda site: fold(site.name),
            former="ancien nom",
        ),
        Register(
            code="fermetures",
            title="Jours de fermeture",
            one="jour de fermeture",
            subject="closing_day",
            columns=(
                ReferenceColumn(
                    "day",
                    "jour",
                    is_key=True,
                    most=10,
                    journal="jour",
                ),
                ReferenceColumn(
                    "label",
                    "libellé",
                    may_be_empty=True,
                    most=120,
                    journal="libellé",
                ),
                ReferenceColumn(
                    "removed",
                    "retiré",
                    Control.flag,
                    yes_or_no,
                    may_be_empty=True,
                ),
            ),
            model=ClosingDay,
            order=lambda closing: closing.day.split("/")[::-1],
        ),
        TEMPLATES,
        THEMES,
        Register(
            code="synonymes",
            title="Synonymes de la recherche",
            one="groupe de synonymes",
            subject="synonym",
            columns=(
                ReferenceColumn(
                    "words",
                    "mots",
                    is_key=True,
                    most=200,
                    journal="mots",
                    sentence="Donnez des mots qui veulent dire la même chose, séparés par des"
                    " virgules.",
                ),
                ReferenceColumn("note", "note", may_be_empty=True, most=120),
                ReferenceColumn(
                    "removed",
                    "retiré",
                    Control.flag,
                    yes_or_no,
                    may_be_empty=True,
                ),
            ),
            model=Synonym,
            # First the words searched without a result, which still need synonyms.
            order=lambda synonym: ("," in synonym.words, fold(synonym.words)),
            former="anciens mots",
        ),
    )
}
_SESSIONS = Register(
    code="sessions",
    title="Sessions de formation",
    one="session",
    subject="session",
    columns=(
        ReferenceColumn(
            "training",
            "formation",
            Control.choice,
            trainings,
            is_key=True,
            attribute="training_id",
        ),
        ReferenceColumn("on", "date", Control.date, is_key=True),
        ReferenceColumn("starts", "début", may_be_empty=True),
        ReferenceColumn("ends", "fin", may_be_empty=True),
        ReferenceColumn("capacity", "places", Control.whole, bounds=(0, 1000)),
        ReferenceColumn("place", "lieu", may_be_empty=True, most=200),
    ),
    model=TrainingSession,
    exact=True,
    named="on",
    rule=session_faults,
)
REGISTERED = {
    table.code: table
    for table in (*REFERENCE_TABLES.values(), TRAININGS, _SESSIONS)
    if isinstance(table, Register)
}
