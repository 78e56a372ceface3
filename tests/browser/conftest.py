"""Chromium, one server of the demonstration for the session, and its visitors.

- `visit("elise", "/tableau-de-bord")`: the page of a person in a browser of her own, signed in by her cookie; None for
  a stranger. Pages report what a careful reader of the console would see, and the test fails for it at its end.
- `sign_in(page, "elise")` goes through the form; `idle(page)` waits until the server has nothing more to say;
  `figure(page, "Idées à décider")` is the number on that card; `menu(page)` the titles of the links of the menu.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from served import Served, number

from seed.demonstration import DEMO_PASSWORD

FLAGS = ("--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
         "--disable-component-update --disable-sync").split()
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 20_000
# Connected, nothing running, no place-holder, for a quarter of a second: a click needs that long to reach the server.
IDLE = """() => {
  const app = document.querySelector("[data-testid=stApp]");
  const calm = app?.dataset.testConnectionState === "CONNECTED" && app.dataset.testScriptState === "notRunning"
    && !document.querySelector("[data-testid=stSkeleton]");
  if (!calm) window.cpCalmSince = undefined;
  else window.cpCalmSince ??= performance.now();
  return calm && performance.now() - window.cpCalmSince > 250;
}"""
# Streamlit asks for these below the address of the page, gets 404, and asks again at the root.
KNOWN_MISSES = re.compile(r"/_stcore/(health|host-config)$")

expect.set_options(timeout=PATIENCE)


def system_chromium() -> str | None:
    return next(filter(None, map(shutil.which, SYSTEM_NAMES)), None)


# ── Chromium ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict, playwright: Playwright) -> dict:
    """The Chromium of the system, else Playwright's own; without any the tests fail and say what to do."""
    found = system_chromium()
    if not found and not Path(playwright.chromium.executable_path).exists():
        pytest.fail("No Chromium: install your distribution's « chromium », or run « playwright install chromium ».",
                    pytrace=False)
    return browser_type_launch_args | {"args": FLAGS} | ({"executable_path": found} if found else {})


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    return browser_context_args | {"locale": "fr-FR", "timezone_id": "Europe/Brussels",
                                   "viewport": {"width": 1280, "height": 900}}


# ── The server ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> Iterator[Served]:
    """The demonstration, shared: a test that writes compares before and after."""
    server = Served(tmp_path_factory.mktemp("browser") / "var").start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def base_url(served: Served) -> str:
    return served.url


# ── Visitors ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Watch:
    """What goes wrong on the pages of one test: uncaught errors, console errors, requests to another host."""

    def __init__(self, own: str):
        self.own, self.found = own, []

    def over(self, context: BrowserContext) -> None:
        context.on("weberror", lambda error: self.found.append(f"uncaught: {error.error}"))
        context.on("console", self._console)
        context.on("request", self._request)

    def _console(self, message) -> None:
        if message.type != "error":
            return
        address = (message.location or {}).get("url", "")
        if "404" in message.text and KNOWN_MISSES.search(address):
            return
        self.found.append(f"console: {message.text} {address}")

    def _request(self, request) -> None:
        if not request.url.startswith((f"{self.own}/", "data:", "blob:", self.own.replace("http", "ws", 1))):
            self.found.append(f"another host: {request.url}")


@pytest.fixture
def watch(served: Served) -> Iterator[Watch]:
    watching = Watch(served.url)
    yield watching
    assert watching.found == []


@pytest.fixture
def visit(browser: Browser, browser_context_args: dict, served: Served, watch: Watch) -> Iterator[Callable[..., Page]]:
    """(login or None, address, **context options) → her page, idle, in a browser of her own."""
    contexts = []

    def visited(login: str | None, address: str = "/", **options: object) -> Page:
        context = browser.new_context(**browser_context_args | options)
        contexts.append(context)
        watch.over(context)
        if login:
            context.add_cookies([{"name": "cp", "value": served.cookie_of(login), "url": served.url, "httpOnly": True,
                                  "sameSite": "Strict"}])
        return go(context.new_page(), address)

    yield visited
    for context in contexts:
        context.close()


def go(page: Page, address: str) -> Page:
    """Opens an address as if it were typed, and waits until all is there."""
    page.goto(address)
    return idle(page)


def idle(page: Page) -> Page:
    """Waits until the server has nothing more to say. The one place of these tests that waits for time to pass."""
    page.evaluate("window.cpCalmSince = undefined")
    page.wait_for_function(IDLE, timeout=PATIENCE)
    return page


def sign_in(page: Page, login: str, password: str = DEMO_PASSWORD) -> Page:
    """Through the form of the page that is open."""
    page.get_by_label("Identifiant", exact=True).fill(login)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    return idle(page)


def press(page: Page, name: str) -> Page:
    page.get_by_role("button", name=name, exact=True).click()
    return idle(page)


def card(page: Page, label: str):
    return page.locator(".cp-card").filter(has=page.get_by_role("heading", name=label, exact=True))


def figure(page: Page, label: str) -> float:
    """The number on the card of this label."""
    return number(card(page, label).locator("strong").first.inner_text())


def menu(page: Page) -> list[str]:
    links = page.get_by_test_id("stSidebar").get_by_test_id("stPageLink")
    return [link.inner_text().strip().splitlines()[-1] for link in links.all()]


def follow(page: Page, title: str) -> Page:
    """Clicks a link of the menu."""
    page.get_by_test_id("stSidebar").get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return idle(page)


def choose(page: Page, label: str, option: str) -> Page:
    """Chooses in a drop-down list."""
    box = page.get_by_role("combobox", name=re.compile(label))
    box.click()
    box.fill(option)  # the list draws only what is in view, and narrows while one types
    page.get_by_role("option").filter(has_text=re.compile(rf"^\s*{re.escape(option)}\s*$")).click()
    return idle(page)


def set_day(page: Page, label: str, day: str) -> Page:
    """Types « 31/10/2023 » into a date field, part by part, as Streamlit offers it."""
    parts = page.get_by_role("group", name=label, exact=True).get_by_role("spinbutton")
    parts.first.click()
    page.keyboard.type(day.replace("/", ""))
    page.keyboard.press("Tab")
    return idle(page)


def title(page: Page) -> str:
    return plain(page.get_by_role("heading", level=1).inner_text())


def plain(said: str) -> str:
    """A text as one types it: ordinary spaces and apostrophes."""
    return re.sub(r"\s+", " ", said).replace("’", "'").strip()
