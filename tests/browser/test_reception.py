"""Didier goes from entry to entry of his list by key, answers beside it and takes back what was
published by mistake.
"""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect
from support.chromium import idle
from support.filing import file
from support.hands import press, told, write

OF_VOIRIE = "/reception?liste=attente&direction=AD-VOI&ambition=toutes"


@pytest.fixture
def three(served, cast) -> list[int]:
    """The numbers of three entries that wait; how Alice files is another story."""
    [(voirie,)] = served.rows("SELECT id FROM direction WHERE code = 'AD-VOI'")
    return [
        file(served.engine, cast.alice, uuid4().hex, title=title, concerns_id=voirie).number
        for title in ("Un banc devant le dépôt", "Un banc derrière le dépôt", "Une table au dépôt")
    ]


def row(page: Page, number: int) -> Locator:
    return page.locator(".cp-desk li").filter(has=page.locator(f"[value='{number}']"))


def opened(page: Page) -> Locator:
    return page.locator("#cp-desk-title")


def key(page: Page, name: str) -> Page:
    page.keyboard.press(name)
    return idle(page)


def test_didier_goes_through_the_list_by_key_and_answers_beside_it(visit, served, three):
    didier = visit("didier", OF_VOIRIE, viewport={"width": 1440, "height": 900})
    # Those of one day stand in no order that tells who came first.
    listed = [int(box.get_attribute("value")) for box in didier.locator(".cp-desk-one").all()]
    first, second = sorted(three, key=listed.index)[:2]
    title = {number: row(didier, number).get_by_role("link").inner_text() for number in three}
    row(didier, first).get_by_role("link").click()
    expect(opened(didier)).to_have_text(title[first])
    expect(opened(didier)).to_be_focused()
    expect(row(didier, first).get_by_role("link")).to_have_attribute("aria-current", "true")
    key(didier, "j")
    expect(opened(didier)).to_have_text(title[second])
    key(didier, "k")
    expect(opened(didier)).to_have_text(title[first])

    key(didier, "r")
    field = didier.get_by_label("Réponse à l'auteur", exact=True)
    expect(field).to_be_focused()
    didier.keyboard.type("Un banc joli est commandé.")
    expect(field).to_have_value("Un banc joli est commandé.")  # no letter of it is a key
    press(didier, "À l'étude")
    assert "Le délai court toujours" in told(didier)
    expect(opened(didier)).to_have_text(title[second])
    press(didier, "Annuler la réponse")
    key(didier, "k")
    expect(opened(didier)).to_have_text(title[first])
    write(didier, "Réponse à l'auteur", "Un banc joli est commandé.")
    press(didier, "Retenue")
    assert told(didier).startswith("La réponse est enregistrée")
    expect(row(didier, first)).to_have_count(0)
    # The one that follows has taken its place.
    expect(opened(didier)).to_have_text(title[second])
    didier.locator("h1").click()
    key(didier, "o")
    expect(didier.get_by_role("heading", level=1)).to_have_text(title[second])
    assert served.rows("SELECT answered_on IS NULL FROM idea WHERE number = :n", n=first) == [(0,)]


@pytest.mark.parametrize(
    "who,way", [("carine", "Répondre aux idées"), ("didier", "réponses en retard")]
)
def test_two_ideas_are_answered_with_one_click_each_from_accueil(visit, served, who, way):
    page = visit(who, "", viewport={"width": 1280, "height": 900})
    page.get_by_role("link", name=way).first.click()
    field = page.get_by_label("Réponse à l'auteur", exact=True)
    shown = set()
    for _ in range(2):
        expect(idle(page).locator(".cp-desk-head[data-writes]")).to_be_visible()
        expect(field).to_be_focused()
        shown.add(opened(page).inner_text())
        page.keyboard.type("Nous regardons avec le service, merci.")
        page.get_by_role("button", name=re.compile("^(Retenue|Prise en compte)$")).first.click()
        assert told(idle(page)).startswith("La réponse est enregistrée")
    assert len(shown) == 2


def test_what_was_published_by_mistake_waits_to_be_read_again(visit, served):
    didier = visit("didier", "/reception?liste=lire&rang=0", viewport={"width": 360, "height": 740})
    title = opened(didier).inner_text()
    waiting = "SELECT count(*) FROM idea WHERE NOT published AND status <> 'reorientee'"
    before = served.rows(waiting)
    press(didier, "Lue, publier")
    expect(didier.get_by_text("L'idée est lue et publiée.")).to_be_visible()
    assert served.rows(waiting) != before
    press(didier, "Annuler la publication")
    expect(didier.get_by_text("La publication est annulée")).to_be_visible()
    assert served.rows(waiting) == before
    idle(didier).get_by_role("link", name="Retour à la liste").click()
    expect(didier.locator(".cp-desk li").first).to_be_visible()
    expect(didier.get_by_role("link", name=title).first).to_be_visible()
