"""Faults (pannes) of the database and its disk: what people read of them, and an SQLite file that
was removed or replaced under a running server.

In its write-ahead mode SQLite goes on writing into a file that nobody can open again, and says that
all is well. So each transaction looks first whether the file at the address is the one it has open.
"""

import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import DBAPIError, OperationalError

from models.errors import Refused

_THEN = (
    " : rien n'a été enregistré. Gardez ce que vous avez écrit, réessayez dans quelques minutes, et"
    " prévenez la personne qui s'occupe de C-Possible."
)
OVERWRITTEN = (
    f"Le fichier de la base de données a été écrasé pendant que le serveur tournait{_THEN}"
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
    # Others write the same rows, hold the table, or have taken all connections.
    **dict.fromkeys(("40001", "40P01", "53300", "55P03", "57014"), BUSY),
}
# What the log says of each.
_REASONS = {
    OVERWRITTEN: "its file was overwritten",
    AWAY: "its file is not in its place",
    UNAVAILABLE: "it is away",
    NOT_WRITABLE: "it cannot be written",
    FULL: "the disk is full",
    DAMAGED: "its file is damaged",
    BUSY: "it is busy",
}
_log = logging.getLogger(__name__)


class DatabaseGone(Refused, OperationalError):
    """Base absente: a refusal with its sentence, and what a database raises that is not there."""

    def __init__(self, sentence: str = AWAY) -> None:
        OperationalError.__init__(self, "", {}, sqlite3.OperationalError(sentence))
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


def fault_sentence(error: DBAPIError) -> str:
    """What people read of a fault of the database, in one sentence; nothing for what is no fault of
    it, but an error of ours.
    """
    if isinstance(error, DatabaseGone):
        return str(error)
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None and _SQLITE.get(code & 0xFF) == DAMAGED:
        return DAMAGED
    if not isinstance(error, OperationalError) and not _is_read_only(error):
        return ""
    if code is not None:
        # The low byte is the kind, the rest the detail; a wrong statement has none.
        return _SQLITE.get(code & 0xFF, "")
    return _POSTGRESQL.get(getattr(error.orig, "sqlstate", None) or "", UNAVAILABLE)


def report_fault(error: DBAPIError) -> str:
    """What people read of a database that refused; the log says why, in words of ours."""
    if why := reason_of(error):
        _log.error("the database refused: %s", why)
    else:
        _log.error("the database refused", exc_info=error)
    return fault_sentence(error) or UNAVAILABLE


def reason_of(error: BaseException) -> str:
    """« the disk is full (SQLITE_FULL) », for the log; empty for what is no fault of the
    database.
    """
    sentence = fault_sentence(error) if isinstance(error, DBAPIError) else ""
    if not sentence:
        return ""
    code = getattr(error.orig, "sqlite_errorname", getattr(error.orig, "sqlstate", None))
    return _REASONS[sentence] + (f" ({code})" if code else "")


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
    content: "Content" = field(init=False)

    def __post_init__(self) -> None:
        self.content = Content(self.path)
        # As text: each transaction asks the system three times, and a path makes its own each time.
        self._name = str(self.path)

    def require(self) -> None:
        """Checks the file before each transaction, and before a commit is reported as stored.
        Raises DatabaseGone.
        """
        self.mark()

    def mark(self) -> tuple[tuple[int, int], bytes] | None:
        """A value that changes with each commit, of any process; None where it is
        unknown at this moment. Raises DatabaseGone.
        """
        if self.opened is not None and identity(self._name) != self.opened:
            raise DatabaseGone
        log = self.content.look()
        if self.content.is_lost:
            raise DatabaseGone(OVERWRITTEN)
        return (self.opened, log) if log is not None and self.opened is not None else None

    def is_replaced(self) -> bool:
        here = identity(self._name)
        return here is not None and self.opened is not None and here != self.opened

    def before_opening(self) -> None:
        """No connection makes the file anew. Another one in its place is taken once nothing of this
        process holds the one before, and where nothing of that one would be written into it. Raises
        DatabaseGone.
        """
        here = identity(self.path)
        if here is None:
            raise DatabaseGone
        if self.opened not in (None, here) and not self._may_be_taken():
            raise DatabaseGone
        if here != self.opened or not self.content.is_followed():
            self.content = Content(self.path)
        self.opened = here

    def _may_be_taken(self) -> bool:
        log = Path(f"{self.path}-wal")
        holds_pages = log.exists() and log.stat().st_size > 0
        return not holds_pages and not _is_held(self.opened) and self.is_ours(self.path)


def identity(path: Path | str) -> tuple[int, int] | None:
    """Device and number of the file at a path."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_held(wanted: tuple[int, int]) -> bool:
    """Whether this process has it open; assumed so where the system does not say."""
    open_files = Path("/proc/self/fd")
    if not open_files.is_dir():
        return False
    return any(identity(file) == wanted for file in open_files.iterdir())


# ── Overwritten in place ──────────────────────────────────────────────────────────────────────────

# The index of the write-ahead log: its header, how many pages are in the file, and how many were
# to be written there (https://www.sqlite.org/walformat.html).
_HEADER, _DONE, _TRIED, _INDEX = slice(0, 48), slice(96, 100), slice(128, 132), 136


@dataclass
class Content:
    """Contenu du fichier: SQLite writes into it only as it empties its log, and says so in the
    index of the log before and afterwards. What changes without that was written by somebody else
    (`cp` onto the file): from then on nothing is stored, and nothing may be reported as stored.

    The index is read through the descriptor that SQLite has open: to open and close it would give
    up SQLite's locks. Assumed so where the system does not list descriptors.
    """

    path: Path
    known: tuple[tuple[int, int], bytes] | None = None
    index: int | None = None
    is_lost: bool = False

    def __post_init__(self) -> None:
        self._name, self._index_name = str(self.path), f"{self.path}-shm"

    def is_followed(self) -> bool:
        """Whether a connection of this process is open: without one anybody may have written."""
        index = identity(self._index_name)
        return index is not None and _descriptor(index) is not None

    def look(self) -> bytes | None:
        """Reads the state of file and log, and notes whether the file was overwritten. Gives what
        the index of the log says, which each commit counts; None while the log is emptied into the
        file.
        """
        if self.is_lost:
            return None
        # Before the file, and the file before its log: each may move on meanwhile, in this order.
        known, file, log = self.known, self._file(), self._log()
        if file is None:
            return None  # away, which says nothing of what it holds
        if known is not None and log is not None and (file, log) != known:
            self.is_lost = _is_another(file, known[0]) and log == known[1]
        if (file, log) != known:
            at_rest = file == self._file() and log is not None and log == self._log()
            self.known = (file, log) if at_rest else None
        return log

    def _file(self) -> tuple[int, int] | None:
        with suppress(OSError):
            found = os.stat(self._name)
            return found.st_mtime_ns, found.st_size
        return None

    def _log(self) -> bytes | None:
        wanted = identity(self._index_name)
        if wanted is None:
            return None
        with suppress(OSError):
            if self.index is None or _identity_of(self.index) != wanted:
                self.index = _descriptor(wanted)
            if self.index is not None:
                read = os.pread(self.index, _INDEX, 0)
                at_rest = len(read) == _INDEX and read[_DONE] == read[_TRIED]
                return read[_HEADER] + read[_DONE] if at_rest else None
        return None


def _is_another(here: tuple[int, int], before: tuple[int, int]) -> bool:
    """Whether a file was written by somebody, as its date and size say."""
    return here[1] != before[1] or abs(here[0] - before[0]) > _LAG


# Nanoseconds. Some file systems (shared folders of virtual machines) give the date of a write a
# little later; to stop a healthy server is worse than to miss a copy in that moment.
_LAG = 2_000_000_000


def _descriptor(wanted: tuple[int, int]) -> int | None:
    """The descriptor of this process that is open on a file."""
    open_files = Path("/proc/self/fd")
    found = open_files.iterdir() if open_files.is_dir() else ()
    return next((int(one.name) for one in found if identity(one) == wanted), None)


def _identity_of(descriptor: int) -> tuple[int, int]:
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino


def is_at_step(path: Path, step: str) -> bool:
    """Whether a file is a database of this program, migrated and filled."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as found,
    ):
        (here,) = found.execute("SELECT version_num FROM alembic_version").fetchone()
        return here == step and found.execute("SELECT 1 FROM installation").fetchone() is not None
    return False
