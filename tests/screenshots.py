"""A picture of every screen for every role that may open it, and of every state, into screenshots/.

    python -m tests.screenshots [--out FOLDER] [--roles alice,elise] [--only idees]

Each under both themes, on a desk and on a phone.
"""

import argparse
import re
from pathlib import Path

from playwright.sync_api import Page

from models.settings import ROOT
from tests.support.looks import looks, reach, role_of
from tests.support.windows import idle

MOST_PIXELS_HIGH = 6000
# The page scrolls inside Streamlit's main element: the window is made as high as its content.
HEIGHT = (
    "Math.max(600, ...[...document.querySelectorAll('[data-testid=stMain]')].map(main =>"
    " main.scrollHeight))"
)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--out", type=Path, default=ROOT / "screenshots")
    asked.add_argument("--roles", type=lambda said: said.split(","))
    asked.add_argument("--only", default="", help="a part of the place's name")
    options = asked.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for place, theme, width, page in looks(options.roles):
        if options.only in place.name:
            page.set_viewport_size({"width": width, "height": 900})
            reach(page, place)
            name = re.sub(r"\W+", "-", place.name)
            take(page, options.out / f"{name}-{role_of(place)}-{width}-{theme}.png", width)


def take(page: Page, file: Path, width: int) -> None:
    """The whole page, as high as it is."""
    high = min(int(page.evaluate(HEIGHT)) + 40, MOST_PIXELS_HIGH)
    page.set_viewport_size({"width": width, "height": high})
    page.evaluate("document.fonts.ready")
    idle(page).screenshot(path=file, animations="disabled")


if __name__ == "__main__":
    main()
