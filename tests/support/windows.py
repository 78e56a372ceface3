"""Chromium as the browser tests, the bench and the screenshots use it; private windows of one
Chromium, lent to visitors.
"""

import re
import shutil
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error as PlaywrightError,
    Locator,
    Page,
    TimeoutError as PlaywrightTimeout,
)

from .served import Served

# ── Chromium as the browser tests, the bench and the screenshots use it ───────────────────────────

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --process-per-site --renderer-process-limit=1 "
    # The shell alone would write with other widths than the Chromium that people use.
    "--font-render-hinting=none"
).split()
# A page of a story lives for seconds: code made fast for later costs more than it gives (Maglev
# alone pays, from the third click on), and so do the threads that make it, or that compile scripts
# ahead as they come. Not where times are measured.
SHORT_LIVED = [
    "--js-flags=--single-threaded,--no-opt",
    "--disable-features=ScriptStreaming,BackgroundResourceFetch,PrecompileInlineScripts",
]
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome")
SHELL = "chromium-headless-shell"
PATIENCE, SHORT = 20_000, 3_000
# Milliseconds between two looks at what is waited for. Playwright looks at each frame, and has the
# browser draw one to look at: a tenth of a visit.
PAUSE = 50
# A light page is there at once. Else: connected, nothing running, no place-holder, for a quarter of
# a second: a click needs that long to reach the server.
IDLE = """() => {
  if (document.body?.matches(".cp-light")) return document.readyState === "complete";
  const app = document.querySelector("[data-testid=stApp]");
  const calm = app?.dataset.testConnectionState === "CONNECTED" && app.dataset.testScriptState === "notRunning"
    && !document.querySelector("[data-testid=stSkeleton]");
  if (!calm) window.cpCalmSince = undefined;
  else window.cpCalmSince ??= performance.now();
  return calm && performance.now() - window.cpCalmSince > 250;
}"""


def system_chromium() -> str | None:
    """The Chromium that people use, without its window."""
    return next(filter(None, map(shutil.which, (*SYSTEM_NAMES, SHELL))), None)


def lean_chromium() -> str | None:
    """The same engine without what makes a window, where it is installed: a third of the processor
    for a visit. For what asks what a page does, not how long it takes.
    """
    return shutil.which(SHELL) or system_chromium()


def go(page: Page, address: str) -> Page:
    """Opens an address as if it were typed, and waits until all is there."""
    page.goto(address)
    return idle(page)


# Notes that a run has begun: the page of before is calm until then, too.
FOLLOW = """address => {
  window.cpHasRun = false;
  const watch = new MutationObserver(() => {
    if (document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning") return;
    window.cpHasRun = true;
    watch.disconnect();
  });
  watch.observe(document.body, { subtree: true, childList: true, attributeFilter: ["data-test-script-state"] });
  // As from a panel: « Pourquoi ce chiffre ? » is then a page as any other.
  const link = Object.assign(document.createElement("a"), { className: "cp-go", href: address, role: "dialog" });
  document.body.append(link);
  link.click();
  link.remove();
}"""


def follow_link(page: Page, address: str) -> Page:
    """Opens an address as a link of ours does, inside the running session: half of what loading
    the page again takes. For what only reads, and does not ask how a page loads. A run that is too
    short to be seen is none to rely on: the page is then loaded.
    """
    page.evaluate(FOLLOW, address)
    try:
        page.wait_for_function("() => window.cpHasRun", timeout=SHORT, polling=PAUSE)
    except PlaywrightTimeout:
        return go(page, address)
    return idle(page)


AT_REST = """element => new Promise(done => {
  let last = null, calm = 0;
  const look = setInterval(() => {
    const { left, top } = element.getBoundingClientRect(), here = `${left} ${top}`;
    calm = here === last ? calm + 1 : 0;
    last = here;
    if (calm >= 3) { clearInterval(look); done(); }
  }, 40);
})"""


def at_rest(element: Locator) -> Locator:
    """Waits until nothing moves it any more: a fold that opens above pushes a button away from
    under the click.
    """
    element.evaluate(AT_REST)
    return element


def idle(page: Page) -> Page:
    """Waits until the server has nothing more to say. Here and above are the places of these
    tests that wait for time to pass.
    """
    page.evaluate("window.cpCalmSince = undefined")
    page.wait_for_function(IDLE, timeout=PATIENCE, polling=PAUSE)
    return page


# ── Private windows of one Chromium, lent to visitors ─────────────────────────────────────────────
# Each starts without cookie or memory, the
# product's scripts are warm.
#
# A new context (fenêtre privée) fetches and compiles the whole front end again, two seconds of a
# processor each; one that has been emptied does not. Nor does a page that has been used already:
# Chromium finds the scripts of its last address in memory, where a new page asks for each of them.

# Streamlit asks for these below the address of the page, gets 404, and asks again at the root.
KNOWN_MISSES = re.compile(r"/(_stcore/(health|host-config)|nulle-part)$")
# What a page may be given after its context was made.
MEDIA = {"color_scheme", "reduced_motion", "forced_colors"}
OF_A_PAGE = MEDIA | {"viewport"}
# What a page of ours that runs nothing is left for, and what a page has that was never told.
NOTHING_RUNS, AS_BORN = "/icon.svg", "null"
# A page at our address that asks the server for nothing, not even its icon.
EMPTY_PAGE = '<!doctype html><link rel="icon" href="data:,"><title>Vide</title>'


@dataclass(eq=False)
class Window:
    """A context with one page of ours, which keeps its renderer alive between two visitors, and the
    page that they use one after another. A test that changes what stays with a page (a script that
    begins with it) closes it.
    """

    context: BrowserContext
    anchor: Page
    used: Page | None = None
    listeners: list[tuple[str, Callable]] = field(default_factory=list)

    def on(self, event: str, heard: Callable) -> None:
        """Listens until the window is given back."""
        self.context.on(event, heard)
        self.listeners.append((event, heard))

    def open(self, options: dict) -> Page:
        page = self.used = self.used or self.context.new_page()
        if viewport := options.get("viewport"):
            page.set_viewport_size(viewport)
        page.emulate_media(media=AS_BORN, **{name: options.get(name, AS_BORN) for name in MEDIA})
        return page

    def empty(self) -> None:
        """Nothing of a visitor is left: her pages, cookies and what the browser keeps for the
        site.
        """
        for event, heard in self.listeners:
            self.context.remove_listener(event, heard)
        self.listeners.clear()
        for page in self.context.pages:
            if page not in (self.anchor, self.used):
                page.close()
        if self.used and not _is_left(self.used):
            self.used.close()
            self.used = None
        self.context.clear_cookies()
        self.context.clear_permissions()
        self.anchor.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")


def _is_left(page: Page) -> bool:
    """Whether it stands at our address with nothing of its visitor: what a tab keeps, the pointer."""
    if page.is_closed():
        return False
    try:
        page.goto(NOTHING_RUNS)
        page.evaluate("() => sessionStorage.clear()")
        page.mouse.move(-1, -1)
    except (
        PlaywrightError
    ):  # on its way elsewhere (a sign-in that has just succeeded), or served no more
        return False
    return True


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

    def close(self) -> None:
        for lent in self.free.values():
            for window in lent:
                window.context.close()
        self.free.clear()

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
