"""Importing a catalogue of trainings. A later catalogue tells which ones it no longer has; none is
deleted, since people may be registered.
"""

from pathlib import Path

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.register_imports import ONCE, ImportOptions
from dashboard.actions.registers import RecordImport, import_records
from dashboard.files.registers import RegisterRow
from dashboard.files.uploads import Problem
from dashboard.queries.reference_tables import TRAININGS, ReferenceColumn
from models.import_sources import SourceKey

SOURCE = "catalogue"
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

    def take(self, row: RegisterRow) -> str:
        outcome = super().take(row)
        self._remember(str(row.get("code")))
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
