"""The rows of the references as in their files, in the order of the columns. Each function checks
the right of its register.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from pydantic_core import PydanticUndefined
from sqlalchemy import Select, func
from sqlmodel import Session, SQLModel, select

from dashboard import french
from dashboard.access import Reader, may, require
from dashboard.queries import directions
from dashboard.queries.journal import OPERATOR
from dashboard.queries.roadmap import PlanAt, in_tree, whole_roadmap
from dashboard.queries.targets import targets
from models.academy import Training, TrainingAudience, TrainingSession
from models.clock import ClosingDay
from models.clusters import Theme
from models.directions import Direction, DirectionPlace, Headcount, Tree, Unit, UnitKind
from models.facts import History, last_facts
from models.idea_states import IdeaStatus
from models.ideas import BODY_MAX, TITLE_MAX, AnswerTemplate
from models.jobs import REGISTERS
from models.ledger import Change
from models.meetings import Site
from models.people import Person
from models.programmes import Programmes, programmes
from models.roadmap import (
    PST_LEVELS,
    Ambition,
    AmbitionColour,
    Plan,
    PlanLevel,
    ProjectState,
    Target,
    Workstream,
)
from models.scales import Word
from models.search import fold
from models.seats import Seat
from models.synonyms import Synonym

Rows = list[tuple[object, ...]]
CLOSED = "fermée"


def project_rows(session: Session, reader: Reader, on: date) -> Rows:
    """The projects of the PST from the broadest level down, with the plan and the state of `on`. A
    closed direction is left out: an empty cell leaves the stored one unchanged. Raises Refused
    without the right.
    """
    require(reader, REGISTERS["projets"].right)
    ambitions = dict(session.exec(select(Ambition.id, Ambition.code)).all())
    open_units = {unit.id: unit.code for unit in directions.organisation(session).at(on).units}
    known = whole_roadmap(session).elements(on)
    codes = {at.plan.id: at.plan.number for at in known}
    return [
        (
            at.plan.number,
            at.plan.level.label,
            codes.get(at.plan.parent_id),
            at.plan.title,
            at.plan.objective,
            ambitions.get(at.plan.ambition_id),
            at.state.label,
            at.report.progress if at.report else None,
            _plain(at.schedule.budget),
            at.schedule.start,
            at.schedule.end,
            at.schedule.owner,
            open_units.get(at.schedule.owner_direction_id),
            at.plan.example,
        )
        for at, _ in in_tree(known)
    ]


def target_rows(session: Session, reader: Reader, on: date) -> Rows:
    """The targets in force at `on`, by figure and day; the reason is empty, since it belongs to a
    change. Raises Refused without the right.
    """
    require(reader, REGISTERS["cibles"].right)
    return [
        (
            t.figure,
            t.for_date,
            _plain(t.value),
            _plain(t.upper),
            _plain(t.baseline),
            t.baseline_on,
            None,
        )
        for decided in targets(session, on).values()
        for t in decided
    ]


def unit_rows(session: Session, reader: Reader, on: date) -> Rows:
    """The units of the chart with their place and headcount at `on`, and the day since when both
    are so. Raises Refused without the right.
    """
    require(reader, REGISTERS["directions"].right)
    found = session.exec(select(Direction).order_by(Direction.position, Direction.id)).all()
    codes = {d.id: d.code for d in found}
    places = last_facts(session, DirectionPlace, on)
    counts = last_facts(session, Headcount, on)
    rows: Rows = []
    for d in found:
        place, count = places.get(d.id), counts.get(d.id)
        since = max((fact.on for fact in (place, count) if fact), default=None)
        is_root = d.kind == UnitKind.root
        parent = codes.get(place.parent_id) if place else None
        rows.append(
            (
                d.code,
                d.name,
                UnitKind(d.kind).label,
                parent or (None if is_root else CLOSED),
                count.agents if count else None,
                count.without_computer if count else None,
                since,
                d.head,
            )
        )
    return rows


def headcount_rows(session: Session, reader: Reader, on: date) -> Rows:
    """Every headcount up to `on`, service by service. Raises Refused without the right."""
    require(reader, REGISTERS["effectifs"].right)
    counts = History(Headcount, session.exec(select(Headcount)).all())
    services = session.exec(select(Direction).order_by(Direction.position, Direction.id)).all()
    return [
        (service.code, fact.agents, fact.without_computer, fact.on)
        for service in services
        for fact in counts.at(service.id, on)
    ]


def _plain(value: float | None) -> float | int | None:
    """12 500 rather than 12 500,0."""
    return int(value) if value is not None and value == int(value) else value


MAINTAIN = "milestone.revise"


def milestone_rows(session: Session, reader: Reader, on: date) -> list[tuple[object, ...]]:
    """The milestones with the calendar in force at `on`, cell by cell as in
    its file. Raises Refused without the right.
    """
    require(reader, MAINTAIN)
    # A closed direction is left out: an empty cell leaves the stored one unchanged.
    codes = {unit.id: unit.code for unit in directions.organisation(session).at(on).units}
    return [
        (
            m.plan.number,
            m.plan.workstream_id,
            m.plan.title,
            m.schedule.weight,
            "oui" if m.schedule.critical else "non",
            "oui" if m.plan.ladder else "non",
            french.day(m.schedule.start),
            french.day(m.schedule.end),
            m.schedule.owner,
            codes.get(m.schedule.owner_direction_id, ""),
            "",
        )
        for m in whole_roadmap(session).every(on)
    ]


def projects(session: Session, reader: Reader, on: date) -> list[tuple[PlanAt, int]]:
    """Every project as of a day, from the broadest level down, each with its depth. Raises Refused
    without the right.
    """
    require(reader, MAINTAIN)
    return list(in_tree(whole_roadmap(session).elements(on)))


class Option(NamedTuple):
    """One choice: the stored value, its text in a file, its label in the list, and other texts that
    a file may use.
    """

    stored: object
    cell: str
    label: str
    words: tuple[str, ...] = ()


Choices = Callable[[Session, date], list[Option]]


def of_words(words: Iterable[Word], also: Mapping[Word, Sequence[str]] | None = None) -> Choices:
    """The words of a vocabulary by their labels; a file may also use the codes, or those of
    `also`.
    """
    options = [
        Option(str(word), word.label, word.label, (word.value, *(also or {}).get(word, ())))
        for word in words
    ]
    return lambda _session, _on: options


def yes_or_no(_session: Session, _on: date) -> list[Option]:
    return [Option(True, "oui", "oui"), Option(False, "non", "non")]


def units(session: Session, on: date) -> list[Option]:
    """The directions and services by their code."""
    tree = directions.organisation(session).at(on)
    return [
        Option(unit.id, unit.code, f"{unit.code} · {unit.name}", words_of_unit(tree, unit))
        for unit, _ in tree.walk()
    ]


def words_of_unit(tree: Tree, unit: Unit) -> tuple[str, ...]:
    """Its path (« Département / Direction / Service »), also without its lines, and its names."""
    path = [unit.name]
    above = tree.by_id.get(unit.parent)
    while above is not None and above is not tree.root:
        path.insert(0, above.name)
        above = tree.by_id.get(above.parent)
    return "/".join(path), "".join(path), unit.label, unit.name


def workstreams(session: Session, _on: date) -> list[Option]:
    found = session.exec(select(Workstream).order_by(Workstream.id)).all()
    return [
        Option(s.id, str(s.id), f"{s.id}. {s.short_name}", (s.code, s.name, s.short_name))
        for s in found
    ]


def services(session: Session, on: date) -> list[Option]:
    tree = directions.organisation(session).at(on)
    return [Option(s.id, s.code, f"{s.code} · {s.name}") for s in tree.services()]


def units_or_closed(session: Session, on: date) -> list[Option]:
    """The possible parents of a unit; a closed unit has none."""
    return [*units(session, on), Option(None, CLOSED, CLOSED)]


def trainings(session: Session, _on: date) -> list[Option]:
    found = session.exec(select(Training).order_by(Training.code)).all()
    return [Option(t.id, t.code, f"{t.code} · {t.title}", (t.title,)) for t in found]


def ambitions(session: Session, _on: date) -> list[Option]:
    return [
        Option(a.id, a.code, a.name, (a.name, str(a.id))) for a in directions.ambitions(session)
    ]


def periods(session: Session, _on: date) -> list[Option]:
    """The programmes; a record without one belongs to the first."""
    found = programmes(session).periods
    first = Option(None, found[0].name, found[0].name)
    return [first, *(Option(p.id, p.name, p.name) for p in found if p.id is not None)]


def parents(session: Session, on: date) -> list[Option]:
    """The projects that may be a parent, from the broadest level down."""
    return [
        Option(at.plan.id, at.plan.number, f"{at.plan.number} · {at.plan.title}")
        for at, _ in in_tree(whole_roadmap(session).elements(on))
        if at.plan.level is not PlanLevel.action
    ]


kinds_of_unit = of_words(UnitKind)
colours = of_words(AmbitionColour)
levels = of_words(PST_LEVELS)
states = of_words(ProjectState)
answered_statuses = of_words(s for s in IdeaStatus if not s.rules.by_own_act)
audiences = of_words(
    TrainingAudience,
    also={
        TrainingAudience.both: ("tous",),
        TrainingAudience.field_work: ("terrain",),
        TrainingAudience.office: ("bureau",),
        TrainingAudience.managers: ("responsables",),
    },
)


_OF_SESSION = ("starts", "ends", "capacity", "place")  # what a file may change of a session


def workstream_faults(
    session: Session, stream: Workstream | None, values: dict[str, object]
) -> dict[str, object]:
    """The faults of a workstream: its code does not change, nor does its programme once it has
    milestones.
    """
    known = programmes(session)
    if stream is None:
        return _new_workstream(session, known, values)
    first = known.periods[0]
    moves = (known.of(values["programme"]) or first) != (known.of(stream.programme_id) or first)
    has_milestones = (
        moves and session.exec(select(Plan.id).where(Plan.workstream_id == stream.id)).first()
    )
    return {
        "code": values["code"] != stream.code
        and f"Le chantier {stream.id} a le code {stream.code} : il le garde.",
        "programme": has_milestones and "Ce chantier a des jalons : il reste dans son programme.",
    }


def _new_workstream(
    session: Session, known: Programmes, values: dict[str, object]
) -> dict[str, object]:
    names = ", ".join(period.name for period in known.periods)
    needed = values["programme"] is None and len(known.periods) > 1
    values["programme"] = values["programme"] or known.periods[0].id
    code = values["code"] = values["code"] or f"chantier-{values['number']}"
    other = session.exec(select(Workstream.id).where(Workstream.code == code)).first()
    taken = other is not None and f"Ce code est déjà celui du chantier {other}."
    is_code = re.fullmatch(r"[a-z0-9][a-z0-9\-]{0,29}", code)
    return {
        "programme": needed and f"Dites de quel programme : {names}.",
        "code": taken
        if is_code
        else "Donnez un code court, en lettres, chiffres et traits d'union.",
    }


def session_faults(
    session: Session, held: TrainingSession | None, values: dict[str, object]
) -> dict[str, object]:
    """The faults of a session: one with seats is changed on its screen, which tells their holders.
    A new one has the places of its training where nobody says how many.
    """
    is_taken = False
    if held is None:
        training = session.get(Training, values["training"])
        if values["capacity"] is None and training:
            values["capacity"] = training.capacity
    elif any(values[name] != getattr(held, name) for name in _OF_SESSION):
        of_session = select(Seat.id).where(Seat.session_id == held.id)
        is_taken = held.cancelled_on or session.exec(of_session).first()
    starts, ends = values["starts"], values["ends"]
    is_odd = bool(starts) != bool(ends) or (starts and starts >= ends)
    return {
        "on": is_taken and "Cette session est annulée ou a des inscrits : changez-la à l'écran.",
        "ends": is_odd and "La fin vient après le début : donnez les deux heures, ou aucune.",
    }


def training_faults(
    _session: Session, training: Training | None, values: dict[str, object]
) -> dict[str, object]:
    """The faults of a training: its code has a fixed form, and approval requires an account."""
    is_code = training or re.fullmatch(r"[A-Z0-9][A-Z0-9.\-]{0,19}", values["code"] or "")
    both = values["open_to_all"] and values["needs_approval"]
    return {
        "code": not is_code
        and "Le code compte 1 à 20 lettres, chiffres, points ou tirets : « F31 ».",
        "open_to_all": both
        and "Sans compte, personne ne peut demander l'accord d'un responsable : choisissez l'un ou"
        " l'autre.",
    }


Cells = Sequence[object]
RowsOf = Callable[[Session, Reader, date], Sequence[Cells]]
JOINT = " · "


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


def from_journal(column: ReferenceColumn, text: str | None) -> str:
    """The journal's text of a field, as its cell shows it."""
    if not text:
        is_no = column.control is Control.flag and not column.may_be_empty
        return "non" if is_no else ""
    if column.control is Control.flag:
        return {"True": "oui", "False": "non"}.get(text, text)
    try:
        if column.control in (Control.whole, Control.number):
            return text_of(float(text))
        if column.control is Control.date:
            return text_of(date.fromisoformat(text))
    except ValueError:
        pass  # as it was written
    return text


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


PAGE = 20


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change: day, author, row (by its current name), field, before, after."""

    on: date
    who: str
    row: str
    field: str
    before: str
    after: str


def history(
    session: Session,
    reader: Reader,
    table: ReferenceTable,
    on: date,
    row: str = "",
    page: int = 1,
    size: int = PAGE,
) -> list[ChangeLine]:
    """Page `page` (from 1) of the changes of a table or of one row, newest first. Raises Refused
    without the right.
    """
    require(reader, table.right)
    current_rows = rows_by_key(session, reader, table, on)
    changes = session.execute(
        _matching(session, table, table.record_of(row, current_rows.get(row)))
        .order_by(Change.id.desc())
        .offset((page - 1) * size)
        .limit(size)
    ).all()
    renames = _renames(session, table)
    return [_line(table, change, person, current_rows, renames) for change, person in changes]


def history_length(
    session: Session, reader: Reader, table: ReferenceTable, on: date, row: str = ""
) -> int:
    """The number of changes. Raises Refused without the right."""
    require(reader, table.right)
    cells = rows_by_key(session, reader, table, on).get(row) if row else None
    found = (
        _matching(session, table, table.record_of(row, cells))
        .with_only_columns(Change.id)
        .subquery()
    )
    return session.execute(select(func.count()).select_from(found)).scalar_one()


def rows_by_key(
    session: Session, reader: Reader, table: ReferenceTable, on: date
) -> dict[str, tuple[str, ...]]:
    """Key → current cells of the row. Raises Refused without the right."""
    return {table.key_of(cells): cells for cells in texts(session, reader, table, on)}


def _renames(session: Session, table: ReferenceTable) -> Sequence[Change]:
    """The changes of keys, oldest first."""
    if not table.former:
        return []
    keys = [column.in_journal for column in table.columns if column.is_key]
    return session.exec(
        select(Change)
        .where(Change.subject == table.subject, Change.field.in_(keys), Change.before.is_not(None))
        .order_by(Change.id)
    ).all()


def names_of(session: Session, table: ReferenceTable, name: str) -> set[str]:
    """The names of a row in the journal: the current one and the former ones."""
    names = {name}
    for rename in reversed(_renames(session, table)):
        if rename.after in names:
            names.add(rename.before)
    return names


def _matching(session: Session, table: ReferenceTable, row: str) -> Select:
    statement = select(Change, Person).outerjoin(Person, Person.id == Change.by)
    statement = statement.where(Change.subject == table.subject)
    if row:
        names = names_of(session, table, row)
        statement = statement.where(Change.record.in_(sorted(names)))
    return statement


def _line(
    table: ReferenceTable,
    change: Change,
    person: Person | None,
    current_rows: dict[str, tuple[str, ...]],
    renames: Sequence[Change],
) -> ChangeLine:
    # The journal has the name that the row had then; later renames lead to its current name.
    name = change.record
    for rename in renames:
        if rename.id >= change.id and rename.before == name:
            name = rename.after or name
    keys = (key for key, cells in current_rows.items() if table.record_of(key, cells) == name)
    shown = next((c for c in table.columns if c.in_journal == change.field), None)
    flags = {"True": "oui", "False": "non", None: ""}
    before_and_after = [
        from_journal(shown, text) if shown else flags.get(text, text)
        for text in (change.before, change.after)
    ]
    return ChangeLine(
        change.on,
        person.name if person else OPERATOR,
        next(keys, name),
        shown.title if shown else change.field,
        *before_and_after,
    )
