"""The guide beside the product: what it names is on the screens, its pictures are of today, and it is
read on any device.

One page in fifteen is compared. `RENEW_GUIDE=1 python -m pytest tests/browser/test_guide.py` makes
all pictures anew; `RENEW_GUIDE=accueil,agenda` makes those alone.
"""

import os
from collections import defaultdict
from collections.abc import Mapping

import pytest
from playwright.sync_api import Page, expect
from support import axe
from support.guide_scenes import (
    HEAVIEST,
    KEPT,
    VIEWPORT,
    Scene,
    address_of,
    arrive,
    differences,
    kept_text,
    plain,
    scenes_of,
    take_picture,
    words_of,
)
from support.windows import idle

from dashboard.guide.declared import PICTURES, GuidePage, Picture, guide, help_of, pieces
from models.people import Role

RENEWED = os.environ.get("RENEW_GUIDE", "").split(",")
COMPARED = guide() if RENEWED != [""] else guide()[1::15]
Played = Mapping[str, list[tuple[GuidePage, Scene]]]


def played() -> Played:
    """Login → the scenes that she plays, each with its page."""
    found = defaultdict(list)
    for page in COMPARED:
        for scene in scenes_of(page):
            found[scene.who].append((page, scene))
    return found


def test_the_guide_says_what_the_screens_say(visit, served):
    """Each word that a step quotes is on a screen that its page speaks of; each picture says what
    the screen says today.
    """
    told, old = defaultdict(set), {}
    for who, scenes in played().items():
        page = visit(who or None, "/tout" if who else "/guide", viewport=VIEWPORT)
        seen: dict[str, set[str]] = {}
        for of, scene in scenes:
            address = address_of(scene, served)
            if scene.picture or scene.acts or address not in seen:
                arrive(page, scene, served)
                seen[address] = words_of(page)
            told[of.name] |= seen[address]
            if scene.picture:
                old |= compare(page, scene)
    missing = {of.name: missed for of in COMPARED if (missed := unsaid(of, told[of.name]))}
    assert missing == {}, "these words of the guide are on no screen that its page speaks of"
    assert old == {}, "pictures that say what no screen says any more: RENEW_GUIDE=1"


def unsaid(of: GuidePage, told: set[str]) -> list[str]:
    """The quoted words that are on none of the screens; « Ouvrir… » may begin a longer label."""
    labels = [part for step in of.steps for part, is_label in pieces(step) if is_label]
    return [label for label in labels if not any(plain(label) in text for text in told)]


def compare(page: Page, scene: Scene) -> dict[str, tuple]:
    """Name of an old picture → what it says too much, what it lacks; renewed where that is asked."""
    file, text = Picture(scene.picture, scene.alt).file, KEPT / f"{scene.picture}.txt"
    if {"1", scene.picture} & set(RENEWED):
        text.parent.mkdir(exist_ok=True)
        take_picture(page, scene, file)
        text.write_text(kept_text(page, scene), encoding="utf-8")
    too_much, lacking = differences(page, scene, text.read_text(encoding="utf-8"))
    return {scene.picture: (too_much, lacking)} if too_much or lacking else {}


def test_pictures_are_small_and_none_is_left_over():
    named = [picture for page in guide() for picture in page.pictures]
    names = {picture.name for picture in named}
    assert len(names) == len(named), "each picture is of one page"
    assert {file.stem for file in PICTURES.glob("*.png")} == names
    assert {file.stem for file in KEPT.glob("*.txt")} == names
    weights = {picture.name: picture.file.stat().st_size for picture in named}
    assert max(weights.values()) <= HEAVIEST, weights
    assert sum(weights.values()) <= 2_000_000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_guide_is_read_on_a_phone_by_everybody(visit, theme):
    phone = {"width": 360, "height": 780}
    page = visit(None, "/guide", viewport=phone, color_scheme=theme)
    addresses = ("/guide", "/guide?q=zzz", "/guide?q=mot+de+passe", guide()[5].href)
    for address in addresses[int(theme == "dark") :: 2]:
        page.goto(address)
        assert axe.violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= phone["width"], address


def test_a_question_mark_beside_the_title_opens_the_page_of_the_screen(visit):
    """In a tab of its own: what one was doing stays where it is."""
    page = idle(visit("carine", "/ma-direction"))
    link = page.get_by_role("link", name="Mode d'emploi de cet écran (nouvel onglet)")
    expect(link).to_have_attribute("href", help_of("tableau-de-bord", {Role.manager}))
    with page.context.expect_page() as opened:
        link.click()
    guide_tab = opened.value
    expect(guide_tab.get_by_role("heading", level=1)).to_have_text(
        "Suivre sa direction et l'afficher"
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("Pilotage — Jeunesse et sports")
    guide_tab.close()
