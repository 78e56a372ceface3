"""Importing the workstreams of programmes: new ones by their number, known ones renamed. None is
deleted.
"""

import re
from pathlib import Path

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.keeping.auditing import note
from dashboard.actions.reference import stream_faults, write_values
from dashboard.actions.register_imports import ONCE, ImportOptions, RegisterImport, import_register
from dashboard.files.ideas.values import compact
from dashboard.files.quoting import shown
from dashboard.files.reference import WORKSTREAMS
from dashboard.files.registers import RegisterRow
from models.programmes import Period, programmes
from models.roadmap import Plan, Workstream
from models.texts import clean_title

_MOST = 999
_CODE = re.compile(r"[a-z0-9][a-z0-9\-]{0,29}")


def import_workstreams(
    session: Session, reader: Reader, file: Path | bytes, name: str = "", how: ImportOptions = ONCE
) -> ImportReport:
    """Imports workstreams (CSV, XLSX, XLS, ODS); importing twice changes nothing. An empty cell
    leaves what a known one has.
    """
    return import_register(session, reader, _Import, file, name, how)


class _Import(RegisterImport):
    kind = "chantiers"
    register = WORKSTREAMS
    subjects = ("directions", "ideas", "roadmap")

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        self.known = {s.id: s for s in session.exec(select(Workstream)).all()}
        self.programmes = programmes(session)
        self.busy = set(session.exec(select(Plan.workstream_id)).all())
        self.codes = {stream.code: stream.id for stream in self.known.values()}
        self.seen: dict[int, int] = {}

    def take(self, row: RegisterRow) -> str:
        # Who names one by its code alone need not know its number.
        number = row.get("number", self.codes.get(str(row.get("code", "")).lower()))
        if number is None or not 1 <= number <= _MOST:
            self.fault("number", f"Donnez un numéro, de 1 à {_MOST}.")
        if number in self.seen:
            self.fault("number", f"Ce numéro figure déjà à la ligne {self.seen[number]}.")
        self.stop()
        stream = self.known.get(number)
        values = {
            "name": clean_title(str(row.get("name", stream.name if stream else ""))),
            "short_name": clean_title(
                str(row.get("short_name", stream.short_name if stream else ""))
            ),
        }
        for field, reason in stream_faults(**values).items():
            self.fault(field, reason)
        values["programme_id"] = self._programme(row, stream)
        code = self._code(row, stream, number)
        self.stop()
        self.seen[number] = row.line
        if stream is None:
            return self._new(number, code, values)
        changes = {name: v for name, v in values.items() if getattr(stream, name) != v}
        if changes and self.writes:
            write_values(self.session, self.reader, stream, stream.code, changes, self._told)
        return "changed" if changes else "unchanged"

    def _new(self, number: int, code: str, values: dict[str, object]) -> str:
        self.codes[code] = number
        if self.writes:
            self.session.add(Workstream(id=number, code=code, **values))
            self.session.flush()
            name = values["name"]
            note(self.session, self.reader, self.day, "workstream", code, "créé", None, name)
        return "new"

    def _code(self, row: RegisterRow, stream: Workstream | None, number: int) -> str:
        code = str(row.get("code", "")).lower()
        if stream is not None:
            if code and code != stream.code:
                self.fault("code", f"Le chantier {number} a le code {stream.code} : il le garde.")
            return stream.code
        code = code or f"chantier-{number}"
        if not _CODE.fullmatch(code):
            self.fault("code", "Donnez un code court, en lettres, chiffres et traits d'union.")
        elif code in self.codes:
            self.fault("code", f"Ce code est déjà celui du chantier {self.codes[code]}.")
        return code

    def _programme(self, row: RegisterRow, stream: Workstream | None) -> int | None:
        """The programme that is named; a workstream of none belongs to the first."""
        stands = stream.programme_id if stream else None
        word = compact(str(row.get("programme", "")))
        if not word:
            if stream is None and len(self.programmes.periods) > 1:
                self.fault("programme", f"Dites de quel programme : {self._names()}.")
            return stands if stream else self.programmes.periods[0].id
        found = next((p for p in self.programmes.periods if compact(p.name) == word), None)
        if found is None:
            said = shown(str(row.get("programme")))
            self.fault("programme", f"« {said} » n'est aucun de nos programmes : {self._names()}.")
            return stands
        if stream is None:
            return found.id
        if found == self._period(stands):
            return stands
        if stream.id in self.busy:
            self.fault("programme", "Ce chantier a des jalons : il reste dans son programme.")
        return found.id

    def _period(self, programme_id: int | None) -> Period:
        return self.programmes.of(programme_id) or self.programmes.periods[0]

    def _names(self) -> str:
        return ", ".join(period.name for period in self.programmes.periods)

    def _told(self, name: str, value: object) -> object:
        return self._period(value).name if name == "programme_id" else value
