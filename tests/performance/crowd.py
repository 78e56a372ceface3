"""150 sessions on the cockpit of one process, each with a change of direction every five seconds."""

from collections.abc import Iterator
from functools import partial

from tests.performance.reruns import cockpit_tab, reruns
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench

SESSIONS, PAUSE, CHANGES = 150, 5.0, 6


def lines(bench: Bench) -> Iterator[Line]:
    with bench.served() as served:
        pace = reruns(partial(cockpit_tab, served), SESSIONS, SESSIONS * CHANGES, PAUSE)
    yield Line(f"{SESSIONS} paced sessions: median", pace.median)
    yield Line(f"{SESSIONS} paced sessions: p95", pace.p95, budget=Budget(250))
