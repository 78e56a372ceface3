"""Importing the sites: new ones by their name, known ones changed. None is deleted: meetings were
held there.
"""

from pathlib import Path

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.journal import note
from dashboard.actions.register_imports import ONCE, ImportOptions, RegisterImport, import_register
from dashboard.files.ideas.values import compact
from dashboard.files.quoting import shown
from dashboard.files.registers import RegisterRow
from dashboard.files.sites import SITES
from dashboard.queries.directions import organisation
from models.meetings import Site
from models.texts import clean_title

_NAME_MAX = 120
_KIND_MAX = 60
_MOST = 100_000
# What the journal calls the fields.
_WORDS = {
    "name": "nom",
    "kind": "genre",
    "direction_id": "direction",
    "agents": "agents",
    "computers": "ordinateurs",
}


def import_sites(
    session: Session, reader: Reader, file: Path | bytes, name: str = "", how: ImportOptions = ONCE
) -> ImportReport:
    """Imports the sites (CSV, XLSX, XLS, ODS); importing twice changes nothing. An empty cell or an
    absent column leaves what a known site has.
    """
    return import_register(session, reader, _Import, file, name, how)


class _Import(RegisterImport):
    kind = "sites"
    register = SITES
    subjects = ("meetings",)

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        self.known = {compact(site.name): site for site in session.exec(select(Site)).all()}
        units = organisation(session).at(self.day).units
        self.codes = {unit.id: unit.code for unit in units}
        self.units = {
            compact(word): unit.id for unit in units for word in (unit.code, unit.name, unit.label)
        }
        self.seen: dict[str, int] = {}

    def take(self, row: RegisterRow) -> str:
        name = clean_title(str(row.get("name", "")))
        key = compact(name)
        if not 0 < len(name) <= _NAME_MAX or not key:
            self.fault("name", f"Donnez un nom de 1 à {_NAME_MAX} caractères.")
        if key in self.seen:
            self.fault("name", f"Ce site figure déjà à la ligne {self.seen[key]}.")
        site = self._known(row, key)
        values = self._values(row, site)
        if row.get("former"):
            values["name"] = name
        self.seen.setdefault(key, row.line)
        self.stop()
        changes = {
            field: value
            for field, value in values.items()
            if site is None or getattr(site, field) != value
        }
        if self.writes and changes:
            self._write(name, site, changes)
        if site is None:
            return "new"
        return "changed" if changes else "unchanged"

    def _known(self, row: RegisterRow, key: str) -> Site | None:
        """The site that we have under this name, or under the one that the row says it had."""
        there = self.known.get(key)
        former = compact(str(row.get("former", "")))
        if not former:
            return there
        site = self.known.get(former)
        if site is None and there is None:
            self.fault("former", f"« {shown(str(row.get('former')))} » n'est aucun de nos sites.")
        if site is not None and there not in (None, site):
            self.fault("name", "Ce nom est déjà celui d'un autre site.")
        # A file that renames is imported twice without a change: the site has its new name by then.
        return site or there

    def _values(self, row: RegisterRow, site: Site | None) -> dict[str, object]:
        """What the row says, and what we have where it says nothing."""
        for field in ("agents", "computers"):
            if not 0 <= (row.get(field) or 0) <= _MOST:
                self.fault(field, f"Donnez un nombre de 0 à {_MOST}.")
        kind = clean_title(str(row.get("kind", site.kind if site else "")))
        if len(kind) > _KIND_MAX:
            self.fault("kind", f"Le genre peut compter {_KIND_MAX} caractères au plus.")
        return {
            "kind": kind,
            "direction_id": self._direction(row, site),
            "agents": row.get("agents", site.agents if site else 0),
            "computers": row.get("computers", site.computers if site else None),
        }

    def _direction(self, row: RegisterRow, site: Site | None) -> int | None:
        word = str(row.get("direction", ""))
        if not word:
            return site.direction_id if site and not row.is_emptied("direction") else None
        found = self.units.get(compact(word))
        if found is None:
            self.fault("direction", f"« {shown(word)} » n'est aucune de nos unités.")
        return found

    def _write(self, name: str, site: Site | None, changes: dict[str, object]) -> None:
        if site is None:
            self.session.add(Site(**{**changes, "name": name}))
            note(self.session, self.reader, self.day, "site", name, "créé", None, name)
            return
        known_as = site.name
        for field, value in changes.items():
            before = getattr(site, field)
            if field == "direction_id":
                before, after = self.codes.get(before), self.codes.get(value)
            else:
                after = value
            word = _WORDS[field]
            note(self.session, self.reader, self.day, "site", known_as, word, before, after)
            setattr(site, field, value)
        self.session.add(site)
