"""The light pages of a phone of 360 px on a poor line: slow, cut between writing and sending, lost
on the way back; and by keyboard alone. No socket is opened.
"""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect
from support.hands import (
    BODY,
    code_of,
    filed,
    form,
    online_again,
    send,
)
from support.questionnaires import opened

KILOBITS, LATENCY = 400, 400


# ── A slow line ───────────────────────────────────────────────────────────────────────────────────


def slow(page: Page) -> None:
    """400 kbit/s, 400 ms until anything answers, and fonts that never come."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    bytes_a_second = KILOBITS * 1000 / 8
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY,
            "downloadThroughput": bytes_a_second,
            "uploadThroughput": bytes_a_second,
        },
    )
    page.route("**/fonts/**", lambda route: None)


def test_on_a_slow_line_an_idea_is_filed_and_followed_before_any_font(own_window, served):
    title = "Une rampe"
    page = own_window().new_page()
    slow(page)
    page.goto("/deposer", wait_until="commit")
    page.get_by_label(BODY).fill(title)
    page.get_by_role("button", name="Envoyer").click(no_wait_after=True)
    code = code_of(page)
    page.goto("/suivre", wait_until="commit")
    page.get_by_label("Code de suivi").fill(code)
    page.get_by_role("button", name="Ouvrir").click(no_wait_after=True)
    expect(page.get_by_role("heading", name=re.compile(title))).to_be_visible()
    assert filed(served, title) == 1


# ── A line that is cut ────────────────────────────────────────────────────────────────────────────


def test_a_form_cut_off_on_the_first_visit_waits_over_a_reload_and_leaves_once(own_window, served):
    """Nothing was opened on this phone before; the network goes while she writes."""
    context = own_window()
    page = form(context)
    page.get_by_label(BODY).fill("Écrit avant le tunnel")
    context.set_offline(True)
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("status")).to_contain_text("1 dépôt gardé")
    context.set_offline(False)
    page.reload()
    expect(page.locator(".cp-code")).to_be_visible()
    assert filed(served, "Écrit avant le tunnel") == 1


AGED = """days => new Promise(done => {
  const asked = indexedDB.open("c-possible", 1);
  asked.onsuccess = () => {
    const kept = asked.result.transaction("depots", "readwrite").objectStore("depots"), all = kept.getAll();
    all.onsuccess = () => {
      for (const one of all.result) kept.put({ ...one, since: Date.now() - days * 86_400_000 });
      kept.transaction.oncomplete = done;
    };
  };
})"""


def test_what_waited_longer_than_a_month_is_read_again(own_window, served):
    title = "Gardé 31 jours"
    context = own_window()
    page = form(context)
    page.get_by_label(BODY).fill(title)
    context.set_offline(True)
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("status")).to_contain_text("1 dépôt gardé")
    page.evaluate(AGED, 31)
    online_again(page)
    expect(page.get_by_role("status")).to_contain_text("plus de 30 jours")
    expect(page.get_by_label(BODY)).to_have_value(title)
    assert filed(served, title) == 0, "nothing leaves unread"
    page.get_by_role("button", name="Envoyer").click()
    code_of(page)
    assert filed(served, title) == 1


def test_an_answer_that_is_lost_on_the_way_back_is_one_idea(own_window, served):
    page = form(own_window())
    lost = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().text())
            route.abort()
        else:
            route.continue_()

    page.route("**/deposer", lose)
    send(page, "Reçu, mais sans réponse")
    expect(page.get_by_role("status")).to_contain_text("1 dépôt gardé")
    assert filed(served, "Reçu, mais sans réponse") == 1, "it had arrived"
    page.get_by_role("button", name="Essayer maintenant").click()
    assert code_of(page) in lost[0], "the same number and code"
    assert filed(served, "Reçu, mais sans réponse") == 1


def take_seat(page: Page) -> Callable[[], None]:
    page.goto("/agenda")
    page.get_by_role("link", name=re.compile("S.inscrire")).last.click()
    page.get_by_label("Prénom").fill("Rosa")
    return lambda: expect(page.get_by_label("Prénom")).to_have_value("Rosa")


def test_cut_off_elsewhere_nothing_leaves_and_what_was_typed_stays(own_window):
    context = own_window()
    page = context.new_page()
    stays = take_seat(page)
    page.wait_for_load_state("load")  # its script too
    context.set_offline(True)
    page.get_by_role("button", name="Prendre ma place").click()
    expect(page.get_by_role("status")).to_contain_text("rien n'est parti")
    stays()
    context.set_offline(False)
    page.get_by_role("button", name="Prendre ma place").click()
    expect(page.locator("main")).to_contain_text("Votre place est réservée")
    expect(page.locator(".cp-waiting")).to_have_text("")


def test_a_reload_loses_nothing_that_was_typed_or_chosen(own_window, served, cast):
    found, _ = opened(served.engine, cast.didier, series="Rechargé")
    page = own_window().new_page()
    page.goto(f"/questionnaire?q={found.key}")
    easy = page.get_by_role("group", name="3. Est-ce facile ?").get_by_role("radio", name="4")
    easy.check()
    more = page.get_by_label(re.compile("Autre chose"))
    more.fill("Une prise")
    page.reload()
    expect(easy).to_be_checked()
    expect(more).to_have_value("Une prise")
    page.goto(f"/questionnaire?q={found.key}&borne=oui")
    easy.check()
    page.reload()
    expect(easy).not_to_be_checked(), "a tablet of several people keeps nothing"
    page.goto("/marques-interet")
    typed = {"Votre nom": "Rosa", "Comment vous joindre": "Au dépôt", "Un mot de plus": "Le matin"}
    page.get_by_text("Groupe de Progrès", exact=True).click()
    for name, words in typed.items():
        page.get_by_label(name).fill(words)
    page.reload()
    expect(page.get_by_label("Groupe de Progrès")).to_be_checked()
    for name, words in typed.items():
        expect(page.get_by_label(name)).to_have_value(words)
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("heading", name="Merci")).to_be_visible()
    page.goto("/marques-interet")
    expect(page.get_by_label("Votre nom")).to_have_value(""), "what was sent is forgotten"
