"""A meeting of the CODIR from its preparation to a decision that is looked at again, by six people.

Its tests are one story, told in this order.
"""

import re

import pytest
from playwright.sync_api import Page, expect
from support.chromium import go, idle
from support.hands import choose, plain, press, set_day, told, unfold, write

pytestmark = pytest.mark.order if hasattr(pytest.mark, "never") else []
SMS = "Deux personnes par crèche formées aux premiers secours pédiatriques"


def headings(page: Page) -> list[str]:
    return [plain(found.inner_text()) for found in page.locator(".cp-point a").all()]


def test_a_meeting_from_its_preparation_to_the_decision_that_is_looked_at_again(visit):
    # Didier, of the programme office: the meeting is today after all, and its points in order.
    didier = visit("didier", "/preparer")
    first = headings(didier)
    assert len(first) == 4 and first[0].startswith("1. Demande de congé")
    didier.get_by_role("link", name="Déplacer, annuler, noter les présences").click()
    unfold(idle(didier), "Modifier ou déplacer la réunion")
    set_day(didier, "Jour", "30/06/2023")
    press(didier, "Enregistrer")
    go(didier, "/preparer")
    down = didier.get_by_role("button", name="Descendre le point n° 26", exact=True)
    down.focus()
    didier.keyboard.press("Enter")
    idle(didier)
    assert headings(didier)[1].endswith(first[0][3:]), "the keys move a point"
    write(didier, "Minutes du point n° 28", "25")
    press(didier, "Enregistrer l'ordre du jour")
    assert "enregistré" in told(didier)
    press(didier, "Envoyer aux membres")
    assert "Envoyé à 2 personnes" in told(didier)
    # Élise, of the CODIR, reads it; Carine, a manager, and Bruno find the day alone.
    elise = visit("elise", "/preparer")
    expect(
        elise.get_by_role("link", name=re.compile("^1. Deux personnes par crèche"))
    ).to_be_visible()
    expect(elise.get_by_role("button", name="Enregistrer l'ordre du jour")).to_have_count(0)
    carine = visit("carine", "/preparer")
    expect(carine.get_by_text("Demande de congé par téléphone")).to_have_count(0)
    # Gaëlle, who presides, opens it for the room and records each outcome.
    gaelle = visit("gaelle", "/preparer")
    gaelle.get_by_role("link", name="Ouvrir en séance").click()
    expect(idle(gaelle).get_by_text("Point 1 sur 4")).to_be_visible()
    expect(gaelle.get_by_text("Reste 25 min sur 25")).to_be_visible()
    gaelle.get_by_text("Action confiée", exact=True).click()
    choose(idle(gaelle), "Confiée à", "VC-PEN — Petite enfance")
    set_day(gaelle, "Échéance", "29/09/2023")
    set_day(gaelle, "À revoir le (facultatif)", "05/07/2023")
    write(gaelle, "Ce qui est retenu", "Dès la rentrée")
    press(gaelle, "Inscrire l'issue")
    expect(gaelle.get_by_text("Adoptée, pour le 29/09/2023")).to_be_visible()
    gaelle.get_by_role("link", name="Suivant", exact=True).click()
    gaelle.get_by_text("Point reporté", exact=True).click()
    write(idle(gaelle), "Ce qui est retenu", "Chiffrer l'outil")
    press(gaelle, "Inscrire l'issue")
    # What she types while the network is away stays in its field, and she is told so.
    gaelle.get_by_role("link", name="Suivant", exact=True).click()
    idle(gaelle)
    gaelle.locator(".stApp").evaluate("app => app.dataset.testConnectionState = 'DISCONNECTED'")
    expect(gaelle.get_by_text("La connexion est coupée")).to_be_visible()
    gaelle.get_by_label("Ce qui est retenu").fill("Les assurances répondent en août")
    gaelle.locator(".stApp").evaluate("app => app.dataset.testConnectionState = 'CONNECTED'")
    gaelle.get_by_text("Information", exact=True).click()
    idle(gaelle)
    press(gaelle, "Inscrire l'issue")
    expect(gaelle.get_by_text("Prise d'acte")).to_be_visible()
    # The review that was due.
    gaelle.get_by_role("link", name="Suivant", exact=True).click()
    expect(idle(gaelle).get_by_role("heading", level=1)).to_contain_text(
        "Revue de la décision n° 2"
    )
    gaelle.get_by_text("Maintenue", exact=True).click()
    write(idle(gaelle), "Ce qu'elle a produit, en une phrase", "Deux agents sur trois s'y forment")
    press(gaelle, "Inscrire l'issue")
    expect(gaelle.get_by_text("Revue : maintenue")).to_be_visible()
    # Didier closes, corrects the PV; Gaëlle approves it; Didier sends it.
    go(
        didier,
        gaelle.url.split("?")[0].replace(gaelle.url.split("/en-seance")[0], "")
        + "?"
        + gaelle.url.split("?")[1].replace("point=4", "point=5"),
    )
    write(didier, "Invités", "8")
    write(didier, "Présents", "7")
    press(didier, "Clore la séance")
    didier.get_by_role("link", name="Quitter").click()
    pv = idle(didier).get_by_label("Texte du PV")
    assert "Présents : 7 sur 8." in pv.input_value() and "Chiffrer l'outil" in pv.input_value()
    pv.fill(pv.input_value() + "\n\nLa séance est levée à 11 h 30.")
    pv.press("Tab")
    press(idle(didier), "Enregistrer le PV")
    go(gaelle, "/preparer?reunion=" + didier.url.split("reunion=")[1].split("&")[0])
    press(gaelle, "Approuver le PV")
    expect(gaelle.get_by_text(re.compile("PV approuvé le 30 juin 2023 par Gaëlle"))).to_be_visible()
    go(didier, "/preparer?reunion=" + didier.url.split("reunion=")[1].split("&")[0])
    press(didier, "Envoyer le PV aux membres")
    assert "Envoyé à 2 personnes" in told(didier)
    # Alice reads what became of the idea; she finds of the meeting the day alone.
    alice = visit("alice", "/agenda")
    expect(alice.get_by_text("La séance est levée")).to_have_count(0)
    # Farid, who keeps the installation, finds the whole of it consistent.
    farid = visit("farid", "/preparer?reunion=" + didier.url.split("reunion=")[1].split("&")[0])
    expect(farid.get_by_text("La séance est levée à 11 h 30.")).to_be_visible()
