"""The face: the front page and what is public, news, the menu, a phone's bar and folded filters,
tables that become cards.
"""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect
from support.chromium import follow_link, go, idle
from support.crossing import WHOLE_MATRIX, rest
from support.hands import follow, plain, press, set_day, unfold

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
STEERING = re.compile(r"En difficulté|À surveiller|en retard|prévu\b|Cible|attendu")


def words(page: Page) -> str:
    return plain(page.locator("main, [data-testid=stMain]").first.inner_text())


# ── The front page ────────────────────────────────────────────────────────────────────────────────


def test_alice_finds_the_programme_in_one_look(visit):
    page = visit("alice")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bonjour Alice")
    bars = page.locator(".cp-hero-figure li")
    expect(bars).to_have_count(6)
    assert re.search(
        r"Co-pilotage du changement sur la durée\s*[–−]6\spoints\s*83\s%", bars.first.inner_text()
    )
    assert re.search(r"Communauté des Managers\s*[–−]11\spoints\s*67\s%", bars.last.inner_text())
    assert "80,6 %" in plain(page.locator(".cp-hero figcaption").inner_text())
    assert page.locator(".cp-ambitions > li").count() == 5
    days = [
        int(day)
        for day in page.locator(".cp-agenda time").evaluate_all(
            "all => all.map(time => time.dateTime.replaceAll('-', ''))"
        )
    ]
    assert days == sorted(days) and days[0] > 20230630, "what is on next, soonest first"
    page.get_by_role("link", name="Bien-être des agents").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bien-être des agents")


# tests/test_number_links.py follows numbers to their lists.
@pytest.mark.matrix
def test_each_ambition_counts_what_its_screen_lists_and_what_waits_to_be_read(visit, served):
    page = visit("elise")
    tile = plain(page.locator(".cp-ambitions > li").first.inner_text())
    filed = int(re.search(r"(\d+) dépôts", tile)[1])
    follow_link(page, "/idees?ambition=citoyens")
    hidden = served.rows(
        "SELECT count(*) FROM idea JOIN ambition ON ambition.id = idea.ambition_id "
        "WHERE ambition.code = 'citoyens' AND NOT published AND status != 'soumise'"
    )[0][0]
    assert int(re.search(r"(\d+) dépôts", words(page))[1]) == filed - hidden


def test_a_stranger_reads_what_is_public_with_its_date_and_signs_in_from_there(visit):
    page = visit(None)
    text = words(page)
    assert "Situation au 31 mai 2023, publiée le 30 juin 2023" in text and "78,3 %" in text
    assert not STEERING.search(text)
    if not WHOLE_MATRIX:  # test_light.py signs in from a light page
        return
    page.get_by_role("link", name="Se connecter").click()
    page.get_by_label("Identifiant").fill("alice")
    page.get_by_label("Mot de passe", exact=True).fill("chaque-petite-action")
    page.get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bonjour Alice")


@pytest.mark.matrix
def test_gaelle_publishes_the_situation_she_has_just_read_and_takes_it_back(visit):
    gaelle, stranger = visit("gaelle", "/publication"), visit(None)
    set_day(gaelle, "Situation au", "31/03/2023")
    gaelle.get_by_role(
        "heading", level=1
    ).click()  # the field counts once it is left, its calendar button included
    shown = gaelle.locator(".st-key-cp_publication_preview")
    expect(shown).to_contain_text(re.compile(r"Situation au 31\smars 2023"))
    preview = plain(idle(gaelle) and shown.inner_text())
    assert "70,3 %" in preview and not STEERING.search(preview)
    gaelle.get_by_label("Votre mot (facultatif)").fill("Le printemps a fait avancer l'académie.")
    expect(gaelle.get_by_role("table", name="avant et après")).to_be_visible()
    gaelle.get_by_role("button", name="Publier cette situation").click()
    press(gaelle, "Oui, la rendre publique")
    expect(gaelle.get_by_text("La situation au 31 mars 2023 est publique.")).to_be_visible()
    text = words(go(stranger, "/"))
    assert (
        "Situation au 31 mars 2023" in text
        and "Le printemps a fait avancer l'académie." in text
        and "70,3 %" in text
    )
    gaelle.get_by_role("button", name="Retirer", exact=True).first.click()
    expect(gaelle.get_by_text("La situation au 31 mars 2023 n'est plus publique.")).to_be_visible()
    assert "Situation au 31 mai 2023" in words(go(stranger, "/"))


@pytest.mark.matrix
def test_only_the_directrice_generale_finds_the_screen_of_publications(visit):
    refused = visit("elise", "/publication", **PHONE)
    expect(refused.get_by_text("Cet écran n'est pas ouvert à votre rôle.")).to_be_visible()
    expect(refused.locator("nav.cp-phone")).to_be_visible()
    refused.get_by_role("link", name="Tous les écrans qui vous sont ouverts").click()
    expect(refused.get_by_role("heading", level=1, name="Tout", exact=True)).to_be_visible()
    assert visit("gaelle", "/tout").get_by_role("link", name="Publier la situation").count() == 1


# ── News ──────────────────────────────────────────────────────────────────────────────────────────


def test_didier_writes_a_post_that_strangers_read_once_gaelle_opens_it(visit, served):
    title = "Les serres ouvrent leurs portes <b>jeudi</b>"
    didier = visit("didier", "/actualites")
    didier.get_by_text("Écrire une actualité").click()
    press(didier, "Publier pour les agents")
    expect(didier.get_by_text("Donnez un titre à l'actualité.")).to_be_visible()
    didier.get_by_label("Titre", exact=True).fill(title)
    didier.get_by_label("Texte", exact=True).fill("Venez à dix heures.")
    didier.get_by_label("Texte", exact=True).press("Tab")
    press(didier, "Publier pour les agents")
    expect(didier.get_by_text("est en ligne pour tous les agents")).to_be_visible()
    assert title in words(visit("alice"))
    stranger = visit(None, "/actualites")
    assert title not in words(stranger) and title not in feed(served.url)
    gaelle = visit("gaelle", "/actualites")
    gaelle.get_by_role("button", name="Rendre publique").first.click()
    gaelle.get_by_role("button", name="Oui, la rendre publique").first.click()
    expect(gaelle.get_by_text("se lit aussi sans compte")).to_be_visible()
    assert title in words(go(stranger, "/actualites"))
    assert "&lt;b&gt;jeudi" in feed(served.url)
    if not WHOLE_MATRIX:
        return
    follow_link(didier, "/actualites")
    didier.get_by_role("button", name="Retirer", exact=True).first.click()
    expect(didier.get_by_text("est retirée.")).to_be_visible()
    assert title not in words(go(stranger, "/actualites")) and "jeudi" not in feed(served.url)


def feed(url: str) -> str:
    answer = httpx.get(f"{url}/actualites.xml")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    return answer.text


# ── The menu, and a phone ─────────────────────────────────────────────────────────────────────────


# test_keyboard.py goes by the menu, and reads where it says that one is.
@pytest.mark.matrix
def test_the_menu_says_where_one_is_and_keeps_the_session(visit):
    page = visit("elise", "/tableau-de-bord")
    page.evaluate("window.stillHere = true")
    menu = page.get_by_role("navigation", name="Menu")
    assert menu.locator("[aria-current=page]").evaluate_all(
        "all => all.map(link => link.lastChild.textContent)"
    ) == ["Tableau de bord"]
    follow(page, "Idées")
    assert menu.locator("[aria-current=page]").evaluate_all(
        "all => all.map(link => link.lastChild.textContent)"
    ) == ["Idées"]
    assert page.evaluate("window.stillHere") is True, (
        "a link of the menu must not load the product again"
    )


# test_keyboard.py unfolds them on a phone.
@pytest.mark.matrix
def test_on_a_phone_the_filters_are_folded_and_say_what_they_are(visit):
    page = visit("elise", "/tableau-de-bord?depuis=2023-03-31", **PHONE)
    button = page.locator("button.cp-filters")
    expect(button).to_have_attribute("aria-expanded", "false")
    assert "évolution depuis le 31/03/2023" in plain(button.inner_text())
    expect(page.get_by_role("combobox", name="Direction")).to_be_hidden()
    agenda = visit("elise", "/agenda", **PHONE)
    assert "situation au" not in plain(agenda.locator("button.cp-filters").inner_text()), (
        "of the filters this screen has"
    )
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("combobox", name="Direction")).to_be_visible()


def test_on_a_phone_the_bar_leads_and_opens_the_menu(visit):
    page = visit("carine", "/", **PHONE)
    bar = page.get_by_role("navigation", name="Accès rapides")
    assert bar.locator("li").count() == 5
    bar.get_by_role("link", name="Direction").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ma direction")
    expect(bar.locator("[aria-current=page]")).to_have_text(re.compile("Direction"))
    box = bar.bounding_box()
    assert box["y"] + box["height"] == pytest.approx(740, abs=1), "at the foot of the screen"
    bar.get_by_role("button", name="Menu").click()
    expect(
        page.get_by_test_id("stSidebar").get_by_role("link", name="Académie")
    ).to_be_in_viewport()


# The screens of a desk in test_accessibility.py have neither.
@pytest.mark.matrix
def test_on_a_wide_screen_there_is_no_bar_and_nothing_is_folded(visit):
    page = visit("carine", "/ma-direction")
    expect(page.locator("nav.cp-phone")).to_be_hidden()
    expect(page.locator("button.cp-filters")).to_be_hidden()


# test_filters.py unfolds them.
@pytest.mark.matrix
def test_the_cockpit_folds_its_filters_but_the_direction_beside_its_title(visit):
    page = visit("carine", "/tableau-de-bord?direction=ADM&depuis=2023-03-31")
    button = page.locator("button.cp-filters")
    said = "situation au 30/06/2023 · évolution depuis le 31/03/2023"
    assert said in plain(button.inner_text())
    expect(page.get_by_role("combobox", name="Direction")).to_be_visible()
    expect(page.get_by_label("Situation au")).to_be_hidden()
    button.click()
    expect(page.get_by_label("Situation au")).to_be_visible()


def test_on_a_phone_the_field_beside_what_is_chosen_is_wide_enough_for_a_finger(visit):
    page = visit("farid", "/comptes?forme=lignes&choix=1,2", **PHONE)
    assert page.get_by_role("combobox", name="Comptes").bounding_box()["width"] >= 24


@pytest.mark.parametrize(
    "address",
    ["/cibles", *rest("/feuille-de-route?chantier=2", "/decisions", "/communautes")],
)
def test_on_a_phone_a_wide_table_is_read_without_scrolling_sideways(visit, address):
    page = visit("elise", address, **PHONE)
    tables = page.locator(".cp-stacked").filter(visible=True)
    assert tables.count() > 0
    for table in tables.all():
        assert table.evaluate("table => table.scrollWidth <= table.clientWidth")
    first = tables.first.get_by_role("row").nth(1).get_by_role("cell").first
    heading = tables.first.get_by_role("columnheader").first
    assert first.get_attribute("data-label") == heading.evaluate("cell => cell.textContent"), (
        "each value stands beside its heading"
    )


# Cards without a way sideways are met above.
@pytest.mark.matrix
def test_on_a_phone_a_long_table_shows_five_cards_and_the_others_to_whoever_asks(visit):
    page = visit("elise", "/feuille-de-route?chantier=2", **PHONE)
    table = page.get_by_role("region", name="Jalons de la feuille de route")
    cards = table.get_by_role("row").filter(has=page.get_by_role("cell"))
    assert cards.count() == 5
    more = table.get_by_label("Voir aussi les 3 autres lignes")
    more.check()
    assert cards.count() == 8
    more.uncheck()
    assert cards.count() == 5


# test_keyboard.py opens the menu of a phone by this button.
@pytest.mark.matrix
def test_nothing_floats_over_the_page_of_a_phone_but_its_bar(visit):
    """The bar has « Menu »: Streamlit's own button is there for the keyboard, and covers no
    text.
    """
    page = visit("didier", "/groupes?groupe=G05", **PHONE)
    page.get_by_role("heading", name="Les documents").scroll_into_view_if_needed()
    button = page.get_by_test_id("stExpandSidebarButton")
    expect(button).to_have_css("opacity", "0")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Ouvrir le menu")).to_be_focused()
    expect(button).to_have_css("opacity", "1")


# ── Text ──────────────────────────────────────────────────────────────────────────────────────────

# An ordinary space before one of these signs may leave it alone at the beginning of a line.
LOOSE = """() => {
  const found = [], walker = document.createTreeWalker(document.querySelector("[data-testid=stMain]"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode;
    if (!parentElement.closest("code, pre, textarea, script, style, svg") && / [:;!?»€%](?![\\p{L}\\p{N}])|« /u.test(data)) found.push(data);
  }
  return found;
}"""
# Letters on the first line of each sentence that takes several.
WIDTHS = """() => [...document.querySelectorAll("[data-testid=stMain] :is(p, dd, .cp-list li > p)")].map(p => {
  const range = document.createRange(), text = document.createTreeWalker(p, NodeFilter.SHOW_TEXT).nextNode();
  if (!text || p.childNodes.length > 1 || p.closest("table, svg, .cp-banner")) return null;
  let top = null;
  for (let i = 0; i < text.data.length; i++) {
    range.setStart(text, i); range.setEnd(text, i + 1);
    const box = range.getBoundingClientRect();
    if (!box.height) continue;
    top ??= box.top;
    if (box.top > top + 8) return [i, text.data];
  }
  return [0, text.data].concat(text.data.length > 95 && p.getBoundingClientRect().height ? [text.data.length] : []);
}).filter(line => line && (line[0] > 95 || line[2]))"""


# The spaces are set by the templates' filter (tests/test_templates.py).
@pytest.mark.matrix
@pytest.mark.parametrize(
    ("login", "address"),
    [
        ("didier", "/groupes?groupe=G05"),
        *rest(
            ("didier", "/reception?liste=retard"),
            ("alice", "/mon-espace"),
            ("didier", "/imports"),
            ("didier", "/academie?formation=F01"),
            ("elise", "/decisions?decision=26"),
        ),
    ],
)
def test_french_signs_keep_their_word_and_lines_can_be_read(visit, login, address):
    """On a wide screen: about 75 letters a line, and a space before « ? » that does not break,
    in labels too.
    """
    page = visit(login, address, viewport={"width": 1440, "height": 900})
    assert page.evaluate(LOOSE) == []
    assert page.evaluate(WIDTHS) == []


# Every page of every test waits until they have gone.
@pytest.mark.matrix
def test_while_a_page_loads_grey_shapes_stand_for_it_and_then_go(visit, served):
    page = visit("alice", "/academie")
    expect(page.locator(".cp-loading")).to_be_hidden()
    assert 'class="cp-loading"' in httpx.get(f"{served.url}/academie").text
    idle(page)


# test_accessibility.py looks for what moves.
@pytest.mark.matrix
@pytest.mark.parametrize(("motion", "lasting"), [("reduce", 0), *rest(("no-preference", 500))])
def test_whoever_asked_for_less_motion_sees_a_fold_open_at_once(visit, motion, lasting):
    page = visit("didier", "/agenda", reduced_motion=motion)
    page.evaluate("""() => {
      const animate = Element.prototype.animate;
      window.lasted = [];
      Element.prototype.animate = function (...how) {
        const made = animate.apply(this, how);
        window.lasted.push(made.effect.getTiming().duration);
        return made;
      };
    }""")
    unfold(page, "Prévoir une réunion")
    expect(page.get_by_label("Titre (facultatif)", exact=True)).to_be_visible()
    assert set(page.evaluate("window.lasted")) == {lasting}
