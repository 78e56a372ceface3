"""Acts that share a commit (validation groupée): those of one kind that come while another of them
is being committed are done in one transaction, with one commit and one emptying of the log.

Each is told as soon as that commit stands, while the thread that did it empties the log. Where one
of them is refused all are undone, and each is done alone: what is refused refuses nobody else, and
nobody has to take it out of the others' rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Condition, Lock
from time import monotonic
from typing import Generic, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from models.database import writing

One = TypeVar("One")
Done = TypeVar("Done")
# How long a transaction may get: whoever comes later is in the next one.
MOST = 50
# Where several come, a group waits for as many as the one before and those who came during it, so
# many seconds after it at most. They come one by one, as each is answered: to be prepared and sent,
# the answers of a group took as long as its transaction, and with half of that every second group
# was of one. Whoever is waited for takes a small part of what a commit of her own would take.
_LONGEST = 0.04


@dataclass(eq=False)
class _Place(Generic[One, Done]):
    """One act that waits: `turn` is free once it is over, or its thread is to do the next."""

    act: One
    turn: Lock = field(default_factory=Lock)
    done: Done | None = None
    error: BaseException | None = None
    is_over: bool = False

    def result(self) -> Done:
        if self.error is not None:
            raise self.error
        return self.done


class Together(Generic[One, Done]):
    """Acts of one kind on one database. `do_all` does several in an open transaction, all or none,
    and gives what each is told, in their order.
    """

    def __init__(
        self, on: Engine, do_all: Callable[[Session, Sequence[One]], Sequence[Done]]
    ) -> None:
        self._on = on
        self._do_all = do_all
        self._guard = Condition()
        self._waiting: list[_Place[One, Done]] = []
        self._is_busy = False
        self._not_before = 0.0
        self._expected = 1  # how many the next group waits for
        self._taken = 0  # how many are in this group, until the first of them is told

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def do(self, act: One) -> Done:
        """Does one act, with those that wait beside it. Raises what it raises alone."""
        mine: _Place[One, Done] = _Place(act)
        mine.turn.acquire()
        with self._guard:
            self._waiting.append(mine)
            is_first = not self._is_busy
            self._is_busy = True
            if self._is_whole():
                self._guard.notify()
        if not is_first:
            mine.turn.acquire()
        if not mine.is_over:
            self._do_group()
        return mine.result()

    def _do_group(self) -> None:
        """In the thread of the first that waits, for all who wait now; then the next first does the
        next group.
        """
        with self._guard:
            self._guard.wait_for(self._is_whole, self._not_before - monotonic())
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            self._taken = len(group)
        try:
            self._do(group)
        finally:
            with self._guard:
                # Not where one comes after the other.
                self._not_before = monotonic() + _LONGEST if self._expected > 1 else 0.0
                following = self._waiting[:1]
                self._is_busy = bool(following)
            for place in following:
                place.turn.release()

    def _is_whole(self) -> bool:
        return len(self._waiting) >= self._expected

    def _do(self, group: Sequence[_Place[One, Done]]) -> None:
        try:
            self._in_one_transaction(group)
        except BaseException as error:
            first = group[0]
            if first.is_over:
                # What was told stands: the log alone could not be emptied, and this thread says so.
                first.error = error
            elif len(group) == 1:
                first.error = error
                self._tell(group)
            else:
                for place in group:
                    self._do([place])

    def _in_one_transaction(self, group: Sequence[_Place[One, Done]]) -> None:
        done: list[Done] = []

        def tell() -> None:
            for place, told in zip(group, done, strict=True):
                place.done = told
            self._tell(group)

        with writing(self._on, once_kept=tell) as session:
            done += self._do_all(session, [place.act for place in group])

    def _tell(self, group: Sequence[_Place[One, Done]]) -> None:
        with self._guard:
            self._expect()
        for place in group:
            place.is_over = True
            place.turn.release()

    def _expect(self) -> None:
        """As many in the next group as are in this one and have come meanwhile; before any of them
        is told, since whoever is told may come again at once.
        """
        if not self._taken:
            return
        came = self._taken + len(self._waiting)
        self._taken = 0
        # One less at a time: two halves that go by turns would else never meet again.
        self._expected = min(MOST, max(came, self._expected - 1))
