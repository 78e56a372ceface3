"""Measures every screen of the menu and of « Tout »: what a run of it costs the server, and what it
sends.

    python -m tests.performance.screens [--size 10k] [--only ma-direction,depuis] [--times 30]

Each screen is opened as the first of the cast who may. Times are those of the server's processor,
so that a busy machine tells nearly the same as an idle one; README.md says what each column is.
"""

import argparse
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.access import Reader, may
from dashboard.queries.people.readers import account_by_login, reader_of
from dashboard.visit.navigation import SCREENS, Screen
from models.clock import today
from seed.demo_cast import CAST
from tests.performance.bench import (
    addresses,
    copy_of,
    database,
    file_one,
    hello_server,
    query_of,
    say,
    table,
    work_folder,
)
from tests.support.served import Served
from tests.support.tab import Tab, screens

# Those who read most come first.
READERS = tuple(
    dict.fromkeys(["elise", "didier", "farid", "carine", *(part.login for part in CAST)])
)
WARM, WRITTEN = 8.0, 40.0  # ms: what a screen may cost
_OTHER_DAY = "2023-05-31"


def main() -> None:
    options = arguments()
    folder = copy_of(database(options.work, options.size), options.work)
    try:
        with running(folder) as served:
            say(f"## Screens, {options.size} ideas\n")
            floor = hello_world(options.work, options.times)
            table(list(HEADINGS), [floor, *rows(served, options.only, options.times)])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def arguments() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--size", default="10k")
    asked.add_argument("--only", default="", help="addresses, separated by commas")
    asked.add_argument("--times", type=int, default=30)
    asked.add_argument("--work", type=Path, default=work_folder())
    return asked.parse_args()


@contextmanager
def running(folder: Path) -> Iterator[Served]:
    served = Served(folder, settings={"CP_TICK_MINUTES": "0"}).start()
    try:
        yield served
    finally:
        served.stop()


HEADINGS = (
    "screen",
    "reader",
    "warm (ms)",
    "other day (ms)",
    "after a write (ms)",
    "elements",
    "messages",
    "kB",
    "",
)


def hello_world(work: Path, times: int) -> list[object]:
    """What Streamlit itself takes for a run with one field and one text."""
    with hello_server(work) as (url, process), Tab(url, remembers=True) as tab:
        sent = tab.open("")
        clock = Processor(process.pid)
        warm = clock.each(times, tab.run, seen=5)
        return ["hello world", "–", warm, None, None, *_sent(sent), ""]


def rows(served: Served, only: str, times: int) -> list[list[object]]:
    wanted = set(filter(None, only.split(",")))
    cast = readers(served)
    found = []
    for name, (url, more) in addresses().items():
        if wanted and (url or "accueil") not in wanted:
            continue
        login = login_for(url, cast)
        measured = measure(served, login, url, query_of(more), times)
        held = measured.warm <= WARM and measured.written <= WRITTEN
        found.append([name, login, *measured.numbers(), "tenu" if held else "manqué"])
    return found


def readers(served: Served) -> dict[str, Reader]:
    with Session(served.engine) as session:
        day = today(session)
        return {
            login: reader_of(session, account_by_login(session, login), day) for login in READERS
        }


def login_for(url: str, cast: dict[str, Reader]) -> str:
    screen: Screen = next(screen for screen in SCREENS if screen.url == url)
    return next(login for login, reader in cast.items() if may(reader, screen.right))


# ── One screen ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Measured:
    """One screen: ms of the processor for a run, and what the first run sent."""

    warm: float
    filtered: float | None
    written: float
    elements: int
    messages: int
    kilobytes: float

    def numbers(self) -> list[object]:
        return [
            self.warm,
            self.filtered,
            self.written,
            self.elements,
            self.messages,
            self.kilobytes,
        ]


def measure(served: Served, login: str, url: str, query: str, times: int) -> Measured:
    clock = Processor(served.process.pid)
    with Tab(served.url, cookie=served.cookie_of(login), remembers=True) as tab:
        sent = tab.open(url, query)
        tab.run()
        warm = clock.each(times, tab.run)
        filtered = None
        if any("filters" in data for data in screens(sent)):
            turns = iter(range(10**6))
            filtered = clock.each(times, lambda: tab.go(_turned(query, next(turns))), seen=2)
        return Measured(
            warm,
            filtered,
            clock.each(max(times // 3, 5), tab.run, before=lambda: file_one(served)),
            *_sent(sent),
        )


def _sent(messages: list[ForwardMsg]) -> tuple[int, int, float]:
    """Elements, messages, kB."""
    deltas = [message.delta for message in messages if message.WhichOneof("type") == "delta"]
    elements = [delta for delta in deltas if delta.WhichOneof("type") == "new_element"]
    size = sum(len(message.SerializeToString()) for message in messages)
    return len(elements), len(messages), size / 1024


def _turned(query: str, turn: int) -> str:
    """The same screen, on one of two days by turns."""
    return "?" + (query.replace("2023-06-30", _OTHER_DAY) if turn % 2 else query)


class Processor:
    """The clock of another process: what it has spent on its processor."""

    def __init__(self, pid: int):
        # As clock_getcpuclockid(3) makes it, which Python does not offer.
        self._clock = (~pid << 3) | 2

    def spent(self) -> float:
        """Seconds, since its start."""
        return time.clock_gettime(self._clock)

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
        for _ in range(seen):
            run()
        taken = []
        for _ in range(times):
            before()
            began = self.spent()
            run()
            # What the server does after its last message belongs to the run.
            time.sleep(0.005)
            taken.append(self.spent() - began)
        return statistics.median(taken) * 1e3


if __name__ == "__main__":
    main()
