"""How screens remember (mémoire): results keyed by their arguments and by the revisions of the
subjects they are made of.

The revisions are raised in the writing transaction and read at each run, so that nobody sees stale
data on any process. Not `st.cache_resource`: it hashes its arguments field by field, a millisecond
a look-up, and a page makes sixty.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from threading import Lock
from typing import ParamSpec, TypeVar

from sqlalchemy import text

from models.database import engine, reading

P, R = ParamSpec("P"), TypeVar("R")
Revisions = tuple[int, ...]
_RUN: ContextVar[dict[str, int] | None] = ContextVar("revisions of this run", default=None)


def remembered(size: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keeps the last `size` results by their (hashable, positional) arguments and database.

    Two sessions that miss the same key at once compute it once.
    """

    def keep(make: Callable[P, R]) -> Callable[P, R]:
        kept: dict[tuple, R] = {}
        flights: dict[tuple, Lock] = {}
        guard = Lock()

        @wraps(make)
        def find(*args: P.args) -> R:
            key = (engine(), *args)
            try:
                return kept[key]
            except KeyError:
                with guard:
                    flight = flights.setdefault(key, Lock())
            with flight:
                if key not in kept:
                    value = make(*args)
                    with guard:
                        kept[key] = value
                        while len(kept) > size:
                            kept.pop(next(iter(kept)))
                        flights.pop(key, None)
                    return value
                return kept[key]

        return find

    return keep


@contextmanager
def one_run() -> Iterator[None]:
    """Within a run of the script the revisions are read once: a page is drawn from one moment."""
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
    known = _RUN.get()
    known = _read_revisions() if known is None else known
    return tuple(known.get(subject, 0) for subject in subjects)
