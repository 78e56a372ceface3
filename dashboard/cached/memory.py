"""In-memory caches of this process (mémoire): results keyed by their arguments and by the revisions
of the subjects they depend on.

Revisions are raised in the writing transaction and read at each run, so that no process serves
stale data. Not `st.cache_resource`: it hashes its arguments field by field, a millisecond per
look-up, and a page makes sixty.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import wraps
from inspect import signature
from threading import Lock
from typing import Concatenate, Generic, ParamSpec, TypeVar

from sqlalchemy import Connection, text
from sqlmodel import Session

from dashboard.scope import Scope
from models.clock import local_day, now
from models.database import engine, reading
from models.installation import Installation
from models.revisions import PAST

P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V")
Revisions = tuple[int, ...]
# Every subject that acts change: for results that depend on nearly everything.
EVERYTHING = (
    *("academy", "communities", "decisions", "directions", "discussions", "groups", "ideas"),
    *("interests", "meetings", "news", "notices", "people", "roadmap", "surveys"),
)
_EVERY_REVISION = text("SELECT subject, n FROM revision")
_RUN: ContextVar[dict[str, int] | None] = ContextVar("revisions of this run", default=None)
_TRACKED: ContextVar[set[str] | None] = ContextVar("subjects read meanwhile", default=None)


def cached(
    *subjects: str,
    size: int,
    daily: bool = False,
    seen_as: Callable[[Scope], Scope] | None = None,
    until: Callable[..., date] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Caches the last `size` results of a function by its (hashable) arguments, the revisions of
    these subjects and the database; `daily`: by the day as well. `seen_as` turns the first argument
    into a scope shared by several readers. `until`: the last day the result depends on, from the
    arguments; later writes do not invalidate it.

    Two sessions that miss the same key at once compute it once.
    """

    def decorate(make: Callable[P, R]) -> Callable[P, R]:
        cache = Cache[R](size)
        takes = signature(make)

        @wraps(make)
        def find(*args: P.args, **named: P.kwargs) -> R:
            if named:
                args = takes.bind(*args, **named).args
            if seen_as:
                args = (seen_as(args[0]), *args[1:])
            day = today() if daily else None
            at = as_of(subjects, until(*args) if until else None)
            return cache.find(args, (at, day), lambda: make(*args))

        return find

    return decorate


def cached_query(
    query: Callable[Concatenate[Session, P], R], *subjects: str, size: int, **how: object
) -> Callable[P, R]:
    """`cached` for a query: called without its session, which is opened on a cache miss."""

    @wraps(query)
    def read(*args: P.args, **named: P.kwargs) -> R:
        with reading() as session:
            return query(session, *args, **named)

    takes = signature(query)
    read.__signature__ = takes.replace(parameters=list(takes.parameters.values())[1:])
    return cached(*subjects, size=size, **how)(read)


class Cache(Generic[R]):
    """The last `size` results, each under a key and with a version: a newer version replaces the
    result.

    Two sessions that miss the same key at once compute it once; other keys are not blocked.
    """

    def __init__(self, size: int):
        self._size = size
        self._stored: dict[Hashable, tuple[Hashable, R]] = {}
        self._locks: dict[Hashable, Lock] = {}
        self._guard = Lock()

    def find(self, key: Hashable, version: Hashable, make: Callable[[], R]) -> R:
        """The stored result of the key with this version, else the result of `make`."""
        return self.find_valid(key, lambda stored: stored == version, lambda: (version, make()))

    def find_valid(
        self, key: Hashable, is_valid: Callable[[V], bool], make: Callable[[], tuple[V, R]]
    ) -> R:
        """The stored result of the key if its version is valid, else the result and version of
        `make`.
        """
        # The engine is part of the key: tests and commands open several databases in one process.
        key = engine(), key
        entry = self._stored.get(key)
        if entry and is_valid(entry[0]):
            return entry[1]
        with self._guard:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            entry = self._stored.get(key)
            if not entry or not is_valid(entry[0]):
                entry = make()
                self._store(key, entry)
            return entry[1]

    def _store(self, key: Hashable, entry: tuple[Hashable, R]) -> None:
        with self._guard:
            self._stored.pop(key, None)
            self._stored[key] = entry
            while len(self._stored) > self._size:
                # A dictionary keeps insertion order: the oldest entry is removed first.
                self._stored.pop(next(iter(self._stored)))
            self._locks.pop(key, None)


class TrackedCache(Generic[R]):
    """The last `size` results, each valid until a subject read while it was computed changes, or
    the day ends. Subjects need not be listed; in turn all data must be read through cached
    functions.
    """

    def __init__(self, size: int):
        self._cache = Cache[R](size)

    def find(self, key: Hashable, make: Callable[[], R]) -> R:
        return self._cache.find_valid(key, _is_unchanged, lambda: _make_with_sources(make))


# What a result was made from: the subjects, their revisions, the day.
_Sources = tuple[tuple[str, ...], Revisions, date]


def _make_with_sources(make: Callable[[], R]) -> tuple[_Sources, R]:
    """The result and its sources. Runs within `one_run`: otherwise a write meanwhile would be taken
    for data already read.
    """
    with _tracking() as tracked:
        result = make()
    subjects = tuple(sorted(tracked))
    return (subjects, revisions(*subjects), today()), result


def _is_unchanged(sources: _Sources) -> bool:
    subjects, at, day = sources
    return at == revisions(*subjects) and day == today()


@contextmanager
def _tracking() -> Iterator[set[str]]:
    """The subjects read meanwhile; an enclosing tracker receives them too."""
    tracked: set[str] = set()
    token = _TRACKED.set(tracked)
    try:
        yield tracked
    finally:
        _TRACKED.reset(token)
        if (enclosing := _TRACKED.get()) is not None:
            enclosing |= tracked


def is_tracked() -> bool:
    """Whether the current result will be cached for later runs."""
    return _TRACKED.get() is not None


def as_of(subjects: Iterable[str], on: date | None) -> Revisions:
    """The revisions that the knowledge of a day depends on. Today's writes change no earlier day,
    so results about earlier days stay valid until a fact is dated back.
    """
    if on is None or on >= today():
        return revisions(*subjects)
    return revisions(*(f"{subject}{PAST}" for subject in subjects))


def shared(scope: Scope) -> Scope:
    """The scope without its reader, for what all its readers see alike."""
    return scope.impersonal()


def whole(scope: Scope) -> Scope:
    """The same for the whole administration."""
    return scope.whole().impersonal()


@contextmanager
def one_run(moment: dict[str, int] | None = None) -> Iterator[None]:
    """Reads the revisions once per run of the script, so that a page shows one consistent state;
    nested calls keep it. `moment`: revisions that were just read.
    """
    if _RUN.get() is not None:
        yield
        return
    # A context variable: other sessions run in other threads, each with its own revisions.
    token = _RUN.set(every_revision() if moment is None else moment)
    try:
        yield
    finally:
        _RUN.reset(token)


def every_revision(connection: Connection | None = None) -> dict[str, int]:
    """Subject → its current revision; through `connection` if given."""
    if connection:
        return dict(connection.execute(_EVERY_REVISION).all())
    with engine().connect() as own:
        return every_revision(own)


def revisions(*subjects: str) -> Revisions:
    """The revision numbers of the subjects, in order; 0 for a subject that was never written."""
    if (tracked := _TRACKED.get()) is not None:
        tracked.update(subjects)
    # Outside a run (a command, a route) each call reads the current revisions.
    known = _RUN.get()
    if known is None:
        known = every_revision()
    return tuple(known.get(subject, 0) for subject in subjects)


@cached("installation", size=4)
def installation() -> Installation:
    """Whether this database is a demonstration with its frozen day, or real; loading a
    demonstration raises the revision.
    """
    with reading() as session:
        return session.get(Installation, 1) or Installation(demonstration=False)


def today() -> date:
    """Today's date for new facts: frozen in a demonstration."""
    return installation().frozen_on or local_day(now())
