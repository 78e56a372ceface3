"""Changes of direction on the cockpit over the socket, by so many sessions at once."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl, urlencode

from tests.performance.clocks import part_of
from tests.performance.places import COCKPIT, WHOLE
from tests.support.served import Served
from tests.support.tab import Tab, screens

# A tab, and what each choice of a direction does in it.
Visit = tuple[Tab, list[Callable[[], object]]]


def cockpit_tab(served: Served) -> Visit:
    tab = Tab(served.url, cookie=served.cookie_of("elise"), remembers=True)
    units = screens(tab.open(COCKPIT, WHOLE))[0]["filters"]["units"]
    whole = dict(parse_qsl(WHOLE))
    chosen = [f"?{urlencode(whole | {'direction': code})}" for code, _, _ in units]
    return tab, [partial(tab.go, address) for address in chosen]


@dataclass(frozen=True)
class Pace:
    """Of many changes: the ms of one."""

    median: float
    p95: float


def reruns(
    opened: Callable[[], Visit],
    sessions: int,
    runs: int,
    pause: float,
) -> Pace:
    """So many changes of so many sessions, each session one in so many seconds."""
    visits = [opened() for _ in range(sessions)]
    for choose in visits[0][1]:  # each direction has been looked at once: steady state
        choose()
    taken: list[float] = []
    own = max(runs // sessions, 1)
    users = [
        threading.Thread(target=_change, args=(*visit, number, own, pause, taken))
        for number, visit in enumerate(visits)
    ]
    for user in users:
        user.start()
    for user in users:
        user.join()
    for tab, _ in visits:
        tab.close()
    return Pace(part_of(taken, 0.5) * 1e3, part_of(taken, 0.95) * 1e3)


def _change(
    tab: Tab, choices: list[Callable], first: int, runs: int, pause: float, taken: list[float]
) -> None:
    time.sleep(pause * (first * 0.618 % 1))  # they do not all begin at once
    for turn in range(runs):
        choices[(first * 7 + turn + 1) % len(choices)]()
        taken.append(tab.seconds)
        time.sleep(max(0.0, pause - tab.seconds))
