"""Chromium, one server of the demonstration for the session, and its visitors.

`visit("elise", "/tableau-de-bord")` is the page of a person in a browser of her own, signed in by her cookie; None for
a stranger. A test fails at its end for what a careful reader of the console would have seen.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from support.chromium import FLAGS, PATIENCE, go, system_chromium
from support.intranet import HOSTS, Site
from support.served import Served

# Streamlit asks for these below the address of the page, gets 404, and asks again at the root.
KNOWN_MISSES = re.compile(r"/_stcore/(health|host-config)$")

expect.set_options(timeout=PATIENCE)


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
    """One who asked for less motion: a fold is open when it has been pressed, and nothing moves from under the next click."""
    return browser_context_args | {"locale": "fr-FR", "timezone_id": "Europe/Brussels", "reduced_motion": "reduce",
                                   "viewport": {"width": 1280, "height": 900}}


# ── The server ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def intranet(tmp_path_factory) -> Iterator[Site]:
    """A web server of others, whose pages may frame ours: the product lists both its names."""
    site = Site(tmp_path_factory.mktemp("intranet"))
    yield site
    site.close()


@pytest.fixture(scope="module")
def served(serve_demo, intranet) -> Iterator[Served]:
    """The demonstration, one for each file of stories: what another file writes or remembers is not met here. Within a
    file it is shared: a test that writes compares before and after."""
    sources = " ".join(map(intranet.origin, HOSTS))
    server = serve_demo(CP_FRAME_ANCESTORS=sources)
    yield server
    server.stop()


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
        context = browser.new_context(**browser_context_args | {"base_url": served.url} | options)
        contexts.append(context)
        watch.over(context)
        if login:
            context.add_cookies([{"name": "cp", "value": served.cookie_of(login), "url": served.url, "httpOnly": True,
                                  "sameSite": "Strict"}])
        return go(context.new_page(), address)

    yield visited
    for context in contexts:
        context.close()
