"""Faults (pannes) of the database and its disk: what people read of them, and an SQLite file that
was removed or replaced under a running server.

In its write-ahead mode SQLite goes on writing into a file that nobody can open again, and says that
all is well. So each transaction looks first whether the file at the address is the one it has open.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import DBAPIError, OperationalError

from models.errors import Refused

_THEN = (
    " : rien n'a été enregistré. Gardez ce que vous avez écrit, réessayez dans quelques minutes, et"
    " prévenez la personne qui s'occupe de C-Possible."
)
AWAY = f"La base de données n'est pas à sa place{_THEN}"
NOT_WRITABLE = f"La base de données ne peut rien enregistrer pour l'instant{_THEN}"
FULL = f"Le disque du serveur est plein{_THEN}"
BUSY = "La base de données est occupée : réessayez dans un instant. Rien n'est perdu."
_SQLITE = {
    sqlite3.SQLITE_READONLY: NOT_WRITABLE,
    sqlite3.SQLITE_PERM: NOT_WRITABLE,
    sqlite3.SQLITE_CANTOPEN: NOT_WRITABLE,
    sqlite3.SQLITE_IOERR: NOT_WRITABLE,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
}
_POSTGRESQL = {"25006": NOT_WRITABLE, "53100": FULL}


class Away(Refused, OperationalError):
    """Base absente: a refusal with its sentence, and what a database raises that is not there."""

    def __init__(self, sentence: str = AWAY) -> None:
        OperationalError.__init__(self, "", {}, sqlite3.OperationalError(sentence))
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


def calm(error: DBAPIError) -> str:
    """What people read of a fault of the database, in one sentence; nothing for what is no fault of
    it, but an error of ours.
    """
    if isinstance(error, Away):
        return str(error)
    if not isinstance(error, OperationalError) and not _is_read_only(error):
        return ""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        # The low byte is the kind, what stands above it the detail; a wrong statement has none.
        return _SQLITE.get(code & 0xFF, "")
    return _POSTGRESQL.get(getattr(error.orig, "sqlstate", None) or "", BUSY)


def _is_read_only(error: DBAPIError) -> bool:
    """PostgreSQL's word for it is an error of another kind."""
    return getattr(error.orig, "sqlstate", None) in _POSTGRESQL


# ── The file of SQLite ────────────────────────────────────────────────────────────────────────────


@dataclass
class DatabaseFile:
    """The file at the address of an engine. `opened` is the device and the number of the file that
    its connections are open on.
    """

    path: Path
    is_ours: Callable[[Path], bool]
    opened: tuple[int, int] | None = None

    def require(self) -> None:
        """Before each transaction, and before it is told as kept. Raises Away."""
        if self.opened is not None and _identity(self.path) != self.opened:
            raise Away

    def is_replaced(self) -> bool:
        here = _identity(self.path)
        return here is not None and self.opened is not None and here != self.opened

    def before_opening(self) -> None:
        """No connection makes the file anew. Another one in its place is taken once nothing of this
        process holds the one before, and where nothing of that one would be written into it. Raises
        Away.
        """
        here = _identity(self.path)
        if here is None:
            raise Away
        if self.opened not in (None, here) and not self._may_be_taken():
            raise Away
        self.opened = here

    def _may_be_taken(self) -> bool:
        log = Path(f"{self.path}-wal")
        holds_pages = log.exists() and log.stat().st_size > 0
        return not holds_pages and not _is_held(self.opened) and self.is_ours(self.path)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_held(identity: tuple[int, int]) -> bool:
    """Whether this process has it open; a system that does not tell is believed."""
    open_files = Path("/proc/self/fd")
    if not open_files.is_dir():
        return False
    return any(_identity(file) == identity for file in open_files.iterdir())


def is_at_step(path: Path, step: str) -> bool:
    """Whether a file is a database of this program, migrated and filled."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as found,
    ):
        (here,) = found.execute("SELECT version_num FROM alembic_version").fetchone()
        return here == step and found.execute("SELECT 1 FROM installation").fetchone() is not None
    return False
