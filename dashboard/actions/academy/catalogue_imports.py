"""Importing a catalogue of trainings: new ones by their code, known ones changed. A later catalogue
tells which ones it no longer has; none is deleted, since people may be registered.
"""

from dataclasses import replace
from pathlib import Path

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.academy.trainings import (
    TrainingInput,
    training_faults,
    training_values,
    write_training,
)
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.register_imports import ONCE, ImportOptions, RegisterImport, import_register
from dashboard.files.catalogue import CATALOGUE, audience_of
from dashboard.files.ideas.values import compact
from dashboard.files.quoting import shown
from dashboard.files.registers import RegisterRow
from dashboard.files.uploads import Problem
from dashboard.queries.directions import ambitions
from models.academy import Training, TrainingAudience
from models.keeping import SourceKey

SOURCE = "catalogue"
_SUBJECT = "catalogue"
_AWAY = "-"  # the digest of a training that the last catalogue no longer had
_COLUMNS = {"ambition_id": "ambition"}


def import_catalogue(
    session: Session, reader: Reader, file: Path | bytes, name: str = "", how: ImportOptions = ONCE
) -> ImportReport:
    """Imports a catalogue (CSV, XLSX, XLS, ODS); importing twice changes nothing. An empty cell or
    an absent column leaves what a known training has.
    """
    return import_register(session, reader, _Import, file, name, how)


class _Import(RegisterImport):
    kind = "formations"
    register = CATALOGUE
    subjects = ("academy",)

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        self.known = {t.code.upper(): t for t in session.exec(select(Training)).all()}
        self.ambitions = {
            compact(word): choice.id
            for choice in ambitions(session)
            for word in (choice.name, choice.code, str(choice.id))
        }
        self.keys = {
            key.key: key
            for key in session.exec(select(SourceKey).where(SourceKey.source == SOURCE)).all()
        }
        self.seen: dict[str, int] = {}

    def take(self, row: RegisterRow) -> str:
        code = str(row.get("code", "")).upper()
        if code in self.seen:
            self.fault("code", f"Ce code figure déjà à la ligne {self.seen[code]}.")
        training = self.known.get(code)
        given = self._given(row, code, training)
        # Where the catalogue does not say the seats, nobody knows them yet.
        asked = given if given.capacity else replace(given, capacity=1)
        faults = training_faults(self.session, asked, code, is_new=training is None)
        for field, reason in faults.items():
            self.fault(_COLUMNS.get(field, field), reason)
        # A row that is refused is in the catalogue all the same.
        self.seen.setdefault(code, row.line)
        self.stop()
        values = training_values(given)
        outcome = "new"
        if training is not None:
            is_other = any(getattr(training, field) != value for field, value in values.items())
            outcome = "changed" if is_other else "unchanged"
        if self.writes:
            training = write_training(self.session, self.reader, given, code, training)
        self._keep(code, training)
        return outcome

    def _given(self, row: RegisterRow, code: str, known: Training | None) -> TrainingInput:
        def of(field: str, otherwise: object) -> object:
            return row.get(field, getattr(known, field) if known else otherwise)

        return TrainingInput(
            code,
            str(of("title", "")),
            of("hours", None),
            of("capacity", 0),
            self._audience(row, known),
            self._ambition(row, known),
            str(of("trainer", "")),
            str(of("objectives", "")),
            bool(of("mandatory", False)),
            bool(of("career", False)),
            bool(of("needs_approval", False)),
            open_to_all=bool(of("open_to_all", False)),
            validity=of("validity", 0),
        )

    def _audience(self, row: RegisterRow, known: Training | None) -> TrainingAudience:
        word = str(row.get("audience", ""))
        found = audience_of(word)
        if word and found is None:
            self._left_empty(row, f"« {shown(word)} » n'est pas un public connu")
        return found or (TrainingAudience(known.audience) if known else TrainingAudience.both)

    def _ambition(self, row: RegisterRow, known: Training | None) -> int | None:
        word = str(row.get("ambition", ""))
        found = self.ambitions.get(compact(word))
        if word and found is None:
            self._left_empty(row, f"« {shown(word)} » n'est aucune ambition")
        return found or (known.ambition_id if known else None)

    def _left_empty(self, row: RegisterRow, reason: str) -> None:
        self.report.warnings.append(Problem(row.line, "", f"{reason} : laissé de côté."))

    def _keep(self, code: str, training: Training | None) -> None:
        """Remembers that this catalogue has it."""
        key = self.keys.get(code)
        if key is not None and key.digest == _AWAY:
            self.report.returned += 1
        if not self.writes:
            return
        if key is None:
            key = SourceKey(
                source=SOURCE, key=code, subject=_SUBJECT, record_id=training.id, digest=""
            )
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
