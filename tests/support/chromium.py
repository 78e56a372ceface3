"""Chromium as the browser tests, the bench and the screenshots use it."""

import shutil

from playwright.sync_api import Locator, Page, TimeoutError as PlaywrightTimeout

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
