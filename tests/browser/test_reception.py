"""Stories of the list that one works through: Didier goes from entry to entry by key, answers
beside the list and chooses several; on a phone the list and the entry take turns.
"""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect
from support.chromium import go, idle
from support.crossing import rest
from support.filing import file
from support.hands import choose, press, told, write

pytestmark = pytest.mark.browser

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
    field.press("Tab")
    press(idle(didier), "Enregistrer la réponse")
    assert told(didier).startswith("La réponse est enregistrée")
    expect(row(didier, first)).to_have_count(0)
    # The one that follows has taken its place.
    didier.locator("h1").click()
    key(didier, "j")
    expect(opened(didier)).to_have_text(title[second])
    key(didier, "o")
    expect(didier.get_by_role("heading", level=1)).to_have_text(title[second])
    assert served.rows("SELECT answered_on IS NULL FROM idea WHERE number = :n", n=first) == [(0,)]


# Several are acted on at once in test_desks.py.
@pytest.mark.matrix
def test_didier_chooses_two_and_gives_both_one_answer(visit, served, three):
    didier = visit("didier", OF_VOIRIE, viewport={"width": 1440, "height": 900})
    act = didier.locator(".cp-desk-act")
    expect(act).to_be_hidden()
    row(didier, three[1]).get_by_role("checkbox").check()
    row(didier, three[0]).get_by_role("link").click()
    expect(opened(didier)).to_be_focused()
    key(didier, "x")
    # What was chosen outlives the opening of another entry.
    expect(act).to_have_text("Répondre à 2 idées")
    act.click()
    expect(opened(didier)).to_have_text(re.compile("Répondre à 2.idées"))
    write(idle(didier), "Réponse aux auteurs", "Les bancs arrivent en septembre.")
    press(didier, "Répondre à toutes")
    assert told(didier).startswith("2 réponses")
    answered = "SELECT number FROM idea WHERE answered_on IS NOT NULL AND number IN (:a, :b, :c)"
    found = served.rows(answered, a=three[0], b=three[1], c=three[2])
    assert {number for (number,) in found} == set(three[:2])
    expect(didier.locator(".cp-desk-nothing")).to_be_visible()


# A publication is taken back below, by the same line.
@pytest.mark.matrix
def test_didier_takes_back_a_transfer_where_he_is_told_of_it(visit, served, three):
    didier = visit(
        "didier", f"{OF_VOIRIE}&idee={three[0]}", viewport={"width": 1440, "height": 900}
    )
    concerns = "SELECT concerns_id FROM idea WHERE number = :n"
    before = served.rows(concerns, n=three[0])
    didier.get_by_role("button", name="Transférer").click()
    choose(didier, "Direction qui reçoit", "Bâtiments (AD-BAT)")
    write(didier, "Raison", "Les bancs sont achetés par les Bâtiments.")
    didier.get_by_role("button", name="Transférer", exact=True).last.click()
    assert told(idle(didier)) == "L'idée est transférée : Bâtiments (AD-BAT)."
    assert served.rows(concerns, n=three[0]) != before
    expect(row(didier, three[0])).to_have_count(0)
    press(didier, "Annuler le transfert")
    assert told(didier) == "Le transfert est annulé : l'idée revient."
    assert served.rows(concerns, n=three[0]) == before
    expect(row(didier, three[0])).to_be_visible()
    expect(didier.get_by_role("button", name="Annuler le transfert")).to_have_count(0)


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


# Who is named and told: tests/test_mentions.py.
@pytest.mark.matrix
@pytest.mark.parametrize("width", [1440, *rest(360)])
def test_didier_names_a_colleague_in_a_note_and_she_is_told(visit, served, width):
    of_youth = "/reception?liste=attente&direction=VC-JSP&rang=0"
    didier = visit("didier", of_youth, viewport={"width": width, "height": 900})
    didier.get_by_text(re.compile("^Notes internes")).click()
    write(didier, "Votre note", "Une question :")
    choose(didier, re.escape("Nommer un ou une collègue (@)"), "Carine Delvaux")
    field = didier.get_by_label("Votre note", exact=True)
    expect(field).to_have_value("Une question : @Carine Delvaux ")
    assert didier.evaluate("document.documentElement.scrollWidth") <= width
    write(didier, "Votre note", "Une question : @Carine Delvaux et @Alice Lambotte, qui l'a vu ?")
    press(didier, "Ajouter la note")
    expect(didier.get_by_text(re.compile("n'est le nom de personne qui lit"))).to_be_visible()
    write(didier, "Votre note", "Une question : @Carine Delvaux, le hall est-il dans le plan ?")
    press(didier, "Ajouter la note")
    assert told(didier) == "La note est ajoutée."
    named = """SELECT DISTINCT family_name FROM outbox JOIN person ON person.id = person_id
        WHERE title LIKE 'Une note interne vous nomme%'"""
    assert served.rows(named) == [("Delvaux",)]


# Keys are pressed above and in test_desks.py.
@pytest.mark.matrix
def test_who_turns_the_keys_off_presses_letters_in_peace(visit):
    page = visit("didier", "/reception?liste=retard", viewport={"width": 1440, "height": 900})
    page.get_by_role("checkbox", name="Touches du clavier").uncheck()
    for name in "jorx":
        key(page, name)
    expect(page.locator(".cp-desk-nothing")).to_be_visible()
    go(page, "/reception?liste=retard")
    keys = page.get_by_role("checkbox", name="Touches du clavier")
    expect(keys).not_to_be_checked()
    keys.check()
    key(page, "j")
    expect(opened(page)).to_be_visible()


# As on the lists of test_desks.py, which are drawn by the same.
@pytest.mark.matrix
def test_on_a_phone_the_list_and_the_entry_take_turns(visit):
    page = visit("didier", "/reception?liste=retard", viewport={"width": 360, "height": 740})
    rows = page.locator(".cp-desk li")
    expect(rows).to_have_count(20)
    title = rows.nth(2).get_by_role("link").inner_text()
    rows.nth(2).get_by_role("link").click()
    expect(opened(page)).to_have_text(title)
    expect(rows.first).to_be_hidden()
    page.get_by_role("link", name="Suivante").click()
    expect(opened(page)).not_to_have_text(title)
    idle(page).get_by_role("link", name="Retour à la liste").click()
    expect(rows.first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
