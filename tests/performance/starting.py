"""Starting: a server on the volume until its first cockpit; and the report of the CODIR by its command."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.performance.clocks import commanded
from tests.performance.places import MONTH_END
from tests.performance.results import Budget, Line
from tests.performance.tabs import open_cockpit
from tests.performance.volumes import Bench
from tests.support.served import Served

STARTS = 3


def lines(bench: Bench) -> Iterator[Line]:
    with bench.copied() as served:
        found = sorted(_start(served) for _ in range(STARTS))
        yield Line("start until the first cockpit", found[STARTS // 2], "s", Budget(5))
        with tempfile.TemporaryDirectory() as folder:
            out = str(Path(folder) / "dossier.pdf")
            seconds = commanded(served, "report", "--out", out, "--au", MONTH_END)
        yield Line("report of the CODIR, PDF", seconds, "s", Budget(8))


def _start(served: Served) -> float:
    began = time.perf_counter()
    served.start()
    try:
        open_cockpit(served).close()
        return time.perf_counter() - began
    finally:
        served.stop()
