"""Screens read after a write: what each costs the server's processor, as the first of those who work
there.
"""

import statistics
import time
from collections.abc import Iterator

from tests.performance.clocks import spent
from tests.performance.places import WORKERS, addresses, first_of, query_of
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench, file_one
from tests.support.served import Served
from tests.support.tab import Tab

ROUNDS = 7


def lines(bench: Bench) -> Iterator[Line]:
    with bench.served() as served:
        for name, (url, more) in addresses().items():
            cookie = served.cookie_of(first_of(WORKERS, url))
            with Tab(served.url, cookie=cookie, remembers=True) as tab:
                tab.open(url, query_of(more))
                taken = statistics.median(_after_a_write(served, tab) for _ in range(ROUNDS))
            yield Line(f"{name}: after a write, script", taken * 1e3, budget=Budget(250))


def _after_a_write(served: Served, tab: Tab) -> float:
    file_one(served)
    began = spent(served.process.pid)
    tab.run()
    # What the server does after its last message belongs to the run.
    time.sleep(0.005)
    return spent(served.process.pid) - began
