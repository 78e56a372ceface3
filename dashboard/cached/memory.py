"""How screens remember (mémoire): results keyed by their arguments and by the revisions of the
subjects they are made of.

The revisions are raised in the writing transaction and read at each run, so that nobody sees stale
data on any process. Not `st.cache_resource`: it hashes its arguments field by field, a millisecond
a look-up, and a page makes sixty.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import wraps
from inspect import signature
from threading import Lock
from typing import Generic, ParamSpec, TypeVar

from sqlalchemy import text

from dashboard.scope import Scope
from models.clock import local_day, now
from models.database import engine, reading
from models.keeping import Installation
from models.ledger import PAST

P = ParamSpec("P")
R = TypeVar("R")
Revisions = tuple[int, ...]
_RUN: ContextVar[dict[str, int] | None] = ContextVar("revisions of this run", default=None)


def cached(
    *subjects: str,
    size: int,
    daily: bool = False,
    seen_as: Callable[[Scope], Scope] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keeps the last `size` results of a function by its (hashable) arguments, the revisions of
    these subjects and the database; `daily`: by the day as well. `seen_as` makes of the first
    argument the scope that readers share.

    Two sessions that miss the same key at once compute it once.
    """

    def keep(make: Callable[P, R]) -> Callable[P, R]:
        kept = Kept[R](size)
        takes = signature(make)

        @wraps(make)
        def find(*args: P.args, **named: P.kwargs) -> R:
            if named:
                args = takes.bind(*args, **named).args
            if seen_as:
                args = (seen_as(args[0]), *args[1:])
            day = today() if daily else None
            return kept.find(args, (revisions(*subjects), day), lambda: make(*args))

        return find

    return keep


class Kept(Generic[R]):
    """The last `size` results, each under a key and in one version: a newer one takes the place of
    the one before.

    Two sessions that miss the same key at once make it once, others go on meanwhile.
    """

    def __init__(self, size: int):
        self._size = size
        self._stored: dict[Hashable, tuple[Hashable, R]] = {}
        self._flights: dict[Hashable, Lock] = {}
        self._guard = Lock()

    def find(self, key: Hashable, version: Hashable, make: Callable[[], R]) -> R:
        """What is kept of the key in this version, else what `make` gives."""
        # The engine takes part: tests and commands open several databases in one process.
        key = engine(), key
        found = self._stored.get(key)
        if found and found[0] == version:
            return found[1]
        with self._guard:
            flight = self._flights.setdefault(key, Lock())
        with flight:
            found = self._stored.get(key)
            if not found or found[0] != version:
                found = version, make()
                self._store(key, found)
            return found[1]

    def _store(self, key: Hashable, found: tuple[Hashable, R]) -> None:
        with self._guard:
            self._stored.pop(key, None)
            self._stored[key] = found
            while len(self._stored) > self._size:
                # A dictionary keeps the order of its keys: the oldest goes first.
                self._stored.pop(next(iter(self._stored)))
            self._flights.pop(key, None)


def as_of(subjects: Iterable[str], on: date | None) -> Revisions:
    """The revisions under which what is told of a day stands. What is written today changes no
    earlier day: those keep what is known of them until something reaches back.
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
def one_run() -> Iterator[None]:
    """Within a run of the script the revisions are read once: a page is drawn from one moment. A
    part of the run keeps the moment of the whole.
    """
    if _RUN.get() is not None:
        yield
        return
    # A context variable: runs of other sessions are in other threads, each at its own moment.
    token = _RUN.set(every_revision())
    try:
        yield
    finally:
        _RUN.reset(token)


def every_revision() -> dict[str, int]:
    """Subject → its revision, as of this moment."""
    with reading() as session:
        return dict(session.connection().execute(text("SELECT subject, n FROM revision")).all())


def revisions(*subjects: str) -> Revisions:
    """The revision numbers of the subjects, in order; 0 for one that was never written."""
    # Outside a run (a command, a route) each look is of its own moment.
    known = _RUN.get()
    if known is None:
        known = every_revision()
    return tuple(known.get(subject, 0) for subject in subjects)


@dataclass(frozen=True)
class Kind:
    """What this database is: a demonstration with its frozen day, or a real one."""

    demonstration: bool = False
    frozen_on: date | None = None


@cached("installation", size=4)
def kind() -> Kind:
    """What this database is; a demonstration that is loaded raises the revision."""
    with reading() as session:
        installation = session.get(Installation, 1)
    return Kind(installation.demonstration, installation.frozen_on) if installation else Kind()


def today() -> date:
    """The day that dates facts: frozen in a demonstration."""
    return kind().frozen_on or local_day(now())
