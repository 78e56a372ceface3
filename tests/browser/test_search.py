"""Alice searches with a typing error and without accents; while she writes, she meets the idea
that is there already.
"""

import re

import pytest
from playwright.sync_api import Page, expect
from support.chromium import idle
from support.hands import plain

pytestmark = pytest.mark.reads

CHARIOTS = "Des chariots avec de plus grandes roues"
TITLE, BODY = "Titre (proposé d'après la première ligne)", "Votre idée, votre constat"


def search(page: Page, words: str) -> Page:
    page.get_by_label("Rechercher", exact=True).fill(words)
    page.get_by_label("Rechercher", exact=True).press("Enter")
    return idle(page)


def first(page: Page):
    return page.locator(".cp-desk li").first


def test_alice_finds_the_heating_of_the_schools_and_sees_why(visit):
    alice = search(visit("alice", "/idees"), "chaufage ecole")
    said = plain(alice.get_by_role("status").filter(has_text="presque rien").inner_text())
    assert said == (
        "« chaufage ecole » ne donne presque rien ; voici les résultats de « chauffage ecole » :"
        " moins de dix idées en ont tous les mots, suivent celles qui en ont le plus."
    )
    expect(first(alice)).to_contain_text("Baisser le chauffage des écoles")
    assert first(alice).locator("a mark").all_inner_texts() == ["chauffage", "écoles"]
    alice.locator(".cp-instead a").click()
    expect(alice.get_by_label("Rechercher", exact=True)).to_have_value("chauffage ecole")
    expect(idle(alice).locator(".cp-instead a")).to_have_count(0)


def test_while_typing_alice_is_shown_the_idea_that_is_there_and_loses_nothing(visit):
    alice = visit("alice", "/deposer")
    typed = "De plus grosses roues pour nos chariots"
    alice.get_by_label(TITLE, exact=True).press_sequentially(typed, delay=30)
    near = alice.locator(".st-key-cp_similar_deposer")
    expect(near).to_contain_text(CHARIOTS)  # while the field is still being written in
    expect(near).to_contain_text("chariots, roues")
    expect(alice.get_by_label(TITLE, exact=True)).to_be_focused()
    with alice.context.expect_page() as opened:
        near.get_by_role("link", name=re.compile(CHARIOTS)).click()
    expect(opened.value.get_by_role("heading", level=1)).to_contain_text(CHARIOTS)
    expect(alice.get_by_label(TITLE, exact=True)).to_have_value(typed)
    opened.value.close()


def test_the_text_alone_is_compared_too_and_a_stranger_is_shown_nothing(visit):
    text = "De plus grosses roues pour nos chariots"
    alice, stranger = visit("alice", "/deposer"), visit(None, "/deposer")
    for page in (alice, stranger):
        page.get_by_label(BODY, exact=True).fill(text)
        page.get_by_label(BODY, exact=True).press("Tab")
    expect(idle(alice).get_by_label(TITLE, exact=True)).to_have_value(text)
    expect(alice.locator(".st-key-cp_similar_deposer")).to_have_count(1)
    expect(stranger.get_by_text(CHARIOTS)).to_have_count(0)
