"""Importing what the ambitions say: each known by its code. The five stay: none is added, none is
deleted.
"""

from pathlib import Path

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.reference import (
    AMBITION_FIELDS,
    AmbitionInput,
    ambition_faults,
    write_ambition,
)
from dashboard.actions.register_imports import ONCE, ImportOptions, RegisterImport, import_register
from dashboard.files.ideas.values import compact
from dashboard.files.quoting import shown
from dashboard.files.reference import AMBITIONS, colour_of
from dashboard.files.registers import RegisterRow
from models.roadmap import Ambition
from models.texts import clean_text, clean_title


def import_ambitions(
    session: Session, reader: Reader, file: Path | bytes, name: str = "", how: ImportOptions = ONCE
) -> ImportReport:
    """Imports the ambitions (CSV, XLSX, XLS, ODS); importing twice changes nothing. An empty cell
    leaves what an ambition has.
    """
    return import_register(session, reader, _Import, file, name, how)


class _Import(RegisterImport):
    kind = "ambitions"
    register = AMBITIONS
    subjects = ("directions", "ideas", "roadmap")

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        self.known = {compact(a.code): a for a in session.exec(select(Ambition)).all()}
        self.seen: dict[str, int] = {}

    def take(self, row: RegisterRow) -> str:
        code = compact(str(row.get("code", "")))
        ambition = self.known.get(code)
        if ambition is None:
            known = ", ".join(a.code for a in self.known.values())
            self.fault(
                "code",
                f"« {shown(str(row.get('code', '')))} » n'est le code d'aucune ambition ({known}) :"
                " elles restent ce qu'elles sont, aucune ne s'ajoute.",
            )
        if code in self.seen:
            self.fault("code", f"Ce code figure déjà à la ligne {self.seen[code]}.")
        self.seen.setdefault(code, row.line)
        self.stop()
        given = AmbitionInput(
            clean_title(str(row.get("name", ambition.name))),
            clean_text(str(row.get("description", ambition.description))),
            self._colour(row, ambition),
            clean_text(str(row.get("goal", ambition.goal))),
            row.get("horizon", ambition.horizon),
        )
        for field, reason in ambition_faults(given).items():
            self.fault(field, reason)
        self.stop()
        if all(getattr(given, name) == getattr(ambition, name) for name in AMBITION_FIELDS):
            return "unchanged"
        if self.writes:
            write_ambition(self.session, self.reader, ambition, given)
        return "changed"

    def _colour(self, row: RegisterRow, ambition: Ambition) -> str:
        word = str(row.get("colour", ""))
        if not word:
            return "" if row.is_emptied("colour") else ambition.colour
        try:
            return str(colour_of(word))
        except ValueError as error:
            self.fault("colour", str(error))
            return ambition.colour
