"""How screens remember (mémoire): results keyed by their arguments and by the revisions of the
subjects they are made of.

The revisions are raised in the writing transaction and read at each run, so that nobody sees stale
data on any process. Not `st.cache_resource`: it hashes its arguments field by field, a millisecond
a look-up, and a page makes sixty.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import wraps
from inspect import signature
from threading import Lock
from typing import ParamSpec, TypeVar

from sqlalchemy import text

from dashboard.scope import Scope
from models.clock import local_day, now
from models.database import engine, reading
from models.keeping import Installation

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
        stored: dict[tuple, R] = {}
        flights: dict[tuple, Lock] = {}
        guard = Lock()
        takes = signature(make)

        @wraps(make)
        def find(*args: P.args, **named: P.kwargs) -> R:
            if named:
                args = takes.bind(*args, **named).args
            if seen_as:
                args = (seen_as(args[0]), *args[1:])
            day = today() if daily else None
            # The engine takes part: tests and commands open several databases in one process.
            key = (engine(), revisions(*subjects), day, *args)
            try:
                return stored[key]
            except KeyError:
                with guard:
                    flight = flights.setdefault(key, Lock())
            # A lock for each key: two sessions that miss the same one make it once, others go on
            # meanwhile.
            with flight:
                if key not in stored:
                    value = make(*args)
                    with guard:
                        stored[key] = value
                        while len(stored) > size:
                            # A dictionary keeps the order of its keys: the oldest goes first.
                            stored.pop(next(iter(stored)))
                        flights.pop(key, None)
                    return value
                return stored[key]

        return find

    return keep


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
    token = _RUN.set(_read_revisions())
    try:
        yield
    finally:
        _RUN.reset(token)


def _read_revisions() -> dict[str, int]:
    with reading() as session:
        return dict(session.connection().execute(text("SELECT subject, n FROM revision")).all())


def revisions(*subjects: str) -> Revisions:
    """The revision numbers of the subjects, in order; 0 for one that was never written."""
    # Outside a run (a command, a route) each look is of its own moment.
    known = _RUN.get()
    if known is None:
        known = _read_revisions()
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
