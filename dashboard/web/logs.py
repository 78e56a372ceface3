"""The log (journal du serveur): one line per unexpected event, with time, level, reference and
logger, as text or JSON.

An error message may contain user input: of an exception only its kind and traceback are logged, not
its message; of messages of libraries, nothing between quotes. The reference is the same for the
same failure at the same place; repeats are counted under it.
"""

import hashlib
import json
import logging
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from traceback import walk_tb
from types import TracebackType

from dashboard.french import counted
from models.settings import ROOT, settings

WINDOW = 60.0  # seconds within which the same failure is counted and not repeated
_OURS = ("c-possible", "dashboard", "models", "seed")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|«[^»]*»|`[^`]*`")
_LONGEST = 600
_FRAMES = 30
Place = tuple[str, int, str]  # file, line, function


# ── A record without user input ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Line:
    """Ligne du journal: one formatted record."""

    at: datetime
    level: str
    reference: str
    logger: str
    message: str
    kind: str = ""
    way: tuple[str, ...] = ()

    def as_text(self) -> str:
        head = f"{self.at:%Y-%m-%d %H:%M:%S} {self.level} {self.reference} {self.logger}: "
        text = " — ".join(part for part in (self.message, self.kind) if part)
        return "\n".join([head + text, *(f"  {step}" for step in self.way)])

    def as_json(self) -> str:
        fields = {
            "time": self.at.isoformat(timespec="seconds"),
            "level": self.level,
            "reference": self.reference,
            "logger": self.logger,
            "message": self.message,
        }
        if self.kind:
            fields |= {"error": self.kind, "trace": list(self.way)}
        return json.dumps(fields, ensure_ascii=False)


def line_of(record: logging.LogRecord) -> Line:
    message = _message(record)
    error = record.exc_info[1] if record.exc_info else None
    places = _places(error) if error else ()
    kind = " ← ".join(type(item).__name__ for item in _chain(error)) if error else ""
    identity = (record.name, record.levelname, _without_numbers(record, message), kind, places[-1:])
    return Line(
        datetime.fromtimestamp(record.created, UTC),
        record.levelname,
        hashlib.sha256(repr(identity).encode()).hexdigest()[:8],
        record.name,
        message,
        kind,
        _way(error),
    )


def _way(error: BaseException | None) -> tuple[str, ...]:
    """Where the error was raised, then where its causes were raised."""
    steps: list[str] = []
    for item in _chain(error):
        steps += [f"← {type(item).__name__}"] if steps else []
        steps += [f"{file}:{line} {function}" for file, line, function in _places(item)[-_FRAMES:]]
    return tuple(steps)


def _message(record: logging.LogRecord) -> str:
    """Our own message with its arguments; of libraries the constant part of the message."""
    if record.name.split(".")[0] in _OURS:
        args = record.args if isinstance(record.args, tuple) else ()
        text = record.msg % tuple(map(_argument, args)) if args else str(record.msg)
    else:
        text = re.sub(r"%[-+ #0]*[\d.]*[a-z]", "…", str(record.msg)) if record.args else record.msg
        text = _QUOTED.sub("…", str(text).strip().split("\n")[0])
    return " ".join(text.split())[:_LONGEST]


def _argument(value: object) -> object:
    is_foreign = isinstance(value, BaseException) and not type(value).__module__.startswith(_OURS)
    return type(value).__name__ if is_foreign else value


def _without_numbers(record: logging.LogRecord, message: str) -> str:
    """Makes lines that differ only by a duration the same failure."""
    return re.sub(r"\d+", "0", message) if record.args else message


def _chain(error: BaseException | None) -> list[BaseException]:
    """The error and its causes."""
    errors: list[BaseException] = []
    while error is not None and error not in errors:
        errors.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return errors


def _places(error: BaseException) -> tuple[Place, ...]:
    return tuple(
        (_short(frame.f_code.co_filename), line, frame.f_code.co_name)
        for frame, line in walk_tb(error.__traceback__)
    )


def _short(file: str) -> str:
    inside = file.removeprefix(f"{ROOT}/")
    return inside.partition("site-packages/")[2] or inside


# ── Output ──────────────────────────────────────────────────────────────────────────────────────


@dataclass
class _Repeated:
    line: Line
    begun: float
    times: int = 1


class CalmHandler(logging.StreamHandler):
    """Writes a failure once, counts it for a minute, then logs how often it occurred."""

    def __init__(self, stream: object = None, clock: Callable[[], float] = monotonic) -> None:
        super().__init__(stream)
        self._clock = clock
        self._seen: dict[str, _Repeated] = {}

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = line_of(record)
            self.write_repeats()
            repeated = self._seen.get(line.reference)
            if repeated is None:
                self._seen[line.reference] = _Repeated(line, self._clock())
                self._write(line)
            else:
                repeated.times += 1
                if repeated.times == 2:
                    self._schedule_summary(repeated)
        except Exception:  # logging must not raise
            self._write(Line(datetime.now(UTC), "ERROR", "00000000", record.name, "not readable"))

    def write_repeats(self, all_of_them: bool = False) -> None:
        """Writes one line per repeated failure whose minute is over."""
        with self.lock:
            now = self._clock()
            for reference, repeated in list(self._seen.items()):
                if all_of_them or now - repeated.begun >= WINDOW:
                    del self._seen[reference]
                    if repeated.times > 1:
                        self._write(_summed(repeated))

    def close(self) -> None:
        self.write_repeats(all_of_them=True)
        super().close()

    def _schedule_summary(self, repeated: _Repeated) -> None:
        """Schedules the summary, even if nothing more is logged."""
        rest = max(0.0, WINDOW - (self._clock() - repeated.begun))
        timer = threading.Timer(rest + 1, self.write_repeats)
        timer.daemon = True
        timer.start()

    def _write(self, line: Line) -> None:
        is_json = settings().cp_log_format == "json"
        self.stream.write(f"{line.as_json() if is_json else line.as_text()}\n")
        self.flush()


def _summed(repeated: _Repeated) -> Line:
    line, times = repeated.line, counted(repeated.times, "fois", "fois")
    message = f"{line.message} — {times} en {WINDOW:.0f} s"
    return Line(datetime.now(UTC), line.level, line.reference, line.logger, message, line.kind)


def begin() -> None:
    """Formats everything that this process logs from now on."""
    root = logging.getLogger()
    if any(isinstance(handler, CalmHandler) for handler in root.handlers):
        return
    root.addHandler(CalmHandler())
    make = logging.getLogRecordFactory()

    def adopted(name: str, *args: object, **more: object) -> logging.LogRecord:
        _use_our_handler(logging.getLogger(name))
        return make(name, *args, **more)

    logging.setLogRecordFactory(adopted)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_thread_error
    sys.unraisablehook = _log_thread_error


def _use_our_handler(logger: logging.Logger) -> None:
    """Removes other handlers: Streamlit and other libraries add their own to each of their loggers
    at any time.
    """
    while logger is not None and logger is not logging.root:
        logger.propagate = True
        for handler in [item for item in logger.handlers if not isinstance(item, CalmHandler)]:
            logger.removeHandler(handler)
        logger = logger.parent


def _log_thread_error(args: threading.ExceptHookArgs) -> None:
    _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _log_uncaught(
    kind: type[BaseException], error: BaseException | None, way: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    raised = error if error is not None else kind()
    logging.getLogger("c-possible").critical("unforeseen", exc_info=(kind, raised, way))
