"""Seconds of a processor that each test file takes, its browser, its servers and its databases
included: a plugin of pytest (`-p tests.support.processor`), which tells at the end and keeps those
of each test (`FILE`). Linux only.

What a process has spent goes to its parent when it ends and the parent has waited for it; a process
whose parent has gone comes to this one, so that nothing is lost.
"""

import ctypes
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

FILE = Path(".pytest_cache/processor.tsv")
PR_SET_CHILD_SUBREAPER = 36
TICKS = os.sysconf("SC_CLK_TCK")


def spent() -> float:
    """By this process and all that come from it, so far."""
    times: dict[int, float] = {}
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            told = (folder / "stat").read_text(encoding="latin-1").rpartition(")")[2].split()
        except OSError:  # it has just gone
            continue
        times[int(folder.name)] = sum(map(int, told[11:15])) / TICKS
        children.setdefault(int(told[1]), []).append(int(folder.name))
    found, left = 0.0, [os.getpid()]
    while left:
        process = left.pop()
        found += times.get(process, 0)
        left += children.get(process, [])
    return found


def pytest_configure(config: pytest.Config) -> None:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if not hasattr(config, "workerinput"):
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text("", encoding="utf-8")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    before = spent()
    result = yield
    with FILE.open("a", encoding="utf-8") as file:  # one line: workers write after each other
        file.write(f"{spent() - before:.2f}\t{item.nodeid}\n")
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    seconds: Counter[str] = Counter()
    for line in FILE.read_text(encoding="utf-8").splitlines():
        took, _, test = line.partition("\t")
        seconds[test.partition("::")[0]] += float(took)
    for name, took in seconds.most_common():
        terminalreporter.write_line(f"{took:7.1f} s of a processor: {name}")
