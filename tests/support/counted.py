"""What an errand costs a person: acts and scrolling. An act is one click, one field filled, one
choice in a list; scrolling is how far the page moves until what she wants is in view. The counter
counts, nobody writes it down.
"""

import csv
import io
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from . import hands
from .chromium import at_rest, idle

# The least that brings it into view, in whatever scrolls around it; what lies under the bar at the
# foot of a phone is not in view.
_BROUGHT = """element => {
  const around = [];
  for (let box = element.parentElement; box; box = box.parentElement) around.push(box);
  const stood = around.map(box => box.scrollTop);
  const foot = document.querySelector(".cp-phone");
  element.style.scrollMarginBottom = `${foot?.checkVisibility() ? foot.offsetHeight : 0}px`;
  element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
  return around.reduce((sum, box, n) => sum + Math.abs(box.scrollTop - stood[n]), 0);
}"""


class Acts:
    """A person before a page: whatever she does goes through here, and is counted."""

    def __init__(self, page: Page):
        self.page = page
        self.count = 0
        self.pixels = 0

    def _done(self) -> None:
        self.count += 1
        idle(self.page)

    def see(self, what: Locator) -> None:
        """Reads: it is brought into view, which is no act."""
        expect(what).to_be_visible()
        self.pixels += round(at_rest(what).evaluate(_BROUGHT))

    def click(self, target: Locator) -> None:
        self.see(target)
        target.click()
        self._done()

    def fill(self, label: str, words: str) -> None:
        field = self.page.get_by_label(label, exact=True)
        self.see(field)
        field.fill(words)
        field.press("Tab")
        self._done()

    def choose_direction(self, name: str) -> None:
        hands.choose_directions(self.page, name)
        self._done()

    def choose(self, label: str, option: str) -> None:
        self.see(self.page.get_by_role("combobox", name=label))
        hands.choose(self.page, label, option)
        self._done()

    def select(self, label: str, option: str) -> None:
        """In a list of the browser's own, as light pages have."""
        field = self.page.get_by_label(label, exact=True)
        self.see(field)
        field.select_option(label=option)
        self._done()

    def day(self, label: str, day: str) -> None:
        hands.set_day(self.page, label, day)
        # Past the calendar's button: a date counts once its field is left.
        self.page.keyboard.press("Tab")
        self._done()

    def download(self, link: str) -> list[dict[str, str]]:
        """The rows of the CSV file behind this link."""
        with self.page.expect_download() as waiting:
            self.click(self.page.get_by_role("link", name=link, exact=True))
        text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
        return list(csv.DictReader(io.StringIO(text), delimiter=";"))
