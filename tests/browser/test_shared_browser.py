"""Two people on one tab: what the first one typed while signed in is in no store of the browser
once she has left, whichever way, and a stranger's own words stay hers.
"""

import re

import httpx
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import delete
from support.hands import press, write
from support.transactions import (
    execute,
)
from support.windows import go, idle, signed_in

from dashboard.actions.meetings.records import plan_meeting
from dashboard.queries.people.readers import account_by_login, reader_of
from models.clock import today
from models.database import writing
from models.meetings import Meeting, MeetingKind
from models.short_lived import Login

BODY = "Votre idée, votre constat"
NAMELESS = "Sans donner mon nom"
WORDS = "Le chef de poste ne passe jamais"
STORES = """async () => {
  const opened = new Promise(done => {
    const asked = indexedDB.open("c-possible", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("depots", { keyPath: "jeton" });
    asked.onsuccess = () => done(asked.result);
  });
  const all = (await opened).transaction("depots").objectStore("depots").getAll();
  await new Promise(done => { all.onsuccess = done; });
  return JSON.stringify([{ ...sessionStorage }, { ...localStorage }, all.result, history.state]);
}"""


def stores(page: Page) -> str:
    """All that this tab and this browser keep for the site, as one text."""
    return page.evaluate(STORES)


def comes_after(page: Page, served, login: str) -> None:
    """Somebody else is signed in on this browser, without a page in between."""
    page.context.clear_cookies()
    page.context.add_cookies([signed_in(served, login)])


def write_without_a_name(page: Page) -> None:
    page.get_by_text(NAMELESS, exact=True).click()
    write(idle(page), BODY, WORDS)


def leave_by_the_button(page: Page) -> None:
    press(page, "Se déconnecter")
    expect(page.get_by_role("button", name="Se déconnecter")).to_have_count(0)
    idle(page)


def stranger_s_page(page: Page) -> None:
    """The form has started afresh, as whoever has no account sees it."""
    page.locator("html[data-whose='']").wait_for(state="attached")
    page.wait_for_load_state()


def workshop_of_bruno(served) -> int:
    with writing(served.engine) as session:
        bruno = reader_of(session, account_by_login(session, "bruno"), today(session))
        asked = Meeting(kind=MeetingKind.field, title="Au dépôt", place="Rue des Ateliers")
        return plan_meeting(session, bruno, asked, today(session)).id


def test_words_without_a_name_go_with_the_one_who_signs_out(visit, served):
    page = visit("alice", "/deposer")
    write_without_a_name(page)
    assert WORDS in stores(page), "a reload brings them back"
    leave_by_the_button(page)
    assert WORDS not in stores(page)
    comes_after(page, served, "bruno")
    go(page, "/deposer").get_by_text(NAMELESS, exact=True).click()
    expect(idle(page).get_by_label(BODY, exact=True)).to_have_value("")


def test_who_signs_out_straight_from_the_field_is_signed_out_there(visit):
    """The field and its form run alone; the whole page is drawn anew all the same."""
    page = visit("alice", "/deposer")
    page.get_by_text(NAMELESS, exact=True).click()
    idle(page).get_by_label(BODY, exact=True).click()
    page.keyboard.type(WORDS)
    page.get_by_role("button", name="Se déconnecter").click()
    stranger_s_page(page)
    assert WORDS not in stores(page)
    assert not any(cookie["name"] == "cp" for cookie in page.context.cookies())


def test_words_are_not_shown_to_another_who_signs_in_where_they_were_typed(visit, served):
    """Carine's sign-in lapses as she sends; Bruno signs in on the page that says so."""
    page = visit("carine", "/deposer")
    page.get_by_text("En mon nom", exact=True).click()
    write(idle(page), BODY, WORDS)
    execute(served.engine, delete(Login))
    press(page, "Envoyer")
    expect(page.get_by_role("heading", name="Se reconnecter")).to_be_visible()
    page.get_by_label("Identifiant").fill("bruno")
    page.get_by_label("Mot de passe", exact=True).fill("chaque-petite-action")
    page.get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.locator(".cp-who")).to_contain_text("Bruno")
    expect(page.get_by_label(BODY, exact=True)).to_have_value("")
    assert WORDS not in stores(page)


def test_signing_out_in_one_tab_empties_the_other(visit):
    page = visit("alice", "/deposer")
    write_without_a_name(page)
    other = page.context.new_page()
    leave_by_the_button(go(other, page.url))
    stranger_s_page(page)
    assert WORDS not in stores(page) and WORDS not in page.content()


def test_words_go_where_the_sign_in_was_ended_from_elsewhere(visit, served):
    page = visit("alice", "/deposer")
    write_without_a_name(page)
    cookie = next(one for one in page.context.cookies() if one["name"] == "cp")
    httpx.delete(
        f"{served.url}/session",
        headers={"Origin": served.url},
        cookies={cookie["name"]: cookie["value"]},
    )
    go(page, "/tableau-de-bord")
    expect(page.get_by_label("Mot de passe", exact=True)).to_be_visible()
    assert WORDS not in stores(page)


def test_words_go_where_another_is_signed_in_at_once(visit, served):
    page = visit("alice", "/deposer")
    write_without_a_name(page)
    comes_after(page, served, "bruno")
    go(page, "/deposer").get_by_text(NAMELESS, exact=True).click()
    expect(idle(page).get_by_label(BODY, exact=True)).to_have_value("")
    assert WORDS not in stores(page)


def test_lines_of_a_workshop_and_of_a_table_are_not_the_next_ones(visit, served):
    page = visit("didier", "/referentiels?table=jalons")
    page.get_by_label("Titre, jalon 2.7", exact=True).fill(WORDS)
    assert WORDS in stores(page)
    comes_after(page, served, "farid")
    expect(go(page, "/referentiels?table=unites").locator(".cp-ref")).to_be_visible()
    assert WORDS not in stores(page)
    comes_after(page, served, "didier")
    go(page, "/referentiels?table=jalons")
    expect(page.get_by_label("Titre, jalon 2.7", exact=True)).not_to_have_value(WORDS)

    comes_after(page, served, "bruno")
    go(page, f"/atelier?reunion={workshop_of_bruno(served)}")
    line = "Bien-être des agents, Idées concrètes : ligne"
    page.get_by_role("textbox", name=line, exact=True).fill(WORDS)
    assert WORDS in stores(page)
    leave_by_the_button(page)
    assert WORDS not in stores(page)


def test_the_keys_of_a_desk_are_on_again_for_the_next_one(visit):
    page = visit("carine", "/reception")
    page.evaluate("localStorage.setItem('cp-keys', 'off')")
    leave_by_the_button(page)
    assert "cp-keys" not in stores(page)


def test_answers_typed_while_signed_in_go_and_those_of_a_stranger_stay(visit, served):
    page = visit(None, "/marques-interet")
    name = page.get_by_label("Votre nom")
    name.fill("Rosa")
    page.reload()
    expect(name).to_have_value("Rosa")
    comes_after(page, served, "alice")
    go(page, "/").get_by_role("link", name="Mon espace").first.wait_for()
    assert "Rosa" in stores(page), "her own, whoever signs in beside"


def test_what_waits_for_the_network_leaves_and_its_code_is_not_shown_to_the_next_one(
    own_window, served
):
    context: BrowserContext = own_window()
    context.unroute("**/_stcore/**")
    context.add_cookies([signed_in(served, "alice")])
    page = context.new_page()
    page.goto("/guide")
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("async () => (await caches.match('/deposer')) !== undefined")
    context.set_offline(True)
    page.goto("/deposer")
    page.get_by_label(BODY).fill(WORDS)
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("status")).to_contain_text("1 dépôt gardé")
    context.clear_cookies()
    context.set_offline(False)
    page.goto("/accueil")
    page.wait_for_function(f"async () => !(await ({STORES})()).includes({WORDS!r})", timeout=20_000)
    assert served.rows("SELECT count(*) FROM idea WHERE title = :t", t=WORDS) == [(1,)]
    expect(page.locator(".cp-code")).to_have_count(0)
    assert not re.search("([0-9A-Z]{4}-){3}", stores(page))
