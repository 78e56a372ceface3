"""Memory of one process: with one visitor after eight screens, and of each further tab on the cockpit."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice

from tests.performance.clocks import memory
from tests.performance.places import COCKPIT, WHOLE, addresses, query_of
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench
from tests.support.served import Served
from tests.support.tab import Tab

TABS, SCREENS = 200, 8


def lines(bench: Bench) -> Iterator[Line]:
    with bench.served() as served, ExitStack() as held:
        pid, cookie = served.process.pid, served.cookie_of("didier")
        with Tab(served.url, cookie=cookie, remembers=True) as tab:
            for url, more in islice(addresses().values(), SCREENS):
                tab.open(url, query_of(more))
        before = memory(pid)
        yield Line(f"memory with one visitor after {SCREENS} screens", before, "MiB", Budget(260))
        for _ in range(TABS):
            held.enter_context(open_cockpit(served))
        yield Line("memory of a session", (memory(pid) - before) / TABS, "MiB", Budget(0.3))


def open_cockpit(served: Served) -> Tab:
    tab = Tab(served.url, cookie=served.cookie_of("elise"), remembers=True)
    tab.open(COCKPIT, WHOLE)
    return tab
