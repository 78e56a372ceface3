"""Progress (avancement d'un travail): the share done of a long task, reported to a screen, a
terminal or no listener.

The task reports as often as it likes; the listener decides how often to show it.
"""

from collections.abc import Callable
from time import monotonic

# The share that is done, from 0 to 1, and in French what is being done.
Progress = Callable[[float, str], None]


def without_progress(_share: float, _message: str) -> None:
    """Ignores every report."""


def between(progress: Progress, start: float, end: float) -> Progress:
    """Reports the share of one part of a task as a share of the whole."""
    return lambda share, message: progress(start + (end - start) * share, message)


class Paced:
    """Passes on one report every so often; the share passed on never decreases."""

    def __init__(
        self,
        progress: Progress,
        every: float,
        delay: float = 0.0,
        clock: Callable[[], float] = monotonic,
    ):
        self._report, self._every, self._clock = progress, every, clock
        self._next, self._most = clock() + delay, 0.0

    def __call__(self, share: float, message: str) -> None:
        self._most = max(self._most, min(share, 1.0))
        if self._clock() >= self._next:
            self.at_once(share, message)

    def at_once(self, share: float, message: str) -> None:
        """Passes on a report at once, before a step that reports nothing for a while."""
        self._most = max(self._most, min(share, 1.0))
        self._report(self._most, message)
        self._next = self._clock() + self._every
