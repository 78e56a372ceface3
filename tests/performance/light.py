"""Light pages: each beside the same page in Streamlit and beside a static file: what it weighs, what it
asks for, when it can be used on a slow line, what it costs the server.

« Usable » is from the first request until the main field or heading stands and answers, on a line of
400 kbit/s with 400 ms of latency, fonts not awaited. The static file is the light page itself, saved
with its style and script, served by Starlette without a line of ours; page and file are loaded by
turns. The page in Streamlit is the one that whoever is signed in meets for the same purpose.
"""

import re
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
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
from tests.performance import floors
from tests.performance.clocks import Processor, memory
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench
from tests.support.chromium import FLAGS, system_chromium
from tests.support.questionnaires import opened
from tests.support.served import Served
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
_KBITS, _REQUESTS = 400, 40
# The key of the server, by which the word of a poster is known here too.
_KEY = "the key of the server of this bench, and of no other"
BUDGETS = {
    "HTML, style, script": Budget(30),
    "usable, slow line": Budget(2500),
    "usable, local": Budget(1.2, of="static"),
    "server": Budget(3),
}
_UNITS = {"requests": "", "HTML, style, script": "kB", "fonts, pictures": "kB"}
# What is measured → how much, of one page in one house.
Measured = dict[str, float]


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


def lines(bench: Bench) -> Iterator[Line]:
    with bench.served(CP_SECRET_KEY=_KEY) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system_chromium(), args=FLAGS)
        yield Line("memory of the server, at first", memory(served.process.pid), "MiB")
        every = [place for place in places(served) if _is_wanted(place, bench)]
        with static_copies(served, every) as floor:
            houses = {place: _light(browser, served, floor, place) for place in every}
        for place in every:
            page, static = houses[place]
            screen = _screen(browser, served, place) if place.screen else {}
            yield from _lines(place, page, {"static": static, "Streamlit": screen})
        yield from _lines(SIGN_IN, _screen(browser, served, SIGN_IN), {}, {})
        yield Line("memory of the server, at the end", memory(served.process.pid), "MiB")
        browser.close()


def _is_wanted(place: Place, bench: Bench) -> bool:
    """By its address, or by its name: that of a poster is known to nobody beforehand."""
    return not bench.only or not {place.light.strip("/"), place.name}.isdisjoint(bench.only)


def _lines(
    place: Place,
    page: Measured,
    houses: dict[str, Measured],
    budgets: dict[str, Budget] = BUDGETS,
) -> Iterator[Line]:
    for what, value in page.items():
        beside = {house: found[what] for house, found in houses.items() if what in found}
        unit = "MB" if what.startswith("memory") else _UNITS.get(what, "ms")
        yield Line(f"{place.name}: {what}", value, unit, budgets.get(what), beside)


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


def _light(browser: Browser, served: Served, floor: str, place: Place) -> tuple[Measured, Measured]:
    """The page and the same file, loaded by turns."""
    print(place.name, file=sys.stderr, flush=True)
    urls = {"light": served.url + place.light, "static": f"{floor}/{place.file}"}
    found = {house: {"slow": [], "local": []} for house in urls}
    wires: dict[str, Wire] = {}
    for kbits, many, line in ((_KBITS, _SLOW_LOADS, "slow"), (0, _LOCAL_LOADS, "local")):
        for _ in range(many):
            for house, url in urls.items():
                wire, took = _load(browser, url, place.stands, kbits, is_counted=house not in wires)
                wires.setdefault(house, wire)
                found[house][line].append(took)
    page, static = (
        _measured(wires[house], _median(took["slow"]), _median(took["local"]))
        for house, took in found.items()
    )
    processor = Processor(served.process.pid)
    with httpx.Client(base_url=served.url, headers={"Accept-Encoding": "gzip"}) as client:
        page["server"] = processor.each(_REQUESTS, lambda: client.get(place.light), seen=5)
    page["memory for ten readers"] = _memory_of(
        served, lambda held: _read_light(held, served, place)
    )
    return page, static


def _measured(wire: "Wire", slow: float, local: float) -> Measured:
    return {
        "requests": wire.requests,
        "HTML, style, script": wire.words,
        "fonts, pictures": wire.others,
        "usable, slow line": slow,
        "usable, local": local,
    }


def _screen(browser: Browser, served: Served, place: Place) -> Measured:
    print(f"{place.name}, Streamlit", file=sys.stderr, flush=True)
    url, cookie = served.url + place.screen, None
    if place.login:
        cookie = {"name": "cp", "value": served.cookie_of(place.login), "url": served.url}
    stands = f"[data-testid=stMain] {place.there}"
    wire, slow = _load(browser, url, stands, _KBITS, cookie)
    spent, local, server = Processor(served.process.pid).spent, [], []
    for _ in range(3):
        began = spent()
        local.append(_load(browser, url, stands, 0, cookie, is_counted=False)[1])
        server.append((spent() - began) * 1e3)
    return _measured(wire, slow, _median(local)) | {
        "server": _median(server),
        "memory for ten readers": _memory_of(
            served, lambda held: _read_screen(held, served, place)
        ),
    }


_median = statistics.median


def _memory_of(served: Served, read: object) -> float:
    """MB by which the server grew while so many read the page at once, after one has read it."""
    with ExitStack() as first:
        read(first)
    before = memory(served.process.pid)
    with ExitStack() as held:
        for _ in range(_READERS):
            read(held)
        return max(0.0, memory(served.process.pid) - before)


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
        with floors.files(Path(folder)) as (url, _):
            yield url
