"""Private windows of one Chromium, lent to visitors: each starts without cookie or memory, the
product's scripts are warm.

A new context (fenêtre privée) fetches and compiles the whole front end again, two seconds of a
processor each; one that has been emptied does not.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError

from .served import Served

# Streamlit asks for these below the address of the page, gets 404, and asks again at the root.
KNOWN_MISSES = re.compile(r"/(_stcore/(health|host-config)|nulle-part)$")
# What a page may be given after its context was made.
MEDIA = {"color_scheme", "reduced_motion", "forced_colors"}
OF_A_PAGE = MEDIA | {"viewport"}
# A page at our address that asks the server for nothing, not even its icon.
EMPTY_PAGE = '<!doctype html><link rel="icon" href="data:,"><title>Vide</title>'


@dataclass(eq=False)
class Window:
    """A context with one page of ours, which keeps its renderer alive between two visitors."""

    context: BrowserContext
    anchor: Page
    listeners: list[tuple[str, Callable]] = field(default_factory=list)

    def on(self, event: str, heard: Callable) -> None:
        """Listens until the window is given back."""
        self.context.on(event, heard)
        self.listeners.append((event, heard))

    def open(self, options: dict) -> Page:
        page = self.context.new_page()
        if viewport := options.get("viewport"):
            page.set_viewport_size(viewport)
        page.emulate_media(**{name: options[name] for name in MEDIA & options.keys()})
        return page

    def empty(self) -> None:
        """Nothing of a visitor is left: her pages, cookies and what the browser keeps for the
        site.
        """
        for event, heard in self.listeners:
            self.context.remove_listener(event, heard)
        self.listeners.clear()
        for page in self.context.pages:
            if page is not self.anchor and not page.is_closed():
                # Left first: with a page that is closed Chromium forgets the scripts that it has
                # loaded, with one that is left it keeps them for the next (1.9 → 1.6 s of a
                # processor a visit).
                _leave(page)
                page.close()
        self.context.clear_cookies()
        self.context.clear_permissions()
        self.anchor.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")


def _leave(page: Page) -> None:
    """A page that is on its way elsewhere (a sign-in that has just succeeded) arrives first."""
    try:
        page.goto("about:blank")
    except PlaywrightError:
        page.wait_for_load_state()
        page.goto("about:blank")


class Windows:
    """Those that are free, by address of the server and by the options that only a new context
    can take.
    """

    def __init__(self, browser: Browser):
        self.browser = browser
        self.free: dict[tuple, list[Window]] = defaultdict(list)

    def lend(self, options: dict) -> tuple[tuple, Window]:
        """A window for these options of Playwright's, and the shelf on which it is to be put
        back.
        """
        fixed = {name: value for name, value in options.items() if name not in OF_A_PAGE}
        shelf = tuple(sorted((name, repr(value)) for name, value in fixed.items()))
        return shelf, self.free[shelf].pop() if self.free[shelf] else self._made(fixed)

    def take_back(self, shelf: tuple, window: Window) -> None:
        window.empty()
        self.free[shelf].append(window)

    def close(self, base_url: str = "") -> None:
        """Those on this server, which is about to end; all without one."""
        for shelf in [
            shelf for shelf in self.free if not base_url or ("base_url", repr(base_url)) in shelf
        ]:
            for window in self.free.pop(shelf):
                window.context.close()

    def _made(self, fixed: dict) -> Window:
        context = self.browser.new_context(**fixed)
        anchor = context.new_page()
        anchor.route("**/*", lambda route: route.fulfill(content_type="text/html", body=EMPTY_PAGE))
        anchor.goto("/")
        return Window(context, anchor)


class Watch:
    """What goes wrong on the pages of one test: uncaught errors, console errors, requests to
    another host.
    """

    def __init__(self, own: str):
        self.own, self.found = own, []

    def over(self, window: BrowserContext | Window) -> None:
        window.on("weberror", lambda error: self.found.append(f"uncaught: {error.error}"))
        window.on("console", self._console)
        window.on("request", self._request)

    def _console(self, message) -> None:
        if message.type != "error":
            return
        address = (message.location or {}).get("url", "")
        if "404" in message.text and KNOWN_MISSES.search(address):
            return
        # A light form that says what is to be corrected.
        if "422" in message.text:
            return
        self.found.append(f"console: {message.text} {address}")

    def _request(self, request) -> None:
        if not request.url.startswith(
            (f"{self.own}/", "data:", "blob:", self.own.replace("http", "ws", 1))
        ):
            self.found.append(f"another host: {request.url}")


def signed_in(served: Served, login: str) -> dict:
    """The cookie of this account, as Playwright takes it."""
    return {
        "name": "cp",
        "value": served.cookie_of(login),
        "url": served.url,
        "httpOnly": True,
        "sameSite": "Strict",
    }
