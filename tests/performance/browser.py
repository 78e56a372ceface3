"""In Chromium: first figure, everything drawn, change of direction, and the bytes that crossed the wire;
the cockpit, hello world and the static page by turns in the same run.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page, sync_playwright

from tests.performance.floors import hello_world, static_page
from tests.performance.hello import OPTIONS
from tests.performance.places import COCKPIT, WHOLE
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench, file_one
from tests.support.chromium import FLAGS, system_chromium
from tests.support.served import Served

COLD, WARM = "cold load, all drawn", "warm load, all drawn"
FIRST, AGAIN = "change of direction, first view after a write", "change of direction, remembered"
BUDGETS = {
    COLD: Budget(1, of="hello"),
    WARM: Budget(1.5, of="hello"),
    AGAIN: Budget(1.2, of="hello"),
}
BROWSERS, RELOADS, VIEWPORT = 5, 3, {"width": 1280, "height": 900}
_OUR_LOOK = ("/theme.css", "/app/static/fonts/")
_STREAMLIT = """(() => { const app = document.querySelector("[data-testid=stApp]");
  return app?.dataset.testScriptState === "notRunning" && app.dataset.testConnectionState === "CONNECTED"; })()"""


@dataclass(frozen=True)
class Column:
    """A page that is measured: where it is, what tells that it is drawn, and its directions."""

    url: str
    address: str
    choices: tuple[str, ...]
    first: str
    drawn: str
    says: str
    cookie: str = ""
    before: Callable[[], object] = lambda: None  # what makes a view the first

    def shows(self, choice: str) -> str:
        return f"{self.drawn} && {self.says % choice}"


def lines(bench: Bench) -> Iterator[Line]:
    with ExitStack() as held:
        hello, _ = held.enter_context(hello_world(bench.work))
        static = held.enter_context(static_page(bench.work))
        served = held.enter_context(bench.served())
        columns = {"hello": _hello(hello), "static": _static(static), "": cockpit(served)}
        found = in_browser(columns)
    for what, taken in found[""].items():
        beside = {name: found[name][what] for name in ("hello", "static") if what in found[name]}
        unit = "kB" if what.startswith("bytes") else "ms"
        yield Line(what, taken, unit, BUDGETS.get(what), beside)


def cockpit(served: Served) -> Column:
    """Of the whole administration; each choice adds one direction."""
    return Column(
        served.url,
        f"/{COCKPIT}?{WHOLE}",
        ("Jeunesse et sports", "Informatique", "Mobilité", "Urbanisme"),
        first=".cp-standing strong, .cp-card strong, .cp-stream strong",
        drawn=(
            f"{_STREAMLIT} && document.querySelectorAll('.cp-plot').length === 2 &&"
            " document.querySelectorAll('.cp-card').length > 4"
        ),
        says="document.querySelector('.cp-lead').innerText.includes('%s')",
        cookie=served.cookie_of("elise"),
        before=lambda: file_one(served),
    )


_SAYS = "document.querySelector('h1').innerText.includes('%s')"
_CHOICES = tuple(OPTIONS[number] for number in (4, 11, 7, 15))


def _hello(url: str) -> Column:
    drawn = f"{_STREAMLIT} && document.querySelector('h1')"
    return Column(url, "/", _CHOICES, "h1", drawn, _SAYS)


def _static(url: str) -> Column:
    says = f"window.drawn === '%s' && {_SAYS % ''}"
    return Column(url, "/", _CHOICES, "#numbers h2", "window.drawn", says)


# ── The clock ─────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Wire:
    """What crossed the wire since `reset`, after compression, websocket payloads included."""

    total: float = 0.0
    ours: float = 0.0
    addresses: dict[str, str] = field(default_factory=dict)

    def listen(self, session: object) -> None:
        session.send("Network.enable")
        session.on(
            "Network.requestWillBeSent",
            lambda e: self.addresses.update({e["requestId"]: e["request"]["url"]}),
        )
        session.on("Network.loadingFinished", self._finished)
        session.on("Network.webSocketFrameReceived", self._frame)

    def reset(self) -> None:
        self.total = self.ours = 0.0

    def _finished(self, told: dict) -> None:
        size = max(told["encodedDataLength"], 0)
        self.total += size
        if any(part in self.addresses.get(told["requestId"], "") for part in _OUR_LOOK):
            self.ours += size

    def _frame(self, told: dict) -> None:
        response = told["response"]
        self.total += len(response["payloadData"]) * (3 / 4 if response["opcode"] == 2 else 1)


Taken = dict[str, list[float]]


def in_browser(columns: dict[str, Column], browsers: int = BROWSERS) -> dict[str, dict[str, float]]:
    """Medians over so many fresh browsers of each column, which take turns: times in ms, bytes in kB."""
    found: dict[str, Taken] = {name: defaultdict(list) for name in columns}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system_chromium(), args=FLAGS)
        for _ in range(browsers):
            for name, column in columns.items():
                _one_browser(browser, column, found[name])
        browser.close()
    return {
        name: {what: statistics.median(each) for what, each in taken.items()}
        for name, taken in found.items()
    }


def _one_browser(browser: Browser, column: Column, found: Taken) -> None:
    context = browser.new_context(base_url=column.url, locale="fr-FR", viewport=VIEWPORT)
    if column.cookie:
        context.add_cookies([{"name": "cp", "value": column.cookie, "url": column.url}])
    page, wire = context.new_page(), Wire()
    wire.listen(context.new_cdp_session(page))
    load = _Load(page, column, wire, found)
    load.take(lambda: page.goto(column.address, wait_until="commit"), "cold", COLD)
    found["bytes, cold, of our theme and fonts"].append(wire.ours / 1e3)
    for _ in range(RELOADS):
        load.take(lambda: page.reload(wait_until="commit"), "warm", WARM)
    column.before()
    for what in (FIRST, AGAIN):
        # Each choice adds a direction to those before: the second time begins where the first did.
        page.goto(column.address, wait_until="commit")
        until(page, column.drawn, time.perf_counter())
        for choice in column.choices:
            wire.reset()
            found[what].append(choose(page, choice, column.shows(choice)))
            found["bytes, change"].append(wire.total / 1e3)
    context.close()


@dataclass
class _Load:
    """A load of a page, until its first figure and until all is drawn."""

    page: Page
    column: Column
    wire: Wire
    found: Taken

    def take(self, act: Callable[[], object], name: str, whole: str) -> None:
        self.wire.reset()
        began = time.perf_counter()
        act()
        self.page.wait_for_selector(self.column.first, timeout=60_000)
        self.found[f"{name} load, first figure"].append((time.perf_counter() - began) * 1e3)
        self.found[whole].append(until(self.page, self.column.drawn, began))
        self.found[f"bytes, {name}"].append(self.wire.total / 1e3)


def until(page: Page, drawn: str, began: float) -> float:
    page.wait_for_function(f"() => {drawn}", timeout=60_000, polling="raf")
    return (time.perf_counter() - began) * 1e3


def choose(page: Page, choice: str, drawn: str) -> float:
    """ms from the choice until it is drawn."""
    box = page.get_by_role("combobox", name="Direction").first
    if box.evaluate("node => node.tagName") == "SELECT":
        began = time.perf_counter()
        box.select_option(choice)
        return until(page, drawn, began)
    box.click()
    # Ours opens a tree with a field that searches it, Streamlit's list searches in the box itself.
    page.keyboard.type(choice)
    option = page.get_by_role("option").filter(has_text=choice)
    offered = option.or_(page.get_by_role("checkbox", name=choice)).first
    offered.wait_for()
    began = time.perf_counter()
    offered.click()
    taken = until(page, drawn, began)
    page.keyboard.press("Escape")  # the tree stays open until it is left
    return taken
