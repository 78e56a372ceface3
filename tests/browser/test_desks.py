"""Stories of the lists that one works through: several at once on a phone, and their order."""

import re

from playwright.sync_api import Locator, Page, expect
from support.chromium import idle
from support.hands import choose, plain, press, told, write
from support.trainings import asked_of

PHONE = {"width": 360, "height": 740}


def rows(page: Page) -> Locator:
    return page.locator(".cp-desk li")


def opened(page: Page) -> Locator:
    return page.locator("#cp-desk-title")


def test_carine_agrees_to_one_request_and_refuses_two(visit, served, cast):
    names = asked_of(served.engine, cast.carine, 2, 41)
    carine = visit("carine", "/academie?vue=gestion&liste=accords", viewport=PHONE)
    expect(rows(carine)).to_have_count(3)
    carine.get_by_role("button", name="Trier").click()
    choose(carine, "Trier par", "Nom de famille")
    carine.keyboard.press("Escape")
    expect(rows(carine)).to_have_count(3)
    first = plain(rows(carine).first.get_by_role("link").inner_text())
    assert any(first.startswith(name) for name in names)

    rows(carine).first.get_by_role("link").click()
    expect(opened(carine)).to_be_visible()
    expect(
        idle(carine).get_by_text(re.compile("service n'est en formation|aussi en formation"))
    ).to_be_visible()
    press(carine, "D'accord")
    assert told(carine) == "L'accord est donné."
    carine.get_by_role("link", name="Retour à la liste").click()
    expect(rows(idle(carine))).to_have_count(2)

    carine.get_by_role("checkbox", name="Tout choisir").check()
    carine.locator(".cp-desk-act").click()
    expect(opened(carine)).to_have_text(re.compile("Répondre à 2.demandes"))
    press(idle(carine), "Pas cette fois")
    expect(carine.get_by_text("Dites en un mot pourquoi", exact=False).first).to_be_visible()
    write(carine, "Motif d'un refus, que liront les personnes", "Trop d'absents ce jour-là")
    press(carine, "Pas cette fois")
    assert told(carine) == "2 demandes : le refus est transmis, avec son motif."
    states = "SELECT count(*) FROM seat WHERE approved = :is_given"
    assert carine.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    given = [served.rows(states, is_given=is_given)[0][0] for is_given in (True, False)]
    assert given[0] >= 1 and given[1] >= 2
