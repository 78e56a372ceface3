"""Open tabs on one process: memory with one visitor, a thousand tabs on the cockpit at the usual limit of
descriptors, what each holds and what is given back, and memory over many reruns.
"""

import resource
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from tests.performance.clocks import Processor, descriptors, memory, threads
from tests.performance.places import COCKPIT, WHOLE
from tests.performance.reruns import cockpit_tab, reruns
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench
from tests.support.served import Served
from tests.support.tab import Tab

TABS, USUAL = 1000, 1024
RERUNS, FIRST_RERUNS = 10_000, 1_000
_GIVEN_BACK = 150.0  # seconds: Streamlit keeps a session for those who come back


def lines(bench: Bench) -> Iterator[Line]:
    with ExitStack() as held:
        with usual_descriptors():
            served = held.enter_context(bench.served())
        open_cockpit(served).close()
        yield Line("memory with one visitor", memory(served.process.pid), "MiB", Budget(260))
        yield from _tabs(served)
        yield from _long(served)


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
    spent = Processor(pid).spent
    reruns(opened, 8, spent, FIRST_RERUNS)
    before = memory(pid)
    pace = reruns(opened, 8, spent, RERUNS - FIRST_RERUNS)
    yield Line(f"memory grown over {RERUNS} reruns", memory(pid) - before, "MiB", Budget(5))
    yield Line("8 sessions, long: reruns", pace.a_second, "a second")


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
