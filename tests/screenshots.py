"""A picture of every screen for every role that may open it, and one sheet of them all, into
screenshots/.

    python -m tests.screenshots [--out FOLDER] [--roles alice,elise] [--screens idees] [--widths
    1440,360] [--themes dark]

By default every width (1440, 768, 360) under both themes. A page is opened once and seen through
each of them.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect, sync_playwright

from dashboard.visit.screens import SCREENS
from models.settings import ROOT
from seed.demonstration import DEMO_ACCOUNTS
from tests.support.chromium import FLAGS, go, idle, lean_chromium
from tests.support.served import Served

WIDTHS, THEMES, NOBODY = (1440, 768, 360), ("light", "dark"), "sans-compte"
MOST_PIXELS_HIGH = 6000
MORE = {"pourquoi": "chiffre=reponse.tenue", "extrait": "chiffre=avancement"}
EXTRA = {
    "une-ambition": ("ambitions", "ambition=bien-etre"),
    "un-jalon": ("feuille-de-route", "jalon=1.7"),
    "face-au-pst": ("feuille-de-route", "volet=pst"),
    "une-formation": ("academie", "formation=F01"),
}
THUMB, COLUMNS = (150, 210), 24
# The page scrolls inside Streamlit's main element: the window is made as high as its content.
HEIGHT = (
    "Math.max(600, ...[...document.querySelectorAll('[data-testid=stMain]')].map(main =>"
    " main.scrollHeight))"
)


def main() -> None:
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        served = Served(Path(folder) / "var").start()
        try:
            browser = playwright.chromium.launch(executable_path=lean_chromium(), args=FLAGS)
            made = [
                picture
                for login in options.roles
                for picture in pictures(browser, served, login, options)
            ]
            browser.close()
        finally:
            served.stop()
    contact_sheet(made, options.out / "planche.png")
    print(f"{len(made)} pictures and planche.png in {options.out}")


def arguments() -> argparse.Namespace:
    everyone = [login for login, _, _ in DEMO_ACCOUNTS] + [NOBODY]
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--out", type=Path, default=ROOT / "screenshots")
    asked.add_argument("--roles", type=lambda said: said.split(","), default=everyone)
    asked.add_argument(
        "--widths", type=lambda said: [int(width) for width in said.split(",")], default=WIDTHS
    )
    asked.add_argument("--themes", type=lambda said: said.split(","), default=THEMES)
    asked.add_argument(
        "--screens",
        type=lambda said: said.split(","),
        default=None,
        help="addresses; all by default",
    )
    return asked.parse_args()


def pictures(
    browser: Browser, served: Served, login: str, options: argparse.Namespace
) -> Iterator[Path]:
    """The pictures of one person: each screen under each theme at each width."""
    context = browser.new_context(
        base_url=served.url,
        locale="fr-FR",
        timezone_id="Europe/Brussels",
        viewport={"width": options.widths[0], "height": 900},
        reduced_motion="reduce",
    )
    if login != NOBODY:
        context.add_cookies([{"name": "cp", "value": served.cookie_of(login), "url": served.url}])
    page = context.new_page()
    for name in opened_screens(page, login, options.screens):
        for theme in options.themes:
            page.emulate_media(color_scheme=theme)
            expect(page.locator(".stApp")).to_have_css("color-scheme", theme)
            for width in options.widths:
                yield picture(page, options.out / f"{name}-{login}-{width}-{theme}.png", width)
    context.close()


def opened_screens(page: Page, login: str, wanted: list[str] | None) -> Iterator[str]:
    """Opens the screens this person may open, and tells each by name; without an account: the
    sign-in, what is open.
    """
    screens = {
        screen.url or "accueil": (screen.url, MORE.get(screen.url, ""))
        for screen in SCREENS
        if login != NOBODY or screen.right == "page.open" or not screen.url
    }
    for name, (url, query) in (screens | (EXTRA if login != NOBODY else {})).items():
        if wanted and name not in wanted:
            continue
        go(page, f"/{url}?{query}")
        if not page.get_by_text("Cet écran n'est pas ouvert à votre rôle.").count():
            yield name


def picture(page: Page, file: Path, width: int) -> Path:
    page.set_viewport_size({"width": width, "height": 900})
    idle(page)
    page.set_viewport_size(
        {"width": width, "height": min(int(page.evaluate(HEIGHT)) + 40, MOST_PIXELS_HIGH)}
    )
    page.evaluate("document.fonts.ready")
    idle(page)
    page.screenshot(path=file, animations="disabled")
    return file


def contact_sheet(files: list[Path], out: Path) -> None:
    """All pictures, small, with their names."""
    rows = -(-len(files) // COLUMNS)
    width, height = THUMB
    sheet = Image.new("RGB", (COLUMNS * (width + 10), max(rows, 1) * (height + 26)), "white")
    draw = ImageDraw.Draw(sheet)
    for number, file in enumerate(files):
        x, y = number % COLUMNS * (width + 10) + 5, number // COLUMNS * (height + 26) + 5
        with Image.open(file) as image:
            small = image.convert("RGB")
            small = small.crop(
                (0, 0, small.width, min(small.height, round(small.width * height / width)))
            )
            small.thumbnail(THUMB)
        sheet.paste(small, (x, y))
        draw.text((x, y + height + 4), file.stem, fill="black")
    sheet.save(out)


if __name__ == "__main__":
    main()
