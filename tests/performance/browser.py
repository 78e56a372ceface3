"""In Chromium: the cockpit until everything is drawn, and a change of direction; hello world by turns in
the same run.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, sync_playwright

from tests.performance.floors import hello_world
from tests.performance.hello import OPTIONS
from tests.performance.places import COCKPIT, WHOLE
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench, file_one
from tests.support.chromium import FLAGS, system_chromium
from tests.support.served import Served

COLD, WARM = "cold load, all drawn", "warm load, all drawn"
FIRST, AGAIN = "change of direction, first view after a write", "change of direction, remembered"
BUDGETS = {
    COLD: Budget(1.1, of="hello"),
    WARM: Budget(1.3, of="hello"),
    AGAIN: Budget(1.1, of="hello"),
}
BROWSERS, RELOADS, VIEWPORT = 5, 3, {"width": 1280, "height": 900}
_STREAMLIT = """(() => { const app = document.querySelector("[data-testid=stApp]");
  return app?.dataset.testScriptState === "notRunning" && app.dataset.testConnectionState === "CONNECTED"; })()"""


@dataclass(frozen=True)
class Column:
    """A page that is measured: where it is, what tells that it is drawn, and its directions."""

    url: str
    address: str
    choices: tuple[str, ...]
    drawn: str
    says: str
    cookie: str = ""
    before: Callable[[], object] = lambda: None  # what makes a view the first

    def shows(self, choice: str) -> str:
        return f"{self.drawn} && {self.says % choice}"


def lines(bench: Bench) -> Iterator[Line]:
    with ExitStack() as held:
        hello, _ = held.enter_context(hello_world(bench.work))
        served = held.enter_context(bench.served())
        found = in_browser({"hello": _hello(hello), "": cockpit(served)})
    for what, taken in found[""].items():
        yield Line(what, taken, "ms", BUDGETS.get(what), {"hello": found["hello"][what]})


def cockpit(served: Served) -> Column:
    """Of the whole administration; each choice adds one direction."""
    return Column(
        served.url,
        f"/{COCKPIT}?{WHOLE}",
        ("Jeunesse et sports", "Informatique", "Mobilité", "Urbanisme"),
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
    return Column(url, "/", _CHOICES, drawn, _SAYS)


# ── The clock ─────────────────────────────────────────────────────────────────────────────────────


Taken = dict[str, list[float]]


def in_browser(columns: dict[str, Column], browsers: int = BROWSERS) -> dict[str, dict[str, float]]:
    """Medians over so many fresh browsers of each column, which take turns, in ms."""
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
    page, began = context.new_page(), time.perf_counter()
    page.goto(column.address, wait_until="commit")
    found[COLD].append(until(page, column.drawn, began))
    for _ in range(RELOADS):
        began = time.perf_counter()
        page.reload(wait_until="commit")
        found[WARM].append(until(page, column.drawn, began))
    column.before()
    for what in (FIRST, AGAIN):
        # Each choice adds a direction to those before: the second time begins where the first did.
        page.goto(column.address, wait_until="commit")
        until(page, column.drawn, time.perf_counter())
        for choice in column.choices:
            found[what].append(choose(page, choice, column.shows(choice)))
    context.close()


def until(page: Page, drawn: str, began: float) -> float:
    page.wait_for_function(f"() => {drawn}", timeout=60_000, polling="raf")
    return (time.perf_counter() - began) * 1e3


def choose(page: Page, choice: str, drawn: str) -> float:
    """ms from the choice until it is drawn."""
    page.get_by_role("combobox", name="Direction").first.click()
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
