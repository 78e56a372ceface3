"""The clocks of the bench: of another process's processor and memory, and what is made of many times."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import psutil

from models.settings import ROOT
from tests.support.served import Served

MIB = 2**20


def spent(pid: int) -> float:
    """Seconds of its processor that another process has spent since its start."""
    # The clock that clock_getcpuclockid(3) makes, which Python does not offer.
    return time.clock_gettime((~pid << 3) | 2)


def commanded(served: Served, *words: str) -> float:
    """Seconds that `python -m dashboard …` takes on this installation."""
    began = time.perf_counter()
    told = [sys.executable, "-m", "dashboard", *words]
    subprocess.run(told, cwd=served.folder, env=served.environment, capture_output=True, check=True)
    return time.perf_counter() - began


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
