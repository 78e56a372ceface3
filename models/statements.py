"""Statements (requêtes): how many an engine has been asked, how long they took, and which are slow.

Slow ones are logged by their text without any value, and reads alone: a line about a write would
tell to the second when somebody wrote, whom nothing else dates more finely than her day.
"""

import logging
import re
from dataclasses import dataclass, field
from threading import Lock
from time import perf_counter

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExecutionContext

_log = logging.getLogger("models.statements")
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_LONGEST = 500
SLOW = 1.0  # seconds from which a read is logged


@dataclass
class Asked:
    """Requêtes de ce processus: how many, how many seconds, how many of them slow; whether the
    slow ones are logged, as a server does: a command says what it did, and nothing else.
    """

    statements: int = 0
    seconds: float = 0.0
    slow: int = 0
    are_slow_told: bool = False
    guard: Lock = field(default_factory=Lock, repr=False)

    def note(self, seconds: float, is_slow: bool) -> None:
        with self.guard:
            self.statements += 1
            self.seconds += seconds
            self.slow += is_slow


asked = Asked()


def counted(engine: Engine) -> Engine:
    """The same engine; from here on its statements are counted. On SQLite a read is timed until
    its first row.
    """
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)
    return engine


def _begin(
    _connection: Connection,
    _cursor: object,
    _statement: str,
    _values: object,
    context: ExecutionContext,
    _is_many: bool,
) -> None:
    context.cp_begun = perf_counter()


def _end(
    _connection: Connection,
    _cursor: object,
    statement: str,
    _values: object,
    context: ExecutionContext,
    _is_many: bool,
) -> None:
    seconds = perf_counter() - context.cp_begun
    is_slow = seconds >= SLOW
    asked.note(seconds, is_slow)
    if is_slow and asked.are_slow_told and _is_read(statement):
        _log.warning("slow statement, %d ms: %s", round(seconds * 1000), _without_values(statement))


def _is_read(statement: str) -> bool:
    return statement.lstrip()[:6].upper().startswith(("SELECT", "WITH"))


def _without_values(statement: str) -> str:
    return " ".join(_LITERAL.sub("'…'", statement).split())[:_LONGEST]
