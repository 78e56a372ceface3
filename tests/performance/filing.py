"""Measures the light door under many at once: pages shown and ideas filed without an account, each
beside a bare Starlette page of the same bytes in the same run.

    python -m tests.performance.filing [--size 1k] [--clients 8,32] [--requests 1000] [--runs 3]

Times of the server are those of its processor. What was told as filed is counted in the database at
the end: none may be missing, none be there twice. The limits of an hour are lifted by their settings.
"""

import argparse
import multiprocessing
import os
import re
import secrets
import selectors
import shutil
import socket
import time
from collections.abc import Callable, Iterator
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
    "asking (ms)",
    "a second, of one processor",
    "a second, by the clock",
)
BUDGET = 300  # filings a second, by the clock
_BOUNDARY = "----bench"
_LIFTED = {"CP_TICK_MINUTES": "0", "CP_HOURLY_IDEAS": "9999999", "CP_HOURLY_IDEAS_ALL": "9999999"}

# The address of the server → a request to it.
Prepared = Callable[[str], bytes]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--size", default="1k")
    asked.add_argument("--clients", default="8,32")
    asked.add_argument("--requests", type=int, default=1000)
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--work", type=Path, default=work_folder())
    options = asked.parse_args()
    clients = [int(many) for many in options.clients.split(",")]
    folder = copy_of(database(options.work, options.size), options.work)
    served = Served(folder, settings=_LIFTED).start()
    try:
        say(f"## The light door, {options.size} ideas, load of the machine {load_now()}\n")
        table(["clients", *HEADINGS], [row(served, path, clients[0], options) for path in PAGES])
        rows = [filings(served, many, options) for many in clients for _ in range(options.runs)]
        table(["clients", *HEADINGS, f"≥ {BUDGET} a second"], rows)
        say(f"\nLoad of the machine at the end: {load_now()}")
    finally:
        served.stop()
        shutil.rmtree(folder, ignore_errors=True)


def load_now() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def row(served: Served, path: str, clients: int, options: argparse.Namespace) -> list[object]:
    prepared = getting(path)
    ours = under_load(served.url, served.process.pid, prepared, clients, options.requests)
    with bare(httpx.get(served.url + path).content) as (url, pid):
        floor = under_load(url, pid, prepared, clients, options.requests)
    return [clients, f"GET {path}", *ours.beside(floor)]


def filings(served: Served, clients: int, options: argparse.Namespace) -> list[object]:
    before = ideas(served)
    ours = under_load(served.url, served.process.pid, filing, clients, options.requests)
    told = {re.search(r"sous le n° (\d+)", answer)[1] for answer in ours.texts()}
    sent = len(ours.first) + len(ours.answers)
    say(f"told as filed: {len(told)} of {sent}; in the database: {ideas(served) - before}")
    with bare(ours.answers[-1]) as (url, pid):
        floor = under_load(url, pid, filing, clients, options.requests)
    held = "tenu" if ours.by_the_clock >= BUDGET else "manqué"
    return [clients, "POST /deposer", *ours.beside(floor), held]


def ideas(served: Served) -> int:
    return served.rows("SELECT count(*) FROM idea")[0][0]


# ── Many at once ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Load:
    """What so many requests took: seconds of the server's processor, of the one that asked, and by
    the clock; `first`: answers before, which are not counted.
    """

    first: list[bytes]
    answers: list[bytes]
    processor: float
    asking: float
    clock: float

    def texts(self) -> Iterator[str]:
        every = (*self.first, *self.answers)
        return (answer.decode().replace("\N{NO-BREAK SPACE}", " ") for answer in every)

    @property
    def by_the_clock(self) -> float:
        """How many a second."""
        return len(self.answers) / self.clock

    def beside(self, floor: "Load") -> list[object]:
        many = len(self.answers)
        each, least = self.processor / many * 1e3, floor.processor / many * 1e3
        return [
            f"{each:.2f}",
            f"{least:.2f}",
            each / least,
            f"{self.asking / many * 1e3:.2f}",
            1000 / each,
            self.by_the_clock,
        ]


def under_load(url: str, pid: int, prepared: Prepared, clients: int, requests: int) -> Load:
    """The requests are made before the clock runs, as those of so many browsers are made
    elsewhere.
    """
    host = urlsplit(url).netloc
    spent = Processor(pid).spent
    first = flood(host, [prepared(host) for _ in range(2 * clients)], clients)
    ready = [prepared(host) for _ in range(requests)]
    began, asking, clock = spent(), time.process_time(), time.perf_counter()
    found = flood(host, ready, clients)
    clock, asking = time.perf_counter() - clock, time.process_time() - asking
    return Load(first, found, spent() - began, asking, clock)


class Connection:
    """One connection that is kept, as a browser keeps it. Bare, since whoever asks shares the
    machine with whoever answers: `http.client` took as long to ask as the server to answer.
    """

    def __init__(self, host: str, left: list[bytes]) -> None:
        name, _, port = host.partition(":")
        self.socket = socket.create_connection((name, int(port)), timeout=60)
        self.left = left
        self.came, self.whole = bytearray(), 0

    def ask(self) -> bool:
        """Sends the next request; whether there was one."""
        if not self.left:
            return False
        self.socket.sendall(self.left.pop())
        self.came, self.whole = bytearray(), 0
        return True

    def answer(self) -> bytes | None:
        """The body, once it has come whole."""
        piece = self.socket.recv(2**18)
        if not piece:
            raise RuntimeError("the server has closed the connection")
        self.came += piece
        head, end, _ = self.came.partition(b"\r\n\r\n")
        if not self.whole and end:
            if not head.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(head.decode("latin-1"))
            length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)[1]
            self.whole = len(head) + len(end) + int(length)
        if not self.whole or len(self.came) < self.whole:
            return None
        return bytes(self.came[len(head) + len(end) :])


def flood(host: str, requests: list[bytes], clients: int) -> list[bytes]:
    """All the answers; each client asks again as soon as it is answered."""
    left, answers = list(requests), []
    with selectors.DefaultSelector() as waiting:
        for _ in range(min(clients, len(left))):
            one = Connection(host, left)
            one.ask()
            waiting.register(one.socket, selectors.EVENT_READ, one)
        while waiting.get_map():
            for key, _ in waiting.select():
                one: Connection = key.data
                if (answer := one.answer()) is None:
                    continue
                answers.append(answer)
                if not one.ask():
                    waiting.unregister(one.socket)
                    one.socket.close()
    return answers


def getting(path: str) -> Prepared:
    return lambda host: f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def filing(host: str) -> bytes:
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
    head = (
        f"POST /deposer HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: multipart/form-data; boundary={_BOUNDARY}\r\n\r\n"
    )
    return head.encode() + body


def _part(about: str, value: str) -> str:
    return f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {about}\r\n\r\n{value}\r\n"


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
