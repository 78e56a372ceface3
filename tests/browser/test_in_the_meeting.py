"""« En séance »: the office of the programme goes through what waits over the cockpit, and records on
the spot what the body decides, notes and entrusts.
"""

from playwright.sync_api import Page, expect
from support.chromium import idle
from support.hands import plain

COCKPIT = "/tableau-de-bord?direction=ADM"
DESK = (1440, 900)


def over(page: Page):
    """What lies over the cockpit."""
    return page.locator(".st-key-cp_spot")


def title(page: Page) -> str:
    return plain(over(page).get_by_role("heading", level=2).first.inner_text())


def follow(page: Page, name: str) -> Page:
    over(page).get_by_role("link", name=name, exact=True).click()
    return idle(page)


def test_didier_goes_through_what_waits_without_leaving_the_cockpit(visit):
    width, height = DESK
    didier = idle(visit("didier", COCKPIT, viewport={"width": width, "height": height}))
    didier.get_by_role("link", name="Passer en revue", exact=True).click()
    idle(didier)
    first = title(didier)
    expect(didier.locator("#cp-spot-title")).to_be_focused()
    follow(didier, "Suivant")
    assert title(didier) != first and "2 sur" in over(didier).inner_text()
    follow(didier, "Précédent")
    assert title(didier) == first
    didier.keyboard.press("Escape")
    expect(over(didier)).to_have_count(0)
    expect(didier.get_by_role("heading", name="Ce qui nous attend")).to_be_visible()


def test_who_only_reads_the_cockpit_finds_no_way_to_treat(visit):
    """Nor does an address typed by hand open one."""
    elise = idle(visit("elise", f"{COCKPIT}&traiter=decision-16"))
    expect(elise.get_by_role("heading", name="Ce qui nous attend")).to_be_visible()
    expect(elise.get_by_role("link", name="Passer en revue", exact=True)).to_have_count(0)
    expect(over(elise)).to_have_count(0)
