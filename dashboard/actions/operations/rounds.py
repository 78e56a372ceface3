"""When the next round comes: what somebody waits for may ask for one sooner."""

from threading import Event

_WANTED = Event()


def request_soon() -> None:
    """The round of this process comes within seconds rather than minutes."""
    _WANTED.set()


def take_request() -> bool:
    """Whether a round was asked for since the last look."""
    wanted = _WANTED.is_set()
    _WANTED.clear()
    return wanted
