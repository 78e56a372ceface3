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
from threading import Lock
from typing import Concatenate, Generic, ParamSpec, TypeVar

from sqlalchemy import Connection, text
from sqlmodel import Session

from dashboard.queries.ideas import counts
from dashboard.scope import Scope
from models.clock import local_day, now
from models.database import engine, reading
from models.installation import Installation
from models.revisions import PAST, SUBJECTS

P = ParamSpec("P")
R = TypeVar("R")
Revisions = tuple[int, ...]
# Every subject that acts change: for results that depend on nearly everything.
EVERYTHING = (
    *("academy", "communities", "decisions", "directions", "discussions", "groups", "ideas"),
    *("interests", "meetings", "news", "notices", "people", "roadmap", "surveys", "campaigns"),
)
_EVERY_REVISION = text("SELECT subject, n FROM revision")
_RUN: ContextVar[dict[str, int] | None] = ContextVar("revisions of this run", default=None)


def cached(
    *subjects: str, seen_as: Callable[[Scope], Scope] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Caches the results of a function by its positional (hashable) arguments, the revisions of
    these subjects, the day and the database. `seen_as` turns the first argument into a scope shared
    by several readers. Raises ValueError for a subject that no write raises.
    """
    if unknown := set(subjects) - SUBJECTS:
        raise ValueError(f"no such subjects: {unknown}")

    def decorate(make: Callable[P, R]) -> Callable[P, R]:
        cache = Cache[R]()

        @wraps(make)
        def find(*args: P.args) -> R:
            if seen_as:
                args = (seen_as(args[0]), *args[1:])
            return cache.find(args, (revisions(*subjects), today()), lambda: make(*args))

        return find

    return decorate


def cached_query(
    query: Callable[Concatenate[Session, P], R], *subjects: str, **how: object
) -> Callable[P, R]:
    """`cached` for a query: called without its session, which is opened on a cache miss."""

    @wraps(query)
    def read(*args: P.args) -> R:
        with remembering() as session:
            return query(session, *args)

    return cached(*subjects, **how)(read)


def cached_by_day(query: Callable[[Session], object], *subjects: str) -> Callable[[date], R]:
    """`at` of a history that is read once for all days: a register, the chart."""
    whole_history = cached_query(query, *subjects)
    return cached(*subjects)(lambda on: whole_history().at(on))


class Cache(Generic[R]):
    """The last results, each under a key and with a version: a newer version replaces the result.

    Two sessions that miss the same key at once compute it once; other keys are not blocked.
    """

    def __init__(self, size: int = 256):
        self._size = size
        self._stored: dict[Hashable, tuple[Hashable, R]] = {}
        self._locks: dict[Hashable, Lock] = {}
        self._guard = Lock()

    def find(self, key: Hashable, version: Hashable, make: Callable[[], R]) -> R:
        """The stored result of the key with this version, else the result of `make`."""
        # The engine is part of the key: tests and commands open several databases in one process.
        key = engine(), key
        entry = self._stored.get(key)
        if entry and entry[0] == version:
            return entry[1]
        with self._guard:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            entry = self._stored.get(key)
            if not entry or entry[0] != version:
                entry = version, make()
                with self._guard:
                    self._stored.pop(key, None)
                    self._stored[key] = entry
                    while len(self._stored) > self._size:
                        # A dictionary keeps insertion order: the oldest entry is removed first.
                        self._stored.pop(next(iter(self._stored)))
                    self._locks.pop(key, None)
            return entry[1]


_READ = Cache[object](8192)


def cached_reads(*subjects: str) -> Callable[..., object]:
    """Caches what a figure reads for all figures that depend on the same revisions."""

    def find(key: Hashable, on: date | None, make: Callable[[], object]) -> object:
        return _READ.find((subjects, key), as_of(subjects, on), make)

    return find


@contextmanager
def remembering() -> Iterator[Session]:
    """A read-only session that caches counts of ideas up to yesterday, month by month; a month is
    recounted when a fact is dated back into it.
    """
    with reading() as session:
        counts.remember_with(session, cached_reads("ideas"), today())
        yield session


def now_of_everything() -> Hashable:
    """The version of a result that may depend on anything that is written, and on the day."""
    return revisions(*EVERYTHING), today()


def as_of(subjects: Iterable[str], on: date | None) -> Revisions:
    """The revisions that the knowledge of a day depends on. Today's writes change no earlier day,
    so results about earlier days stay valid until a fact is dated back.
    """
    if on is None or on >= today():
        return revisions(*subjects)
    return revisions(*(f"{subject}{PAST}" for subject in subjects))


def whole(scope: Scope) -> Scope:
    """The scope of the whole administration, without its reader."""
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
    # Outside a run (a command, a route) each call reads the current revisions.
    known = _RUN.get()
    if known is None:
        known = every_revision()
    return tuple(known.get(subject, 0) for subject in subjects)


_INSTALLATION = Cache[Installation]()


def installation() -> Installation:
    """Whether this database is a demonstration with its frozen day, or real; loading a
    demonstration raises the revision.
    """
    return _INSTALLATION.find((), revisions("installation"), _read_installation)


def _read_installation() -> Installation:
    with reading() as session:
        return session.get(Installation, 1) or Installation(demonstration=False)


def today() -> date:
    """Today's date for new facts: frozen in a demonstration."""
    return installation().frozen_on or local_day(now())
