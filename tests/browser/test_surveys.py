"""A questionnaire in a browser; A campaign from its question to its restitution."""

import re

from playwright.sync_api import Page, expect
from sqlmodel import select
from support import axe
from support.campaigns import group
from support.hands import choose, plain, press, set_day, told, unfold, write
from support.questionnaires import opened, statements
from support.served import Served
from support.transactions import select_all
from support.windows import go, idle

from models.clusters import Campaign
from models.ideas import Idea

# ── A questionnaire in a browser ──────────────────────────────────────────────────────────────────
# Didier makes and opens one; it is answered on a phone of 360 px; a shared tablet forgets the one
# before.


def waiting(served: Served, number: int) -> int:
    return served.rows("SELECT n FROM waiting_sheets WHERE survey_id = :n", n=number)[0][0]


def test_on_a_phone_what_is_asked_follows_what_was_said(own_window, served, cast):
    found, _ = opened(served.engine, cast.didier, series="Sur un téléphone")
    page = own_window(bypass_csp=True, color_scheme="dark").new_page()
    page.goto(f"/questionnaire?q={found.key}")
    which = page.get_by_label("Lequel ? (réponse obligatoire)")
    expect(which).to_be_hidden()
    page.get_by_label("Oui", exact=True).check()
    expect(which).to_be_visible()
    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="Envoyer").click()
    errors = page.get_by_role("alert")
    expect(errors).to_be_focused()
    assert "2 points sont à corriger" in plain(errors.inner_text())
    errors.get_by_role("link").first.click()
    which.fill("La camionnette bleue")
    # By the keyboard alone: into the scale, along it, and to the button.
    page.get_by_role("radio", name="1", exact=True).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="3", exact=True).first).to_be_checked()
    assert axe.violations(page) == []
    page.get_by_role("button", name="Envoyer").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Merci, vos réponses sont enregistrées"
    )
    assert waiting(served, found.id) == 1


def test_a_shared_tablet_forgets_who_came_before(own_window, served, cast):
    found, _ = opened(served.engine, cast.didier, series="Sur une tablette")
    page = own_window().new_page()
    page.clock.install()
    page.goto(f"/questionnaire?q={found.key}&borne=oui")
    text = page.get_by_label("6. Autre chose ?")
    text.fill("Commencé, puis laissé")
    page.clock.fast_forward(50_000)
    expect(page.get_by_text("tout s'efface dans 15 secondes")).to_be_visible()
    page.mouse.click(180, 20)
    expect(page.get_by_text("tout s'efface dans 15 secondes")).to_be_hidden()
    page.clock.fast_forward(50_000)
    expect(text).to_have_value("Commencé, puis laissé")
    page.clock.fast_forward(11_000)
    expect(text).to_have_value("")
    page.get_by_role("radio", name="4", exact=True).first.check()
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_text("vos réponses sont enregistrées")).to_be_visible()
    page.clock.fast_forward(9_000)
    expect(page.get_by_role("radio", name="4", exact=True).first).not_to_be_checked()
    assert waiting(served, found.id) == 1


def test_didier_makes_a_questionnaire_and_opens_it(visit, served):
    didier = visit("didier", "/questionnaires", bypass_csp=True)
    didier.get_by_text("Écrire un questionnaire", exact=True).click()
    didier.get_by_role("textbox", name="Titre").fill("Nos vestiaires")
    didier.get_by_role("textbox", name="Titre").press("Tab")
    set_day(didier, "Dernier jour pour répondre", "12/07/2023")
    press(didier, "Créer le brouillon")
    expect(didier.get_by_test_id("stAlert").first).to_contain_text("est créé")
    expect(didier.get_by_role("heading", level=1)).to_contain_text("Nos vestiaires")
    idle(didier)
    didier.get_by_text("Ajouter une question", exact=True).click()
    choose(didier, "Type", "Échelle de 1 à 5")
    didier.get_by_role("textbox", name="Question", exact=True).fill("Sont-ils propres ?")
    didier.get_by_role("textbox", name="Question", exact=True).press("Tab")
    idle(didier)
    press(didier, "Ajouter")
    frame = didier.frame_locator("iframe")
    expect(frame.get_by_text("1. Sont-ils propres ?")).to_be_visible()
    choose(didier, "Type", "Texte libre")
    didier.get_by_role("textbox", name="Question", exact=True).fill("Qu'y manque-t-il ?")
    didier.get_by_role("textbox", name="Question", exact=True).press("Tab")
    choose(didier, "Posée", "Seulement selon « Sont-ils propres ? »")
    choose(didier, "Si la réponse est", "2")
    press(didier, "Ajouter")
    expect(frame.get_by_text("1 = Pas du tout")).to_be_visible()
    missing = frame.get_by_label("1a. Qu'y manque-t-il ?")
    expect(missing).to_be_attached()
    expect(missing).to_be_hidden()
    frame.get_by_role("radio", name="2", exact=True).check(force=True)
    expect(missing).to_be_visible()
    frame.get_by_role("radio", name="2", exact=True).evaluate("radio => { radio.checked = false; }")
    frame.get_by_role("button", name="Envoyer").click()
    expect(frame.get_by_text("Répondez au moins à une question.")).to_be_visible()
    assert axe.violations(didier) == []
    didier.get_by_role("button", name="Ouvrir aux réponses").click()
    press(didier, "Ouvrir aux réponses : confirmer")
    expect(didier.get_by_role("heading", name="Le faire remplir")).to_be_visible()
    expect(didier.get_by_role("img", name="Code QR : ouvrir le questionnaire")).to_be_visible()
    assert axe.violations(didier) == []
    state = "SELECT state FROM survey WHERE title = 'Nos vestiaires'"
    assert served.rows(state) == [("ouvert",)]


TEXTS = ("Il fait trop froid.", "Le bus passe trop tôt.", "La cantine est bonne.")


def test_on_a_phone_one_statement_at_a_time_and_none_is_lost_on_the_way_back(
    own_window, served, cast
):
    found, _ = statements(served.engine, cast.didier, *TEXTS, series="Une à la fois")
    page = own_window(bypass_csp=True, color_scheme="dark").new_page()
    page.route("**/leger.js*", lambda route: route.abort())
    page.goto(f"/questionnaire?q={found.key}")
    first, second, third = (page.get_by_role("group", name=text) for text in TEXTS)
    expect(first).to_be_in_viewport()
    expect(second).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert axe.violations(page) == []
    first.get_by_label("D'accord", exact=True).check()
    page.get_by_role("link", name="Suivante").click()
    expect(first).to_be_hidden()
    second.get_by_label("Pas d'accord").check()
    page.get_by_role("link", name="Suivante").click()
    expect(third).to_be_in_viewport()
    expect(page.get_by_role("link", name="Suivante")).to_have_count(0)
    page.get_by_role("link", name="Précédente").click()
    expect(second.get_by_label("Pas d'accord")).to_be_checked()
    page.go_back()
    page.go_back()
    page.go_back()
    expect(first.get_by_label("D'accord", exact=True)).to_be_checked()
    page.get_by_label("Une affirmation à proposer").fill("Un banc serait bien.")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Merci, vos réponses sont enregistrées"
    )
    assert waiting(served, found.id) == 1


def test_a_touch_brings_the_next_statement_and_didier_reads_what_was_proposed(
    own_window, visit, served, cast
):
    found, _ = statements(served.engine, cast.didier, *TEXTS, series="Au doigt")
    page = own_window().new_page()
    for n in range(10):
        page.goto(f"/questionnaire?q={found.key}")
        for text in TEXTS:
            box = page.get_by_role("group", name=text)
            box.get_by_text("D'accord" if n % 2 else "Pas d'accord", exact=True).click()
        expect(page.get_by_role("group", name=TEXTS[2])).to_be_visible()
        if n == 3:
            page.get_by_label("Une affirmation à proposer").fill("Un banc serait bien.")
        page.get_by_role("button", name="Envoyer").click()
        expect(page.get_by_text("vos réponses sont enregistrées")).to_be_visible()
    didier = visit("didier", f"/questionnaires?questionnaire={found.reference}", bypass_csp=True)
    expect(didier.get_by_role("heading", name="Affirmations proposées")).to_be_visible()
    assert axe.violations(didier) == []
    press(didier, "La poser")
    expect(didier.get_by_role("heading", name="4. Un banc serait bien.")).to_be_visible()
    expect(didier.get_by_role("heading", name="Affirmations proposées")).to_have_count(0)
    page.goto(f"/questionnaire?q={found.key}")
    for text in TEXTS:
        page.get_by_role("group", name=text).get_by_text("D'accord", exact=True).click()
    expect(page.get_by_role("group", name="Un banc serait bien.")).to_be_visible()


# ── A campaign from its question to its restitution ───────────────────────────────────────────────
# Didier puts the question, a stranger answers on a phone, Alice in her name, Bruno types in a
# sheet; Élise says what follows, and all read it.

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
