"""The log (journal du serveur): one line for each thing that nobody foresaw, with its time, level,
reference and logger, as text or as JSON.

What an error says may be what somebody wrote: of an exception its kind and the way to it are
written, never its words; of what other libraries say, nothing that stands between quotes. The
reference is the same for the same failure at the same place: it is what one asks for, and repeats
are counted under it.
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


# ── A record without anybody's words ──────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Line:
    """Ligne du journal: what is written of one record."""

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
        found = {
            "time": self.at.isoformat(timespec="seconds"),
            "level": self.level,
            "reference": self.reference,
            "logger": self.logger,
            "message": self.message,
        }
        if self.kind:
            found |= {"error": self.kind, "trace": list(self.way)}
        return json.dumps(found, ensure_ascii=False)


def line_of(record: logging.LogRecord) -> Line:
    message = _message(record)
    error = record.exc_info[1] if record.exc_info else None
    places = _places(error) if error else ()
    kind = " ← ".join(type(one).__name__ for one in _chain(error)) if error else ""
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
    """Where it was raised, then where what it came from was."""
    steps: list[str] = []
    for one in _chain(error):
        steps += [f"← {type(one).__name__}"] if steps else []
        steps += [f"{file}:{line} {function}" for file, line, function in _places(one)[-_FRAMES:]]
    return tuple(steps)


def _message(record: logging.LogRecord) -> str:
    """Our own words and what we put into them; of others' the words they always say."""
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
    """Two lines that differ by a duration alone are the same failure."""
    return re.sub(r"\d+", "0", message) if record.args else message


def _chain(error: BaseException | None) -> list[BaseException]:
    """The error, and what it came from."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _places(error: BaseException) -> tuple[Place, ...]:
    return tuple(
        (_short(frame.f_code.co_filename), line, frame.f_code.co_name)
        for frame, line in walk_tb(error.__traceback__)
    )


def _short(file: str) -> str:
    inside = file.removeprefix(f"{ROOT}/")
    return inside.partition("site-packages/")[2] or inside


# ── Where it is written ───────────────────────────────────────────────────────────────────────────


@dataclass
class _Repeated:
    line: Line
    begun: float
    times: int = 1


class CalmHandler(logging.StreamHandler):
    """Writes a failure once, counts it for a minute, then says how often it came."""

    def __init__(self, stream: object = None, clock: Callable[[], float] = monotonic) -> None:
        super().__init__(stream)
        self._clock = clock
        self._seen: dict[str, _Repeated] = {}

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = line_of(record)
            self.tell_repeats()
            known = self._seen.get(line.reference)
            if known is None:
                self._seen[line.reference] = _Repeated(line, self._clock())
                self._write(line)
            else:
                known.times += 1
                if known.times == 2:
                    self._tell_later(known)
        except Exception:  # the log may stop nothing
            self._write(Line(datetime.now(UTC), "ERROR", "00000000", record.name, "not readable"))

    def tell_repeats(self, all_of_them: bool = False) -> None:
        """What was counted and whose minute is over, in one line each."""
        with self.lock:
            now = self._clock()
            for reference, known in list(self._seen.items()):
                if all_of_them or now - known.begun >= WINDOW:
                    del self._seen[reference]
                    if known.times > 1:
                        self._write(_summed(known))

    def close(self) -> None:
        self.tell_repeats(all_of_them=True)
        super().close()

    def _tell_later(self, known: _Repeated) -> None:
        """Also where nothing more is logged after it."""
        rest = max(0.0, WINDOW - (self._clock() - known.begun))
        timer = threading.Timer(rest + 1, self.tell_repeats)
        timer.daemon = True
        timer.start()

    def _write(self, line: Line) -> None:
        is_json = settings().cp_log_format == "json"
        self.stream.write(f"{line.as_json() if is_json else line.as_text()}\n")
        self.flush()


def _summed(known: _Repeated) -> Line:
    line, times = known.line, counted(known.times, "fois", "fois")
    message = f"{line.message} — {times} en {WINDOW:.0f} s"
    return Line(datetime.now(UTC), line.level, line.reference, line.logger, message, line.kind)


def begin() -> None:
    """From here on everything that this process logs is written in this form."""
    root = logging.getLogger()
    if any(isinstance(handler, CalmHandler) for handler in root.handlers):
        return
    root.addHandler(CalmHandler())
    make = logging.getLogRecordFactory()

    def adopted(name: str, *args: object, **more: object) -> logging.LogRecord:
        _adopt(logging.getLogger(name))
        return make(name, *args, **more)

    logging.setLogRecordFactory(adopted)
    sys.excepthook = _surprise
    threading.excepthook = _surprised
    sys.unraisablehook = _surprised


def _adopt(logger: logging.Logger) -> None:
    """Streamlit and others give each of their loggers a handler of its own, at any time: it is
    taken away before the first line is written.
    """
    while logger is not None and logger is not logging.root:
        logger.propagate = True
        for handler in [one for one in logger.handlers if not isinstance(one, CalmHandler)]:
            logger.removeHandler(handler)
        logger = logger.parent


def _surprised(args: threading.ExceptHookArgs) -> None:
    _surprise(args.exc_type, args.exc_value, args.exc_traceback)


def _surprise(
    kind: type[BaseException], error: BaseException | None, way: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    raised = error if error is not None else kind()
    logging.getLogger("c-possible").critical("unforeseen", exc_info=(kind, raised, way))
