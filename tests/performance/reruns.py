"""Reruns: changes of direction on the cockpit over the socket, by 1, 16 and 50 sessions that ask again
at once; each direction was seen once before. Hello world beside it in the same run.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl, urlencode

from tests.performance.clocks import Processor, part_of
from tests.performance.floors import hello_world
from tests.performance.hello import OPTIONS
from tests.performance.places import COCKPIT, WHOLE
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench
from tests.support.served import Served
from tests.support.tab import Tab, screens

SESSIONS, RUNS = (1, 16, 50), 300
_A_SECOND, _NOT_FEWER = Budget(100, at_least=True), Budget(0.95, "1 session", at_least=True)


def lines(bench: Bench) -> Iterator[Line]:
    with hello_world(bench.work) as (url, process):
        opened, spent = partial(hello_tab, url), Processor(process.pid).spent
        floor = {sessions: reruns(opened, sessions, spent) for sessions in SESSIONS}
    with bench.served() as served:
        opened, spent = partial(cockpit_tab, served), Processor(served.process.pid).spent
        one: dict[str, float] = {}
        for sessions in SESSIONS:
            ours, theirs = reruns(opened, sessions, spent), floor[sessions]
            name = f"{sessions} session{'s' * (sessions > 1)}"
            beside = {"hello": theirs.a_second}
            yield Line(f"{name}: reruns", ours.a_second, "a second", _A_SECOND, beside)
            if one:
                yield Line(f"{name}: not fewer", ours.a_second, "a second", _NOT_FEWER, one)
            one = one or {"1 session": ours.a_second}
            yield Line(f"{name}: median", ours.median, beside={"hello": theirs.median})
            yield Line(f"{name}: p95", ours.p95, beside={"hello": theirs.p95})
            beside = {"hello": theirs.processor}
            yield Line(f"{name}: processor of a rerun", ours.processor, beside=beside)


# A tab, and what each choice of a direction does in it.
Visit = tuple[Tab, list[Callable[[], object]]]


def cockpit_tab(served: Served) -> Visit:
    tab = Tab(served.url, cookie=served.cookie_of("elise"), remembers=True)
    units = screens(tab.open(COCKPIT, WHOLE))[0]["filters"]["units"]
    whole = dict(parse_qsl(WHOLE))
    chosen = [f"?{urlencode(whole | {'direction': code})}" for code, _, _ in units]
    return tab, [partial(tab.go, address) for address in chosen]


def hello_tab(url: str) -> Visit:
    tab = Tab(url, remembers=True)
    tab.open("")
    return tab, [partial(tab.run, w_direction=option) for option in OPTIONS]


@dataclass(frozen=True)
class Pace:
    """Of many changes: how many a second, and the ms of one."""

    a_second: float
    median: float
    p95: float
    processor: float  # of the server, for each


def reruns(
    opened: Callable[[], Visit],
    sessions: int,
    spent: Callable[[], float],
    runs: int = RUNS,
    pause: float = 0,
) -> Pace:
    """So many changes of so many sessions, each again at once or, with a pause, each so many seconds.
    `spent`: the processor's seconds of whoever answers.
    """
    visits = [opened() for _ in range(sessions)]
    for choose in visits[0][1]:  # each direction has been looked at once: steady state
        choose()
    taken: list[float] = []
    own = max(runs // sessions, 1)
    users = [
        threading.Thread(target=_change, args=(*visit, number, own, pause, taken))
        for number, visit in enumerate(visits)
    ]
    before, began = spent(), time.perf_counter()
    for user in users:
        user.start()
    for user in users:
        user.join()
    wall, used = time.perf_counter() - began, spent() - before
    for tab, _ in visits:
        tab.close()
    found = [len(taken) / wall, part_of(taken, 0.5) * 1e3, part_of(taken, 0.95) * 1e3]
    return Pace(*found, used / len(taken) * 1e3)


def _change(
    tab: Tab, choices: list[Callable], first: int, runs: int, pause: float, taken: list[float]
) -> None:
    time.sleep(pause * (first * 0.618 % 1))  # they do not all begin at once
    for turn in range(runs):
        choices[(first * 7 + turn + 1) % len(choices)]()
        taken.append(tab.seconds)
        time.sleep(max(0.0, pause - tab.seconds))
