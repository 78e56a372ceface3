"""Screens: what a run of each costs the server's processor, of it its script, and what it sends.
Each is opened as the first of the cast who may. A busy machine tells nearly the same as an idle one.

A budget is for the script alone, as hello world's own share of the loop is not ours to spend; the
whole stands beside it, in multiples of hello world.
"""

from collections.abc import Iterator

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.performance.clocks import Processor, Run
from tests.performance.floors import hello_world
from tests.performance.places import MONTH_END, OTHER_DAY, addresses, login_for, query_of
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench, file_one
from tests.support.served import Served
from tests.support.tab import Tab, screens

_WARM, _WRITTEN = Budget(8), Budget(40)


def lines(bench: Bench) -> Iterator[Line]:
    hello = _hello(bench)
    yield Line("hello world: warm", hello.whole)
    yield Line("hello world: warm, script", hello.script)
    with bench.served() as served:
        Processor(served.process.pid).wait_for_rest()
        for name, (url, more) in addresses(bench.only).items():
            screen = Screen(served, url, query_of(more), bench.times)
            for line in screen.lines(hello):
                yield Line(f"{name}: {line.what}", line.value, line.unit, line.budget, line.beside)


def _hello(bench: Bench) -> Run:
    """What Streamlit itself takes for a run with one field and one text."""
    with hello_world(bench.work) as (url, process), Tab(url, remembers=True) as tab:
        tab.open("")
        clock = Processor(process.pid)
        return clock.run(2 * bench.times, tab.run, seen=5)


class Screen:
    """One screen, as its reader."""

    def __init__(self, served: Served, url: str, query: str, times: int):
        self.served, self.url, self.query, self.times = served, url, query, times
        self.clock = Processor(served.process.pid)

    def lines(self, hello: Run) -> Iterator[Line]:
        cookie = self.served.cookie_of(login_for(self.url))
        with Tab(self.served.url, cookie=cookie, remembers=True) as tab:
            sent = tab.open(self.url, self.query)
            tab.run()
            warm = self.clock.run(2 * self.times, tab.run)
            yield Line("warm", warm.whole, beside={"hello": hello.whole})
            yield Line("warm, script", warm.script, budget=_WARM, beside={"hello": hello.script})
            if any("filters" in data for data in screens(sent)):
                yield Line("other day, seen before", self._filtered(tab))
            written = self.clock.run(
                max(self.times // 2, 5), tab.run, before=lambda: file_one(self.served)
            )
            yield Line("after a write", written.whole)
            yield Line("after a write, script", written.script, budget=_WRITTEN)
            yield Line("messages", len(sent), "")
            yield Line("sent", _bytes(sent) / 1024, "kB")

    def _filtered(self, tab: Tab) -> float:
        """By turns on two days: a part of the page where that is enough."""
        other = self.query.replace(MONTH_END, OTHER_DAY)
        turns = iter([self.query, other] * (2 * self.times))
        return self.clock.each(2 * self.times, lambda: tab.go(f"?{next(turns)}"), seen=2)


def _bytes(messages: list[ForwardMsg]) -> int:
    return sum(len(message.SerializeToString()) for message in messages)
