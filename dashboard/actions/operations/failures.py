"""Failures (échecs) of what is done again and again: each is logged once, counted while it stays
the same, and its end is told.
"""

import logging
from dataclasses import dataclass, field

from models.faults import reason_of


@dataclass
class Failures:
    """What this process has seen fail, by the name of the task: the kind and place of its last
    error, and how often in a row.
    """

    log: logging.Logger
    seen: dict[str, tuple[str, int]] = field(default_factory=dict)

    def failed(self, name: str, error: BaseException, with_trace: bool = False) -> None:
        """`with_trace` also tells the way to the error; its own words may be somebody's."""
        before, times = self.seen.get(name, ("", 0))
        here = f"{reason_of(error) or type(error).__name__} ({place(error)})"
        if here != before:
            self.log.error(
                "%s: %s; it is tried again%s",
                name,
                here,
                f" (before: {before}, {times} times)" if before else "",
                exc_info=error if with_trace else None,
            )
            times = 0
        self.seen[name] = (here, times + 1)

    def succeeded(self, name: str) -> None:
        here, times = self.seen.pop(name, ("", 0))
        if times:
            self.log.warning("%s: works again, after %d failures (%s)", name, times, here)


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
