"""A meeting of the CODIR from its preparation to a decision that is looked at again, by six people."""

import re

from playwright.sync_api import Page, expect
from support.hands import choose, plain, press, set_day, told, unfold, write
from support.windows import go, idle


def onward(page: Page) -> Page:
    page.get_by_role("link", name="Suivant", exact=True).click()
    return idle(page)


def prepare(didier: Page) -> None:
    """The meeting is today after all; its points are put in order with the keys."""
    first = [plain(found.inner_text()) for found in didier.locator(".cp-point a").all()]
    assert len(first) == 4 and first[0].startswith("1. Demande de congé")
    didier.get_by_role("link", name="Déplacer, annuler, noter les présences").click()
    unfold(idle(didier), "Modifier ou déplacer la réunion")
    set_day(didier, "Jour", "30/06/2023")
    press(didier, "Enregistrer")
    go(didier, "/preparer")
    didier.get_by_role("button", name="Descendre le point n° 26", exact=True).focus()
    didier.keyboard.press("Enter")
    expect(idle(didier).locator(".cp-point a").nth(1)).to_contain_text("Demande de congé")
    write(idle(didier), "Minutes du point n° 28", "25")
    press(didier, "Enregistrer l'ordre du jour")
    assert "enregistré" in told(didier)
    press(didier, "Envoyer aux membres")
    assert "Envoyé à 2 personnes" in told(didier)


def run(gaelle: Page) -> str:
    """Each outcome is recorded at once; what is typed while the network is away stays."""
    gaelle.get_by_role("link", name="Afficher la séance point par point").click()
    expect(idle(gaelle).get_by_text("Point 1 sur 4")).to_be_visible()
    expect(gaelle.get_by_text("Reste 25 min sur 25")).to_be_visible()
    gaelle.get_by_text("Action confiée", exact=True).click()
    choose(idle(gaelle), "Confiée à", "Jeunesse et sports")
    set_day(gaelle, "Échéance", "29/09/2023")
    set_day(gaelle, "À revoir le (facultatif)", "05/07/2023")
    write(gaelle, "Ce qui est retenu", "Dès la rentrée")
    press(gaelle, "Inscrire l'issue")
    expect(gaelle.get_by_text("Adoptée, pour le 29/09/2023, à revoir")).to_be_visible()
    onward(gaelle).get_by_text("Point reporté", exact=True).click()
    write(idle(gaelle), "Ce qui est retenu", "Chiffrer l'outil")
    press(gaelle, "Inscrire l'issue")
    onward(gaelle).get_by_text("Information", exact=True).click()
    app = idle(gaelle).locator(".stApp")
    app.evaluate("app => app.dataset.testConnectionState = 'DISCONNECTED'")
    expect(gaelle.get_by_text("La connexion est coupée")).to_be_visible()
    gaelle.get_by_label("Ce qui est retenu").fill("Les assurances répondent en août")
    app.evaluate("app => app.dataset.testConnectionState = 'CONNECTED'")
    expect(gaelle.get_by_text("La connexion est coupée")).to_be_hidden()
    press(gaelle, "Inscrire l'issue")
    expect(gaelle.get_by_text("Prise d'acte")).to_be_visible()
    # The review that was due.
    expect(onward(gaelle).get_by_role("heading", level=1)).to_contain_text("Revue de la décision")
    gaelle.get_by_text("Maintenue", exact=True).click()
    write(idle(gaelle), "Ce qu'elle a produit, en une phrase", "Deux agents sur trois s'y forment")
    press(gaelle, "Inscrire l'issue")
    expect(gaelle.get_by_text("Revue : maintenue")).to_be_visible()
    return f"reunion={re.search(r'reunion=([0-9]+)', gaelle.url)[1]}"


def close(didier: Page, sitting: str) -> None:
    go(didier, f"/en-seance?{sitting}&point=5")
    write(didier, "Invités", "8")
    write(didier, "Présents", "7")
    press(didier, "Clore la séance")
    didier.get_by_role("link", name="Quitter").click()
    pv = idle(didier).get_by_label("Texte du PV")
    assert "Présents : 7 sur 8." in pv.input_value() and "Chiffrer l'outil" in pv.input_value()
    pv.fill(f"{pv.input_value()}\n\nLa séance est levée à 11 h 30.")
    pv.press("Tab")
    press(idle(didier), "Enregistrer le PV")


def test_a_meeting_from_its_preparation_to_the_decision_that_is_looked_at_again(visit):
    didier, gaelle = visit("didier", "/preparer"), visit("gaelle", "/")
    prepare(didier)
    # Élise, of the CODIR, reads it; Carine, a manager, finds other bodies only.
    elise = visit("elise", "/preparer")
    expect(elise.get_by_role("link", name=re.compile("^1. Deux personnes"))).to_be_visible()
    expect(elise.get_by_role("button", name="Enregistrer l'ordre du jour")).to_have_count(0)
    carine = visit("carine", "/preparer")
    expect(carine.get_by_text("Demande de congé par téléphone")).to_have_count(0)
    sitting = run(go(gaelle, "/preparer"))
    close(didier, sitting)
    go(gaelle, f"/preparer?{sitting}")
    press(gaelle, "Approuver le PV")
    expect(gaelle.get_by_text("PV approuvé le 30 juin 2023 par Gaëlle")).to_be_visible()
    go(didier, f"/preparer?{sitting}")
    press(didier, "Envoyer le PV aux membres")
    assert "Envoyé à 2 personnes" in told(didier)
    # Alice finds the day of the meeting alone; Farid, who keeps the system, its PV.
    alice = visit("alice", f"/agenda?{sitting}")
    expect(alice.get_by_text("La séance est levée")).to_have_count(0)
    farid = visit("farid", f"/preparer?{sitting}")
    expect(farid.get_by_text("La séance est levée à 11 h 30.")).to_be_visible()
    # Carine's direction has it to carry out.
    go(carine, "/decisions?decision=28")
    expect(carine.get_by_text("Confiée à une direction").first).to_be_visible()


def test_on_a_phone_two_points_are_seen_at_once(visit):
    for login in ("elise", "didier"):
        page = visit(login, "/preparer", viewport={"width": 360, "height": 780})
        second = page.get_by_role("link", name=re.compile(r"^2\. "))
        # Below 720 px stands the menu.
        box = second.bounding_box()
        assert box["y"] + box["height"] <= 720, (login, box)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
