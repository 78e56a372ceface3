"""The clocks of the bench: of another process's processor, of statements, and what is made of many
times.
"""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from sqlalchemy import Engine, event

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

    def each(
        self,
        times: int,
        run: Callable[[], object],
        before: Callable[[], object] = lambda: None,
        seen: int = 0,
    ) -> float:
        """ms of a run, the median of so many, after some that are not counted. Of all, one in four
        may have met what is computed ahead of all readers.
        """
        return self.run(times, run, before, seen).whole

    def run(
        self,
        times: int,
        run: Callable[[], object],
        before: Callable[[], object] = lambda: None,
        seen: int = 0,
    ) -> "Run":
        """The same, and what its script takes of it."""
        for _ in range(seen):
            run()
        taken, of_script = [], []
        for _ in range(times):
            before()
            threads, began = self.of_threads(), self.spent()
            run()
            # What the server does after its last message belongs to the run.
            time.sleep(0.005)
            taken.append(self.spent() - began)
            stay = self.of_threads()
            others = sum(stay[name] - threads[name] for name in stay.keys() & threads.keys())
            of_script.append(taken[-1] - others)
        return Run(statistics.median(taken) * 1e3, statistics.median(of_script) * 1e3)


@dataclass(frozen=True)
class Run:
    """ms of a server's processor for one run: in all, and in the thread of its script."""

    whole: float
    script: float


class StatementClock:
    """Time between sending each statement and its first row, on the engine of this process. SQLite
    works in the thread that asks: its processor tells the same on a busy machine.
    """

    def __init__(self, engine: Engine):
        is_here = engine.dialect.name == "sqlite"
        self._now = time.thread_time if is_here else time.perf_counter
        self.reset()
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)

    def reset(self) -> None:
        self.seconds, self.statements = 0.0, 0

    def _before(self, _connection, _cursor, _statement, _values, context, _many) -> None:
        context.cp_began = self._now()

    def _after(self, _connection, _cursor, _statement, _values, context, _many) -> None:
        self.seconds += self._now() - context.cp_began
        self.statements += 1


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


def descriptors(pid: int) -> int:
    return psutil.Process(pid).num_fds()


def threads(pid: int) -> int:
    return psutil.Process(pid).num_threads()


def conditions() -> str:
    """« 2026-11-28 14:05, load 3.2, a810e70 »."""
    now = datetime.now(UTC)
    asked = ["git", "rev-parse", "--short=8", "HEAD"]
    commit = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return f"{now:%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f}, {commit.strip()}"
