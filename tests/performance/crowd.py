"""Many at once on the cockpit: sessions that change their direction every five seconds, open tabs at the
usual limit of descriptors, memory by session and over many reruns; on PostgreSQL two processes too.
"""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import cycle

from tests.performance.clocks import descriptors, memory, threads
from tests.performance.places import COCKPIT, WHOLE
from tests.performance.reruns import Pace, Visit, cockpit_tab, reruns
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench
from tests.support.served import Served
from tests.support.tab import Tab

PAUSE, CHANGES = 5.0, 6  # seconds between the changes of one session, and how many it makes
TABS, USUAL = 1000, 1024
RERUNS, FIRST_RERUNS = 10_000, 1_000
_GIVEN_BACK = 150.0  # seconds: Streamlit keeps a session for those who come back


def lines(bench: Bench) -> Iterator[Line]:
    with ExitStack() as held:
        with usual_descriptors():
            served = held.enter_context(bench.served())
        pid = served.process.pid
        open_cockpit(served).close()
        yield Line("memory with one visitor", memory(pid), "MiB", Budget(260))
        yield from _paced("50 paced sessions", partial(cockpit_tab, served), 50, Budget(60))
        yield from _tabs(served)
        yield from _long(served)
    if bench.engine == "postgresql":
        yield from _two_processes(bench)


def _paced(name: str, opened: Callable[[], Visit], sessions: int, budget: Budget) -> Iterator[Line]:
    pace: Pace = reruns(opened, sessions, sessions * CHANGES, PAUSE)
    yield Line(f"{name}: reruns", pace.a_second, "a second")
    yield Line(f"{name}: median", pace.median)
    yield Line(f"{name}: p95", pace.p95, budget=budget)


def _tabs(served: Served) -> Iterator[Line]:
    """So many tabs are open at once, each on the cockpit."""
    pid, cookie = served.process.pid, served.cookie_of("elise")
    before, held_before = memory(pid), descriptors(pid)
    with ExitStack() as held:
        for _ in range(TABS):
            held.enter_context(open_cockpit(served, cookie))
        tabs, sessions = memory(pid), descriptors(pid)
        with open_cockpit(served, cookie) as one_more:
            yield Line(f"one more beside {TABS} tabs", one_more.seconds * 1e3)
        yield Line("memory of a session", (tabs - before) / TABS, "MiB", Budget(0.3))
        yield Line("descriptors of a session", (sessions - held_before) / TABS, "", Budget(1.05))
        yield Line("threads, all tabs open", threads(pid), "")
    left = _once_given_back(pid, held_before)
    yield Line("descriptors not given back", left - held_before, "", Budget(10))
    yield Line("memory, all tabs closed", memory(pid), "MiB")


def _once_given_back(pid: int, wanted: int) -> int:
    limit = time.monotonic() + _GIVEN_BACK
    while descriptors(pid) > wanted and time.monotonic() < limit:
        time.sleep(1)
    return descriptors(pid)


def _long(served: Served) -> Iterator[Line]:
    """What the memory grows by over many reruns, once the first thousand has filled what is kept."""
    pid, opened = served.process.pid, partial(cockpit_tab, served)
    reruns(opened, 8, FIRST_RERUNS)
    before = memory(pid)
    pace = reruns(opened, 8, RERUNS - FIRST_RERUNS)
    yield Line(f"memory grown over {RERUNS} reruns", memory(pid) - before, "MiB", Budget(5))
    yield Line("8 sessions, long: reruns", pace.a_second, "a second")


def _two_processes(bench: Bench) -> Iterator[Line]:
    """Both on one database, half of the sessions on each."""
    with bench.served() as first:
        second = Served(first.folder, settings=first.settings).start()
        try:
            one = reruns(partial(cockpit_tab, first), 16, 300)
            turns = cycle([first, second])

            def opened() -> Visit:
                return cockpit_tab(next(turns))

            two = reruns(opened, 16, 600)
            beside = {"one process": one.a_second}
            yield Line("two processes, 16 sessions: reruns", two.a_second, "a second", None, beside)
            yield from _paced("150 paced sessions, two processes", opened, 150, Budget(150))
        finally:
            second.stop()


def open_cockpit(served: Served, cookie: str = "") -> Tab:
    tab = Tab(served.url, cookie=cookie or served.cookie_of("elise"), remembers=True)
    tab.open(COCKPIT, WHOLE)
    return tab


@contextmanager
def usual_descriptors() -> Iterator[None]:
    """What is started meanwhile may open as many as a system usually allows without a setting."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (USUAL, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
