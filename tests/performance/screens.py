"""Screens: what a run of each costs the server's processor, of it its script, and what it sends.
Each is opened as the first of the cast who may.

A budget is for the script alone, as hello world's own share of the loop is not ours to spend; the
whole stands beside it, in multiples of hello world.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.performance.clocks import Processor
from tests.performance.floors import hello_world
from tests.performance.places import MONTH_END, OTHER_DAY, addresses, login_for, query_of
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench, file_one
from tests.support.served import Served
from tests.support.tab import Tab, screens

_WARM, _WRITTEN = Budget(8), Budget(40)
# Each screen is looked at so many times, all others in between, and the least is told: what a
# neighbour of a shared machine takes for a while can only add to it.
_ROUNDS = 3
_HELLO, _HELLO_SCRIPT = "hello world: warm", "hello world: warm, script"


def lines(bench: Bench) -> Iterator[Line]:
    taken: dict[str, list[Line]] = defaultdict(list)
    with hello_world(bench.work) as (url, process), bench.served() as served:
        Processor(served.process.pid).wait_for_rest()
        for _ in range(_ROUNDS):
            for line in (*_hello(url, process.pid, bench.times), *_screens(served, bench)):
                taken[line.what].append(line)
    least = {what: min(looks, key=lambda line: line.value) for what, looks in taken.items()}
    for what, line in least.items():
        floor = _HELLO_SCRIPT if what.endswith(": warm, script") else _HELLO
        is_warm = ": warm" in what and what not in (_HELLO, _HELLO_SCRIPT)
        yield replace(line, beside={"hello": least[floor].value}) if is_warm else line


def _hello(url: str, pid: int, times: int) -> Iterator[Line]:
    """What Streamlit itself takes for a run with one field and one text."""
    with Tab(url, remembers=True) as tab:
        tab.open("")
        run = Processor(pid).run(times, tab.run, seen=5)
        yield Line(_HELLO, run.whole)
        yield Line(_HELLO_SCRIPT, run.script)


def _screens(served: Served, bench: Bench) -> Iterator[Line]:
    for name, (url, more) in addresses(bench.only).items():
        screen = Screen(served, url, query_of(more), bench.times)
        for line in screen.lines():
            yield replace(line, what=f"{name}: {line.what}")


class Screen:
    """One screen, as its reader."""

    def __init__(self, served: Served, url: str, query: str, times: int):
        self.served, self.url, self.query, self.times = served, url, query, times
        self.clock = Processor(served.process.pid)

    def lines(self) -> Iterator[Line]:
        cookie = self.served.cookie_of(login_for(self.url))
        with Tab(self.served.url, cookie=cookie, remembers=True) as tab:
            sent = tab.open(self.url, self.query)
            tab.run()
            warm = self.clock.run(self.times, tab.run)
            yield Line("warm", warm.whole)
            yield Line("warm, script", warm.script, budget=_WARM)
            written = self.clock.run(
                max(self.times // 3, 5), tab.run, before=lambda: file_one(self.served)
            )
            yield Line("after a write", written.whole)
            yield Line("after a write, script", written.script, budget=_WRITTEN)
            if any("filters" in data for data in screens(sent)):
                yield Line("other day, seen before", self._filtered(tab))
            yield Line("messages", len(sent), "")
            yield Line("sent", _bytes(sent) / 1024, "kB")

    def _filtered(self, tab: Tab) -> float:
        """By turns on two days: a part of the page where that is enough."""
        other = self.query.replace(MONTH_END, OTHER_DAY)
        turns = iter([self.query, other] * self.times)
        return self.clock.each(self.times, lambda: tab.go(f"?{next(turns)}"), seen=2)


def _bytes(messages: list[ForwardMsg]) -> int:
    return sum(len(message.SerializeToString()) for message in messages)
