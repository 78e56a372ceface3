"""The errands of the roles (les courses), each from its person's front page by the shortest way, on
a desk and on a phone: acts and scrolling, as a Markdown table.

    python -m tests.errands [--only f,g]

Somebody who knows the screens does them: the first visit is past, nobody reads what lies on the
way. Each window begins on a demonstration of its own.
"""

import argparse
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, expect, sync_playwright

from tests.support.chromium import FLAGS, go, idle, lean_chromium
from tests.support.counted import Acts
from tests.support.hands import READY
from tests.support.served import Served

DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
WINDOWS = (DESK, PHONE)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--only", default="", help="letters, separated by commas")
    wanted = set(filter(None, asked.parse_args().only.split(",")))
    errands = [errand for errand in ERRANDS if not wanted or errand.letter in wanted]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=lean_chromium(), args=FLAGS)
        counted = [in_window(browser, window, errands) for window in WINDOWS]
        browser.close()
    print("| | who | errand | acts, desk | px, desk | acts, phone | px, phone |")
    print("|---|---|---|---:|---:|---:|---:|")
    for errand, *both in zip(errands, *counted, strict=True):
        numbers = " | ".join(f"{acts} | {pixels}" for acts, pixels in both)
        print(f"| {errand.letter} | {errand.login} | {errand.what} | {numbers} |")


def in_window(browser: Browser, window: dict, errands: list["Errand"]) -> list[tuple[int, int]]:
    """(acts, pixels) of each."""
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder) / "var").start()
        try:
            return [counted(browser, served, window, errand) for errand in errands]
        finally:
            served.stop()


def counted(browser: Browser, served: Served, window: dict, errand: "Errand") -> tuple[int, int]:
    context = browser.new_context(
        base_url=served.url,
        locale="fr-FR",
        timezone_id="Europe/Brussels",
        reduced_motion="reduce",
        **window,
    )
    context.add_cookies(
        [{"name": "cp", "value": served.cookie_of(errand.login), "url": served.url}]
    )
    page = go(context.new_page(), "/")
    skip = page.get_by_role("button", name="Passer la visite")
    if skip.count():
        skip.click()
        # Its last sentence has been read.
        go(idle(page), "/")
    someone = Acts(page)
    errand.run(someone)
    context.close()
    return someone.count, someone.pixels


# ── What a person does on the way ─────────────────────────────────────────────────────────────────


def link(someone: Acts, name: str) -> Locator:
    return someone.page.get_by_test_id("stMain").get_by_role("link", name=re.compile(name)).first


def button(someone: Acts, name: str) -> Locator:
    main = someone.page.get_by_test_id("stMain")
    return main.get_by_role("button", name=re.compile(name)).first


def text(someone: Acts, words: str) -> Locator:
    main = someone.page.get_by_test_id("stMain")
    return main.get_by_text(re.compile(words)).filter(visible=True).first


def menu(someone: Acts, title: str, short: str = "") -> None:
    """By the menu: on a phone the bar at its foot where the screen stands there, else through
    « Menu ».
    """
    page = someone.page
    bar = page.locator(".cp-phone").get_by_text(short or title, exact=True)
    if bar.count() and bar.is_visible():
        return someone.click(bar)
    listed = page.get_by_test_id("stSidebar").get_by_role("link", name=title, exact=True)
    if not in_window_of(page, listed):
        someone.click(page.locator("button.cp-menu"))
    someone.click(listed)


def in_window_of(page: object, element: Locator) -> bool:
    box = element.bounding_box() if element.count() else None
    return bool(box) and box["x"] >= 0 and element.is_visible()


# ── The errands ───────────────────────────────────────────────────────────────────────────────────


def how_far(elise: Acts) -> None:
    elise.see(text(elise, "mois de retard"))


def what_slips(elise: Acts) -> None:
    """The one that lacks most of its plan, and the milestone and the need behind it."""
    elise.click(link(elise, "^Communauté des Ambassadeurs"))
    elise.see(text(elise, "Un ambassadeur au moins dans chaque direction"))


def rows_of_what_waits(elise: Acts) -> None:
    elise.click(link(elise, r"^\d+\s+points? à décider"))
    elise.see(text(elise, "^N° 2[4-8] — "))


def decide_on_the_spot(didier: Acts) -> None:
    menu(didier, "Tableau de bord", "Tableau")
    didier.click(link(didier, "^Traiter les jalons"))
    didier.choose("Issue", "Adoptée")
    didier.choose("Porteur", "Direction générale (DG)")
    didier.day("Échéance", "29/09/2023")
    didier.click(button(didier, "Inscrire la décision"))
    expect(text(didier, "est inscrite")).to_be_visible()


def what_changed(elise: Acts) -> None:
    """The roadmap, the decisions and the ideas."""
    elise.see(text(elise, "^Depuis la séance du"))


def dossier(elise: Acts) -> None:
    elise.click(link(elise, "Dossier de la séance"))
    elise.click(button(elise, "Préparer le rapport"))
    ready = elise.page.get_by_role("link", name=re.compile("Télécharger"))
    expect(ready.first).to_be_visible(timeout=READY)
    with elise.page.expect_download(timeout=READY):
        elise.click(ready.first)


def answer_what_is_late(carine: Acts) -> None:
    menu(carine, "Ma direction", "Direction")
    carine.click(link(carine, "Manuel illustré"))
    carine.choose("Nouvel état", "Retenue")
    carine.fill("Réponse à l'auteur", "Le manuel sera dans les mains de l'équipe en septembre.")
    carine.click(button(carine, "Enregistrer la réponse"))


def who_is_not_trained(carine: Acts) -> None:
    menu(carine, "Académie")
    carine.click(link(carine, "Qui n'est pas formé"))
    carine.see(carine.page.get_by_role("table").first)


def hand_over(bruno: Acts) -> None:
    menu(bruno, "Mes services")
    bruno.click(button(bruno, "C'est transmis"))


def file_for_a_colleague(bruno: Acts) -> None:
    menu(bruno, "Déposer une idée", "Déposer")
    bruno.click(bruno.page.get_by_text("Pour un ou une collègue sans ordinateur"))
    bruno.click(bruno.page.get_by_text(re.compile("Mon ou ma collègue est d.accord")))
    bruno.fill("Votre idée, votre constat", "Des gants de rechange\nIls sont percés.")
    bruno.click(bruno.page.get_by_role("button", name="Envoyer"))
    expect(bruno.page.locator(".cp-thanks")).to_be_visible()


def what_became_of_mine(alice: Acts) -> None:
    alice.see(text(alice, r"^Votre idée\s: "))


def register(alice: Acts) -> None:
    menu(alice, "Académie")
    alice.click(button(alice, "^(how_to_reg )?S'inscrire$"))
    expect(alice.page.get_by_test_id("stAlert").first).to_be_visible()


@dataclass(frozen=True)
class Errand:
    """What a person of the cast came for, and how she does it."""

    letter: str
    login: str
    what: str
    run: Callable[[Acts], None]


ERRANDS = (
    Errand("a", "elise", "how far, on time or late", how_far),
    Errand("b", "elise", "what slips most, and why", what_slips),
    Errand("c", "elise", "exactly the rows of what waits", rows_of_what_waits),
    Errand("d", "didier", "a decision on a late milestone", decide_on_the_spot),
    Errand("e", "elise", "what changed since the last meeting", what_changed),
    Errand("f", "elise", "the dossier of the meeting", dossier),
    Errand("g", "carine", "her late answers, one answered", answer_what_is_late),
    Errand("h", "carine", "who is not trained in her services", who_is_not_trained),
    Errand("i", "bruno", "an answer handed over to a colleague", hand_over),
    Errand("j", "bruno", "an idea filed for a colleague", file_for_a_colleague),
    Errand("k", "alice", "what became of her idea", what_became_of_mine),
    Errand("l", "alice", "a place at a training", register),
)


if __name__ == "__main__":
    main()
