"""Counts the acts of a person: one click, one field filled, one choice in a list."""

import csv
import io
from pathlib import Path

from playwright.sync_api import Locator, Page

from . import hands
from .chromium import idle


class Acts:
    """A person before a page: what she does through here is counted."""

    def __init__(self, page: Page):
        self.page = page
        self.count = 0

    def _done(self) -> None:
        self.count += 1
        idle(self.page)

    def click(self, target: Locator) -> None:
        target.click()
        self._done()

    def fill(self, label: str, words: str) -> None:
        field = self.page.get_by_label(label, exact=True)
        field.fill(words)
        field.press("Tab")
        self._done()

    def choose_direction(self, name: str) -> None:
        hands.choose_directions(self.page, name)
        self._done()

    def choose(self, label: str, option: str) -> None:
        hands.choose(self.page, label, option)
        self._done()

    def select(self, label: str, option: str) -> None:
        """In a list of the browser's own, as light pages have."""
        field = self.page.get_by_label(label, exact=True)
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
