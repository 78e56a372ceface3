"""Writing: ideas filed by eight at once through the form in Streamlit and through the act alone, an import,
and the longest wait for the database's lock while a round is made.
"""

import csv
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import text

from models.database import writing
from tests.performance.clocks import Processor, commanded, part_of
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench, file_one
from tests.support.served import Served
from tests.support.tab import PRESS, Tab, shown

WRITERS, FILINGS, IMPORTED = 8, 400, 20_000
LIFTED = {"CP_HOURLY_FACTOR": "10000"}
_NONE = Budget(0)


def lines(bench: Bench) -> Iterator[Line]:
    with bench.copied(**LIFTED) as served:
        if bench.engine == "sqlite":
            yield from _round(served)
        yield from _filings(served, "act alone, 8 at once", _acting, Budget(300, at_least=True))
        yield from _import(served, bench.work)
        try:
            served.start()
            spent = Processor(served.process.pid).spent
            before = spent()
            found = list(_filings(served, "form, 8 writers", _writing, Budget(60, at_least=True)))
            yield from found
            yield Line("form, 8 writers: processor of one", (spent() - before) / FILINGS * 1e3)
        finally:
            served.stop()


# ── Ideas filed at once ───────────────────────────────────────────────────────────────────────────

# Files so many ideas one after the other, adds the seconds of each; how many were told as filed.
Writer = Callable[[Served, int, list[float]], int]


def _filings(served: Served, name: str, writer: Writer, budget: Budget) -> Iterator[Line]:
    before, taken = ideas_of(served), []
    began = time.perf_counter()
    with ThreadPoolExecutor(WRITERS) as writers:
        each = [FILINGS // WRITERS] * WRITERS
        told = sum(writers.map(lambda many: writer(served, many, taken), each))
    a_second = FILINGS / (time.perf_counter() - began)
    yield Line(f"{name}: filed", a_second, "a second", budget)
    yield Line(f"{name}: p95", part_of(taken, 0.95) * 1e3)
    yield Line(
        f"{name}: told and not kept, or twice", abs(ideas_of(served) - before - told), "", _NONE
    )
    yield Line(f"{name}: refused", FILINGS - told, "", _NONE)


def _acting(served: Served, many: int, taken: list[float]) -> int:
    for _ in range(many):
        began = time.perf_counter()
        file_one(served)
        taken.append(time.perf_counter() - began)
    return many


def _writing(served: Served, many: int, taken: list[float]) -> int:
    """One who is signed in fills the form in, sends it, and asks for another."""
    told = 0
    with Tab(served.url, cookie=served.cookie_of("alice"), remembers=True) as tab:
        tab.open("deposer")
        part = tab.fragments["w_deposer_send"]
        for number in range(many):
            written = {
                "w_deposer_who": "En mon nom",
                "w_deposer_body": f"Un banc de plus, {number}",
            }
            said = shown(tab.run(part, **written, w_deposer_send=PRESS))
            taken.append(tab.seconds)
            told += "enregistré sous le n" in said
            # A browser forgets the fields that the thanks have taken the place of.
            tab.held.clear()
            tab.run(part, w_deposer_again=PRESS)
    return told


def ideas_of(served: Served) -> int:
    return served.rows("SELECT count(*) FROM idea")[0][0]


# ── An import ─────────────────────────────────────────────────────────────────────────────────────


def _import(served: Served, work: Path) -> Iterator[Line]:
    """By the command, its start and its report included."""
    file, before = work / "imported.csv", ideas_of(served)
    write_csv(file)
    seconds, processor = commanded(served, "import", "ideas", str(file), "--source", "bench")
    name, budget = f"import of {IMPORTED} ideas", Budget(5000, at_least=True)
    yield Line(f"{name}: rows", IMPORTED / seconds, "a second", budget)
    yield Line(f"{name}: rows of a second of its processor", IMPORTED / processor, "")
    yield Line("import: lost", IMPORTED - (ideas_of(served) - before), "", _NONE)


def write_csv(file: Path, many: int = IMPORTED) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, delimiter=";")
        rows.writerow(["Titre", "Texte", "Déposée le"])
        for number in range(many):
            title = f"Un banc pour la place n° {number}, à l'ombre"
            rows.writerow([title, f"{title}. {'On y lirait, on y parlerait. ' * 5}", "2023-05-02"])


# ── The lock ──────────────────────────────────────────────────────────────────────────────────────


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
        seconds, processor = commanded(served, "tick")
        yield Line(f"{name}: whole", seconds, "s")
        yield Line(f"{name}: the processor's time", processor, "s")
        yield Line(f"{name}: longest wait for the lock", max(waits) * 1e3, budget=Budget(50))
    over.set()
    asking.join()
