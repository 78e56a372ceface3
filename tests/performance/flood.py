"""Floods a served demonstration as strangers may, and prints as a Markdown table what it costs the
server and those who work meanwhile.

    python -m tests.performance.flood [--seconds 15] [--hands 8] [--only FLOOD…]

Everything comes from this machine, which shares its processors with the server. Nothing here is a
test: `tests/test_limits.py` and `tests/test_strangers.py` are.
"""

import argparse
import io
import os
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import httpx
import psutil
from PIL import Image

from tests.support.served import Served
from tests.support.tab import PRESS, Tab, shown

MB = 2**20
Flood = Callable[["Sea"], str]


@dataclass
class Others:
    """What somebody who is signed in waits for meanwhile, in seconds."""

    served: Served
    health: list[float] = field(default_factory=list)
    screen: list[float] = field(default_factory=list)
    failed: int = 0

    def look(self, tab: Tab) -> None:
        try:
            began = time.perf_counter()
            httpx.get(f"{self.served.url}/sante", timeout=60).raise_for_status()
            self.health.append(time.perf_counter() - began)
            tab.open("idees")
            self.screen.append(tab.seconds)
        except (httpx.HTTPError, TimeoutError):
            self.failed += 1

    def told(self) -> str:
        def times(found: list[float]) -> str:
            if not found:
                return "—"
            return f"{statistics.median(found) * 1000:.0f} / {max(found) * 1000:.0f}"

        return f"{times(self.health)} | {times(self.screen)} | {self.failed}"


@dataclass
class Sea:
    """The server under flood, for how long, by how many hands at once."""

    served: Served
    seconds: float
    hands: int

    def memory(self) -> float:
        """Megabytes of the server's process."""
        return psutil.Process(self.served.process.pid).memory_info().rss / MB

    def all_hands(self, one: Callable[[], str]) -> str:
        """`one` again and again by every hand until the time is over; what it gave, counted."""
        until, given = time.monotonic() + self.seconds, Counter()

        def work() -> None:
            while time.monotonic() < until:
                try:
                    given[one()] += 1
                except Exception as error:
                    given[type(error).__name__] += 1

        hands = [threading.Thread(target=work) for _ in range(self.hands)]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        return ", ".join(f"{many} {what}" for what, many in given.most_common())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--hands", type=int, default=8)
    parser.add_argument("--only", choices=FLOODS, nargs="*", default=list(FLOODS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder) / "var", settings={"CP_TICK_MINUTES": "0"}).start()
        try:
            flood(Sea(served, options.seconds, options.hands), options.only)
        finally:
            served.stop()


def flood(sea: Sea, names: list[str]) -> None:
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}, Python {sys.version.split()[0]},"
        f" {sea.hands} hands, {sea.seconds:.0f} s each. Times in ms, median / worst.\n\n"
        "| flood | what came of it | MB before | at most | after | /sante | screen of Alice | failed |\n"
        "|---|---|---|---|---|---|---|---|",
        flush=True,
    )
    with Tab(sea.served.url, cookie=sea.served.cookie_of("alice")) as tab:
        tab.open("idees")
        heavy_photo()  # now, or Alice would wait for it
        for name in names:
            before = sea.memory()
            with watched(sea, tab) as (others, highest):
                given = FLOODS[name](sea)
            print(
                f"| {name} | {given} | {before:.0f} | {max(highest):.0f} | {sea.memory():.0f} |"
                f" {others.told()} |",
                flush=True,
            )


@contextmanager
def watched(sea: Sea, tab: Tab) -> Iterator[tuple[Others, list[float]]]:
    """Alice looks at a screen again and again, and the memory is read, until the block ends."""
    others, highest, ended = Others(sea.served), [sea.memory()], threading.Event()

    def look() -> None:
        while not ended.is_set():
            others.look(tab)

    def read() -> None:
        while not ended.wait(0.1):
            highest.append(sea.memory())

    both = [threading.Thread(target=look), threading.Thread(target=read)]
    for one in both:
        one.start()
    try:
        yield others, highest
    finally:
        ended.set()
        for one in both:
            one.join()


# ── The floods ────────────────────────────────────────────────────────────────────────────────────


def quiet(sea: Sea) -> str:
    time.sleep(sea.seconds)
    return "nothing"


def ideas(sea: Sea) -> str:
    def one() -> str:
        with Tab(sea.served.url) as tab:
            tab.open("deposer")
            part = tab.fragments["w_deposer_send"]
            said = shown(tab.run(part, w_deposer_body="Une idée de trop", w_deposer_send=PRESS))
            return "filed" if "code de suivi" in said else "refused"

    return sea.all_hands(one)


def codes(sea: Sea) -> str:
    def one() -> str:
        with Tab(sea.served.url) as tab:
            tab.open("suivre")
            said = shown(tab.run(w_receipt=f"{time.monotonic_ns():032x}", w_receipt_open=PRESS))
            return "wrong" if "ne correspond" in said else "refused"

    return sea.all_hands(one)


class Sender:
    """A stranger's browser that sends files into its own session."""

    def __init__(self, served: Served):
        self.tab = Tab(served.url)
        self.tab.open("deposer")
        self.client = httpx.Client(base_url=served.url, timeout=60)
        self.client.get("/_stcore/health")  # gives the cookie against forged requests

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Xsrftoken": self.client.cookies.get("_streamlit_xsrf", "")}

    def where(self, name: str) -> str:
        return f"/_stcore/upload_file/{self.tab.session_id}/{name}"

    def send(self, name: str, content: bytes) -> int:
        file = {"p.jpg": ("p.jpg", content, "image/jpeg")}
        return self.client.put(self.where(name), files=file, headers=self.headers).status_code

    def file_with(self, name: str, size: int) -> str:
        """Files an idea with the photo that was sent under this name."""
        tab, asked = self.tab, self.tab._asked(self.tab.fragments["w_deposer_send"], {})
        add = asked.rerun_script.widget_states.widgets.add
        add(id=tab.widgets["w_deposer_body"], string_value="Une photo de trop")
        add(id=tab.widgets["w_deposer_send"], trigger_value=True)
        photo = add(id=tab.widgets["w_deposer_photos"]).file_uploader_state_value
        held = photo.uploaded_file_info.add(file_id=name, name="p.jpg", size=size)
        held.file_urls.file_id = name
        tab.socket.send(asked.SerializeToString())
        said = shown(list(tab._until_finished()))
        return "filed" if "code de suivi" in said else "refused"

    def close(self) -> None:
        self.client.close()
        self.tab.close()


def half_sent(sea: Sea) -> str:
    """Fifty uploads of 12 MB at once, of which 11 have come."""
    with ExitStack() as open_ones:
        senders = [Sender(sea.served) for _ in range(50)]
        for sender in senders:
            open_ones.callback(sender.close)
        lines = [open_ones.enter_context(_sends_most(sea.served, one)) for one in senders]
        given = Counter(_answer(line) for line in lines)
    return ", ".join(f"{many} {what}" for what, many in given.most_common())


def _sends_most(served: Served, sender: Sender) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", served.port))
    line.settimeout(0.3)
    cookies = "; ".join(f"{one}={value}" for one, value in sender.client.cookies.items())
    head = (
        f"PUT {sender.where('half')} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {12 * MB}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nCookie: {cookies}\r\n"
        f"X-Xsrftoken: {sender.headers['X-Xsrftoken']}\r\n\r\n"
    )
    start = b'--x\r\nContent-Disposition: form-data; name="p"; filename="p.jpg"\r\n\r\n'
    with suppress(TimeoutError, ConnectionError):
        line.sendall(head.encode() + start + b"\xff" * (11 * MB))
    return line


def _answer(line: socket.socket) -> str:
    try:
        return line.recv(12).decode()[9:12] or "closed"
    except TimeoutError:
        return "under way"
    except ConnectionError:
        return "closed"


def uploads(sea: Sea) -> str:
    content = b"\xff" * (11 * MB)
    with ExitStack() as ending:
        senders = [Sender(sea.served) for _ in range(sea.hands)]
        for sender in senders:
            ending.callback(sender.close)
        free = list(senders)

        def one() -> str:
            sender = free.pop()
            try:
                return str(sender.send(str(time.monotonic_ns()), content))
            finally:
                free.append(sender)

        return sea.all_hands(one)


@cache
def heavy_photo() -> bytes:
    """48 megapixels, as a telephone takes them."""
    out = io.BytesIO()
    Image.effect_noise((8000, 6000), 20).convert("RGB").save(out, "JPEG", quality=40)
    return out.getvalue()


def photos(sea: Sea) -> str:
    content = heavy_photo()

    def one() -> str:
        sender, name = Sender(sea.served), str(time.monotonic_ns())
        try:
            code = sender.send(name, content)
            return sender.file_with(name, len(content)) if code == 204 else str(code)
        finally:
            sender.close()

    return sea.all_hands(one)


def half_open(sea: Sea) -> str:
    heads = "GET / HTTP/1.1\r\nHost: local"
    bodies = (
        "POST /session HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
        "Content-Type: application/json\r\nContent-Length: 90\r\n\r\n{"
    )
    with ExitStack() as open_ones:
        lines = []
        for said, many in ((heads, 300), (bodies, 100)):
            for _ in range(many):
                line = socket.create_connection(("127.0.0.1", sea.served.port), timeout=60)
                lines.append(open_ones.enter_context(line))
                line.sendall(said.encode())
        began = time.monotonic()
        for line in lines:
            with suppress(ConnectionError):
                line.recv(100)
        return f"400 half requests, all ended after {time.monotonic() - began:.0f} s"


FLOODS: dict[str, Flood] = {
    "nobody": quiet,
    "half-open requests": half_open,
    "ideas": ideas,
    "receipt codes": codes,
    "uploads half sent": half_sent,
    "uploads": uploads,
    "photos of 48 Mpx": photos,
    "nobody again": quiet,
}


if __name__ == "__main__":
    main()
