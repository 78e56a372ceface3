"""Measures what programs ask: `/sante` alone and while people fill the server, and the lists of the
read interface page by page.

    python -m tests.performance.programs [--size 1k] [--clients 8] [--times 100]

Times are from the request to the last byte, as the program that asks sees them: medians, and what
nineteen of twenty keep to. Under load `--clients` read light pages without a pause.
"""

import argparse
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.performance.bench import copy_of, database, say, table, work_folder
from tests.support.served import Served

HEADINGS = ("request", "median (ms)", "p95 (ms)", "wanted (ms)", "")
WANTED = 20.0  # for both
_LIFTED = {"CP_TICK_MINUTES": "0", "CP_HOURLY_READS": "9999999"}
_LOAD = ("/", "/deposer", "/agenda")
_PAGES = 20


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--size", default="1k")
    asked.add_argument("--clients", type=int, default=8)
    asked.add_argument("--times", type=int, default=100)
    asked.add_argument("--work", type=Path, default=work_folder())
    options = asked.parse_args()
    folder = copy_of(database(options.work, options.size), options.work)
    served = Served(folder, settings=_LIFTED)
    token = served.command("token", "make", "bench").split()[-1]
    served.start()
    try:
        say(f"## What programs ask, {options.size} ideas, {options.clients} clients\n")
        table(list(HEADINGS), list(rows(served, token, options)))
    finally:
        served.stop()
        shutil.rmtree(folder, ignore_errors=True)


def rows(served: Served, token: str, options: argparse.Namespace) -> Iterator[list[object]]:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=served.url, headers=headers, timeout=60) as client:
        client.get("/sante").raise_for_status()
        yield _row("/sante", _taken(lambda: client.get("/sante"), options.times))
        with loaded(served.url, options.clients):
            taken = _taken(lambda: client.get("/sante"), options.times)
        yield _row("/sante, full load", taken)
        yield _row("idees?limite=100, page by page", list(_pages(client)))
        first = client.get("/api/v1/idees?limite=100")
        known = {"If-None-Match": first.headers["ETag"]}
        asked = _taken(lambda: client.get("/api/v1/idees?limite=100", headers=known), options.times)
        yield _row("the same, unchanged (304)", asked)


def _pages(client: httpx.Client) -> Iterator[float]:
    """Each page is asked for the first time; the first of all is left out, which opens what the
    process has not opened yet.
    """
    address = client.get("/api/v1/idees?limite=100").raise_for_status().json()["next"]
    for _ in range(_PAGES):
        if not address:
            return
        began = time.perf_counter()
        answer = client.get(address).raise_for_status()
        yield (time.perf_counter() - began) * 1e3
        address = answer.json()["next"]


def _taken(ask: Callable[[], httpx.Response], times: int) -> list[float]:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        assert ask().status_code in (200, 304)
        taken.append((time.perf_counter() - began) * 1e3)
    return taken


def _row(request: str, taken: list[float]) -> list[object]:
    p95 = sorted(taken)[int(0.95 * (len(taken) - 1))]
    verdict = "tenu" if p95 <= WANTED else "manqué"
    return [request, statistics.median(taken), p95, WANTED, verdict]


@contextmanager
def loaded(url: str, clients: int) -> Iterator[None]:
    """So many readers of light pages, without a pause."""
    over = threading.Event()

    def read() -> None:
        with httpx.Client(base_url=url, timeout=60) as client:
            while not over.is_set():
                for page in _LOAD:
                    client.get(page)

    readers = [threading.Thread(target=read, daemon=True) for _ in range(clients)]
    for reader in readers:
        reader.start()
    time.sleep(1)  # the server is full
    try:
        yield
    finally:
        over.set()
        for reader in readers:
            reader.join()


if __name__ == "__main__":
    main()
