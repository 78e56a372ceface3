"""A campaign from its question to its restitution: Didier puts the question, a stranger answers on
a phone, Alice in her name, Bruno types in a sheet; Élise says what follows, and all read it.
"""

import re

from playwright.sync_api import Page, expect
from sqlmodel import select
from support import axe
from support.campaigns import group
from support.chromium import go, idle
from support.hands import choose, plain, press, set_day, told, unfold, write
from support.transactions import select_all

from models.clusters import Campaign
from models.ideas import Idea

QUESTION = "Que changer d'abord dans nos vestiaires ?"
HERE = "/campagnes?campagne=vestiaires"


def asks(didier: Page) -> None:
    didier.get_by_text("Poser une question", exact=True).click()
    write(didier, "Question", QUESTION)
    press(didier, "Enregistrer la question")
    expect(didier.get_by_text("Choisissez une personne qui a un compte.")).to_be_visible()
    choose(didier, "Commanditaire", "Élise Vandamme")
    set_day(didier, "Premier jour", "20/06/2023")
    set_day(didier, "Dernier jour", "14/07/2023")
    write(didier, "Adresse courte (facultatif)", "vestiaires")
    press(didier, "Enregistrer la question")
    assert "est enregistrée" in told(didier)
    expect(didier.get_by_role("heading", level=1)).to_contain_text("vestiaires")
    assert axe.violations(didier) == []


def answers(page: Page, how: str, text: str) -> None:
    write(page, "Votre réponse", text)
    page.get_by_text(how, exact=True).click()
    idle(page)
    if how.startswith("Pour un"):
        page.get_by_text("Mon ou ma collègue est d'accord", exact=False).click()
    press(page, "Envoyer")
    expect(page.get_by_text("enregistré", exact=False).first).to_be_visible()


def a_stranger_answers(page: Page) -> str:
    """On a phone, without a script of ours; what the page gives to come back with."""
    page.goto("/campagne?q=vestiaires")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("vestiaires"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert axe.violations(page) == []
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("alert")).to_contain_text("Écrivez votre réponse")
    page.get_by_label("Votre réponse").fill("Mon casier ne ferme plus.")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Merci")
    return plain(page.locator(".cp-code").inner_text()).split()[-1]


def says_what_follows(elise: Page, title: str) -> None:
    elise.get_by_text(re.compile(title)).last.click()
    choose(elise, "Suite", "Nous faisons")
    write(elise, "Réponse", "Douze casiers neufs arrivent en septembre.")
    press(elise, "Enregistrer la suite")
    assert "est enregistrée" in told(elise)
    go(elise, HERE)
    press(elise, "Publier la restitution")
    assert "La restitution est publiée" in told(elise)
    expect(elise.get_by_text("Douze casiers neufs")).to_be_visible()
    assert axe.violations(elise) == []


def test_a_question_is_put_answered_and_given_back(visit, own_window, served):
    didier = visit("didier", "/campagnes", bypass_csp=True)
    asks(didier)
    phone = own_window(bypass_csp=True, java_script_enabled=True).new_page()
    code = a_stranger_answers(phone)
    answers(visit("alice", HERE), "En mon nom", "Des casiers qui ferment.")
    answers(visit("bruno", HERE), "Pour un ou une collègue sans ordinateur", "Un casier pour deux.")
    [campaign] = select_all(served.engine, select(Campaign).where(Campaign.key == "vestiaires"))
    found = select_all(served.engine, select(Idea).where(Idea.campaign_id == campaign.id))
    assert sorted(idea.anonymous for idea in found) == [False, False, True]
    group(served.engine, campaign, "Des casiers qui ferment", *(idea.number for idea in found))
    go(didier, HERE)
    expect(didier.get_by_text("Moins de 5 réponses", exact=False).first).to_be_visible()
    unfold(didier, "Corriger la campagne")
    set_day(didier, "Dernier jour", "29/06/2023")
    press(didier, "Enregistrer la question")
    phone.goto("/campagne?q=vestiaires")
    expect(phone.get_by_text("Close depuis le")).to_be_visible()
    expect(phone.get_by_role("button", name="Envoyer")).to_be_hidden()
    says_what_follows(visit("elise", HERE, bypass_csp=True), "Des casiers qui ferment")
    phone.goto("/campagne?q=vestiaires")
    expect(phone.get_by_text("Douze casiers neufs arrivent en septembre.")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    assert axe.violations(phone) == []
    phone.goto("/suivre")
    phone.get_by_label("Code de suivi").fill(code)
    phone.get_by_role("button").last.click()
    expect(phone.get_by_text("Nous faisons", exact=False)).to_be_visible()
