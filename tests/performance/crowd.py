"""Many at once on the cockpit, with a change of direction each five seconds: 50 sessions on one process; on
PostgreSQL two processes on one database, and 150 sessions on them.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle

from tests.performance.clocks import Processor, memory
from tests.performance.reruns import Visit, cockpit_tab, reruns
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench
from tests.support.served import Served

PAUSE, CHANGES = 5.0, 6  # seconds between the changes of one session, and how many it makes


def lines(bench: Bench) -> Iterator[Line]:
    with bench.served() as served:
        opened = partial(cockpit_tab, served)
        yield from _paced("50 paced sessions", opened, 50, Budget(60), [served])
    if bench.engine == "postgresql":
        yield from _two_processes(bench)


def _paced(
    name: str,
    opened: Callable[[], Visit],
    sessions: int,
    budget: Budget,
    processes: list[Served],
) -> Iterator[Line]:
    pace = reruns(opened, sessions, _spent(processes), sessions * CHANGES, PAUSE)
    yield Line(f"{name}: median", pace.median)
    yield Line(f"{name}: p95", pace.p95, budget=budget)
    yield Line(f"{name}: processor of a rerun", pace.processor)
    yield Line(f"{name}: memory of a process", memory(processes[0].process.pid), "MiB")


def _spent(processes: list[Served]) -> Callable[[], float]:
    """The processors' seconds of all of them."""
    clocks = [Processor(one.process.pid) for one in processes]
    return lambda: sum(clock.spent() for clock in clocks)


def _two_processes(bench: Bench) -> Iterator[Line]:
    """Both on one database, half of the sessions on each."""
    with bench.served() as first:
        one = reruns(partial(cockpit_tab, first), 16, _spent([first]))
        second = Served(first.folder, settings=first.settings).start()
        try:
            turns = cycle([first, second])

            def opened() -> Visit:
                return cockpit_tab(next(turns))

            two = reruns(opened, 16, _spent([first, second]), 600)
            name, beside = "two processes, 16 sessions", {"one process": one.a_second}
            yield Line(f"{name}: reruns", two.a_second, "a second", None, beside)
            beside = {"one process": one.processor}
            yield Line(f"{name}: processor of a rerun", two.processor, beside=beside)
            name = "150 paced sessions, two processes"
            yield from _paced(name, opened, 150, Budget(150), [first, second])
        finally:
            second.stop()
