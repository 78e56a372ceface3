"""Going back (revenir en arrière): what came since a backup, which its restore would lose, is
counted and exported into a folder for its owner alone.

The backup is restored on trial beside the database, so that both are at one step: what a step has
made itself is not taken for what people did.
"""

import base64
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.keeping.auditing import note_export
from dashboard.actions.keeping.rehearsing import scratch
from dashboard.actions.keeping.restoring import restore
from dashboard.files import csvout
from dashboard.files.backup import Backup
from dashboard.files.backup_copies import IN_BETWEEN
from dashboard.french import counted
from dashboard.queries.keeping.backup import snapshot
from dashboard.queries.keeping.since import TableSince, Values, links_of, names_of, since
from models.errors import Refused
from models.progress import Tell
from models.schema import called

SUMMARY = "resume.json"
_NEW, _OTHER = "nouveau", "modifié"


@dataclass(frozen=True)
class Came:
    """Ce qui est venu depuis: of one table how many rows are new, other and gone, and whether they
    were exported or, being secret or somebody's own, only counted.
    """

    table: str
    new: int
    other: int
    gone: int
    is_exported: bool

    @property
    def told(self) -> str:
        """« 12 idées et constats ; 3 modifiés »."""
        parts = [
            counted(self.new, *called(self.table)) if self.new else called(self.table)[1],
            f"{self.other} changés" if self.other > 1 else "1 changé" if self.other else "",
            f"{self.gone} qui reviendraient" if self.gone else "",
        ]
        hidden = "" if self.is_exported or not (self.new or self.other) else " (comptés seulement)"
        return " ; ".join(part for part in parts if part) + hidden


def came_since(
    on: Engine, reader: Reader, backup: Backup, folder: Path | None, tell: Tell
) -> list[Came]:
    """Compte, and into `folder` exporte, what the restore of this backup would lose. Raises
    Refused.
    """
    require(reader, "backup.make")
    if folder is not None:
        _make(folder)
    with scratch(f"{IN_BETWEEN}retour-") as copy:
        restore(copy, backup, tell=tell)
        with snapshot(on) as now, copy.connect() as then:
            found = [_exported(now, one, folder) for one in since(now, then)]
    if folder is not None:
        _write_json(folder / SUMMARY, _summary(found, backup))
    return found


def note_came(session: Session, reader: Reader, came: Iterable[Came]) -> None:
    """The journal knows that all of it was taken away."""
    rows = sum(one.new + one.other for one in came if one.is_exported)
    note_export(session, reader, "entrées depuis une sauvegarde", counted(rows, "ligne"))


def _make(folder: Path) -> None:
    """An empty folder of its owner's alone."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Refused(f"« {folder} » n'est pas vide : choisissez un autre dossier.")
        os.chmod(folder, 0o700)
    except OSError as error:
        raise Refused(f"« {folder} » ne peut pas être écrit : {error.strerror}.") from error


def _exported(now: Connection, found: TableSince, folder: Path | None) -> Came:
    if folder is not None and found.is_shown:
        _write(now, found, folder)
    return Came(found.name, len(found.new), len(found.other), found.gone, found.is_shown)


def _summary(found: list[Came], backup: Backup) -> dict:
    """By days alone: an anonymous entry is not dated more finely by when a backup was made."""
    return {
        "format": "c-possible-depuis-une-sauvegarde",
        "sauvegarde_du": backup.made_at.date().isoformat(),
        "tables": {
            one.table: {
                "nom": called(one.table)[1],
                "nouveaux": one.new,
                "modifies": one.other,
                "reviendraient": one.gone,
                "exportes": one.is_exported,
            }
            for one in found
        },
    }


# ── The files ─────────────────────────────────────────────────────────────────────────────────────


def _write(now: Connection, found: TableSince, folder: Path) -> None:
    rows = [(_NEW, row) for row in found.new] + [(_OTHER, row) for row in found.other]
    _write_json(
        folder / f"{found.name}.json", [{"depuis": state, **_told(row)} for state, row in rows]
    )
    headers, lines = _table(now, found.name, rows)
    csvout.write(headers, lines, folder / f"{found.name}.csv")
    if found.name == "photo":
        for _, row in rows:
            _write_bytes(folder / f"photo-{row['id']}.jpg", bytes(row["content"]))


def _table(
    now: Connection, name: str, rows: Sequence[tuple[str, Values]]
) -> tuple[list[str], list[list[object]]]:
    """As people read it: what points at another record also bears its name."""
    columns = [column for column in rows[0][1] if not isinstance(rows[0][1][column], bytes)]
    links = {c: names_of(now, target) for c, target in links_of(name).items() if c in columns}
    links = {column: names for column, names in links.items() if names}
    headers = ["depuis", *columns, *(f"{column} : nom" for column in links)]
    lines = [
        [state, *(row[c] for c in columns), *(links[c].get(row[c], "") for c in links)]
        for state, row in rows
    ]
    return headers, lines


def _told(row: Values) -> Values:
    return {name: _json(value) for name, value in row.items()}


def _json(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _write_json(path: Path, content: object) -> None:
    _write_bytes(path, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())


def _write_bytes(path: Path, content: bytes) -> None:
    csvout.whole(path, lambda out: out.write(content))
