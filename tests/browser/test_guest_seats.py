"""A seat without an account on a phone of 360 px, with a script and without one."""

import re

from playwright.sync_api import Page, expect
from support import axe
from support.hands import show_all_rows
from support.phone import code_of

OPEN = "Évaluer la feuille de route"


def from_the_agenda(page: Page, title: str, words: str) -> None:
    page.goto("/agenda")
    link = (
        page.get_by_role("listitem")
        .filter(has_text=title)
        .get_by_role("link", name=re.compile(words))
    )
    assert link.bounding_box()["height"] >= 44
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)


def is_sound(page: Page) -> None:
    """Nothing of axe, in both themes; nothing wider than the phone at twice the size of text."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe.violations(page) == []
    page.emulate_media(color_scheme="light")
    style = page.add_style_tag(content="html { font-size: 200%; }")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    style.evaluate("style => style.remove()")


def test_a_seat_is_taken_by_keyboard_kept_over_a_reload_seen_and_given_up(own_window, visit):
    page = own_window(bypass_csp=True).new_page()
    from_the_agenda(page, OPEN, "S.inscrire")
    is_sound(page)
    expect(page.get_by_label("adresse de courriel")).to_have_count(0)  # no mail leaves here
    page.get_by_label("Votre prénom").fill("Rosa")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Votre service")).to_be_focused()
    page.keyboard.type("Dépôt Voirie nord")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre place est réservée")
    is_sound(page)
    code = code_of(page)
    page.reload()
    assert code_of(page) == code
    didier = visit("didier", page.url.removeprefix("http://").partition("/")[2].split("#")[0])
    didier.get_by_text("Personnes inscrites", exact=True).click()
    persons = didier.get_by_test_id("stExpander").filter(has_text="Personnes inscrites")
    row = (
        show_all_rows(persons)
        .get_by_role("row")
        .filter(has_text="Rosa, Dépôt Voirie nord (sans compte)")
    )
    expect(row).to_contain_text("Inscrite")
    page.get_by_role("link", name="Voir ou annuler mon inscription").click()
    expect(page.get_by_text("Rosa, Dépôt Voirie nord")).to_be_visible()
    assert code not in page.url
    page.get_by_text("Annuler mon inscription").first.click()
    is_sound(page)
    page.get_by_role("button", name="Annuler mon inscription").click()
    expect(page.get_by_role("status").filter(has_text="annulée")).to_be_visible()
    assert page.context.cookies() == []
