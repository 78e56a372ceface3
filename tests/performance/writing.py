"""Writing: ideas filed by twenty at once through the act, and the longest wait for SQLite's lock while a
round is made.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from models.database import writing
from tests.performance.clocks import commanded, part_of
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench, file_one
from tests.support.served import Served

WRITERS, EACH = 20, 20
LIFTED = {"CP_HOURLY_FACTOR": "10000"}


def lines(bench: Bench) -> Iterator[Line]:
    with bench.copied(**LIFTED) as served:
        if bench.engine == "sqlite":
            yield from _round(served)
        yield from _filings(served)


def _filings(served: Served) -> Iterator[Line]:
    before, taken = ideas_of(served), []

    def file(_: int) -> None:
        for _ in range(EACH):
            began = time.perf_counter()
            file_one(served)
            taken.append(time.perf_counter() - began)

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(file, range(WRITERS)))
    yield Line("20 writers at once: p95", part_of(taken, 0.95) * 1e3, budget=Budget(250))
    lost = abs(ideas_of(served) - before - WRITERS * EACH)
    yield Line("20 writers at once: told and not kept, or twice", lost, "", Budget(0))


def ideas_of(served: Served) -> int:
    return served.rows("SELECT count(*) FROM idea")[0][0]


def _round(served: Served) -> Iterator[Line]:
    """A whole round by the command, while somebody asks for SQLite's lock again and again. The days of
    the demonstration are taken as mixed: no town mixes years of them in one round.
    """
    file, over, waits = served.folder / "c-possible.db", threading.Event(), [0.0]
    with writing(served.engine) as session:
        session.execute(text("UPDATE installation SET mixed_before = frozen_on"))

    def ask() -> None:
        asked = sqlite3.connect(file, timeout=60, isolation_level=None)
        while not over.wait(0.002):
            began = time.perf_counter()
            asked.execute("BEGIN IMMEDIATE")
            asked.execute("ROLLBACK")
            waits.append(time.perf_counter() - began)
        asked.close()

    asking = threading.Thread(target=ask)
    asking.start()
    for name in ("first round", "round with nothing new"):
        waits.clear()
        commanded(served, "tick")
        yield Line(f"{name}: longest wait for the lock", max(waits) * 1e3, budget=Budget(100))
    over.set()
    asking.join()
