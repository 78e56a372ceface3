"""Statements (requêtes) that are slow.

They are logged by their text without any value, and reads alone: a line about a write would
reveal to the second when somebody wrote, whom nothing else dates more finely than her day.
"""

import logging
import re
from time import perf_counter

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExecutionContext

_log = logging.getLogger("models.statements")
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_LONGEST = 500
SLOW = 1.0  # seconds from which a read is logged


_logs_slow_ones = [False]


def log_slow_ones() -> None:
    """From here on, as a server does: a command says what it did, and nothing else."""
    _logs_slow_ones[0] = True


def timed(engine: Engine) -> Engine:
    """The same engine; from here on its statements are timed. On SQLite a read is timed until its
    first row.
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
    if _logs_slow_ones[0] and seconds >= SLOW and _is_read(statement):
        _log.warning("slow statement, %d ms: %s", round(seconds * 1000), _without_values(statement))


def _is_read(statement: str) -> bool:
    return statement.lstrip()[:6].upper().startswith(("SELECT", "WITH"))


def _without_values(statement: str) -> str:
    return " ".join(_LITERAL.sub("'…'", statement).split())[:_LONGEST]
