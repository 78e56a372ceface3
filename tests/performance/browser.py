"""In Chromium: the cockpit until it is settled, loaded and after a change of direction; hello world by
turns in the same run.
"""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from tests.performance.floors import hello_world
from tests.performance.hello import OPTIONS
from tests.performance.places import COCKPIT, WHOLE
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench, file_one
from tests.support.hands import unfold_filters
from tests.support.windows import FLAGS, go, system_chromium

COLD, WARM, RELOAD = "cold load, settled", "warm load, settled", "reload, settled"
FIRST, AGAIN = "change of direction, first view after a write", "change of direction, remembered"
BUDGETS = {
    COLD: Budget(1.1, of="hello"),
    WARM: Budget(1.3, of="hello"),
    AGAIN: Budget(1.1, of="hello"),
    # What Dash takes for its change beside hello.
    FIRST: Budget(2, of="hello"),
}
BROWSERS, VISITS = 5, 3
DIRECTIONS = ("Jeunesse et sports", "Informatique", "Mobilité", "Urbanisme")
CHOICES = tuple(OPTIONS[number] for number in (4, 11, 7, 15))
# When the document was asked for or the last click or key was, and when the page last changed.
_CLOCK = """(() => {
  const now = () => performance.timeOrigin + performance.now();
  const began = () => { sessionStorage.cpBegan = now(); };
  for (const kind of ["click", "keydown"]) addEventListener(kind, began, true);
  const changed = () => { window.cpChanged = now(); };
  const everything = { subtree: true, childList: true, attributes: true, characterData: true };
  new MutationObserver(changed).observe(document, everything);
})()"""
# ms from one to the other, once nothing runs and nothing has changed for 400 ms.
_SETTLED = """isLoad => {
  const app = document.querySelector("[data-testid=stApp]");
  const began = isLoad ? performance.timeOrigin : Number(sessionStorage.cpBegan);
  const quiet = performance.timeOrigin + performance.now() - window.cpChanged;
  return app?.dataset.testConnectionState === "CONNECTED" && app.dataset.testScriptState === "notRunning"
    && quiet > 400 && window.cpChanged > began && window.cpChanged - began;
}"""
Taken = dict[str, list[float]]


def lines(bench: Bench) -> Iterator[Line]:
    found: dict[str, Taken] = {"hello": defaultdict(list), "": defaultdict(list)}
    with chromium() as browser, hello_world() as hello, bench.served() as served:
        for _ in range(BROWSERS):
            _one_browser(browser, hello, found["hello"])
            _one_browser(browser, served.url, found[""], served.cookie_of("elise"))
            found["hello"][FIRST] += changes(browser, hello, "/", CHOICES)
            file_one(served)
            cookie, address = served.cookie_of("elise"), f"/{COCKPIT}?{WHOLE}"
            for what in (FIRST, AGAIN):
                found[""][what] += changes(browser, served.url, address, DIRECTIONS, cookie)
    floor = found["hello"] | {AGAIN: found["hello"][FIRST]}
    for what, taken in found[""].items():
        beside = {"hello": statistics.median(floor[what])}
        yield Line(what, statistics.median(taken), budget=BUDGETS.get(what), beside=beside)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=system_chromium(), args=FLAGS)


@contextmanager
def visitor(browser: Browser, url: str, cookie: str = "") -> Iterator[BrowserContext]:
    """With an empty cache, and the clock on every page."""
    viewport = {"width": 1280, "height": 900}
    context = browser.new_context(base_url=url, locale="fr-FR", viewport=viewport)
    context.add_init_script(_CLOCK)
    if cookie:
        context.add_cookies([{"name": "cp", "value": cookie, "url": url}])
    yield context
    context.close()


def settled(page: Page, is_load: bool = False) -> float:
    """ms from the last click or key (or from the request of the document) to the last change."""
    waiting = {"arg": is_load, "timeout": 60_000, "polling": 50}
    return page.wait_for_function(_SETTLED, **waiting).json_value()


def click(target: Locator) -> float:
    target.click()
    return settled(target.page)


def _one_browser(browser: Browser, url: str, taken: Taken, cookie: str = "") -> None:
    address = f"/{COCKPIT}?{WHOLE}" if cookie else "/"
    with visitor(browser, url, cookie) as context:
        for what in (COLD, *[WARM] * VISITS):
            page = context.new_page()
            page.goto(address, wait_until="commit")
            taken[what].append(settled(page, is_load=True))
        for _ in range(VISITS):
            page.reload(wait_until="commit")
            taken[RELOAD].append(settled(page, is_load=True))


def changes(
    browser: Browser, url: str, address: str, choices: Sequence[str], cookie: str = ""
) -> list[float]:
    """ms of each choice."""
    with visitor(browser, url, cookie) as context:
        page = go(context.new_page(), address)
        return [_choose(page, choice) for choice in choices]


def _choose(page: Page, choice: str) -> float:
    if page.locator(".cp-filters").count():
        unfold_filters(page).get_by_role("searchbox", name="Direction").fill(choice)
        return click(page.get_by_role("checkbox", name=choice).first)
    page.get_by_role("combobox", name="Direction").click()
    page.keyboard.type(choice)
    return click(page.get_by_role("option").filter(has_text=choice).first)
