"""Wording of failures (échecs) of repeated tasks, for the log and their stored outcome."""

import logging

from models.faults import reason_of

_log = logging.getLogger("c-possible")


def log_failure(task: str, error: BaseException, with_trace: bool = False) -> None:
    """Logs the failure; `with_trace` adds the stack trace, whose texts may hold personal data."""
    why = reason_of(error) or type(error).__name__
    _log.error(
        "%s: %s (%s); it is tried again",
        task,
        why,
        place(error),
        exc_info=error if with_trace else None,
    )


def kind(error: BaseException) -> str:
    """The error's type, a database's error code or a command's exit code; not its message, which
    may hold personal data.
    """
    name = type(getattr(error, "orig", None) or error).__name__
    code = getattr(error, "exit_code", None)
    return name if code is None else f"{name} {code}"


def place(error: BaseException) -> str:
    """The line that raised it: « tick.py:131 »."""
    raised = error.__traceback__
    if raised is None:
        return "?"
    while raised.tb_next:
        raised = raised.tb_next
    return f"{raised.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{raised.tb_lineno}"
