"""Measures the light door under many at once: pages shown and ideas filed without an account, each
beside a bare Starlette page of the same bytes in the same run.

    python -m tests.performance.filing [--size 1k] [--clients 8] [--requests 400]

Times of the server are those of its processor. What was told as filed is counted in the database at
the end: none may be missing, none be there twice. The limits of an hour are lifted by their settings.
"""

import argparse
import http.client
import multiprocessing
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.performance.bench import copy_of, database, say, table, work_folder
from tests.performance.screens import Processor
from tests.support.served import Served, free_port

PAGES = ("/", "/deposer", "/suivre", "/agenda", "/actualites", "/marques-interet")
HEADINGS = (
    "request",
    "server (ms)",
    "bare Starlette (ms)",
    "ratio",
    "a second, of one processor",
    "a second, by the clock",
)
_BOUNDARY = "----bench"
_LIFTED = {"CP_TICK_MINUTES": "0", "CP_HOURLY_IDEAS": "9999999", "CP_HOURLY_IDEAS_ALL": "9999999"}

Ask = Callable[[http.client.HTTPConnection], bytes]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--size", default="1k")
    asked.add_argument("--clients", type=int, default=8)
    asked.add_argument("--requests", type=int, default=400)
    asked.add_argument("--work", type=Path, default=work_folder())
    options = asked.parse_args()
    folder = copy_of(database(options.work, options.size), options.work)
    served = Served(folder, settings=_LIFTED).start()
    try:
        say(f"## The light door, {options.size} ideas, {options.clients} clients\n")
        table(list(HEADINGS), [row(served, path, options) for path in PAGES])
        table(list(HEADINGS), [filings(served, options)])
    finally:
        served.stop()
        shutil.rmtree(folder, ignore_errors=True)


def row(served: Served, path: str, options: argparse.Namespace) -> list[object]:
    ask = getting(path)
    ours = under_load(served.url, served.process.pid, ask, options)
    with bare(httpx.get(served.url + path).content) as (url, pid):
        floor = under_load(url, pid, ask, options)
    return [f"GET {path}", *ours.beside(floor)]


def filings(served: Served, options: argparse.Namespace) -> list[object]:
    before = ideas(served)
    ours = under_load(served.url, served.process.pid, filing, options)
    told = {re.search(r"sous le n° (\d+)", answer)[1] for answer in ours.texts()}
    sent = len(ours.first) + len(ours.answers)
    say(f"told as filed: {len(told)} of {sent}; in the database: {ideas(served) - before}\n")
    with bare(ours.answers[-1]) as (url, pid):
        floor = under_load(url, pid, filing, options)
    return ["POST /deposer", *ours.beside(floor)]


def ideas(served: Served) -> int:
    return served.rows("SELECT count(*) FROM idea")[0][0]


# ── Many at once ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Load:
    """What so many requests took: seconds of the server's processor, and by the clock; `first`:
    those before, which are not counted.
    """

    first: list[bytes]
    answers: list[bytes]
    processor: float
    clock: float

    def texts(self) -> Iterator[str]:
        every = (*self.first, *self.answers)
        return (answer.decode().replace("\N{NO-BREAK SPACE}", " ") for answer in every)

    def beside(self, floor: "Load") -> list[object]:
        many = len(self.answers)
        each, least = self.processor / many * 1e3, floor.processor / many * 1e3
        return [f"{each:.2f}", f"{least:.2f}", each / least, 1000 / each, many / self.clock]


def under_load(url: str, pid: int, ask: Ask, options: argparse.Namespace) -> Load:
    spent = Processor(pid).spent
    shares = [options.requests // options.clients] * options.clients
    with ThreadPoolExecutor(options.clients) as pool:
        first = _all_of(pool.map(lambda _: client(url, ask, 2), shares))
        began, clock = spent(), time.perf_counter()
        found = _all_of(pool.map(lambda share: client(url, ask, share), shares))
        clock = time.perf_counter() - clock
    return Load(first, found, spent() - began, clock)


def _all_of(each: Iterable[list[bytes]]) -> list[bytes]:
    return [answer for answers in each for answer in answers]


def client(url: str, ask: Ask, many: int) -> list[bytes]:
    """One connection that is kept, as a browser keeps it."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    try:
        return [ask(connection) for _ in range(many)]
    finally:
        connection.close()


def getting(path: str) -> Ask:
    return lambda connection: _answer(connection, "GET", path)


def filing(connection: http.client.HTTPConnection) -> bytes:
    """The form as a browser sends it, each with a token of its own."""
    said = {
        "jeton": secrets.token_urlsafe(24),
        "body": "Planter trois arbres devant la bibliothèque, et un banc pour lire à l'ombre.",
        "title": "Des arbres sur la place",
        "ambition_id": "1",
        "concerns_id": "",
        "kind": "idee",
        "good": "",
    }
    parts = [_part(f'name="{name}"', value) for name, value in said.items()]
    parts.append(_part('name="photos"; filename=""', ""))
    body = "".join([*parts, f"--{_BOUNDARY}--\r\n"]).encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    return _answer(connection, "POST", "/deposer", body, kind)


def _part(about: str, value: str) -> str:
    return f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {about}\r\n\r\n{value}\r\n"


def _answer(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> bytes:
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    read = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{method} {path}: {answer.status}")
    return read


# ── The floor ─────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def bare(content: bytes) -> Iterator[tuple[str, int]]:
    """A page of Starlette that reads the form and answers these bytes."""
    port = free_port()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(content, port))
    server.start()
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                httpx.get(url)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield url, server.pid
    finally:
        server.terminate()
        server.join()


def serve(content: bytes, port: int) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    async def answer(request: Request) -> HTMLResponse:
        if request.method == "POST":
            await request.form()
        return HTMLResponse(content)

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    uvicorn.run(app, host="127.0.0.1", port=port, http="h11", log_level="error", access_log=False)


if __name__ == "__main__":
    main()
