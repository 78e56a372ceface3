"""Screens: what the script of each costs the server's processor, read again at once and after a write.
Each is opened as the first of the cast who may; hello world stands beside them.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from tests.performance.clocks import Processor
from tests.performance.floors import hello_world
from tests.performance.places import addresses, login_for, query_of
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench, file_one
from tests.support.served import Served
from tests.support.tab import Tab

_WRITTEN = Budget(250)
# Each screen is looked at so many times, all others in between, and the least is told: what a
# neighbour of a shared machine takes for a while can only add to it.
_ROUNDS = 3
_HELLO = "hello world: warm, script"


def lines(bench: Bench) -> Iterator[Line]:
    taken: dict[str, list[Line]] = defaultdict(list)
    with hello_world(bench.work) as (url, process), bench.served() as served:
        Processor(served.process.pid).wait_for_rest()
        for _ in range(_ROUNDS):
            for line in (*_hello(url, process.pid, bench.times), *_screens(served, bench)):
                taken[line.what].append(line)
    least = {what: min(looks, key=lambda line: line.value) for what, looks in taken.items()}
    for what, line in least.items():
        is_warm = what.endswith(": warm, script") and what != _HELLO
        yield replace(line, beside={"hello": least[_HELLO].value}) if is_warm else line


def _hello(url: str, pid: int, times: int) -> Iterator[Line]:
    """What Streamlit itself takes for a run with one field and one text."""
    with Tab(url, remembers=True) as tab:
        tab.open("")
        yield Line(_HELLO, Processor(pid).script(times, tab.run, seen=5))


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
            tab.open(self.url, self.query)
            tab.run()
            yield Line("warm, script", self.clock.script(self.times, tab.run))
            written = self.clock.script(
                max(self.times // 3, 5), tab.run, before=lambda: file_one(self.served)
            )
            yield Line("after a write, script", written, budget=_WRITTEN)
