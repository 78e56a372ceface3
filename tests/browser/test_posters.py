"""The poster of a depot, from the office that makes it to the phone of whoever stands before it."""

import re

from playwright.sync_api import expect
from support import hands
from support.windows import idle

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def test_a_poster_is_made_and_whoever_reads_it_files_from_there(visit, served):
    office = visit("didier", "/affiches")
    hands.press(office, re.compile("^Faire les affiches"))
    expect(office.get_by_text("affiches sont faites")).to_be_visible()
    idle(office)
    word = office.locator(
        "td", has_text=re.compile(r"^[0-9A-Z]{4}.[0-9A-Z]{4}$")
    ).first.inner_text()
    site = office.locator("tr", has_text=word).locator("td").first.inner_text()

    phone = visit(None, "/affiche", **PHONE)
    phone.get_by_label("Mot de l'affiche").fill("aaaa bbbb")
    phone.get_by_role("button", name="Ouvrir").click()
    expect(phone.locator("#mot-erreur")).to_contain_text("n'ouvre aucune affiche")
    expect(phone.get_by_label("Mot de l'affiche")).to_have_value("aaaa bbbb")
    phone.get_by_label("Mot de l'affiche").fill(word.lower())
    phone.get_by_role("button", name="Ouvrir").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(site)
    phone.get_by_label("Chercher", exact=True).fill("lait")
    phone.get_by_role("button", name="Chercher").click()
    phone.get_by_role("link", name="Frigo du local enfin repare").click()
    expect(phone.get_by_role("heading", name="Le fil de l'idée")).to_be_visible()
    phone.get_by_role("link", name="Revenir aux idées").click()
    phone.get_by_role("link", name="Déposer une idée d'ici").click()
    phone.get_by_label("Votre idée, votre constat").press_sequentially(
        "Le frigo du local est enfin réparé"
    )
    expect(phone.locator(".cp-alike")).to_contain_text("Frigo du local enfin repare")
    phone.get_by_role("button", name="Envoyer").click()
    expect(phone.get_by_role("heading", name="Merci, c'est enregistré")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= 360")
    assert served.rows(
        "SELECT count(*) FROM idea WHERE title = 'Le frigo du local est enfin réparé'"
    ) == [(1,)]
