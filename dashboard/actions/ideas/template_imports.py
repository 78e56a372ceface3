"""Importing the templates of answers and the motifs: by their name, new or changed. None is
deleted.
"""

from pathlib import Path

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.journal import note
from dashboard.actions.register_imports import ONCE, ImportOptions, RegisterImport, import_register
from dashboard.files.reference import TEMPLATES, status_of
from dashboard.files.registers import RegisterRow
from models.comments import AnswerTemplate
from models.idea_states import IdeaStatus
from models.ideas import BODY_MAX, TITLE_MAX
from models.texts import clean_title

# What the journal calls the fields.
_WORDS = {"status": "état", "text": "texte", "motive": "motif"}


def import_templates(
    session: Session, reader: Reader, file: Path | bytes, name: str = "", how: ImportOptions = ONCE
) -> ImportReport:
    """Imports templates and motifs (CSV, XLSX, XLS, ODS); importing twice changes nothing. An empty
    cell leaves what a known one has.
    """
    return import_register(session, reader, _Import, file, name, how)


class _Import(RegisterImport):
    kind = "modeles"
    register = TEMPLATES
    subjects = ("ideas",)

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        self.known = {t.name: t for t in session.exec(select(AnswerTemplate)).all()}
        self.seen: dict[str, int] = {}

    def take(self, row: RegisterRow) -> str:
        name = clean_title(str(row.get("name", "")))
        if not 0 < len(name) <= TITLE_MAX:
            self.fault("name", f"Donnez un nom, de {TITLE_MAX} caractères au plus.")
        if name in self.seen:
            self.fault("name", f"Ce nom figure déjà à la ligne {self.seen[name]}.")
        template = self.known.get(name)
        stands = template or AnswerTemplate(name=name)
        text = str(row.get("text", stands.text))
        if not 0 < len(text) <= BODY_MAX:
            self.fault("text", "Écrivez le texte du modèle.")
        is_motive = row.get("motive")
        values = {
            "status": self._status(row, stands),
            "text": text,
            "motive": stands.motive if is_motive is None else is_motive,
        }
        self.stop()
        self.seen[name] = row.line
        changes = {field: v for field, v in values.items() if getattr(stands, field) != v}
        if changes and self.writes:
            self._write(stands, changes)
        if template is None:
            return "new"
        return "changed" if changes else "unchanged"

    def _status(self, row: RegisterRow, stands: AnswerTemplate) -> str | None:
        word = str(row.get("status", ""))
        if not word:
            return None if row.is_emptied("status") else stands.status
        try:
            return str(status_of(word))
        except ValueError as error:
            self.fault("status", str(error))
            return stands.status

    def _write(self, template: AnswerTemplate, changes: dict[str, object]) -> None:
        for field, after in changes.items():
            before = getattr(template, field)
            told = [_told(field, value) for value in (before, after)]
            word = _WORDS[field]
            note(self.session, self.reader, self.day, "template", template.name, word, *told)
            setattr(template, field, after)
        self.session.add(template)
        self.session.flush()


def _told(field: str, value: object) -> object:
    if field == "status":
        return IdeaStatus(value).label if value else None
    return None if value == "" else value
