"""Importing the closing days of the administration: by their day, named, or taken away."""

from pathlib import Path

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.journal import note
from dashboard.actions.register_imports import ONCE, ImportOptions, RegisterImport, import_register
from dashboard.files.reference import CLOSING_DAYS, closing_day_of
from dashboard.files.registers import RegisterRow
from models.texts import clean_title
from models.workdays import ClosingDay

_LABEL_MAX = 120
_SUBJECT = "closing_day"


def import_closing_days(
    session: Session, reader: Reader, file: Path | bytes, name: str = "", how: ImportOptions = ONCE
) -> ImportReport:
    """Imports closing days (CSV, XLSX, XLS, ODS); importing twice changes nothing. One that the
    file does not name stays: « oui » under « retiré » takes one away.
    """
    return import_register(session, reader, _Import, file, name, how)


class _Import(RegisterImport):
    kind = "fermetures"
    register = CLOSING_DAYS
    subjects = ("ideas", "meetings", "roadmap")

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        self.known = {closing.day: closing for closing in session.exec(select(ClosingDay)).all()}
        self.seen: dict[str, int] = {}

    def take(self, row: RegisterRow) -> str:
        day = self._day(row)
        closing = self.known.get(day)
        label = clean_title(str(row.get("label", closing.label if closing else "")))
        if len(label) > _LABEL_MAX:
            self.fault("label", f"Le libellé peut compter {_LABEL_MAX} caractères au plus.")
        if day in self.seen:
            self.fault("day", f"Ce jour figure déjà à la ligne {self.seen[day]}.")
        self.stop()
        self.seen[day] = row.line
        if row.get("removed"):
            return self._removed(closing)
        if closing is None:
            if self.writes:
                self._write(ClosingDay(day=day, label=label), "jour", None, day)
            return "new"
        if closing.label == label:
            return "unchanged"
        if self.writes:
            before = closing.label
            closing.label = label
            self._write(closing, "libellé", before or None, label or None)
        return "changed"

    def _day(self, row: RegisterRow) -> str:
        try:
            return closing_day_of(str(row.get("day", "")))
        except ValueError as error:
            self.fault("day", str(error))
            return ""

    def _removed(self, closing: ClosingDay | None) -> str:
        if closing is None:
            return "unchanged"
        if self.writes:
            self.session.delete(closing)
            self._tell(closing.day, "jour", closing.day, None)
        return "changed"

    def _write(
        self, closing: ClosingDay, field: str, before: str | None, after: str | None
    ) -> None:
        self.session.add(closing)
        self._tell(closing.day, field, before, after)

    def _tell(self, day: str, field: str, before: str | None, after: str | None) -> None:
        note(self.session, self.reader, self.day, _SUBJECT, day, field, before, after)
