"""The folder of the backups (dossier des sauvegardes): which files are ours, which are kept, which
go.

A backup is known by its name alone, which bears the day and the hour of the town. Nothing else in
the folder is touched.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from models.clock import local
from models.errors import Refused
from models.settings import settings

_NAMED = "c-possible-%Y-%m-%d-%H%M%S"
_PLAIN = ".zip"
# A copy may be encrypted.
_OURS = re.compile(r"(c-possible-\d{4}-\d\d-\d\d-\d{6})\.zip(\.age)?")
# What a process that died while it wrote has left.
_DRAFT = re.compile(r"\.c-possible-\d{4}-\d\d-\d\d-\d{6}\.zip\..*part")
_STALE_AFTER = timedelta(days=1)


class FolderMissing(Refused):
    """A folder that the settings name is not there: a disk that is not mounted."""


def file_name(now: datetime) -> str:
    """« c-possible-2023-06-30-143000.zip », by the clocks of the town."""
    return local(now).strftime(_NAMED) + _PLAIN


@dataclass(frozen=True)
class BackupFile:
    """Fichier de sauvegarde: `made_at` as its name says, by the clocks of the town."""

    path: Path
    made_at: datetime

    @property
    def is_plain(self) -> bool:
        return self.path.suffix == _PLAIN


# Conservation: of how many days, weeks and months the newest backup is kept.
Retention = tuple[int, int, int]
RETENTION: Retention = (14, 8, 12)


def backup_folder() -> Path:
    """The folder in which backups are made; the one in the data folder is made where it is not
    there, another one may be a disk that is missing. Raises Refused.
    """
    folder = settings().backup_folder
    if folder is None:
        raise Refused("Aucun dossier de sauvegardes (CP_BACKUP_FOLDER=none) : dites où avec --out.")
    if not settings().cp_backup_folder.strip():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return required(folder, "CP_BACKUP_FOLDER")


def required(folder: Path, setting: str) -> Path:
    if not folder.is_dir():
        raise FolderMissing(f"Le dossier « {folder} » de {setting} n'est pas là.")
    return folder


def backups_in(folder: Path) -> list[BackupFile]:
    """Those of ours, the newest first."""
    if not folder.is_dir():
        return []
    return sorted(_ours(folder.iterdir()), key=lambda file: file.made_at, reverse=True)


def _ours(paths: Iterable[Path]) -> Iterator[BackupFile]:
    for path in paths:
        found = _OURS.fullmatch(path.name)
        if not found or path.is_symlink() or not path.is_file():
            continue
        try:
            yield BackupFile(path, datetime.strptime(found[1], _NAMED))
        except ValueError:  # no day of any calendar: not ours
            continue


# ── What is kept ──────────────────────────────────────────────────────────────────────────────────


def _retained(files: Iterable[BackupFile], rules: Retention) -> set[BackupFile]:
    """The newest of each day, week and month that has one, as many as the rules say; the newest of
    all, whatever they say.

    Counted in backups and not in days of the calendar: where none is made any more, none goes.
    """
    newest_first = sorted(files, key=lambda file: file.made_at, reverse=True)
    found = set(newest_first[:1])
    for most, period in zip(rules, (_day, _week, _month), strict=True):
        found |= set(_newest_of_each(newest_first, period)[:most])
    return found


def _newest_of_each(
    newest_first: list[BackupFile], period: Callable[[date], tuple]
) -> list[BackupFile]:
    found: dict[tuple, BackupFile] = {}
    for file in newest_first:
        found.setdefault(period(file.made_at.date()), file)
    return list(found.values())


def _day(day: date) -> tuple:
    return (day,)


def _week(day: date) -> tuple:
    return day.isocalendar()[:2]


def _month(day: date) -> tuple:
    return (day.year, day.month)


def tidy(folder: Path, rules: Retention, now: datetime) -> int:
    """Ranger: takes away what the rules do not keep, and drafts that nobody writes any more; how
    many backups went.
    """
    files = backups_in(folder)
    gone = set(files) - _retained(files, rules)
    for file in gone:
        file.path.unlink(missing_ok=True)
    for path in folder.iterdir():
        if _DRAFT.fullmatch(path.name) and is_stale(path, now):
            path.unlink(missing_ok=True)
    return len(gone)


def is_stale(path: Path, now: datetime) -> bool:
    """Last written more than a day ago; what has gone meanwhile is not."""
    try:
        return path.lstat().st_mtime < (now - _STALE_AFTER).timestamp()
    except FileNotFoundError:
        return False


# ── Where it lies ─────────────────────────────────────────────────────────────────────────────────


def on_one_disk(one: Path, other: Path) -> bool | None:
    """Whether two folders are on one device; None where that is unknown."""
    try:
        return one.stat().st_dev == other.stat().st_dev
    except OSError:
        return None
