"""The light pages on a phone of 360 px; A seat without an account on a phone of 360 px, with a script
and without one.
"""

import io
import re
from contextlib import suppress

import pytest
from PIL import Image
from playwright.sync_api import Error as PlaywrightError, Page, expect
from support import axe
from support.hands import (
    BODY,
    KEPT_WHOLE,
    code_of,
    filed,
    form,
    kept_form,
    online_again,
    plain,
    send,
    show_all_rows,
)
from support.questionnaires import opened

from dashboard.light.public import PAGES

# ── The light pages on a phone of 360 px ──────────────────────────────────────────────────────────
# With a script, without, by keyboard, and with the network gone between writing and sending. No
# socket is opened.


def words(page: Page) -> str:
    return plain(page.locator("main").inner_text())


def photo() -> dict[str, object]:
    made = io.BytesIO()
    Image.effect_noise((2400, 1800), 90).convert("RGB").save(made, "JPEG", quality=92)
    return {"name": "trou.jpg", "mimeType": "image/jpeg", "buffer": made.getvalue()}


# ── Filing ────────────────────────────────────────────────────────────────────────────────────────


def test_on_a_phone_what_is_wrong_is_said_and_nothing_that_was_chosen_is_lost(own_window, served):
    page = form(own_window())
    page.get_by_text("Ajouter des photos").click()
    page.get_by_label(re.compile("photos au plus")).set_input_files(photo())
    page.get_by_role("button", name="Envoyer").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    field = page.locator(":focus")
    assert field.get_attribute("aria-invalid") == "true"
    send(page, "Le trou devant l'école")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert "Merci, c'est enregistré" in page.locator("h1").inner_text()
    kept = served.rows(
        "SELECT width, height FROM photo JOIN idea ON idea.id = idea_id WHERE title = :title",
        title="Le trou devant l'école",
    )
    assert kept == [(1600, 1200)], "reduced on the phone, sent once"
    code = code_of(page)
    page.reload()
    expect(page.locator(".cp-code")).to_contain_text(code)
    page.evaluate("window.print = () => { window.wasPrinted = true; }")
    page.get_by_role("button", name="Imprimer ce talon").click()
    assert page.evaluate("window.wasPrinted"), "the slip works after a reload too"
    page.get_by_role("link", name="Déposer une autre idée").click()
    expect(page.get_by_label(BODY)).to_have_value("")
    page.go_back()
    expect(page.locator(".cp-code")).to_contain_text(code)
    assert page.context.cookies() == []


def test_without_a_script_the_same_is_filed_followed_and_taken_back(own_window, served):
    page = own_window(java_script_enabled=False).new_page()
    page.goto("/")
    page.get_by_role("link", name="Déposer une idée", exact=True).first.click()
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("alert")).to_contain_text("Un point est à corriger")
    send(page, "Un néon au vestiaire")
    code = code_of(page)
    page.reload()
    assert code_of(page) == code and filed(served, "Un néon au vestiaire") == 1
    page.goto("/suivre")
    page.get_by_label("Code de suivi").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="Ouvrir").click()
    assert "Un néon au vestiaire" in words(page)
    page.get_by_label("Écrire à ceux qui répondent").fill("Celui du fond.")
    page.get_by_role("button", name="Envoyer").click()
    assert "Votre message est envoyé." in words(page)
    page.get_by_text("Retirer mon idée").click()
    page.get_by_role("button", name="Retirer", exact=True).click()
    assert "Votre idée est retirée." in words(page)


def test_a_stranger_walks_through_everything_with_the_socket_closed(own_window, served, cast):
    """Whatever stands below `/_stcore/` is refused here, and `own_window` tells of any attempt."""
    found, _ = opened(served.engine, cast.didier, series="Sans connexion permanente")
    page = own_window().new_page()
    page.goto("/")
    page.get_by_role("link", name="Déposer une idée", exact=True).first.click()
    send(page, "Un abri pour les vélos")
    expect(page.locator(".cp-code")).to_be_visible()
    page.get_by_role("link", name="Suivre mon idée").last.click()
    page.get_by_label("Écrire à ceux qui répondent").fill("Près de l'entrée.")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_text("Votre message est envoyé.")).to_be_visible()
    page.get_by_role("link", name="Je voudrais participer").click()
    page.get_by_text("Groupe de Progrès", exact=True).click()
    page.get_by_label("Votre nom").fill("Rosa")
    page.get_by_label("Comment vous joindre").fill("Au dépôt")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("heading", name="Merci")).to_be_visible()
    page.get_by_role("link", name="Agenda").click()
    page.get_by_role("link", name=re.compile("S.inscrire")).last.click()
    page.get_by_role("button", name="Prendre ma place").click()
    expect(page.locator(".cp-code")).to_be_visible()
    page.get_by_role("link", name="Voir ou annuler mon inscription").click()
    expect(page.get_by_role("heading", name="Votre place est réservée")).to_be_visible()
    page.goto(f"/questionnaire?q={found.key}")
    page.get_by_role("group", name="3. Est-ce facile ?").get_by_role("radio", name="4").check()
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("vos réponses sont enregistrées")


def test_what_was_written_comes_along_when_she_signs_in(visit):
    page = visit(None, "/deposer")
    page.get_by_label(BODY).fill("Un banc au cimetière")
    page.get_by_role("link", name="connectez-vous").click()
    page.get_by_label("Identifiant", exact=True).fill("alice")
    page.get_by_label("Mot de passe", exact=True).fill("chaque-petite-action")
    page.get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.get_by_label(BODY, exact=True)).to_have_value("Un banc au cimetière")


def test_text_twice_as_large_is_not_cut(own_window):
    page = own_window().new_page()
    for address in list(PAGES)[::2]:
        page.goto(f"/{address}")
        page.add_style_tag(content="html { font-size: 200%; }")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address


def test_the_sign_in_without_a_script_says_what_is_possible(own_window):
    context = own_window(java_script_enabled=False)
    context.unroute("**/_stcore/**")
    page = context.new_page()
    page.goto("/deposer?connexion=oui")
    expect(page.get_by_role("link", name="déposer une idée")).to_be_visible()
    page.get_by_role("link", name="déposer une idée").click()
    expect(page.get_by_label(BODY)).to_be_visible()


# ── Without network ───────────────────────────────────────────────────────────────────────────────

LEFT_ON_PHONE = """() => new Promise(done => {
  const asked = indexedDB.open("c-possible", 1);
  asked.onsuccess = () => { const all = asked.result.transaction("depots").objectStore("depots").getAll(); all.onsuccess = () => done(all.result.length); };
})"""


def test_the_form_opens_without_network_and_what_was_sent_leaves_once(own_window, served):
    context = own_window()
    page = kept_form(context)
    page.goto("/deposer")
    send(page, "Une lampe au fond du dépôt")
    waiting = page.get_by_role("status")
    expect(waiting).to_contain_text("1 dépôt gardé, il partira au retour du réseau")
    expect(page.get_by_label(BODY)).to_have_value("")
    send(page, "Et une prise à côté")
    expect(waiting).to_contain_text("2 dépôts gardés, ils partiront")
    page.goto("/deposer")
    expect(waiting).to_contain_text("2 dépôts gardés"), "a reload forgets nothing"
    assert filed(served, "Une lampe au fond du dépôt") == 0
    online_again(page)
    expect(page.locator(".cp-code")).to_have_count(2), "each entry has its own"
    expect(waiting).to_have_text("")
    assert filed(served, "Une lampe au fond du dépôt") == filed(served, "Et une prise à côté") == 1
    assert page.evaluate(LEFT_ON_PHONE) == 0, "wiped"


def test_on_a_shared_device_it_waits_in_the_tab_alone(own_window, served):
    context = own_window()
    page = form(context)
    page.get_by_text("D'autres utilisent cet appareil").click()
    page.get_by_label(BODY).fill("Dit d'une tablette partagée")
    context.set_offline(True)
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("status")).to_contain_text("Ne fermez pas cet onglet")
    assert page.evaluate(LEFT_ON_PHONE) == 0
    online_again(page)
    expect(page.locator(".cp-code")).to_be_visible()
    assert filed(served, "Dit d'une tablette partagée") == 1


def test_on_a_shared_device_the_way_back_shows_no_code(own_window):
    page = form(own_window())
    page.get_by_text("D'autres utilisent cet appareil").click()
    send(page, "Écrit sur la tablette de la crèche")
    expect(page.locator(".cp-code")).to_be_visible()
    page.get_by_role("link", name="Déposer une autre idée").click()
    expect(page.get_by_label(BODY)).to_have_value("")
    page.go_back()
    expect(page.locator(".cp-code")).to_have_count(0)


COMPUTER = {"viewport": {"width": 1280, "height": 800}}


@pytest.mark.parametrize("scripted", [True, False], ids=["script", "no-script"])
def test_at_a_computer_the_way_back_shows_neither_code_nor_text(own_window, scripted):
    page = own_window(**COMPUTER, java_script_enabled=scripted).new_page()
    page.goto("/accueil")
    page.goto("/deposer")
    send(page, "Écrit au guichet de la bibliothèque")
    code = code_of(page)
    page.get_by_role("link", name="Agenda").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Agenda")
    # Without a script the browser asks whether the form is to be sent again: nobody says yes.
    page.route(
        "**/deposer",
        lambda route: route.abort() if (route.request.method == "POST") else route.continue_(),
    )
    for _ in range(2):
        with suppress(PlaywrightError):
            page.go_back()
        expect(page.get_by_text(code)).to_have_count(0)
        for field in page.get_by_label(BODY).all():
            expect(field).to_have_value("")


def test_a_computer_that_keeps_the_whole_page_finds_it_empty_on_the_way_back(own_window):
    page = form(own_window(**COMPUTER))
    expect(page.get_by_label("D'autres utilisent cet appareil")).to_be_checked()
    send(page, "Écrit à la borne de l'accueil")
    code = code_of(page)
    page.get_by_role("link", name="Suivre mon idée").last.click()
    expect(page.get_by_label("Écrire à ceux qui répondent")).to_be_visible()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert code not in page.content() and "borne de l'accueil" not in page.content()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.get_by_label("Code de suivi")).to_have_value("")


def test_on_a_phone_the_device_is_ones_own(own_window):
    page = form(own_window())
    expect(page.get_by_label("D'autres utilisent cet appareil")).not_to_be_checked()


def test_without_network_the_front_page_leads_to_the_form_and_no_screen_does(own_window):
    """The icon on a phone opens the front page; whoever reads a screen sees that nothing answers."""
    context = own_window()
    page = kept_form(context)
    page.goto("/")
    expect(page.get_by_label(BODY)).to_be_visible()
    with pytest.raises(PlaywrightError, match="ERR_INTERNET_DISCONNECTED"):
        page.goto("/tableau-de-bord")


def test_the_phone_keeps_the_form_and_nothing_else(own_window):
    page = form(own_window())
    page.evaluate(KEPT_WHOLE)
    for address in ("/", "/actualites", "/agenda"):
        page.goto(address)
    kept = page.evaluate(
        """async () => (await Promise.all((await caches.keys()).map(async name =>
          (await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname)))).flat()"""
    )
    assert "/deposer" in kept
    assert {path.partition(".")[0].split("-")[0] for path in kept} <= {
        "/apple",
        "/deposer",
        "/leger",
        "/icon",
        "/shared",
    }


# ── Following ─────────────────────────────────────────────────────────────────────────────────────


def test_the_picture_of_a_slip_opens_the_entry_and_the_address_forgets_the_code(own_window, served):
    context = own_window()
    page = form(context)
    send(page, "Un miroir au croisement")
    expect(page.get_by_role("button", name="Imprimer ce talon")).to_be_visible()
    following = page.get_by_role("link", name="Suivre mon idée").last.get_attribute("href")
    assert following.endswith(f"/suivre#{code_of(page)}")
    opened = context.new_page()
    opened.goto(following)
    expect(
        opened.get_by_role("heading", name=re.compile("Un miroir au croisement"))
    ).to_be_visible()
    assert "#" not in opened.url


# ── A seat without an account on a phone of 360 px, with a script and without one ─────────────────

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
