"""The log (journal du serveur): one line per unexpected event, with time, level, reference and
logger.

An error message may contain user input: of an exception only its kind and traceback are logged, not
its message; of messages of libraries, nothing between quotes. The reference is the same for the
same failure at the same place.
"""

import hashlib
import logging
import re
import sys
import threading
from datetime import UTC, datetime
from traceback import walk_tb
from types import TracebackType

from models.settings import ROOT

_OURS = ("c-possible", "dashboard", "models", "seed")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|«[^»]*»|`[^`]*`")


# ── A record without user input ─────────────────────────────────────────────────────────────────


class WithoutWords(logging.Formatter):
    """Formats a record as a line, and the traceback of its error below it."""

    def format(self, record: logging.LogRecord) -> str:
        try:
            return line_of(record)
        except Exception:  # logging must not raise
            return f"ERROR 00000000 {record.name}: not readable"


def line_of(record: logging.LogRecord) -> str:
    """The line of a record, then where its error and the causes of it were raised."""
    message = _message(record)
    error = record.exc_info[1] if record.exc_info else None
    chain = _chain(error)
    places = _places(error) if error else ()
    kind = " ← ".join(type(item).__name__ for item in chain)
    # Lines that differ only by a duration are the same failure.
    same = re.sub(r"\d+", "0", message) if record.args else message
    identity = (record.name, record.levelname, same, kind, places[-1:])
    reference = hashlib.sha256(repr(identity).encode()).hexdigest()[:8]
    at = datetime.fromtimestamp(record.created, UTC)
    head = f"{at:%Y-%m-%d %H:%M:%S} {record.levelname} {reference} {record.name}: "
    lines = [head + " — ".join(part for part in (message, kind) if part)]
    for item in chain:
        if item is not error:
            lines.append(f"  ← {type(item).__name__}")
        lines += [f"  {file}:{line} {name}" for file, line, name in _places(item)[-30:]]
    return "\n".join(lines)


def _message(record: logging.LogRecord) -> str:
    """Our own message with its arguments; of libraries the constant part of the message."""
    if record.name.split(".")[0] in _OURS:
        # Of an error of others only its kind.
        args = tuple(
            type(value).__name__
            if isinstance(value, BaseException) and not type(value).__module__.startswith(_OURS)
            else value
            for value in (record.args if isinstance(record.args, tuple) else ())
        )
        text = record.msg % args if args else str(record.msg)
    else:
        text = re.sub(r"%[-+ #0]*[\d.]*[a-z]", "…", str(record.msg)) if record.args else record.msg
        text = _QUOTED.sub("…", str(text).strip().split("\n")[0])
    return " ".join(text.split())[:600]


def _chain(error: BaseException | None) -> list[BaseException]:
    """The error and its causes."""
    errors: list[BaseException] = []
    while error is not None and error not in errors:
        errors.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return errors


def _places(error: BaseException) -> tuple[tuple[str, int, str], ...]:
    """(file, line, function) of each frame."""
    places = []
    for frame, line in walk_tb(error.__traceback__):
        file = frame.f_code.co_filename.removeprefix(f"{ROOT}/")
        file = file.partition("site-packages/")[2] or file
        places.append((file, line, frame.f_code.co_name))
    return tuple(places)


# ── Output ──────────────────────────────────────────────────────────────────────────────────────


def begin() -> None:
    """Formats everything that this process logs from now on."""
    root = logging.getLogger()
    if any(isinstance(handler.formatter, WithoutWords) for handler in root.handlers):
        return
    handler = logging.StreamHandler()
    handler.setFormatter(WithoutWords())
    root.addHandler(handler)
    make = logging.getLogRecordFactory()

    def adopted(name: str, *args: object, **more: object) -> logging.LogRecord:
        # Streamlit and other libraries add their own handlers to their loggers at any time.
        logger = logging.getLogger(name)
        while logger is not None and logger is not logging.root:
            logger.propagate = True
            logger.handlers.clear()
            logger = logger.parent
        return make(name, *args, **more)

    logging.setLogRecordFactory(adopted)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_thread_error
    sys.unraisablehook = _log_thread_error


def _log_thread_error(args: threading.ExceptHookArgs) -> None:
    _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _log_uncaught(
    kind: type[BaseException], error: BaseException | None, way: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    raised = error if error is not None else kind()
    logging.getLogger("c-possible").critical("unforeseen", exc_info=(kind, raised, way))
