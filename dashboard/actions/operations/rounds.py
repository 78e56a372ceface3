"""Requests for an early round, when somebody is waiting for its result."""

from threading import Event

_WANTED = Event()


def request_soon() -> None:
    """Makes this process run its next round within seconds rather than minutes."""
    _WANTED.set()


def take_request() -> bool:
    """Whether a round was requested since the last call."""
    wanted = _WANTED.is_set()
    _WANTED.clear()
    return wanted
