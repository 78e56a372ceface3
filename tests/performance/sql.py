"""SQL: what the database takes for each page once nothing about ideas is remembered, at a month end and
within a month, in this process, so that each statement can be timed.
"""

import statistics
from collections.abc import Iterator

from streamlit.testing.v1 import AppTest

from models.database import engine
from tests.performance.clocks import StatementClock
from tests.performance.places import MONTH_END, WITHIN, addresses, login_for, query_of
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench, file_one, in_this_process
from tests.support.pages import enter, visit
from tests.support.served import Served

_AT_MONTH_END, _WITHIN, _GROWTH = Budget(2), Budget(20), Budget(1.2, of="1k")


def lines(bench: Bench) -> Iterator[Line]:
    with bench.copied() as served:
        in_this_process(served)
        clock = StatementClock(engine())
        tabs: dict[str, AppTest] = {}
        for name, (url, more) in addresses(bench.only).items():
            login = login_for(url)
            tab = tabs.get(login) or tabs.setdefault(login, enter(engine(), login))
            page = Page(tab, url, more, served, clock)
            times = max(bench.times // 3, 3)
            taken, statements = page.each(MONTH_END, times)
            yield Line(f"{name}: SQL, month end", taken, budget=_AT_MONTH_END)
            yield Line(f"{name}: SQL, month end, grown", taken, budget=_GROWTH)
            yield Line(f"{name}: statements", statements, "")
            within, _ = page.each(WITHIN, times)
            yield Line(f"{name}: SQL, within a month", within, budget=_WITHIN)
        engine().dispose()


class Page:
    """One page in one tab."""

    def __init__(self, tab: AppTest, url: str, more: str, served: Served, clock: StatementClock):
        self.tab, self.url, self.more, self.served, self.clock = tab, url, more, served, clock

    def each(self, on: str, times: int) -> tuple[float, float]:
        """(ms, statements) of a look after an idea was filed, the medians."""
        taken, statements = [], []
        visit(self.tab, self.url, query_of(self.more, on))
        for _ in range(times):
            file_one(self.served)
            self.clock.reset()
            visit(self.tab, self.url, query_of(self.more, on))
            taken.append(self.clock.seconds * 1e3)
            statements.append(self.clock.statements)
        return statistics.median(taken), statistics.median(statements)
