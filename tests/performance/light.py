"""Light pages: each beside a static file: what it weighs, and when it can be used on a slow line.

« Usable » is from the first request until the main field or heading stands and answers, on a line of
400 kbit/s with 400 ms of latency, fonts not awaited. The static file is the light page itself, saved
with its style and script, served by Starlette without a line of ours; page and file are loaded by
turns.
"""

import re
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from dashboard.actions.meetings.agendas import make_poster
from dashboard.queries.meetings.agenda import page_of, word_of
from models.database import writing
from models.settings import settings
from tests.performance import floors
from tests.performance.browser import chromium
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench
from tests.support.questionnaires import opened
from tests.support.served import Served
from tests.support.troupe import cast_in


@dataclass(frozen=True)
class Place:
    """A light page, and what stands there once it can be used."""

    name: str
    light: str
    stands: str = "main h1"

    @property
    def file(self) -> str:
        return re.sub(r"\W+", "-", self.name) + ".html"


PLACES = (
    Place("Accueil", "/"),
    Place("Déposer", "/deposer", "main textarea"),
    Place("Suivre mon idée", "/suivre", "main input"),
    Place("Marque d'intérêt", "/marques-interet", "main button"),
    Place("Agenda", "/agenda"),
    Place("Actualités", "/actualites"),
    Place("Vos données", "/vos-donnees"),
    Place("Déclaration", "/accessibilite"),
    Place("Chiffre intégré", "/extrait?chiffre=avancement&embed=true", "main h2"),
    Place("Graphique intégré", "/extrait?graphique=chantiers&embed=true", "main .cp-stream"),
    Place("Agenda intégré", "/agenda?embed=true"),
)
_LATENCY = 400
_PHONE = {"viewport": {"width": 360, "height": 740}, "locale": "fr-FR", "service_workers": "block"}
_SLOW_LOADS, _LOCAL_LOADS, _KBITS = 2, 7, 400
# The key of the server, by which the word of a poster is known here too.
_KEY = "the key of the server of this bench, and of no other"
BUDGETS = {
    "HTML, style, script": Budget(45),
    "usable, slow line": Budget(2500),
    "usable, local": Budget(1.2, of="static"),
}
# What is measured → how much, of one page in one house.
Measured = dict[str, float]


@dataclass
class Wire:
    """kB of HTML, style and script that crossed the wire, after compression."""

    words: float = 0.0

    def listen(self, context: BrowserContext, page: Page) -> object:
        session = context.new_cdp_session(page)
        kinds: dict[str, str] = {}
        session.send("Network.enable")
        session.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))
        session.on("Network.loadingFinished", lambda e: self._add(kinds.get(e["requestId"], ""), e))
        return session

    def _add(self, kind: str, told: dict) -> None:
        if kind in ("Document", "Stylesheet", "Script"):
            self.words += max(told["encodedDataLength"], 0) / 1024


def lines(bench: Bench) -> Iterator[Line]:
    with bench.served(CP_SECRET_KEY=_KEY) as served, chromium() as browser:
        every = places(served)
        with static_copies(served, every) as floor:
            for place in every:
                page, static = _light(browser, served, floor, place)
                for what, value in page.items():
                    unit = "kB" if what == "HTML, style, script" else "ms"
                    beside = {"static": static[what]}
                    yield Line(f"{place.name}: {what}", value, unit, BUDGETS[what], beside)


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
        Place("Affiche", poster),
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
        {
            "HTML, style, script": wires[house].words,
            "usable, slow line": statistics.median(took["slow"]),
            "usable, local": statistics.median(took["local"]),
        }
        for house, took in found.items()
    )
    return page, static


def _load(
    browser: Browser,
    url: str,
    stands: str,
    kbits: int,
    is_counted: bool,
) -> tuple[Wire, float]:
    """`is_counted`: what crosses the wire is waited for to its end."""
    context = browser.new_context(**_PHONE)
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
        with floors.files(Path(folder)) as url:
            yield url
