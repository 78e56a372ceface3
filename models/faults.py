"""Faults (pannes) of the database and its disk: the sentences for users, and the detection of an
SQLite file that was removed or replaced under a running server.

In write-ahead mode SQLite goes on writing into a deleted file without an error. So each transaction
first checks that the file at the address is the one it has open.
"""

import logging
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import DBAPIError, OperationalError

from models.texts import Refused

_THEN = (
    " : rien n'a été enregistré. Gardez ce que vous avez écrit, réessayez dans quelques minutes, et"
    " prévenez la personne qui s'occupe de C-Possible."
)
AWAY = f"La base de données est indisponible, son fichier n'est pas à sa place{_THEN}"
UNAVAILABLE = f"La base de données est indisponible{_THEN}"
NOT_WRITABLE = f"La base de données ne peut rien enregistrer pour l'instant{_THEN}"
FULL = f"Le disque du serveur est plein{_THEN}"
DAMAGED = (
    "Le fichier de la base de données est abîmé : rien n'a été enregistré. Gardez ce que vous avez"
    " écrit, et prévenez tout de suite la personne qui s'occupe de C-Possible."
)
BUSY = "La base de données est occupée : réessayez dans un instant. Rien n'est perdu."
_SQLITE = {
    sqlite3.SQLITE_READONLY: NOT_WRITABLE,
    sqlite3.SQLITE_PERM: NOT_WRITABLE,
    sqlite3.SQLITE_CANTOPEN: NOT_WRITABLE,
    sqlite3.SQLITE_IOERR: NOT_WRITABLE,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
}
_POSTGRESQL = {
    "25006": NOT_WRITABLE,
    "53100": FULL,
    # Others write the same rows, lock the table, or use all connections.
    **dict.fromkeys(("40001", "40P01", "53300", "55P03", "57014"), BUSY),
}
# The reasons written to the log.
_REASONS = {
    AWAY: "its file is not in its place",
    UNAVAILABLE: "it is away",
    NOT_WRITABLE: "it cannot be written",
    FULL: "the disk is full",
    DAMAGED: "its file is damaged",
    BUSY: "it is busy",
}
_log = logging.getLogger(__name__)


class DatabaseGone(Refused, OperationalError):
    """Base absente: a refusal with its sentence, and also a database error."""

    def __init__(self) -> None:
        OperationalError.__init__(self, "", {}, sqlite3.OperationalError(AWAY))

    def __str__(self) -> str:
        return AWAY


def fault_sentence(error: DBAPIError) -> str:
    """The sentence for a fault of the database; empty for an error of ours."""
    if isinstance(error, DatabaseGone):
        return str(error)
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None and _SQLITE.get(code & 0xFF) == DAMAGED:
        return DAMAGED
    state = getattr(error.orig, "sqlstate", None)
    # PostgreSQL's error for a base that only reads has another type.
    if not isinstance(error, OperationalError) and state not in _POSTGRESQL:
        return ""
    if code is not None:
        # The low byte is the kind, the rest the detail; an invalid statement has none.
        return _SQLITE.get(code & 0xFF, "")
    return _POSTGRESQL.get(state, UNAVAILABLE)


def report_fault(error: DBAPIError) -> str:
    """The sentence for a fault of the database; the reason is logged, in words of ours."""
    if why := reason_of(error):
        _log.error("the database refused: %s", why)
    else:
        _log.error("the database refused", exc_info=error)
    return fault_sentence(error) or UNAVAILABLE


def reason_of(error: BaseException) -> str:
    """« the disk is full (SQLITE_FULL) », for the log; empty for an error that is no fault of the
    database.
    """
    sentence = fault_sentence(error) if isinstance(error, DBAPIError) else ""
    if not sentence:
        return ""
    code = getattr(error.orig, "sqlite_errorname", getattr(error.orig, "sqlstate", None))
    return _REASONS[sentence] + (f" ({code})" if code else "")


# ── The file of SQLite ──────────────────────────────────────────────────────────────────────────


@dataclass
class DatabaseFile:
    """The file at the address of an engine. `opened` is the device and inode that its connections
    have open.
    """

    path: Path
    opened: tuple[int, int] | None = None

    def require(self) -> None:
        """Checks the file before each transaction, and before a commit is reported as stored.
        Raises DatabaseGone.
        """
        if self.opened is not None and identity(self.path) != self.opened:
            raise DatabaseGone

    def before_opening(self) -> None:
        """Prevents a connection from recreating the file, or opening a replaced one: this process
        may still cache pages of the old one. Raises DatabaseGone.
        """
        current = identity(self.path)
        if current is None or self.opened not in (None, current):
            raise DatabaseGone
        self.opened = current


def identity(path: Path | str) -> tuple[int, int] | None:
    """Device and inode of the file at a path."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
