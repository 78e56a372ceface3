"""Turns (tours): the writers of one process begin in the order in which they came.

SQLite serves whoever asks at the right moment: the others ask again and again, and of fifty one
waited 23 seconds. Other processes still meet its own lock, and readers meet none.
"""

import sqlite3
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, get_ident
from time import monotonic

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

_TURN = "has its turn"


@dataclass
class Waits:
    """Attentes de ce processus: how many writers waited for their turn, and how many seconds."""

    times: int = 0
    seconds: float = 0.0
    guard: Lock = field(default_factory=Lock, repr=False)

    def note(self, seconds: float) -> None:
        with self.guard:
            self.times += 1
            self.seconds += seconds


waits = Waits()


class Line:
    """File d'attente: one is served, the others wait, the first to come first."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: deque[tuple[int, Lock]] = deque()
        self._served: int | None = None
        self._times = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def join(self, patience: float) -> bool:
        """Whether this thread is served within so many seconds. One that is served already does not
        wait for itself.
        """
        me = get_ident()
        with self._guard:
            if self._served in (None, me):
                self._served = me
                self._times += 1
                return True
            mine = (me, Lock())
            mine[1].acquire()
            self._waiting.append(mine)
        begun = monotonic()
        came = mine[1].acquire(timeout=patience)
        waits.note(monotonic() - begun)
        if came:
            return True
        with self._guard:
            if mine not in self._waiting:
                return True  # called at the last moment
            self._waiting.remove(mine)
        return False

    def leave(self) -> None:
        with self._guard:
            self._times -= 1
            if self._times:
                return
            self._served = None
            if self._waiting:
                self._served, turn = self._waiting.popleft()
                self._times = 1
                turn.release()


_lines: dict[Path, Line] = {}
_making = Lock()


def line_of(file: Path) -> Line:
    """The one line of a file, whichever engines stand on it."""
    with _making:
        return _lines.setdefault(file, Line())


def in_order(engine: Engine, file: Path, patience: float) -> None:
    """The writers of an engine take their turn before they begin, and leave as their connection is
    given back, whatever ended them. What waits meanwhile holds nothing that the one served needs.
    """
    line = line_of(file)

    def beginning(connection: Connection) -> None:
        if not connection.get_execution_options().get("writes") or connection.info.get(_TURN):
            return
        if not line.join(patience):
            raise _busy()
        connection.info[_TURN] = True

    def given_back(_connection: object, record: object) -> None:
        if record.info.pop(_TURN, False):
            line.leave()

    event.listen(engine, "begin", beginning)
    event.listen(engine, "checkin", given_back)


def before_connecting(writers: Engine, file: Path, patience: float) -> Engine:
    """The same engine, of writers alone: each takes its turn before it takes a connection, so that
    the next one writes on that of the last, which still holds the pages that all of them change.
    """
    line, connect = line_of(file), writers.connect

    def in_turn() -> Connection:
        if not line.join(patience):
            raise _busy()
        try:
            connection = connect()
        except BaseException:
            line.leave()
            raise
        connection.info[_TURN] = True
        return connection

    writers.connect = in_turn
    return writers


def _busy() -> OperationalError:
    """What SQLite says of a lock that nobody lets go."""
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    error.sqlite_errorname = "SQLITE_BUSY"
    return OperationalError("BEGIN IMMEDIATE", None, error, hide_parameters=True)
