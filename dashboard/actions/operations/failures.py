"""Failures (échecs) of what is done again and again, as the log and the notes of its end tell them.
The log itself counts repeats (`dashboard/web/logs.py`).
"""

import logging

from models.faults import reason_of

_log = logging.getLogger("c-possible")


def log_failure(task: str, error: BaseException, with_trace: bool = False) -> None:
    """`with_trace` also tells the way to the error; its own words may be somebody's."""
    why = reason_of(error) or type(error).__name__
    _log.error(
        "%s: %s (%s); it is tried again",
        task,
        why,
        place(error),
        exc_info=error if with_trace else None,
    )


def kind(error: BaseException) -> str:
    """What kind of error it is, of a database its own word, of a command its exit code: never what
    it says.
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
