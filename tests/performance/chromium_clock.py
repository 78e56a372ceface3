"""The clock in Chromium: first figure, everything drawn, change of direction; and the bytes that
crossed the wire.

    python -m tests.performance.chromium_clock

tells them of the cockpit alone, on the demonstration.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.served import Served

MEASURED = (
    "first figure, cold (ms)",
    "cold load, all drawn (ms)",
    "first figure, warm (ms)",
    "warm load, all drawn (ms)",
    "change of direction until drawn (ms)",
    "bytes, cold (kB)",
    "bytes, warm (kB)",
    "bytes, change (kB)",
    "of which our theme and fonts, cold (kB)",
)
READY = """() => { const app = document.querySelector("[data-testid=stApp]");
  return app?.dataset.testScriptState === "notRunning" && app.dataset.testConnectionState === "CONNECTED" && (%s); }"""
HELLO = {
    "address": "/",
    "choices": ["Direction 04", "Direction 11", "Direction 07", "Direction 15"],
    "first": "h1",
    "drawn": "document.querySelector('h1')",
    "says": "document.querySelector('h1').innerText.includes('%s')",
}
OURS = ("/theme.css", "/app/static/fonts/")
BROWSERS, VIEWPORT = 3, {"width": 1280, "height": 900}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder) / "var").start()
        try:
            found = in_browser(served.url, cockpit("direction=ADM"), served.cookie_of("elise"))
        finally:
            served.stop()
    for name, value in found.items():
        print(f"{value:8.0f}  {name}")


def cockpit(whole: str) -> dict:
    """The cockpit of the whole administration; each choice adds one direction."""
    return {
        "address": f"/tableau-de-bord?{whole}",
        "choices": ["Jeunesse et sports", "Informatique", "Mobilité", "Urbanisme"],
        "first": ".cp-standing strong, .cp-card strong, .cp-stream strong",
        "drawn": (
            "document.querySelectorAll('.cp-plot').length === 2 &&"
            " document.querySelectorAll('.cp-card').length > 4"
        ),
        "says": "document.querySelector('.cp-lead').innerText.includes('%s')",
    }


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
        if any(part in self.addresses.get(told["requestId"], "") for part in OURS):
            self.ours += size

    def _frame(self, told: dict) -> None:
        response = told["response"]
        self.total += len(response["payloadData"]) * (3 / 4 if response["opcode"] == 2 else 1)


def in_browser(url: str, what: dict, cookie: str) -> dict[str, float]:
    """Medians over three fresh browsers: times in ms, bytes in kB."""
    from playwright.sync_api import sync_playwright

    from tests.support.chromium import FLAGS, system_chromium

    found: dict[str, list[float]] = {name: [] for name in MEASURED}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system_chromium(), args=FLAGS)
        for _ in range(BROWSERS):
            context = browser.new_context(base_url=url, locale="fr-FR", viewport=VIEWPORT)
            if cookie:
                context.add_cookies([{"name": "cp", "value": cookie, "url": url}])
            _one_browser(context, what, found)
            context.close()
        browser.close()
    return {name: statistics.median(taken) for name, taken in found.items()}


def _one_browser(context: object, what: dict, found: dict[str, list[float]]) -> None:
    page, wire = context.new_page(), Wire()
    wire.listen(context.new_cdp_session(page))
    first, cold, first_warm, warm, change, bytes_cold, bytes_warm, bytes_change, ours = (
        found[name] for name in MEASURED
    )
    began = time.perf_counter()
    page.goto(what["address"], wait_until="commit")
    page.wait_for_selector(what["first"], timeout=60_000)
    first.append((time.perf_counter() - began) * 1e3)
    cold.append(until(page, lambda: None, what["drawn"], began))
    bytes_cold.append(wire.total / 1e3)
    ours.append(wire.ours / 1e3)
    for _ in range(3):
        wire.reset()
        began = time.perf_counter()
        page.reload(wait_until="commit")
        page.wait_for_selector(what["first"], timeout=60_000)
        first_warm.append((time.perf_counter() - began) * 1e3)
        warm.append(until(page, lambda: None, what["drawn"], began))
        bytes_warm.append(wire.total / 1e3)
    for choice in what["choices"]:
        wire.reset()
        change.append(choose(page, choice, f"{what['drawn']} && {what['says'] % choice}"))
        bytes_change.append(wire.total / 1e3)


def until(page: object, act: Callable[[], object], drawn: str, began: float | None = None) -> float:
    began = began or time.perf_counter()
    act()
    page.wait_for_function(READY % drawn, timeout=60_000, polling="raf")
    return (time.perf_counter() - began) * 1e3


def choose(page: object, choice: str, drawn: str) -> float:
    box = page.get_by_role("combobox", name="Direction").first
    box.click()
    # Ours opens a tree with a field that searches it, Streamlit's list searches in the box itself.
    page.keyboard.type(choice)
    option = page.get_by_role("option").filter(has_text=choice)
    offered = option.or_(page.get_by_role("checkbox", name=choice)).first
    taken = until(page, offered.click, drawn)
    page.keyboard.press("Escape")  # the tree stays open until it is left
    return taken


if __name__ == "__main__":
    main()
