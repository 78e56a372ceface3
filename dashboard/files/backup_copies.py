"""The second location of a backup (second endroit): a folder, or a command configured by the
town.
"""

import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dashboard.files.backup import private_draft
from dashboard.files.backup_folder import required
from dashboard.files.encryption import SUFFIX, encrypt
from models.errors import Refused

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
        running = subprocess.Popen(
            _words(command, str(backup.resolve())),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(),
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


def _words(command: str, path: str) -> list[str]:
    words = shlex.split(command)
    if _PATH not in command:
        return [*words, path]
    return [word.replace(_PATH, path) for word in words]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_OUR_OWN)}
