"""What the imports of registers share: a row is tried before it is written, in one walk; the
facts that a file adds or corrects.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import ClassVar

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.correspondences import stored_correspondences
from dashboard.actions.import_reports import ImportReport, too_long, tried_first
from dashboard.actions.journal import note
from dashboard.files.ideas.profiles import IDEAS
from dashboard.files.matching.correspondences import NONE, Correspondence
from dashboard.files.matching.fields import Fields, fields_of
from dashboard.files.matching.layout import known_for
from dashboard.files.quoting import shown
from dashboard.files.registers import RegisterRow, RegisterTable, TypedRows, read_register
from dashboard.files.uploads import Problem, open_table
from dashboard.french import counted
from dashboard.queries.reference_tables import ReferenceTable
from models.clock import today
from models.import_sources import SourceKey
from models.jobs import REGISTERS
from models.progress import Progress, without_progress


@dataclass(frozen=True)
class ImportOptions:
    """How a file is imported: tried only, all or nothing, how many rows at most, who is told how
    far it is.

    `given` says which column is which field; `take_erased` takes up, as new, persons who were
    erased and whom the file still names; `on` is the day of a file that has one, today where nobody
    says it; `year` is that of its months.
    """

    dry_run: bool = False
    strict: bool = False
    most: int | None = None
    progress: Progress = without_progress
    take_erased: bool = False
    on: date | None = None
    year: int | None = None
    given: Correspondence = NONE


ONCE = ImportOptions()
_DECLARED = "registers"  # where the walk through all declared registers is
MOST_NAMED = 20  # words of ours that a refusal lists


class RowRejected(Exception):
    """A row that cannot be taken: each field with what is wrong in it, one sentence each."""

    def __init__(self, faults: Sequence[tuple[str, str]]):
        super().__init__(" ".join(reason for _, reason in faults))
        self.faults = tuple(faults)


class RegisterImport:
    """One walk through one file. A subclass takes one row: `take` raises RowRejected, or gives
    « new », « changed » or « unchanged », or nothing for a row it leaves out. It notes each fault
    of a row with `fault`, and `stop` raises them together.
    """

    walks: ClassVar[dict[str, type["RegisterImport"]]] = {}  # by their kind
    kind: str  # which of the REGISTERS
    register: Fields

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "kind" in vars(cls):
            RegisterImport.walks[cls.kind] = cls

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        self.session = session
        self.reader = reader
        self.writes = writes
        self.how = how
        self.day = today(session)
        self.report = ImportReport(noun=REGISTERS[self.kind].noun)
        self.faults: list[tuple[str, str]] = []

    def in_order(self, rows: Iterator[RegisterRow | Problem]) -> Iterator[RegisterRow | Problem]:
        """The rows as the file has them, unless some must come before others."""
        return rows

    def take(self, row: RegisterRow) -> str:
        raise NotImplementedError

    def finish(self) -> None:
        """What is told once every row has been taken."""

    def fault(self, field: str, reason: str) -> None:
        """What is wrong in one field of the row; a cell that could not be read is told once, as
        that.
        """
        if field not in (known for known, _ in self.faults):
            self.faults.append((field, reason))

    def no_word(self, field: str, word: str, known: Iterable[str], sentence: str = "") -> None:
        """A word of the file that is none of ours: it can be mapped to one of `known`."""
        labels = list(dict.fromkeys(known))
        named = f" : {', '.join(labels)}" if len(labels) <= MOST_NAMED else ""
        self.fault(field, f"{sentence or f'« {shown(word)} » n’est pas connu'}{named}.")
        self.report.unknown.setdefault(field, {})[word] = labels

    def stop(self) -> None:
        """Raises RowRejected where the row has faults."""
        if self.faults:
            raise RowRejected(self.faults)

    def run(self, table: RegisterTable) -> ImportReport:
        how = self.how
        for row in self.in_order(table.rows):
            self.report.rows += 1
            if how.most is not None and self.report.rows > how.most:
                raise too_long(how.most)
            how.progress(
                table.share(),
                f"{'Import' if self.writes else 'Essai'} : {counted(self.report.rows, 'ligne')}",
            )
            self._settle(row, table)
        self.finish()
        self.report.refused.sort(key=lambda problem: problem.line)
        self.report.warnings = self.report.warnings.by_line(table.warnings)
        self.report.layout = table.layout
        self.report.fields = self.register
        self.report.written = self.writes
        written = self.report.new + self.report.changed
        if self.writes and written and not table.is_typed:
            about = ("import", self.report.noun, "lignes", None, written)
            note(self.session, self.reader, self.day, *about)
        return self.report

    def _settle(self, row: RegisterRow | Problem, table: RegisterTable) -> None:
        if isinstance(row, Problem):
            return self.report.refused.append(row)
        self.faults = list(row.faults)
        try:
            outcome = self.take(row)
        except RowRejected as rejected:
            self.report.refused += [
                Problem(row.line, table.headers.get(field, ""), reason)
                for field, reason in rejected.faults
            ]
        else:
            if outcome:
                setattr(self.report, outcome, getattr(self.report, outcome) + 1)


def remember(
    session: Session,
    source: str,
    key: str,
    subject: str,
    record_id: int,
    digest: str,
    is_new: bool = False,
) -> None:
    """The record that a key of a source stands for, and what its row says now; a key that the
    source has not had is not looked for.
    """
    of_key = (SourceKey.source == source, SourceKey.key == key)
    row = None if is_new else session.exec(select(SourceKey).where(*of_key)).first()
    row = row or SourceKey(source=source, key=key, subject=subject)
    row.record_id, row.digest = record_id, digest
    session.add(row)


def layout_of(table: ReferenceTable) -> Fields:
    """The fields of a table, as its columns declare them."""
    return fields_of(
        table.code,
        {
            c.field: {"spellings": (c.title,), "kind": str(c.control), "needed": c is table.key}
            for c in table.columns
        },
    )


def act_of(kind: str) -> Callable[..., ImportReport]:
    """The act of one of the REGISTERS: session, reader, file (or TypedRows), its name,
    ImportOptions.
    """
    module, _, function = (REGISTERS[kind].act or _DECLARED).partition(":")
    found = import_module(f"dashboard.actions.{module}")
    return getattr(found, function) if function else partial(import_register, kind=kind)


def importable(kind: str) -> Fields:
    """The fields of ideas, or of one of the REGISTERS."""
    if kind == IDEAS.kind:
        return IDEAS
    act_of(kind)  # The walk through its file is known once the module of its act is imported.
    return RegisterImport.walks[kind].register


def import_register(
    session: Session,
    reader: Reader,
    file: Path | bytes | TypedRows,
    name: str = "",
    how: ImportOptions = ONCE,
    *,
    kind: str,
) -> ImportReport:
    """Imports one register (CSV, JSON, XLSX, XLS, ODS), or rows typed on the screen, into the open
    `writing()` transaction; importing twice changes nothing. Raises Refused for a file that cannot
    be read.
    """
    require(reader, REGISTERS[kind].right)
    fields, stored = importable(kind), stored_correspondences(session, kind)

    def walk(writes: bool, progress: Progress) -> ImportReport:
        if isinstance(file, TypedRows):
            table = read_register(file.table(), fields, file.emptied())
        else:
            opened = open_table(file, name, known_for(fields, how.given, stored))
            table = read_register(opened, fields, None, how.given, stored)
        walked = RegisterImport.walks[kind]
        return walked(session, reader, writes, replace(how, progress=progress)).run(table)

    return tried_first(walk, how.dry_run, how.strict, how.progress)
