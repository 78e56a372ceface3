"""The reads of figures (lectures): data that is the same for every direction is read once and
cached.
"""

from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import date
from typing import Protocol, TypeVar

from sqlmodel import Session

from dashboard.scope import Scope

T = TypeVar("T")


class ReadCache(Protocol):
    """A cache of results, by key and day (None: the whole history)."""

    def __call__(self, key: Hashable, on: date | None, make: Callable[[], T]) -> T: ...


class Reads:
    """The reads of one figure, for any direction and any days.

    Without a `cache`, results are cached for the life of this object.
    """

    def __init__(self, session: Session, cache: ReadCache | None = None):
        self.session = session
        self._cache = cache or _new_cache()

    def read(self, query: Callable[..., T], scope: Scope, on: date, *more: Hashable) -> T:
        """`query(session, scope, on, *more)` for the whole administration."""
        key = (query, *_cache_key(scope), on, *more)
        return self._cache(
            key, on, lambda: query(self.session, scope.whole().impersonal(), on, *more)
        )

    def derive(self, make: Callable[..., T], scope: Scope, on: date, *more: Hashable) -> T:
        """`make(reads, scope, on, *more)` for the whole administration: derived from reads, in the
        chart of the scope's day.
        """
        key = (make, *_cache_key(scope), scope.tree, on, *more)
        return self._cache(key, on, lambda: make(self, scope.whole().impersonal(), on, *more))

    def of_scope(self, make: Callable[..., T], scope: Scope, on: date, *more: Hashable) -> T:
        """`make(reads, scope, on, *more)` for exactly this scope, on any day."""
        seen = replace(scope.impersonal(), on=on, since=None)
        key = (make, seen, scope.tree, *more)
        return self._cache(key, on, lambda: make(self, seen, on, *more))

    def register(self, query: Callable[..., T], *more: Hashable) -> T:
        """`query(session, *more)`: a bounded set with its history, to be read as of any day."""
        return self._cache((query, *more), None, lambda: query(self.session, *more))


def _cache_key(scope: Scope) -> tuple[Hashable, ...]:
    """The parts of a scope that change a result about the whole administration."""
    return scope.known, scope.ambition, scope.asked


def _new_cache() -> ReadCache:
    found: dict[Hashable, object] = {}

    def cached(key: Hashable, _on: date | None, make: Callable[[], T]) -> T:
        if key not in found:
            found[key] = make()
        return found[key]

    return cached
