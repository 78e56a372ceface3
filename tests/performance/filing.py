"""The light door under many at once: pages shown and ideas filed without an account, each beside a bare
Starlette page of the same bytes in the same run.

Times of the server are those of its processor. What was told as filed is counted in the database at
the end: none may be missing, none be there twice. The limits of an hour are lifted by their settings.
"""

import re
import secrets
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from tests.performance.clocks import Processor
from tests.performance.floors import bare
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench
from tests.support.served import Served

PAGES = ("/", "/deposer", "/suivre", "/agenda", "/actualites", "/marques-interet")
CLIENTS, REQUESTS = (8, 32), 1000
_A_SECOND, _NONE = Budget(300, at_least=True), Budget(0)
_BOUNDARY = "----bench"
_LIFTED = {"CP_HOURLY_FACTOR": "10000"}

# The address of the server → a request to it.
Prepared = Callable[[str], bytes]


def lines(bench: Bench) -> Iterator[Line]:
    with bench.served(**_LIFTED) as served:
        for path in PAGES:
            prepared = getting(path)
            ours = under_load(served.url, served.process.pid, prepared, CLIENTS[0])
            with bare(httpx.get(served.url + path).content) as (url, pid):
                floor = under_load(url, pid, prepared, CLIENTS[0])
            yield from _beside(f"GET {path}, {CLIENTS[0]} clients", ours, floor, None)
        for clients in CLIENTS:
            yield from _filings(served, clients)


def _filings(served: Served, clients: int) -> Iterator[Line]:
    name, before = f"POST /deposer, {clients} clients", ideas(served)
    ours = under_load(served.url, served.process.pid, filing, clients)
    told = {re.search(r"sous le n° (\d+)", answer)[1] for answer in ours.texts()}
    sent = len(ours.first) + len(ours.answers)
    with bare(ours.answers[-1]) as (url, pid):
        floor = under_load(url, pid, filing, clients)
    yield from _beside(name, ours, floor, _A_SECOND)
    yield Line(f"{name}: lost or twice", abs(ideas(served) - before - sent), "", _NONE)
    yield Line(f"{name}: told a number of another", sent - len(told), "", _NONE)


def _beside(name: str, ours: "Load", floor: "Load", budget: Budget | None) -> Iterator[Line]:
    yield Line(f"{name}: server", ours.each, beside={"Starlette": floor.each})
    yield Line(f"{name}: asking", ours.asking / len(ours.answers) * 1e3)
    yield Line(
        f"{name}: by the clock", ours.a_second, "a second", budget, {"Starlette": floor.a_second}
    )


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
    def a_second(self) -> float:
        """How many, by the clock."""
        return len(self.answers) / self.clock

    @property
    def each(self) -> float:
        """ms of the server's processor."""
        return self.processor / len(self.answers) * 1e3


def under_load(
    url: str, pid: int, prepared: Prepared, clients: int, requests: int = REQUESTS
) -> Load:
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
