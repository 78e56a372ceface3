"""The folder of backups (dossier des sauvegardes): lists ours, and deletes those beyond the
retention rules.

A backup is recognised by its name alone, which holds its local day and hour. Other files are not
touched.
"""

import hashlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from dashboard.files.backup import SUFFIX, encrypt, private_draft
from models.clock import local
from models.settings import settings
from models.texts import Refused

_NAMED = "c-possible-%Y-%m-%d-%H%M%S"
_PLAIN = ".zip"
# A copy may be encrypted.
_OURS = re.compile(r"(c-possible-\d{4}-\d\d-\d\d-\d{6})\.zip(\.age)?")
# The draft of a process that was killed while writing.
_DRAFT = re.compile(r"\.c-possible-\d{4}-\d\d-\d\d-\d{6}\.zip\..*part")
_STALE_AFTER = timedelta(days=1)


class FolderMissing(Refused):
    """A configured folder is missing, for instance an unmounted disk."""


def file_name(now: datetime) -> str:
    """« c-possible-2023-06-30-143000.zip », in local time."""
    return local(now).strftime(_NAMED) + _PLAIN


@dataclass(frozen=True)
class BackupFile:
    """One backup file (fichier de sauvegarde); `made_at` is read from its name, in local time."""

    path: Path
    made_at: datetime

    @property
    def is_plain(self) -> bool:
        return self.path.suffix == _PLAIN


# Retention (conservation): for how many days, weeks and months the newest backup is retained.
Retention = tuple[int, int, int]
RETENTION: Retention = (14, 8, 12)


def backup_folder() -> Path:
    """The folder where backups are made. The default one is created if missing; a configured one
    may be an unmounted disk. Raises Refused.
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
    """Our backups, newest first."""
    if not folder.is_dir():
        return []
    found = []
    for path in folder.iterdir():
        match = _OURS.fullmatch(path.name)
        if match and path.is_file() and not path.is_symlink():
            with suppress(ValueError):  # not a valid date: not ours
                found.append(BackupFile(path, datetime.strptime(match[1], _NAMED)))
    return sorted(found, key=lambda file: file.made_at, reverse=True)


# ── What is kept ──────────────────────────────────────────────────────────────────────────────────


def _retained(files: Iterable[BackupFile], rules: Retention) -> set[BackupFile]:
    """The newest backup of each day, week and month that has one, as many as the rules say; the
    newest of all in any case.

    Counts backups, not calendar days: if none is made any more, none is deleted.
    """
    oldest_first = sorted(files, key=lambda file: file.made_at)
    retained = set(oldest_first[-1:])
    for most, period in zip(rules, ("%Y-%m-%d", "%G-%V", "%Y-%m"), strict=True):
        newest = {file.made_at.strftime(period): file for file in oldest_first}
        retained |= {newest[each] for each in sorted(newest)[-most:]} if most else set()
    return retained


def tidy(folder: Path, rules: Retention, now: datetime) -> int:
    """Deletes (ranger) backups beyond the rules and abandoned drafts; returns the number of
    deleted backups.
    """
    files = backups_in(folder)
    deleted = set(files) - _retained(files, rules)
    for file in deleted:
        file.path.unlink(missing_ok=True)
    for path in folder.iterdir():
        if _DRAFT.fullmatch(path.name) and is_stale(path, now):
            path.unlink(missing_ok=True)
    return len(deleted)


def is_stale(path: Path, now: datetime) -> bool:
    """Whether it was last written more than a day ago; false for a file deleted meanwhile."""
    try:
        return path.lstat().st_mtime < (now - _STALE_AFTER).timestamp()
    except FileNotFoundError:
        return False


# ── Where it lies ─────────────────────────────────────────────────────────────────────────────────


def on_one_disk(first: Path, second: Path) -> bool | None:
    """Whether two folders are on one device; None if unknown."""
    try:
        return first.stat().st_dev == second.stat().st_dev
    except OSError:
        return None


_PATH = "{}"
IN_BETWEEN = ".c-possible-copie-"
# Our settings, secrets included, are not passed to the command.
_OUR_OWN = ("CP_", "DATABASE_URL")


class CommandFailed(Refused):
    """The command failed with `exit_code`; its output is not stored."""

    def __init__(self, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__(f"La commande de CP_BACKUP_COMMAND s'est terminée par {exit_code}.")


class CommandTooLong(Refused):
    """The command was stopped after its time limit."""


@contextmanager
def to_take_away(backup: Path, key: str, beside: Path) -> Iterator[Path]:
    """The file to copy, for the duration of the block: the backup, or its encryption for `key`.
    Raises Refused.
    """
    if not key:
        yield backup
        return
    with tempfile.TemporaryDirectory(prefix=IN_BETWEEN, dir=beside) as folder:
        closed = Path(folder) / f"{backup.name}{SUFFIX}"
        encrypt(backup, closed, key)
        yield closed


def copy_to(folder: Path, backup: Path) -> None:
    """Copies the backup (copier) under the same name and verifies it; does nothing if the name
    exists. Raises Refused.
    """
    target = required(folder, "CP_BACKUP_COPY") / backup.name
    if target.exists():
        return
    with private_draft(target) as draft:
        shutil.copyfile(backup, draft)
        if _digest(draft) != _digest(backup):
            raise Refused(f"La copie vers « {folder} » n'est pas la sauvegarde.")


def _digest(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise Refused(f"« {path} » ne peut pas être lu : {error.strerror}.") from error


def hand_over(command: str, backup: Path, minutes: float) -> None:
    """Runs the command (confier à la commande) with the path in place of `{}`, or as its last
    argument, and waits. Raises Refused.
    """
    try:
        words = shlex.split(command if _PATH in command else f"{command} {_PATH}")
        running = subprocess.Popen(
            [word.replace(_PATH, str(backup.resolve())) for word in words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={name: v for name, v in os.environ.items() if not name.startswith(_OUR_OWN)},
            # Its child processes end with it.
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise Refused("La commande de CP_BACKUP_COMMAND ne peut pas être lancée.") from error
    try:
        code = running.wait(minutes * 60)
    except subprocess.TimeoutExpired as error:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        raise CommandTooLong(
            f"La commande de CP_BACKUP_COMMAND a pris plus de {minutes:g} min : elle est arrêtée."
        ) from error
    if code:
        raise CommandFailed(code)
