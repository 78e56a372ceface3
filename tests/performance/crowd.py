"""150 sessions on the cockpit of one process, each with a change of direction every five seconds."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from urllib.parse import parse_qsl, urlencode

from tests.performance.clocks import part_of
from tests.performance.places import COCKPIT, WHOLE
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench
from tests.support.served import Served
from tests.support.tab import Tab, screens

SESSIONS, PAUSE, CHANGES = 150, 5.0, 6
# A tab, and what each choice of a direction does in it.
Visit = tuple[Tab, list[Callable[[], object]]]


def lines(bench: Bench) -> Iterator[Line]:
    with bench.served() as served, ThreadPoolExecutor(SESSIONS) as users:
        visits = [cockpit_tab(served) for _ in range(SESSIONS)]
        for choose in visits[0][1]:  # each direction has been looked at once: steady state
            choose()
        taken = list(chain.from_iterable(users.map(_changes, visits, range(SESSIONS))))
        for tab, _ in visits:
            tab.close()
    yield Line(f"{SESSIONS} paced sessions: median", part_of(taken, 0.5) * 1e3)
    yield Line(f"{SESSIONS} paced sessions: p95", part_of(taken, 0.95) * 1e3, budget=Budget(250))


def cockpit_tab(served: Served, login: str = "elise") -> Visit:
    tab = Tab(served.url, cookie=served.cookie_of(login), remembers=True)
    units = screens(tab.open(COCKPIT, WHOLE))[0]["filters"]["units"]
    whole = dict(parse_qsl(WHOLE))
    chosen = [f"?{urlencode(whole | {'direction': code})}" for code, _, _ in units]
    return tab, [partial(tab.go, address) for address in chosen]


def _changes(visit: Visit, number: int) -> list[float]:
    """The seconds of each change of one session."""
    (tab, choices), taken = visit, []
    time.sleep(PAUSE * (number * 0.618 % 1))  # they do not all begin at once
    for turn in range(CHANGES):
        choices[(number * 7 + turn + 1) % len(choices)]()
        taken.append(tab.seconds)
        time.sleep(max(0.0, PAUSE - tab.seconds))
    return taken
