"""What figures read (lectures): what is the same for every direction is read once, whichever
direction and figure asks for it first.
"""

from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import date
from typing import Protocol, TypeVar

from sqlmodel import Session

from dashboard.scope import Scope

T = TypeVar("T")


class Keeping(Protocol):
    """A memory of answers: under a key, as of a day (None: the whole history)."""

    def __call__(self, key: Hashable, on: date | None, make: Callable[[], T]) -> T: ...


class Reads:
    """What one figure reads of the database, for any direction and any days.

    Without a `keeping`, answers are remembered as long as this object lives.
    """

    def __init__(self, session: Session, keeping: Keeping | None = None):
        self.session = session
        self._keeping = keeping or _own()

    def read(self, query: Callable[..., T], scope: Scope, on: date, *more: Hashable) -> T:
        """`query(session, scope, on, *more)` of the whole administration."""
        key = (query, *_seen(scope), on, *more)
        return self._keeping(
            key, on, lambda: query(self.session, scope.whole().impersonal(), on, *more)
        )

    def derive(self, make: Callable[..., T], scope: Scope, on: date, *more: Hashable) -> T:
        """`make(reads, scope, on, *more)` of the whole administration: what follows from what
        was read, in the chart of the scope's day.
        """
        key = (make, *_seen(scope), scope.tree, on, *more)
        return self._keeping(key, on, lambda: make(self, scope.whole().impersonal(), on, *more))

    def of_scope(self, make: Callable[..., T], scope: Scope, on: date, *more: Hashable) -> T:
        """`make(reads, scope, on, *more)` of this very scope, whichever day it looks at."""
        seen = replace(scope.impersonal(), on=on, since=None)
        key = (make, seen, scope.tree, *more)
        return self._keeping(key, on, lambda: make(self, seen, on, *more))

    def register(self, query: Callable[..., T], *more: Hashable) -> T:
        """`query(session, *more)`: a bounded set with its whole history, looked at as of any
        day.
        """
        return self._keeping((query, *more), None, lambda: query(self.session, *more))


def _seen(scope: Scope) -> tuple[Hashable, ...]:
    """What a scope changes in an answer about the whole administration."""
    return scope.known, scope.ambition, scope.asked


def _own() -> Keeping:
    found: dict[Hashable, object] = {}

    def keep(key: Hashable, _on: date | None, make: Callable[[], T]) -> T:
        if key not in found:
            found[key] = make()
        return found[key]

    return keep
