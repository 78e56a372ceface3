"""Progress (avancement d'un travail): how far a long task is, for a screen, a terminal or nobody.

The task reports its share as often as it likes; the listener decides how often to show it.
listens decides how often that is worth a word.
"""

from collections.abc import Callable
from time import monotonic

# The share that is done, from 0 to 1, and in French what is being done.
Tell = Callable[[float, str], None]


def without_progress(_share: float, _said: str) -> None:
    """Reports to nobody."""


def between(tell: Tell, start: float, end: float) -> Tell:
    """Reports the share of one part of a task as a share of the whole."""
    return lambda share, message: tell(start + (end - start) * share, message)


class Paced:
    """Passes on one report every so often, and never a smaller share than the last one."""

    def __init__(
        self,
        tell: Tell,
        every: float,
        first_after: float = 0.0,
        clock: Callable[[], float] = monotonic,
    ):
        self._tell, self._every, self._clock = tell, every, clock
        self._next, self._most = clock() + first_after, 0.0

    def __call__(self, share: float, message: str) -> None:
        self._most = max(self._most, min(share, 1.0))
        if self._clock() >= self._next:
            self.at_once(share, message)

    def at_once(self, share: float, message: str) -> None:
        """One word that does not wait, before a silence."""
        self._most = max(self._most, min(share, 1.0))
        self._tell(self._most, message)
        self._next = self._clock() + self._every
