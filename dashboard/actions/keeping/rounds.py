"""When the next round comes: what somebody waits for may ask for one sooner."""

from threading import Event

_WANTED = Event()


def come_soon() -> None:
    """The round of this process comes within seconds rather than minutes."""
    _WANTED.set()


def taken_up() -> bool:
    """Whether a round was asked for since the last look."""
    wanted = _WANTED.is_set()
    _WANTED.clear()
    return wanted
