"""Importing a catalogue of trainings. A later catalogue tells which ones it no longer has; none is
deleted, since people may be registered.
"""

from collections.abc import Iterator
from dataclasses import replace

from sqlmodel import Session

from dashboard.access import Reader
from dashboard.actions.register_imports import ONCE, ImportOptions, free_code
from dashboard.actions.registers import RecordImport
from dashboard.files.registers import RegisterRow
from dashboard.files.uploads import Problem
from dashboard.files.values import compact
from dashboard.queries.reference_tables import TRAININGS, ReferenceColumn

SOURCE = "catalogue"
_CODE_MAX = 20
_SUBJECT = "catalogue"
_AWAY = "-"  # the digest of a training that the last catalogue no longer had


class _Import(RecordImport):
    """Imports a catalogue (CSV, XLSX, XLS, ODS); importing twice changes nothing."""

    declared = TRAININGS
    source = SOURCE

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        known = self.records.known.values()
        self.codes = {compact(training.title): training.code for training in known}

    def in_order(self, rows: Iterator[RegisterRow | Problem]) -> Iterator[RegisterRow | Problem]:
        return (row if isinstance(row, Problem) else self._coded(row) for row in rows)

    def _coded(self, row: RegisterRow) -> RegisterRow:
        """A row with its code; of a training that the file names by its title alone, ours or a new
        one.
        """
        title = str(row.get("title", ""))
        if "code" in row.values or not title:
            return row
        taken = {*self.records.known, *self.codes.values()}
        code = self.codes.setdefault(compact(title), free_code(title, taken, _CODE_MAX))
        return replace(row, values={**row.values, "code": code})

    def take(self, row: RegisterRow) -> str:
        outcome = super().take(row)
        self._remember(str(row.get("code")), outcome)
        return outcome

    def unknown(self, row: RegisterRow, _column: ReferenceColumn, said: str) -> None:
        self.warn(row.line, f"{said} : laissé de côté.")

    def _remember(self, code: str, outcome: str) -> None:
        """This catalogue has it; what was here before it and stays as it is, is not its own."""
        is_back = self.known_keys.get(code, (0, ""))[1] == _AWAY
        self.report.returned += is_back
        if self.writes and (is_back or outcome != "unchanged"):
            self.remember(code, _SUBJECT, self.records.known[code].id)

    def finish(self) -> None:
        for code, (training, digest) in self.known_keys.items():
            if code not in self.seen and digest != _AWAY:
                self.report.gone += 1
                if self.writes:
                    self.remember(code, _SUBJECT, training, _AWAY)
