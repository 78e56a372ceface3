"""Database reads of figures (lectures): data that is the same for every direction is read once, for
the first direction and figure that asks.
"""

from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import date
from typing import Protocol, TypeVar

from sqlmodel import Session

from dashboard.scope import Scope

T = TypeVar("T")


class ReadCache(Protocol):
    """A cache of results: under a key, as of a day (None: the whole history)."""

    def __call__(self, key: Hashable, on: date | None, make: Callable[[], T]) -> T: ...


class Reads:
    """What one figure reads of the database, for any direction and any days.

    Without a `cache`, results are stored as long as this object lives.
    """

    def __init__(self, session: Session, cache: ReadCache | None = None):
        self.session = session
        self._cache = cache or _own_cache()

    def read(self, query: Callable[..., T], scope: Scope, on: date, *more: Hashable) -> T:
        """`query(session, scope, on, *more)` of the whole administration."""
        key = (query, *_cache_key(scope), on, *more)
        return self._cache(
            key, on, lambda: query(self.session, scope.whole().impersonal(), on, *more)
        )

    def derive(self, make: Callable[..., T], scope: Scope, on: date, *more: Hashable) -> T:
        """`make(reads, scope, on, *more)` of the whole administration: computed from reads, with
        the organisation chart of the scope's day.
        """
        key = (make, *_cache_key(scope), scope.tree, on, *more)
        return self._cache(key, on, lambda: make(self, scope.whole().impersonal(), on, *more))

    def of_scope(self, make: Callable[..., T], scope: Scope, on: date, *more: Hashable) -> T:
        """`make(reads, scope, on, *more)` of exactly this scope, at any day."""
        seen = replace(scope.impersonal(), on=on, since=None)
        key = (make, seen, scope.tree, *more)
        return self._cache(key, on, lambda: make(self, seen, on, *more))

    def register(self, query: Callable[..., T], *more: Hashable) -> T:
        """`query(session, *more)`: a small table with its whole history, usable as of any day."""
        return self._cache((query, *more), None, lambda: query(self.session, *more))


def _cache_key(scope: Scope) -> tuple[Hashable, ...]:
    """The parts of a scope that affect a result about the whole administration."""
    return scope.known, scope.ambition, scope.asked


def _own_cache() -> ReadCache:
    stored: dict[Hashable, object] = {}

    def keep(key: Hashable, _on: date | None, make: Callable[[], T]) -> T:
        if key not in stored:
            stored[key] = make()
        return stored[key]

    return keep
