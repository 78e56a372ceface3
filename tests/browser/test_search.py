"""Alice searches with a typing error and without accents; while she writes, she meets the idea that is
there already; an address that is no page says so, to whoever asks, and leads on; the addresses that
are pages go on working; what each reader finds first on « Accueil », in a real browser; C-Possible
on the home screen of a telephone, as Chromium reads it.
"""

import re

import pytest
from playwright.sync_api import Page, expect
from support.hands import plain
from support.windows import go, idle, signed_in

from dashboard.visit.screens import SCREENS

# ──────────────────────────────────────────────────────────────────────────────────────────────────
# Alice searches with a typing error and without accents; while she writes, she meets the idea that
# is there already

pytestmark = pytest.mark.reads

CHARIOTS = "Des chariots avec de plus grandes roues"
TITLE, BODY = "Titre (proposé d'après la première ligne)", "Votre idée, votre constat"


def search(page: Page, words: str) -> Page:
    page.get_by_label("Rechercher", exact=True).fill(words)
    page.get_by_label("Rechercher", exact=True).press("Enter")
    return idle(page)


def first(page: Page):
    return page.locator(".cp-desk li").first


def test_alice_finds_the_heating_of_the_schools_and_sees_why(visit):
    alice = search(visit("alice", "/idees"), "chaufage ecole")
    said = plain(alice.get_by_role("status").filter(has_text="presque rien").inner_text())
    assert said == (
        "« chaufage ecole » ne donne presque rien ; voici les résultats de « chauffage ecole » :"
        " moins de dix idées en ont tous les mots, suivent celles qui en ont le plus."
    )
    expect(first(alice)).to_contain_text("Baisser le chauffage des écoles")
    assert first(alice).locator("a mark").all_inner_texts() == ["chauffage", "écoles"]
    alice.locator(".cp-instead a").click()
    expect(alice.get_by_label("Rechercher", exact=True)).to_have_value("chauffage ecole")
    expect(idle(alice).locator(".cp-instead a")).to_have_count(0)


def test_while_typing_alice_is_shown_the_idea_that_is_there_and_loses_nothing(visit):
    alice = visit("alice", "/deposer")
    typed = "De plus grosses roues pour nos chariots"
    alice.get_by_label(TITLE, exact=True).press_sequentially(typed, delay=30)
    near = alice.locator(".st-key-cp_similar_deposer")
    expect(near).to_contain_text(CHARIOTS)  # while the field is still being written in
    expect(near).to_contain_text("chariots, roues")
    expect(alice.get_by_label(TITLE, exact=True)).to_be_focused()
    with alice.context.expect_page() as opened:
        near.get_by_role("link", name=re.compile(CHARIOTS)).click()
    expect(opened.value.get_by_role("heading", level=1)).to_contain_text(CHARIOTS)
    expect(alice.get_by_label(TITLE, exact=True)).to_have_value(typed)
    opened.value.close()


def test_the_text_alone_is_compared_too_and_a_stranger_is_shown_nothing(visit):
    text = "De plus grosses roues pour nos chariots"
    alice, stranger = visit("alice", "/deposer"), visit(None, "/deposer")
    for page in (alice, stranger):
        page.get_by_label(BODY, exact=True).fill(text)
        page.get_by_label(BODY, exact=True).press("Tab")
    expect(idle(alice).get_by_label(TITLE, exact=True)).to_have_value(text)
    expect(alice.locator(".st-key-cp_similar_deposer")).to_have_count(1)
    expect(stranger.get_by_text(CHARIOTS)).to_have_count(0)


# ──────────────────────────────────────────────────────────────────────────────────────────────────
# An address that is no page says so, to whoever asks, and leads on; the addresses that are pages
# go on working


def said(watch) -> None:
    """The status of the page itself is told on the console too: that is what it is for."""
    watch.found = [
        found for found in watch.found if not re.search(r"404 \(Not Found\) \S+/[^/_]+$", found)
    ]


def test_an_unknown_address_says_so_and_leads_on(visit, watch):
    page = visit("alice", "/idees")
    answer = page.goto("/nimporte")
    idle(page)
    assert answer.status == 404 and page.url.endswith("/nimporte")
    expect(
        page.get_by_role("heading", level=1, name=re.compile("Cette page n.existe pas"))
    ).to_be_visible()
    assert plain(page.title()) == "Cette page n'existe pas · C-Possible"
    assert page.get_by_role("dialog").count() == 0, "Streamlit's own words stay away"
    page.get_by_role("link", name="Page précédente").click()
    page.wait_for_url(re.compile("/idees"))
    page.goto("/n%C3%A9ant?x=1")
    idle(page)
    page.get_by_test_id("stMain").get_by_role("link", name="Tous les écrans").click()
    expect(page.get_by_role("heading", level=1, name="Chercher")).to_be_visible()
    page.goto("/a/b/c")
    idle(page)
    expect(
        page.get_by_role("heading", level=1, name=re.compile("Cette page n.existe pas"))
    ).to_be_visible()
    page.locator("main, [data-testid=stMain]").first.get_by_role(
        "link", name="Accueil"
    ).last.click()
    idle(page)
    assert plain(page.title()) == "Accueil · C-Possible"
    said(watch)


def test_every_address_of_a_screen_is_found(served, visit):
    page = visit("alice", "/")
    for screen in SCREENS:
        assert page.request.get(served.url + screen.href).status == 200, screen.href
    assert page.request.get(f"{served.url}/accueil").status == 200
    assert page.request.get(f"{served.url}/idees/?idee=1").url.endswith("/idees?idee=1")
    assert page.request.get(f"{served.url}/wp-login.php").status == 404


# ── What each reader finds first on « Accueil », in a real browser ────────────────────────────────


def test_bruno_has_answers_to_hand_over_and_the_list_holds_as_many(visit):
    bruno = visit("bruno", "/")
    heading = bruno.get_by_role("heading", name=re.compile(r"\d+ réponses à transmettre"))
    said = int(plain(heading.inner_text()).split()[0])
    bruno.get_by_role("link", name="Voir ce qu'il y a à dire").click()
    expect(bruno.get_by_role("heading", level=1)).to_have_text("Mes services")
    idle(bruno)
    told = plain(bruno.locator(".cp-reading").first.inner_text())
    assert told.startswith(f"{said} réponses")


def test_the_front_page_of_each_role_is_soon_read(visit):
    """Three windows of a desk, eight of a phone."""
    page = visit("alice", "/", viewport={"width": 1440, "height": 900})
    for width, height, screens in ((1440, 900, 3), (360, 740, 8)):
        page.set_viewport_size({"width": width, "height": height})
        whole = idle(page).get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        assert whole <= screens * height, width


# ── C-Possible on the home screen of a telephone, as Chromium reads it ────────────────────────────

KEPT_WHOLE = """async () => {
  while ((await (await caches.open("deposer-1")).keys()).length < 6)
    await new Promise(next => setTimeout(next, 50));
}"""


@pytest.fixture
def own_browser(playwright, browser_type_launch_args, served, tmp_path):
    """A browser with a profile: a private window may not install anything."""
    context = playwright.chromium.launch_persistent_context(
        tmp_path, base_url=served.url, **browser_type_launch_args
    )
    yield context
    context.close()


def test_chromium_finds_nothing_that_stands_in_the_way_of_installing(own_browser, served):
    page = go(own_browser.pages[0], "/")
    devtools = own_browser.new_cdp_session(page)
    assert devtools.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    found = devtools.send("Page.getAppManifest")
    manifest = found["manifest"]
    assert found["errors"] == []
    assert (manifest["id"], manifest["scope"], manifest["startUrl"]) == (f"{served.url}/",) * 3
    assert manifest["display"] == "kStandalone" and manifest["name"].startswith("C-Possible")
    assert [shortcut["name"] for shortcut in manifest["shortcuts"]] == [
        "Déposer une idée",
        "Voir les idées",
    ]
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}


def test_no_page_that_was_read_is_kept_on_the_device(own_browser, served):
    """What was read under one account must not be there for the next: the worker of the light form
    keeps that form alone.
    """
    page = go(own_browser.pages[0], "/deposer")
    page.evaluate(KEPT_WHOLE)
    own_browser.add_cookies([signed_in(served, "elise")])
    for shortcut in ("/deposer", "/idees"):
        go(page, shortcut)
    kept = page.evaluate(
        """async () => { const found = [];
          for (const name of await caches.keys()) for (const one of await (await caches.open(name)).keys())
            found.push([new URL(one.url).pathname, await (await caches.match(one)).text()]);
          return found; }"""
    )
    pages = {path: text for path, text in kept if "<html" in text}
    assert list(pages) == ["/deposer"]
    assert 'class="cp-light"' in pages["/deposer"] and "Élise" not in pages["/deposer"]
