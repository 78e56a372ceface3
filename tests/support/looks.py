"""Every screen for every role that may open it, and every state, under each theme and at each width:
what `make audit` looks at and `make screenshots` takes pictures of.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from .places import STATES, Place, for_everybody
from .served import Served
from .windows import FLAGS, go, idle, lean_chromium

THEMES, WIDTHS, PHONE = ("light", "dark"), (1440, 360), 360
NOBODY = "sans-compte"
Look = tuple[Place, str, int, Page]


def role_of(place: Place) -> str:
    return place.login or NOBODY


def looks(roles: list[str] | None = None) -> Iterator[Look]:
    """One window for each role, theme and width; its places one after the other. `roles`: screens as
    these only; states are looked at all the same.
    """
    screens = [place for place in for_everybody() if roles is None or role_of(place) in roles]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        served = Served(Path(folder) / "var").start()
        try:
            browser = playwright.chromium.launch(executable_path=lean_chromium(), args=FLAGS)
            yield from _in_windows(browser, served, [*screens, *STATES])
            browser.close()
        finally:
            served.stop()


def _in_windows(browser: Browser, served: Served, places: list[Place]) -> Iterator[Look]:
    for role in sorted(set(map(role_of, places))):
        for theme in THEMES:
            for width in WIDTHS:
                page = _window(browser, served, role, theme, width)
                for place in places:
                    if role_of(place) == role and (width == PHONE or not place.narrow_only):
                        yield place, theme, width, page
                page.context.close()


def _window(browser: Browser, served: Served, role: str, theme: str, width: int) -> Page:
    context = browser.new_context(
        base_url=served.url,
        locale="fr-FR",
        timezone_id="Europe/Brussels",
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
        bypass_csp=True,
    )
    if role != NOBODY:
        context.add_cookies([{"name": "cp", "value": served.cookie_of(role), "url": served.url}])
    return context.new_page()


def reach(page: Page, place: Place) -> None:
    """Opens it, and does what it takes to see it."""
    go(page, place.address)
    if place.act:
        place.act(page)
        idle(page)
