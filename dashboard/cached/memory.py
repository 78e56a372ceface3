"""How screens remember (mémoire): results keyed by their arguments and by the revisions of the
subjects they are made of.

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
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, text
from sqlmodel import Session

from dashboard.scope import Scope
from models.clock import local_day, now
from models.database import engine, mark, reading
from models.keeping import Installation
from models.ledger import PAST

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
# Engine → what its file said before the revisions were read last, and these.
_AT_MARK: WeakKeyDictionary[Engine, tuple[Hashable, dict[str, int]]] = WeakKeyDictionary()
_ASKING = Lock()
_RUN: ContextVar[dict[str, int] | None] = ContextVar("revisions of this run", default=None)
_NOTED: ContextVar[set[str] | None] = ContextVar("subjects asked for meanwhile", default=None)


def cached(
    *subjects: str,
    size: int,
    daily: bool = False,
    seen_as: Callable[[Scope], Scope] | None = None,
    until: Callable[..., date] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keeps the last `size` results of a function by its (hashable) arguments, the revisions of
    these subjects and the database; `daily`: by the day as well. `seen_as` makes of the first
    argument the scope that readers share. `until`: the last day that the result tells of, by the
    arguments; what is written later leaves it as it is.

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
            at = as_of(subjects, until(*args) if until else None)
            return kept.find(args, (at, day), lambda: make(*args))

        return find

    return keep


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
        return self.find_standing(key, lambda kept: kept == version, lambda: (version, make()))

    def find_standing(
        self, key: Hashable, stands: Callable[[V], bool], make: Callable[[], tuple[V, R]]
    ) -> R:
        """What is kept of the key in a version that stands, else what `make` gives with its
        version.
        """
        # The engine takes part: tests and commands open several databases in one process.
        key = engine(), key
        found = self._stored.get(key)
        if found and stands(found[0]):
            return found[1]
        with self._guard:
            flight = self._flights.setdefault(key, Lock())
        with flight:
            found = self._stored.get(key)
            if not found or not stands(found[0]):
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
            self._flights.pop(key, None)


class Followed(Generic[R]):
    """The last `size` results, each kept until one of the subjects is written that were asked for
    while it was made, or the day ends. No list by hand, in which one could be missing; in turn all
    that is read meanwhile is to be read through what is remembered here.
    """

    def __init__(self, size: int):
        self._kept = Kept[R](size)

    def find(self, key: Hashable, make: Callable[[], R]) -> R:
        return self._kept.find_standing(key, _stands, lambda: _followed(make))


# What something was made of: the subjects, their revisions, the day.
_Sources = tuple[tuple[str, ...], Revisions, date]


def _followed(make: Callable[[], R]) -> tuple[_Sources, R]:
    with _noting() as noted:
        made = make()
    subjects = tuple(sorted(noted))
    return (subjects, revisions(*subjects), today()), made


def _stands(sources: _Sources) -> bool:
    subjects, at, day = sources
    return at == revisions(*subjects) and day == today()


@contextmanager
def _noting() -> Iterator[set[str]]:
    """The subjects that are asked for meanwhile; whoever notes around this hears of them too."""
    noted: set[str] = set()
    token = _NOTED.set(noted)
    try:
        yield noted
    finally:
        _NOTED.reset(token)
        if (around := _NOTED.get()) is not None:
            around |= noted


def is_followed() -> bool:
    """Whether what is made now will be kept for later runs."""
    return _NOTED.get() is not None


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
    on = engine()
    # Before it is read: a commit in between makes the next look ask again.
    here = mark(on)
    if here is None:
        return _asked_of(on)
    # Of many who come after a commit one asks.
    with _ASKING:
        kept = _AT_MARK.get(on)
        if kept is None or kept[0] != here:
            kept = _AT_MARK[on] = here, _asked_of(on)
        return kept[1]


def _asked_of(on: Engine) -> dict[str, int]:
    with on.connect() as asked:
        return dict(asked.execute(_EVERY_REVISION).all())


def revisions(*subjects: str) -> Revisions:
    """The revision numbers of the subjects, in order; 0 for one that was never written."""
    if (noted := _NOTED.get()) is not None:
        noted.update(subjects)
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
