"""Measures every light page beside the same page in Streamlit and beside a static file: what it
weighs, what it asks for, when it can be used on a slow line, what it costs the server.

    python -m tests.performance.light [--size 1k] [--times 40] [--slow 400]

« Usable » is from the first request until the main field or heading stands and answers, on a line of
so many kbit/s with 400 ms of latency, fonts not awaited. The static file is the light page itself,
saved with its style and script, served by Starlette without a line of ours.
"""

import argparse
import multiprocessing
import re
import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.performance.bench import copy_of, database, say, table, work_folder
from tests.performance.screens import Processor, running
from tests.support.chromium import FLAGS, system_chromium
from tests.support.served import Served, free_port

# Address → what stands there once it can be used.
PAGES = {
    "/": "h1",
    "/deposer": "textarea",
    "/suivre": "input",
    "/marques-interet": "button",
    "/agenda": "h1",
    "/actualites": "h1",
    "/vos-donnees": "h1",
    "/accessibilite": "h1",
}
_LATENCY = 400
_PHONE = {"viewport": {"width": 360, "height": 740}, "locale": "fr-FR", "service_workers": "block"}
_LOADS = 3
HEADINGS = (
    "page",
    "house",
    "requests",
    "HTML, style, script (kB)",
    "fonts, pictures (kB)",
    "usable, slow line (ms)",
    "usable, local (ms)",
    "server (ms)",
)


@dataclass
class Wire:
    """What crossed the wire, after compression: of words and rules, of all else."""

    requests: int = 0
    words: float = 0.0
    others: float = 0.0

    def listen(self, context: BrowserContext, page: Page) -> object:
        session = context.new_cdp_session(page)
        kinds: dict[str, str] = {}
        session.send("Network.enable")
        session.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))
        session.on("Network.loadingFinished", lambda e: self._add(kinds.get(e["requestId"], ""), e))
        session.on("Network.webSocketFrameReceived", self._frame)
        return session

    def _add(self, kind: str, told: dict) -> None:
        self.requests += 1
        size = max(told["encodedDataLength"], 0) / 1024
        if kind in ("Document", "Stylesheet", "Script"):
            self.words += size
        else:
            self.others += size

    def _frame(self, told: dict) -> None:
        self.words += len(told["response"]["payloadData"]) * 3 / 4 / 1024


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--size", default="1k")
    asked.add_argument("--times", type=int, default=40)
    asked.add_argument("--slow", type=int, default=400, help="kbit/s")
    asked.add_argument("--work", type=Path, default=work_folder())
    options = asked.parse_args()
    folder = copy_of(database(options.work, options.size), options.work)
    try:
        with running(folder) as served, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=system_chromium(), args=FLAGS)
            say(f"## Light pages, {options.size} ideas, {options.slow} kbit/s\n")
            table(list(HEADINGS), list(rows(browser, served, options)))
            say(f"\nMemory of the server: {_memory(served):.0f} MB\n")
            browser.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def rows(browser: Browser, served: Served, options: argparse.Namespace) -> Iterator[list[object]]:
    cookie = {"name": "cp", "value": served.cookie_of("alice"), "url": served.url}
    processor = Processor(served.process.pid)
    with static_copies(served) as floor:
        for address, stands in PAGES.items():
            light = _loads(browser, served.url + address, stands, options.slow)
            with httpx.Client(base_url=served.url, headers={"Accept-Encoding": "gzip"}) as client:
                cost = processor.each(options.times, lambda a=address, c=client: c.get(a), seen=5)
            yield [address, "light", *light, cost]
            yield [
                "",
                "static",
                *_loads(browser, floor + _file_of(address), stands, options.slow),
                None,
            ]
            there = _loads(browser, served.url + address, stands, options.slow, cookie)
            yield ["", "Streamlit", *there, None]


def _loads(
    browser: Browser, url: str, stands: str, kbits: int, cookie: dict | None = None
) -> list[float]:
    """Requests, kB of words, kB of all else; ms on the slow line, ms locally: medians."""
    slow = [_load(browser, url, stands, kbits, cookie) for _ in range(1 if cookie else _LOADS)]
    local = [_load(browser, url, stands, 0, cookie)[1] for _ in range(_LOADS)]
    wire = slow[0][0]
    return [
        wire.requests,
        wire.words,
        wire.others,
        statistics.median(ms for _, ms in slow),
        statistics.median(local),
    ]


def _load(
    browser: Browser, url: str, stands: str, kbits: int, cookie: dict | None
) -> tuple[Wire, float]:
    context = browser.new_context(**_PHONE)
    if cookie:
        context.add_cookies([cookie])
    page, wire = context.new_page(), Wire()
    session = wire.listen(context, page)
    if kbits:
        bytes_a_second = kbits * 1000 / 8
        session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": _LATENCY,
                "downloadThroughput": bytes_a_second,
                "uploadThroughput": bytes_a_second,
            },
        )
    began = time.perf_counter()
    page.goto(url, wait_until="commit", timeout=180_000)
    page.locator(f"main {stands}, [data-testid=stMain] {stands}").first.wait_for(timeout=180_000)
    # It answers: a frame is drawn with its style after it stands.
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    usable = (time.perf_counter() - began) * 1e3
    page.wait_for_load_state("networkidle", timeout=180_000)
    context.close()
    return wire, usable


def _memory(served: Served) -> float:
    """MB resident."""
    told = Path(f"/proc/{served.process.pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+)", told)[1]) / 1024


# ── The floor ─────────────────────────────────────────────────────────────────────────────────────


def _file_of(address: str) -> str:
    return f"/{address.strip('/') or 'index'}.html"


@contextmanager
def static_copies(served: Served) -> Iterator[str]:
    """Every light page as a file, with what it asks for; the address where they are served."""
    with TemporaryDirectory() as folder:
        for address in PAGES:
            page = httpx.get(served.url + address).text
            (Path(folder) / _file_of(address).strip("/")).write_text(page, encoding="utf-8")
            for asked in re.findall(r'(?:href|src)="(/[\w.-]+\.(?:css|js|svg|png))', page):
                (Path(folder) / asked.strip("/")).write_bytes(httpx.get(served.url + asked).content)
        port = free_port()
        server = multiprocessing.get_context("spawn").Process(target=serve, args=(folder, port))
        server.start()
        try:
            _wait_for(f"http://127.0.0.1:{port}/index.html")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.join()


def serve(folder: str, port: int) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.gzip import GZipMiddleware
    from starlette.staticfiles import StaticFiles

    app = Starlette(middleware=[Middleware(GZipMiddleware, minimum_size=500)])
    app.mount("/", StaticFiles(directory=folder))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


def _wait_for(url: str) -> None:
    for _ in range(200):
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer")


if __name__ == "__main__":
    main()
