"""The caches of this process (mémoire): results keyed by their arguments and by the revisions of
the subjects they are made of.

The revisions are raised in the writing transaction and read at each run, so that nobody sees stale
data on any process. Not `st.cache_resource`: it hashes its arguments field by field, a millisecond
a look-up, and a page makes sixty.
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
# Whatever acts raise: for what passes through nearly all that is written.
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
    these subjects and the database; `daily`: by the day as well. `seen_as` makes of the first
    argument the scope that readers share. `until`: the last day that the result tells of, by the
    arguments; what is written later leaves it as it is.

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
    """`cached` for a query: called without its session, which is opened where the result is not
    in memory.
    """

    @wraps(query)
    def read(*args: P.args, **named: P.kwargs) -> R:
        with reading() as session:
            return query(session, *args, **named)

    takes = signature(query)
    read.__signature__ = takes.replace(parameters=list(takes.parameters.values())[1:])
    return cached(*subjects, size=size, **how)(read)


class Cache(Generic[R]):
    """The last `size` results, each under a key and in one version: a newer one takes the place of
    the one before.

    Two sessions that miss the same key at once make it once, others go on meanwhile.
    """

    def __init__(self, size: int):
        self._size = size
        self._stored: dict[Hashable, tuple[Hashable, R]] = {}
        self._locks: dict[Hashable, Lock] = {}
        self._guard = Lock()

    def find(self, key: Hashable, version: Hashable, make: Callable[[], R]) -> R:
        """The stored result of the key in this version, else what `make` gives."""
        return self.find_valid(key, lambda stored: stored == version, lambda: (version, make()))

    def find_valid(
        self, key: Hashable, is_valid: Callable[[V], bool], make: Callable[[], tuple[V, R]]
    ) -> R:
        """The stored result of the key in a version that is valid, else what `make` gives with its
        version.
        """
        # The engine takes part: tests and commands open several databases in one process.
        key = engine(), key
        found = self._stored.get(key)
        if found and is_valid(found[0]):
            return found[1]
        with self._guard:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            found = self._stored.get(key)
            if not found or not is_valid(found[0]):
                found = make()
                self._store(key, found)
            return found[1]

    def _store(self, key: Hashable, found: tuple[Hashable, R]) -> None:
        with self._guard:
            self._stored.pop(key, None)
            self._stored[key] = found
            while len(self._stored) > self._size:
                # A dictionary keeps the order of its keys: the oldest goes first.
                self._stored.pop(next(iter(self._stored)))
            self._locks.pop(key, None)


class TrackedCache(Generic[R]):
    """The last `size` results, each valid until one of the subjects changes that were read while it
    was made, or the day ends. No list by hand, in which one could be missing; in turn all that is
    read meanwhile is to be read through what is cached here.
    """

    def __init__(self, size: int):
        self._cache = Cache[R](size)

    def find(self, key: Hashable, make: Callable[[], R]) -> R:
        return self._cache.find_valid(key, _is_unchanged, lambda: _make_with_sources(make))


# What something was made of: the subjects, their revisions, the day.
_Sources = tuple[tuple[str, ...], Revisions, date]


def _make_with_sources(make: Callable[[], R]) -> tuple[_Sources, R]:
    """The result, and what it was made of. Within `one_run`: outside one, what is written meanwhile
    would pass for read.
    """
    with _tracking() as tracked:
        made = make()
    subjects = tuple(sorted(tracked))
    return (subjects, revisions(*subjects), today()), made


def _is_unchanged(sources: _Sources) -> bool:
    subjects, at, day = sources
    return at == revisions(*subjects) and day == today()


@contextmanager
def _tracking() -> Iterator[set[str]]:
    """The subjects that are read meanwhile; whoever tracks around this has them too."""
    tracked: set[str] = set()
    token = _TRACKED.set(tracked)
    try:
        yield tracked
    finally:
        _TRACKED.reset(token)
        if (around := _TRACKED.get()) is not None:
            around |= tracked


def is_tracked() -> bool:
    """Whether what is made now will be cached for later runs."""
    return _TRACKED.get() is not None


def as_of(subjects: Iterable[str], on: date | None) -> Revisions:
    """The revisions on which what is known of a day depends. What is written today changes no
    earlier day: results about those stay valid until something reaches back.
    """
    if on is None or on >= today():
        return revisions(*subjects)
    return revisions(*(f"{subject}{PAST}" for subject in subjects))


def shared(scope: Scope) -> Scope:
    """The scope without its reader, for what everybody who may see it sees alike."""
    return scope.impersonal()


def whole(scope: Scope) -> Scope:
    """The same for the whole administration."""
    return scope.whole().impersonal()


@contextmanager
def one_run(moment: dict[str, int] | None = None) -> Iterator[None]:
    """Within a run of the script the revisions are read once: a page is drawn from one moment. A
    part of the run keeps the moment of the whole. `moment`: they have just been read.
    """
    if _RUN.get() is not None:
        yield
        return
    # A context variable: runs of other sessions are in other threads, each at its own moment.
    token = _RUN.set(every_revision() if moment is None else moment)
    try:
        yield
    finally:
        _RUN.reset(token)


def every_revision(connection: Connection | None = None) -> dict[str, int]:
    """Subject → its revision, as of this moment; by `connection`, where one is open."""
    if connection:
        return dict(connection.execute(_EVERY_REVISION).all())
    with engine().connect() as own:
        return every_revision(own)


def revisions(*subjects: str) -> Revisions:
    """The revision numbers of the subjects, in order; 0 for one that was never written."""
    if (tracked := _TRACKED.get()) is not None:
        tracked.update(subjects)
    # Outside a run (a command, a route) each look is of its own moment.
    known = _RUN.get()
    if known is None:
        known = every_revision()
    return tuple(known.get(subject, 0) for subject in subjects)


@cached("installation", size=4)
def installation() -> Installation:
    """What this database is: a demonstration with its frozen day, or a real one. A demonstration
    that is loaded raises the revision.
    """
    with reading() as session:
        return session.get(Installation, 1) or Installation(demonstration=False)


def today() -> date:
    """The day that dates facts: frozen in a demonstration."""
    return installation().frozen_on or local_day(now())
