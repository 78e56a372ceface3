"""What programs ask: `/sante` alone and while people fill the server, and the lists of the read interface
page by page.

Times are from the request to the last byte, as the program that asks sees them. Under load eight
clients read light pages without a pause.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from tests.performance.clocks import part_of
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench

_P95 = Budget(20)
_LIFTED = {"CP_HOURLY_FACTOR": "10000"}
_LOAD, _CLIENTS = ("/", "/deposer", "/agenda"), 8
_PAGES, _TIMES = 20, 100
_LIST = "/api/v1/idees?limite=100"


def lines(bench: Bench) -> Iterator[Line]:
    with bench.copied(**_LIFTED) as served:
        token = served.command("token", "make", "bench").split()[-1]
        try:
            yield from _asked(served.start().url, token)
        finally:
            served.stop()


def _asked(url: str, token: str) -> Iterator[Line]:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        client.get("/sante").raise_for_status()
        yield from _lines("/sante", _taken(lambda: client.get("/sante")))
        with loaded(url, _CLIENTS):
            taken = _taken(lambda: client.get("/sante"))
        yield from _lines("/sante, full load", taken)
        yield from _lines("ideas, a hundred a page", list(_pages(client)))
        known = {"If-None-Match": client.get(_LIST).headers["ETag"]}
        unchanged = _taken(lambda: client.get(_LIST, headers=known))
        yield from _lines("the same, unchanged (304)", unchanged)


def _lines(request: str, taken: list[float]) -> Iterator[Line]:
    yield Line(f"{request}: median", part_of(taken, 0.5))
    yield Line(f"{request}: p95", part_of(taken, 0.95), budget=_P95)


def _pages(client: httpx.Client) -> Iterator[float]:
    """Each page is asked for the first time; the first of all is left out, which opens what the
    process has not opened yet.
    """
    address = client.get(_LIST).raise_for_status().json()["next"]
    for _ in range(_PAGES):
        if not address:
            return
        began = time.perf_counter()
        answer = client.get(address).raise_for_status()
        yield (time.perf_counter() - began) * 1e3
        address = answer.json()["next"]


def _taken(ask: Callable[[], httpx.Response]) -> list[float]:
    taken = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        assert ask().status_code in (200, 304)
        taken.append((time.perf_counter() - began) * 1e3)
    return taken


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
