"""Starting: a server on the volume until it answers and until its first cockpit; and the first run of all,
which loads the demonstration.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.performance.clocks import Processor
from tests.performance.results import Budget, Line
from tests.performance.tabs import open_cockpit
from tests.performance.volumes import QUIET, Bench
from tests.support.served import Served

_AGAIN, _FIRST = Budget(4), Budget(20)
STARTS = 3


def lines(bench: Bench) -> Iterator[Line]:
    with bench.copied() as served:
        found = sorted(_start(served) for _ in range(STARTS))
        cockpit, answers, processor = found[STARTS // 2]
    yield Line("start until it answers", answers, "s")
    yield Line("start until the first cockpit", cockpit, "s", _AGAIN)
    yield Line("start, the processor's time", processor, "s")
    if bench.engine == "sqlite" and bench.size == "1k":
        with TemporaryDirectory(dir=bench.work) as folder:
            first, _, processor = _start(Served(Path(folder) / "var", settings=QUIET))
        yield Line("first run, with the demonstration", first, "s", _FIRST)
        yield Line("first run, the processor's time", processor, "s")


def _start(served: Served) -> tuple[float, float, float]:
    """Seconds until the first cockpit, until it answered, and of its processor."""
    began = time.perf_counter()
    served.start()
    try:
        answers = time.perf_counter() - began
        open_cockpit(served).close()
        cockpit = time.perf_counter() - began
        return cockpit, answers, Processor(served.process.pid).spent()
    finally:
        served.stop()
