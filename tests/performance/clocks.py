"""The clocks of the bench: of another process's processor, and what is made of many times."""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil

from models.settings import ROOT
from tests.support.served import Served

MIB = 2**20
# Seconds: of the clock, of it, and of the processor within a while.
_PATIENCE, _A_WHILE, _AT_REST = 120, 4.0, 0.04


class Processor:
    """The clock of another process: what it has spent on its processor."""

    def __init__(self, pid: int):
        self._pid = pid
        # As clock_getcpuclockid(3) makes it, which Python does not offer.
        self._clock = (~pid << 3) | 2

    def spent(self) -> float:
        """Seconds, since its start."""
        return time.clock_gettime(self._clock)

    def of_threads(self) -> dict[str, float]:
        """Seconds of each thread that there is, since its start (Linux). A script has a thread of
        its own, which ends with it: what those took that stay was the loop, which reads and sends,
        and what is computed beside.
        """
        found = {}
        for task in Path(f"/proc/{self._pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                found[task.name] = int((task / "schedstat").read_text().split()[0]) / 1e9
        return found

    def wait_for_rest(self) -> None:
        """Until next to nothing was spent for a while: what a server computes ahead of its readers
        after a start is done. It never rests where others keep it busy: then after two minutes.
        """
        for _ in range(round(_PATIENCE / _A_WHILE)):
            began = self.spent()
            time.sleep(_A_WHILE)
            if self.spent() - began < _AT_REST:
                return

    def script(
        self,
        times: int,
        run: Callable[[], object],
        before: Callable[[], object] = lambda: None,
        seen: int = 0,
    ) -> float:
        """ms that the script of a run takes, the median of so many, after some that are not counted."""
        for _ in range(seen):
            run()
        taken = []
        for _ in range(times):
            before()
            threads, began = self.of_threads(), self.spent()
            run()
            # What the server does after its last message belongs to the run.
            time.sleep(0.005)
            spent, stay = self.spent() - began, self.of_threads()
            others = sum(stay[name] - threads[name] for name in stay.keys() & threads.keys())
            taken.append(spent - others)
        return statistics.median(taken) * 1e3


def commanded(served: Served, *words: str) -> tuple[float, float]:
    """Seconds that `python -m dashboard …` takes on this installation: by the clock, and of its
    processor.
    """
    spent, began = _of_children(), time.perf_counter()
    told = [sys.executable, "-m", "dashboard", *words]
    subprocess.run(told, cwd=served.folder, env=served.environment, capture_output=True, check=True)
    return time.perf_counter() - began, _of_children() - spent


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def part_of(taken: Sequence[float], share: float) -> float:
    """What so many of them keep to: 0.5 for the median, 0.95 for nineteen of twenty."""
    return sorted(taken)[int(share * (len(taken) - 1))]


def memory(pid: int) -> float:
    """MiB resident, of a process."""
    return psutil.Process(pid).memory_info().rss / MIB


def conditions() -> str:
    """« 2026-11-28 14:05, load 3.2, a810e70 »."""
    now = datetime.now(UTC)
    asked = ["git", "rev-parse", "--short=8", "HEAD"]
    commit = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return f"{now:%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f}, {commit.strip()}"
