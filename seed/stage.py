"""The stage (plateau) of the demonstration: shared by its parts — units, agents, random numbers,
working days, inserts.

Random numbers are seeded per subject, and ids and numbers are drawn from them: two loads with one
seed are identical.
"""

import csv
import io
import random
from collections import defaultdict, namedtuple
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar

from sqlalchemy import func, insert, text
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import Session, SQLModel, select

from models.clock import Workdays, workdays
from models.database import is_sqlite
from models.facts import RANDOM_BITS, Fact, Record, first_id
from models.search import fold
from models.texts import Refused

DATA = Path(__file__).with_name("demo")
START = date(2021, 1, 1)
TODAY = date(2023, 6, 30)
SEED = 2021
_CHUNK = 10_000


@dataclass
class Agent:
    """One fictive person: her services by start day (None: has left), and whether she has a
    computer.
    """

    id: int
    given_name: str
    family_name: str
    function: str
    is_woman: bool
    has_workstation: bool
    places: list[tuple[date, str | None]]

    @property
    def service(self) -> str | None:
        """The service on the last day of the story."""
        return self.places[-1][1]

    def service_on(self, day: date) -> str | None:
        # Called a million times for a demonstration: a generator takes twice as long.
        for since, service in reversed(self.places):
            if since <= day:
                return service
        return None


@dataclass(frozen=True)
class Service:
    """One line of services.csv: its agents on the frozen day, those without a computer, and its
    trades.
    """

    code: str
    name: str
    agents: int
    without_computer: int
    family: str
    field_trades: list[str]
    office_trades: list[str]

    @property
    def direction(self) -> str:
        return self.code[:6]


# One written idea with its facts in order.
Story = namedtuple("Story", "idea events")


@dataclass
class Stage:
    session: Session
    units: dict[str, int] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    agents: list[Agent] = field(default_factory=list)
    cast: dict[str, Agent] = field(default_factory=dict)
    managers: dict[str, Agent] = field(default_factory=dict)
    ambassadors: dict[str, list[Agent]] = field(default_factory=dict)
    # Day, id and direction of the workshops that were held.
    workshops: list[tuple[date, int, int | None]] = field(default_factory=list)
    _rows: dict[type[SQLModel], list[dict]] = field(default_factory=lambda: defaultdict(list))
    _next: dict[str, int] = field(default_factory=dict)

    @cached_property
    def days(self) -> Workdays:
        """The working days; available once the reference, with its closing days, is loaded."""
        return workdays(self.session)

    @property
    def office(self) -> int:
        """Didier of the programme office, who records most of it."""
        return self.cast["didier"].id

    def chance(self, subject: str) -> random.Random:
        return random.Random(f"{SEED} {subject}")

    def next_id(self, table: type[SQLModel]) -> int:
        """The next id of a table with sequential ids; nobody else writes while the demonstration is
        loaded.
        """
        name = table.__tablename__
        if name not in self._next:
            self._next[name] = self.session.exec(select(func.max(table.id))).one() or 0
        self._next[name] += 1
        return self._next[name]

    def add(self, table: type[SQLModel], **values: object) -> dict:
        """Collects one row for the next `write`: with the next id where the database numbers it,
        recorded on its own day, and with the defaults of its columns.
        """
        row = _defaults(table) | values
        if issubclass(table, Record):
            row["id"] = row["id"] or self.next_id(table)
        if issubclass(table, Fact):
            row["recorded_on"] = row["recorded_on"] or row["on"]
        self._rows[table].append(row)
        return row

    def add_line(self, table: type[SQLModel], row: "CsvRow", **more: object) -> dict:
        """Collects one line of a file, in whose columns the attributes stand, with more values."""
        return self.add(table, **row.values(table) | more)

    def write(self) -> None:
        """Inserts the collected rows, those that others refer to first."""
        order = {table: place for place, table in enumerate(SQLModel.metadata.sorted_tables)}
        for table in sorted(self._rows, key=lambda table: order[table.__table__]):
            self.insert(table, self._rows[table])
        self._rows.clear()

    def ids_by(self, column: InstrumentedAttribute) -> dict:
        """The value of this column → the id of its record."""
        return dict(self.session.exec(select(column, column.class_.id)).all())

    def insert(self, table: type[SQLModel], rows: list[dict]) -> None:
        """Inserts plain rows in chunks; their columns are those of the first row.

        Into the table, not the class: the ORM would leave out None values, and send the rows one by
        one.
        """
        for start in range(0, len(rows), _CHUNK):
            self.session.execute(insert(table.__table__), rows[start : start + _CHUNK])

    def reset_sequences(self) -> None:
        """PostgreSQL's sequences ignore ids that were given explicitly: sets the next one to a free
        id.
        """
        if is_sqlite(self.session):
            return
        for name in self._next:
            self.session.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), "
                    f"(SELECT max(id) FROM {name}))"
                )
            )

    def random_id(self, chance: random.Random, day: date) -> int:
        """A 63-bit id with the layout of `models.facts.random_id`, from this story's own random
        numbers.
        """
        return first_id(day) | chance.getrandbits(RANDOM_BITS)

    def open_day(self, day: date) -> date:
        """The day itself, or the next working day."""
        while not self.days.is_open(day):
            day += timedelta(days=1)
        return day

    def open_days(self, first: date, last: date) -> list[date]:
        span = (last - first).days
        return [day for i in range(span + 1) if self.days.is_open(day := first + timedelta(days=i))]

    def services_of(self, direction: str) -> list[str]:
        return [code for code, service in self.services.items() if service.direction == direction]

    def present(self, day: date, services: Iterable[str] | None = None) -> list[Agent]:
        """The agents at work on a day, in these services or everywhere."""
        wanted = set(services) if services is not None else None
        return [
            agent
            for agent in self.agents
            if (service := agent.service_on(day)) is not None
            and (wanted is None or service in wanted)
        ]


@cache
def _defaults(table: type[SQLModel]) -> dict[str, object]:
    columns = table.__table__.columns
    return {column.name: column.default and column.default.arg for column in columns}


def share(total: int, weights: list[int]) -> list[int]:
    """Splits `total` into whole parts proportional to the weights (largest remainders); their sum
    is `total`.
    """
    whole = sum(weights) or 1
    parts = [total * weight // whole for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in remainders[: total - sum(parts)]:
        parts[i] += 1
    return parts


T = TypeVar("T")
_YES_OR_NO = {"oui": True, "non": False, "": False}
_DATE_FORMATS = {10: "%d/%m/%Y", 8: "%d/%m/%y"}
_NO_SPACE = str.maketrans({" ": "", "\u00a0": "", "\u202f": "", ",": "."})


def _number(text: str) -> float:
    number = float(text.translate(_NO_SPACE))
    # Also refuses « nan » and « inf », which float() reads.
    if not abs(number) < 1e15:
        raise ValueError
    return number


# Type → how a cell is read as it, and the end of the sentence about one that is not.
_READINGS: dict[type, tuple[Callable[[str], object], str]] = {
    int: (int, "n'est pas un nombre entier ({})."),
    float: (_number, "n'est pas un nombre ({})."),
    bool: (lambda text: _YES_OR_NO[fold(text)], "n'est ni « oui » ni « non » ({})."),
    date: (
        lambda text: datetime.strptime(text, _DATE_FORMATS[len(text)]).date(),
        "n'est pas une date ({}, jj/mm/aaaa).",
    ),
}


@dataclass(frozen=True)
class CsvRow:
    """One line of a file: its number (the header is line 1; the last one of a cell with breaks) and
    its cells by column.
    """

    file: str
    line: int
    cells: dict[str, str]

    def refuse(self, sentence: str) -> Refused:
        return Refused(f"{self.file}, ligne {self.line} : {sentence}")

    def get(self, column: str, kind: type[T] = str) -> T | None:
        """The cell read as this type; without a day or a number in it None. Raises Refused for
        another type, and if the file lacks the column.
        """
        if _key(column) not in self.cells:
            raise Refused(f"{self.file}, ligne 1 : il manque la colonne « {column} ».")
        text = self.cells[_key(column)]
        if not text and kind in (int, float, date):
            return None
        read, otherwise = _READINGS.get(kind, (str, ""))
        try:
            return read(text)
        except (KeyError, ValueError):
            raise self.refuse(f"« {text} » {otherwise.format(column)}") from None

    def need(self, column: str, kind: type[T] = str) -> T:
        """The same for a cell that must not be empty."""
        if not self.get(column):
            raise self.refuse(f"la colonne « {column} » est vide.")
        return self.get(column, kind)

    def words(self, column: str, separator: str = "/") -> list[str]:
        return [word.strip() for word in self.get(column).split(separator) if word.strip()]

    def values(self, table: type[SQLModel], names: Mapping[str, str] | None = None) -> dict:
        """The attributes of a record in the columns of their name, or with these `names`: read as
        their types; those without a default must not be empty.
        """
        found = {}
        for name, column in (names or {name: name for name in self.cells}).items():
            if name in table.model_fields:
                stored = table.__table__.columns[name]
                kind = stored.type.python_type
                if table.model_fields[name].is_required():
                    found[name] = self.need(column, kind)
                elif self.get(column) or not stored.nullable:
                    found[name] = self.get(column, kind)
                else:
                    found[name] = None
        return found


def read(path: Path, key: str = "") -> list[CsvRow]:
    """The lines of a file; values of the column `key` must be unique. Raises Refused."""
    rows: list[CsvRow] = []
    try:
        lines = csv.DictReader(
            io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=";", strict=True
        )
        for cells in lines:
            surplus = cells.pop(None, ())
            values = {_key(column): (cell or "").strip() for column, cell in cells.items()}
            row = CsvRow(path.name, lines.line_num, values)
            if any(surplus):
                raise row.refuse("elle a plus de cellules que le fichier n'a de colonnes.")
            if any(values.values()):
                rows.append(row)
    except OSError as error:
        raise Refused(f"{path.name} ne peut pas être lu : {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused(
            f"{path.name} : guillemets ou séparateurs illisibles, ou un fichier sans UTF-8."
        ) from error
    first_lines: dict[str, int] = {}
    for row in rows if key else ():
        first = first_lines.setdefault(row.need(key), row.line)
        if first != row.line:
            raise row.refuse(f"« {row.get(key)} » se trouve déjà à la ligne {first}.")
    return rows


def _key(column: str) -> str:
    """« Échéance », « échéance » and « echeance » are one column."""
    return fold(column.strip())
