"""Measures every light page beside the same page in Streamlit and beside a static file: what it
weighs, what it asks for, when it can be used on a slow line, what it costs the server.

    python -m tests.performance.light [--size 1k] [--times 40] [--slow 400] [--json FILE]
        [--only Questionnaire,Affiche]

« Usable » is from the first request until the main field or heading stands and answers, on a line of
so many kbit/s with 400 ms of latency, fonts not awaited. The static file is the light page itself,
saved with its style and script, served by Starlette without a line of ours; page and file are loaded
by turns. The page in Streamlit is the one that whoever is signed in meets for the same purpose.
"""

import argparse
import json
import multiprocessing
import os
import re
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from dashboard.actions.meetings.posters import make_poster
from dashboard.queries.meetings.posters import page_of, word_of
from models.database import writing
from models.settings import settings
from tests.performance.bench import copy_of, database, say, table, work_folder
from tests.performance.screens import Processor
from tests.support.chromium import FLAGS, system_chromium
from tests.support.questionnaires import opened
from tests.support.served import Served, free_port
from tests.support.tab import Tab
from tests.support.troupe import cast_in


@dataclass(frozen=True)
class Place:
    """A light page, what stands there once it can be used, and its screen in Streamlit: for whom
    (empty: a stranger), at which address, with what on it.
    """

    name: str
    light: str
    stands: str = "main h1"
    login: str = "alice"
    screen: str | None = None
    there: str = "h1"

    @property
    def file(self) -> str:
        return re.sub(r"\W+", "-", self.name) + ".html"


_FIGURE, _CHART = (
    "/extrait?chiffre=avancement&embed=true",
    "/extrait?graphique=chantiers&embed=true",
)
PLACES = (
    Place("Accueil", "/", screen="/"),
    Place("Déposer", "/deposer", "main textarea", screen="/deposer", there="textarea"),
    Place("Suivre mon idée", "/suivre", "main input", screen="/suivre", there="input"),
    Place(
        "Marque d'intérêt",
        "/marques-interet",
        "main button",
        screen="/marques-interet",
        there="button",
    ),
    Place("Agenda", "/agenda", screen="/agenda"),
    Place("Actualités", "/actualites", screen="/actualites"),
    Place("Vos données", "/vos-donnees", screen="/vos-donnees"),
    Place("Déclaration", "/accessibilite", screen="/accessibilite"),
    Place("Chiffre intégré", _FIGURE, "main h2", "elise", _FIGURE, ".cp-card"),
    Place("Graphique intégré", _CHART, "main .cp-stream", "elise", _CHART, ".cp-stream"),
    Place("Agenda intégré", "/agenda?embed=true", screen="/agenda"),
)
SIGN_IN = Place("Se connecter", "", "", "", "/?connexion=oui", "input[type=password]")
_LATENCY = 400
_PHONE = {"viewport": {"width": 360, "height": 740}, "locale": "fr-FR", "service_workers": "block"}
_SLOW_LOADS, _LOCAL_LOADS, _READERS = 2, 7, 10
# What a light page may be, of which the last is beside the static file.
MOST_KB, MOST_SLOW, MOST_SERVER, MOST_RATIO = 30.0, 2500.0, 3.0, 1.2
_KEY = "the key of the server of this bench, and of no other"
HEADINGS = (
    "page",
    "house",
    "requests",
    f"HTML, style, script (≤ {MOST_KB:.0f} kB)",
    "fonts, pictures (kB)",
    f"usable, slow line (≤ {MOST_SLOW:.0f} ms)",
    "usable, local (ms)",
    f"beside static (≤ {MOST_RATIO})",
    f"server (≤ {MOST_SERVER:.0f} ms)",
    "memory for ten readers (MB)",
    "",
)


@dataclass
class Measured:
    """One page in one house; what was not measured is None."""

    page: str
    house: str
    requests: int
    kilobytes: float
    others: float
    slow: float
    local: float
    ratio: float | None = None
    server: float | None = None
    memory: float | None = None
    missed: str | None = None

    @property
    def verdict(self) -> str | None:
        """Whether a light page holds its budgets, and which it misses."""
        if self.missed is None:
            return None
        return f"manqué : {self.missed}" if self.missed else "tenu"

    def row(self) -> list[object]:
        *numbers, _ = asdict(self).values()
        ratio = None if self.ratio is None else f"{self.ratio:.2f}"
        return [*numbers[:7], ratio, *numbers[8:], self.verdict]


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
    asked.add_argument("--only", default="", help="pages by name, without those of Streamlit")
    asked.add_argument("--json", type=Path, help="where the numbers are written too")
    options = asked.parse_args()
    folder = copy_of(database(options.work, options.size), options.work)
    try:
        with serving(folder) as served, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=system_chromium(), args=FLAGS)
            say(f"## Light pages, {options.size} ideas, {options.slow} kbit/s, {conditions()}\n")
            before = _memory(served)
            found = list(rows(browser, served, options))
            table(list(HEADINGS), [one.row() for one in found])
            say(f"Memory of the server: {before:.0f} MB at first, {_memory(served):.0f} at the end")
            say(f"At the end: {conditions()}")
            browser.close()
        file = options.json or options.work / "light.json"
        told = [asdict(one) | {"verdict": one.verdict} for one in found]
        file.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
        say(f"JSON: {file}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def conditions() -> str:
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """With a key of its own, by which the word of a poster is known here too."""
    served = Served(folder, settings={"CP_TICK_MINUTES": "0", "CP_SECRET_KEY": _KEY}).start()
    try:
        yield served
    finally:
        served.stop()


def places(served: Served) -> list[Place]:
    """With a poster and a questionnaire, which have to be made first."""
    didier = cast_in(served.engine).didier
    with pytest.MonkeyPatch.context() as patch, writing(served.engine) as session:
        patch.setattr(settings(), "cp_secret_key", _KEY)
        [(site,)] = served.rows("SELECT id FROM site WHERE name = 'Régie des bâtiments'")
        poster = page_of(word_of(make_poster(session, didier, site)))
    questionnaire, _ = opened(served.engine, didier)
    return [
        *PLACES,
        Place("Affiche", poster, screen="/idees"),
        Place("Questionnaire", f"/questionnaire?q={questionnaire.key}", "main fieldset"),
    ]


def rows(browser: Browser, served: Served, options: argparse.Namespace) -> Iterator[Measured]:
    wanted = set(filter(None, options.only.split(",")))
    every = [place for place in places(served) if not wanted or place.name in wanted]
    with static_copies(served, every) as floor:
        light = [_light(browser, served, floor, place, options) for place in every]
    if wanted:
        for pair in light:
            yield from pair
        return
    screens = {
        place: _screen(browser, served, place, options)
        for place in (*every, SIGN_IN)
        if place.screen
    }
    for place, pair in zip(every, light, strict=True):
        yield from pair
        if place in screens:
            yield screens[place]
    yield screens[SIGN_IN]


def _light(
    browser: Browser, served: Served, floor: str, place: Place, options: argparse.Namespace
) -> Sequence[Measured]:
    """The page and the same file, loaded by turns."""
    print(place.name, file=sys.stderr, flush=True)
    urls = {"light": served.url + place.light, "static": f"{floor}/{place.file}"}
    found = {house: [[], []] for house in urls}
    wires = {}
    for kbits, many, at in ((options.slow, _SLOW_LOADS, 0), (0, _LOCAL_LOADS, 1)):
        for _ in range(many):
            for house, url in urls.items():
                wire, took = _load(browser, url, place.stands, kbits, is_counted=house not in wires)
                wires.setdefault(house, wire)
                found[house][at].append(took)
    page, static = (
        Measured(place.name, house, wire.requests, wire.words, wire.others, *map(_median, took))
        for (house, wire), took in zip(wires.items(), found.values(), strict=True)
    )
    processor = Processor(served.process.pid)
    with httpx.Client(base_url=served.url, headers={"Accept-Encoding": "gzip"}) as client:
        page.server = processor.each(options.times, lambda: client.get(place.light), seen=5)
    page.ratio = page.local / static.local
    page.memory = _memory_of(served, lambda held: _read_light(held, served, place))
    page.missed = ", ".join(_missed(page))
    return page, static


def _missed(page: Measured) -> Iterator[str]:
    if page.kilobytes > MOST_KB:
        yield "poids"
    if page.slow > MOST_SLOW:
        yield "ligne lente"
    if page.ratio > MOST_RATIO:
        yield "local"
    if page.server > MOST_SERVER:
        yield "serveur"


def _screen(
    browser: Browser, served: Served, place: Place, options: argparse.Namespace
) -> Measured:
    print(f"{place.name}, Streamlit", file=sys.stderr, flush=True)
    url, cookie = served.url + place.screen, None
    if place.login:
        cookie = {"name": "cp", "value": served.cookie_of(place.login), "url": served.url}
    stands = f"[data-testid=stMain] {place.there}"
    wire, slow = _load(browser, url, stands, options.slow, cookie)
    spent, local, server = Processor(served.process.pid).spent, [], []
    for _ in range(3):
        began = spent()
        local.append(_load(browser, url, stands, 0, cookie, is_counted=False)[1])
        server.append((spent() - began) * 1e3)
    house, medians = "Streamlit", (slow, _median(local))
    found = Measured(place.name, house, wire.requests, wire.words, wire.others, *medians)
    found.server = _median(server)
    found.memory = _memory_of(served, lambda held: _read_screen(held, served, place))
    return found


_median = statistics.median


def _memory_of(served: Served, read: object) -> float:
    """MB by which the server grew while so many read the page at once, after one has read it."""
    with ExitStack() as first:
        read(first)
    before = _memory(served)
    with ExitStack() as held:
        for _ in range(_READERS):
            read(held)
        return max(0.0, _memory(served) - before)


def _read_light(held: ExitStack, served: Served, place: Place) -> None:
    held.enter_context(httpx.Client()).get(served.url + place.light)


def _read_screen(held: ExitStack, served: Served, place: Place) -> None:
    cookie = served.cookie_of(place.login) if place.login else ""
    parts = urlsplit(place.screen)
    tab = held.enter_context(Tab(served.url, cookie=cookie, remembers=True))
    tab.open(parts.path.strip("/"), f"?{parts.query}" if parts.query else "")


def _load(
    browser: Browser,
    url: str,
    stands: str,
    kbits: int,
    cookie: dict | None = None,
    is_counted: bool = True,
) -> tuple[Wire, float]:
    """`is_counted`: what crosses the wire is waited for to its end."""
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
    page.locator(stands).first.wait_for(timeout=180_000)
    # It answers: a frame is drawn with its style after it stands.
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    usable = (time.perf_counter() - began) * 1e3
    if is_counted:
        page.wait_for_load_state("networkidle", timeout=180_000)
    context.close()
    return wire, usable


def _memory(served: Served) -> float:
    """MB resident."""
    told = Path(f"/proc/{served.process.pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+)", told)[1]) / 1024


# ── The floor ─────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def static_copies(served: Served, every: Sequence[Place]) -> Iterator[str]:
    """Every light page as a file, with what it asks for; the address where they are served."""
    with TemporaryDirectory() as folder:
        for place in every:
            page = httpx.get(served.url + place.light).text
            (Path(folder) / place.file).write_text(page, encoding="utf-8")
            for asked in re.findall(r'(?:href|src)="(/[\w.-]+\.(?:css|js|svg|png))', page):
                (Path(folder) / asked.strip("/")).write_bytes(httpx.get(served.url + asked).content)
        port = free_port()
        server = multiprocessing.get_context("spawn").Process(target=serve, args=(folder, port))
        server.start()
        try:
            _wait_for(f"http://127.0.0.1:{port}/{every[0].file}")
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
