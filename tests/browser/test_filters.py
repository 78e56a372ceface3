"""The filters of a screen: a tree of directions, an ambition, two days; the address follows, and
on the cockpit the whole page without being drawn again.
"""

import re

import pytest
from playwright.sync_api import Page, expect
from support.chromium import idle
from support.hands import plain, unfold_filters

pytestmark = pytest.mark.reads

COCKPIT = "/tableau-de-bord"


def open_tree(page: Page) -> Page:
    unfold_filters(page).get_by_role("searchbox", name="Direction").focus()
    return page


def offered(page: Page) -> list[str]:
    """The directions that are seen in the open tree."""
    lines = page.get_by_role("list", name="Directions et services").get_by_role("listitem")
    return [plain(text) for text in lines.all_inner_texts()]


def test_elise_finds_a_direction_by_its_words(visit):
    """« Voirie » is in « Régie de voirie », not in « Avaloirs et interventions »."""
    page = open_tree(visit("elise", COCKPIT))
    assert "Avaloirs et interventions" in offered(page)
    page.keyboard.type("VOIRIE")
    assert offered(page) == ["Voirie", "Régie de voirie"]
    page.keyboard.type("xyz")
    expect(page.get_by_text("Aucune direction de ce nom.")).to_be_visible()


def test_elise_chooses_two_directions_and_the_page_follows_where_it_stands(visit):
    page = visit("elise", f"{COCKPIT}?direction=ADM&depuis=2023-03-31")
    page.evaluate("window.stillHere = document.querySelector('.cp-parts')")
    open_tree(page)
    page.get_by_role("checkbox", name="Jeunesse et sports", exact=True).check()
    expect(page.locator(".cp-filters > summary")).to_contain_text("Jeunesse et sports (VC-JSP)")
    page.get_by_role("checkbox", name="Informatique et services en ligne").check()
    expect(page.locator(".cp-filters > summary")).to_contain_text(
        "Informatique et services en ligne (RI-INF)"
    )
    assert re.search(r"direction=RI-INF(%2C|,)VC-JSP", page.url) and "depuis=2023-03-31" in page.url
    assert page.evaluate("window.stillHere === document.querySelector('.cp-parts')")
    # The menu leads to the same directions, though it was not drawn again.
    expect(page.locator(".cp-nav a", has_text="Idées")).to_have_attribute(
        "href", re.compile(r"direction=RI-INF(%2C|,)VC-JSP")
    )
    page.go_back()
    expect(page.locator(".cp-filters > summary")).not_to_contain_text("Informatique et services")
    page.go_back()
    expect(page.locator(".cp-filters > summary")).to_contain_text("Toute l'administration")


def test_a_day_outside_the_programme_is_said_beside_the_field_and_changes_nothing(visit):
    page = unfold_filters(idle(visit("elise", COCKPIT)))
    before = page.url
    field = page.get_by_label("Situation au")
    field.fill("2019-01-31")
    field.blur()
    said = page.get_by_role("alert").filter(has_text="Choisissez un jour du")
    expect(said).to_have_text(re.compile(r"Choisissez un jour du \d\d/\d\d/\d{4} au 30/06/2023\."))
    assert page.url == before
    field.fill("2023-05-31")
    field.blur()
    expect(page).to_have_url(re.compile("au=2023-05-31"))
    expect(said).to_have_count(0)


def test_a_choice_is_a_link_and_what_was_open_stays_open(visit):
    page = idle(visit("elise", "/voix"))
    sites = page.locator("details.cp-fold").filter(has_text="Par site").first
    sites.locator("summary").first.click()
    expect(sites.get_by_role("table")).to_be_visible()
    page.get_by_role("navigation", name="Voix").get_by_role("link").nth(1).click()
    expect(page).to_have_url(re.compile("voix=idees"))
    expect(sites.get_by_role("table")).to_be_visible()


def test_alice_goes_from_all_ambitions_to_one_where_she_stands(visit):
    """The window is named after the ambition, under our icon, and the form of an idea about it
    stands below.
    """
    page = visit("alice", "/ambitions?ambition=toutes")
    icon = page.locator("link[rel='shortcut icon']").evaluate("link => link.href")
    ours = page.request.get(icon.rpartition("/")[0] + "/icon-32.png").body()
    assert page.request.get(icon).body() == ours
    expect(page).to_have_title("Les cinq ambitions 2030 · C-Possible")
    page.evaluate("window.stillHere = document.querySelector('.cp-parts')")
    unfold_filters(page)
    page.locator(".cp-filter select").select_option("Modernisation")
    expect(page.get_by_role("heading", level=1)).to_have_text("Modernisation")
    expect(page).to_have_title("Modernisation · C-Possible")
    expect(page.get_by_text("Déposer une idée pour « Modernisation »")).to_be_visible()
    assert page.evaluate("window.stillHere === document.querySelector('.cp-parts')")
