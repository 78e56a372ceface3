"""Importing a catalogue of trainings. A later catalogue tells which ones it no longer has; none is
deleted, since people may be registered.
"""

from dataclasses import replace
from pathlib import Path

from sqlmodel import Session, SQLModel, select

from dashboard.access import Reader
from dashboard.actions.correspondences import free_code
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.register_imports import ONCE, ImportOptions
from dashboard.actions.registers import RecordImport, import_records
from dashboard.files.registers import RegisterRow
from dashboard.files.uploads import Problem
from dashboard.files.values import compact
from dashboard.queries.reference_tables import TRAININGS, ReferenceColumn
from models.import_sources import SourceKey

SOURCE = "catalogue"
_CODE_MAX = 20
_SUBJECT = "catalogue"
_AWAY = "-"  # the digest of a training that the last catalogue no longer had


def import_catalogue(
    session: Session, reader: Reader, file: Path | bytes, name: str = "", how: ImportOptions = ONCE
) -> ImportReport:
    """Imports a catalogue (CSV, XLSX, XLS, ODS); importing twice changes nothing."""
    return import_records(session, reader, file, name, how, kind=TRAININGS.code)


class _Import(RecordImport):
    declared = TRAININGS

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        found = session.exec(select(SourceKey).where(SourceKey.source == SOURCE)).all()
        self.keys = {key.key: key for key in found}
        known = self.records.known.values()
        self.codes = {compact(training.title): training.code for training in known}

    def key_of(self, row: RegisterRow) -> str:
        """Its code; of a training that the file names by its title alone, ours or a new one."""
        return super().key_of(self._coded(row))

    def _given(self, row: RegisterRow, record: SQLModel | None) -> dict[str, object]:
        return super()._given(self._coded(row), record)

    def _coded(self, row: RegisterRow) -> RegisterRow:
        title = str(row.get("title", ""))
        if row.get("code") or not title:
            return row
        taken = {*self.records.known, *self.codes.values()}
        code = self.codes.setdefault(compact(title), free_code(title, taken, _CODE_MAX))
        return replace(row, values={**row.values, "code": code})

    def take(self, row: RegisterRow) -> str:
        outcome = super().take(row)
        self._remember(str(self._coded(row).get("code")))
        return outcome

    def unknown(self, row: RegisterRow, _column: ReferenceColumn, said: str) -> None:
        self.report.warnings.append(Problem(row.line, "", f"{said} : laissé de côté."))

    def _remember(self, code: str) -> None:
        """This catalogue has it."""
        key = self.keys.get(code)
        if key is not None and key.digest == _AWAY:
            self.report.returned += 1
        if not self.writes:
            return
        if key is None:
            ident = self.records.known[code].id
            key = SourceKey(source=SOURCE, key=code, subject=_SUBJECT, record_id=ident, digest="")
        key.digest = ""
        self.session.add(key)

    def finish(self) -> None:
        gone = [
            key for code, key in self.keys.items() if code not in self.seen and key.digest != _AWAY
        ]
        self.report.gone = len(gone)
        if self.writes:
            for key in gone:
                key.digest = _AWAY
                self.session.add(key)
