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
    """Each as its reader."""
    clock = Processor(served.process.pid)
    for name, (url, more) in addresses(bench.only).items():
        with Tab(served.url, cookie=served.cookie_of(login_for(url)), remembers=True) as tab:
            tab.open(url, query_of(more))
            tab.run()
            yield Line(f"{name}: warm, script", clock.script(bench.times, tab.run))
            times = max(bench.times // 3, 5)
            written = clock.script(times, tab.run, before=lambda: file_one(served))
            yield Line(f"{name}: after a write, script", written, budget=_WRITTEN)
