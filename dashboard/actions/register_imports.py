"""What the imports of registers share: a row is tried before it is written, in one walk; the facts that a file adds or corrects."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.auditing import note
from dashboard.actions.imports import ImportReport, too_long
from dashboard.exchange.files import Problem, open_table
from dashboard.exchange.registers import Line, Register, RegisterTable, read_register
from dashboard.french import counted
from models.clock import today
from models.ledger import bump
from models.telling import Tell, between, quietly


@dataclass(frozen=True)
class How:
    """How a file is imported: tried only, all or nothing, how many rows at most, and who is told how far it is."""

    dry_run: bool = False
    strict: bool = False
    most: int | None = None
    tell: Tell = quietly


ONCE = How()


class Bad(Exception):
    """A row that cannot be taken: the field and the sentence."""

    def __init__(self, field: str, reason: str):
        super().__init__(reason)
        self.field, self.reason = field, reason


class RegisterImport:
    """One walk through one file. A subclass takes one row: `take` raises Bad, or gives « new », « changed » or « unchanged »."""

    register: Register
    noun = "ligne"
    subjects: tuple[str, ...] = ()

    def __init__(self, session: Session, reader: Reader, writes: bool):
        self.session, self.reader, self.writes, self.day = session, reader, writes, today(session)
        self.report, self.since = ImportReport(noun=self.noun), self.day

    def in_order(self, rows: Iterator[Line | Problem]) -> Iterator[Line | Problem]:
        """The rows as the file has them, unless some must come before others."""
        return rows

    def take(self, row: Line) -> str:
        raise NotImplementedError

    def finish(self) -> None:
        """What is told once every row has been taken."""

    def touched(self, on: date) -> None:
        """The earliest day whose figures this import can change."""
        self.since = min(self.since, on)

    def run(self, table: RegisterTable, how: How) -> ImportReport:
        for row in self.in_order(table.rows):
            self.report.rows += 1
            if how.most is not None and self.report.rows > how.most:
                raise too_long(how.most)
            how.tell(table.share(), f"{'Import' if self.writes else 'Essai'} : {counted(self.report.rows, 'ligne')}")
            self._settle(row, table)
        self.finish()
        self.report.refused.sort(key=lambda problem: problem.line)
        self.report.warnings = sorted([*self.report.warnings, *table.warnings], key=lambda problem: problem.line)
        self.report.written = self.writes
        if self.writes and self.report.new + self.report.changed:
            note(self.session, self.reader, self.day, "import", self.noun, "lignes", None, self.report.new + self.report.changed)
            bump(self.session, *self.subjects, since=self.since)
        return self.report

    def _settle(self, row: Line | Problem, table: RegisterTable) -> None:
        if isinstance(row, Problem):
            return self.report.refused.append(row)
        try:
            outcome = self.take(row)
        except Bad as bad:
            self.report.refused.append(Problem(row.line, table.headers.get(bad.field, ""), bad.reason))
        else:
            setattr(self.report, outcome, getattr(self.report, outcome) + 1)


def import_register(session: Session, reader: Reader, kind: type[RegisterImport], file: Path | bytes, name: str, how: How) -> ImportReport:
    """Imports one register into the open `writing()` transaction. Raises Refused for a file that cannot be read."""
    require(reader, "people.import")

    def walk(writes: bool, tell: Tell) -> ImportReport:
        table = read_register(open_table(file, name, kind.register.known), kind.register)
        return kind(session, reader, writes).run(table, How(how.dry_run, how.strict, how.most, tell))

    if how.strict and not how.dry_run:
        preview = walk(False, between(how.tell, 0, 0.5))
        if preview.refused:
            preview.strict = True
            return preview
        return walk(True, between(how.tell, 0.5, 1))
    return walk(not how.dry_run, how.tell)
