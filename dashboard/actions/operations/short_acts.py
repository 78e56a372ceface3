"""Short acts (actes courts): what a task of a round found while reading, written in small
transactions that keep locks short.
"""

from collections.abc import Callable, Iterator, Sequence
from threading import Event
from typing import TypeVar

from sqlmodel import Session

ShortAct = Callable[[Session], int]
T = TypeVar("T")
AT_ONCE = 100  # rows that one short act writes


def in_batches(
    items: Sequence[T], act: Callable[[Session, Sequence[T]], int], at_once: int = AT_ONCE
) -> Iterator[ShortAct]:
    """One short act per batch of items; each act checks again what it writes."""
    for first in range(0, len(items), at_once):
        batch = items[first : first + at_once]
        yield lambda session, batch=batch: act(session, batch)


_WANTED = Event()


def request_soon() -> None:
    """Makes this process run its next round within seconds rather than minutes."""
    _WANTED.set()


def take_request() -> bool:
    """Whether a round was requested since the last call."""
    wanted = _WANTED.is_set()
    _WANTED.clear()
    return wanted
