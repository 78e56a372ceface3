"""The face: the front page and what is public, news, the menu, a phone's bar and folded filters,
tables that become cards.
"""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect
from support.hands import plain, press, write
from support.windows import go, idle

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
        r"Co-pilotage du changement sur la durée\s*[–−]5,6\spoints\s*83,3\s%",
        bars.first.inner_text(),
    )
    assert re.search(
        r"Communauté des Managers\s*[–−]11,1\spoints\s*66,7\s%", bars.last.inner_text()
    )
    assert "80,6 %" in plain(page.locator(".cp-hero figcaption").inner_text())
    assert page.locator(".cp-ambitions > li").count() == 5
    days = [
        int(day)
        for day in page.locator(".cp-dates time").evaluate_all(
            "all => all.map(time => time.dateTime.replaceAll('-', ''))"
        )
    ]
    assert days == sorted(days) and days[0] > 20230630, "what is on next, soonest first"
    page.get_by_role("link", name="Bien-être des agents").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bien-être des agents")


def test_a_stranger_reads_what_is_public_with_its_date_and_signs_in_from_there(visit):
    page = visit(None)
    text = words(page)
    assert "Situation au 31 mai 2023, publiée le 30 juin 2023" in text and "78,3 %" in text
    assert not STEERING.search(text)


# ── News ──────────────────────────────────────────────────────────────────────────────────────────


def test_didier_writes_a_post_that_strangers_read_once_gaelle_opens_it(visit, served):
    title = "Les serres ouvrent leurs portes <b>jeudi</b>"
    didier = visit("didier", "/actualites")
    didier.get_by_text("Écrire une actualité").click()
    press(didier, "Publier pour les agents")
    expect(didier.get_by_text("Donnez un titre à l'actualité.")).to_be_visible()
    didier.get_by_label("Titre", exact=True).fill(title)
    write(didier, "Texte", "Venez à dix heures.")
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


def feed(url: str) -> str:
    answer = httpx.get(f"{url}/actualites.xml")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    return answer.text


# ── The menu, and a phone ─────────────────────────────────────────────────────────────────────────


def test_on_a_phone_the_bar_leads_and_opens_the_menu(visit):
    page = visit("carine", "/", **PHONE)
    bar = page.get_by_role("navigation", name="Accès rapides")
    assert bar.locator("li").count() == 6
    bar.get_by_role("link", name="Pilotage").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pilotage — Jeunesse et sports")
    expect(page).to_have_url(re.compile("direction=VC-JSP"))
    expect(bar.locator("[aria-current=page]")).to_have_text(re.compile("Pilotage"))
    box = bar.bounding_box()
    assert box["y"] + box["height"] == pytest.approx(740, abs=1), "at the foot of the screen"
    idle(page)
    bar.get_by_role("button", name="Menu").click()
    expect(
        page.get_by_test_id("stSidebar").get_by_role("link", name="Académie")
    ).to_be_in_viewport()


def test_on_a_phone_the_field_beside_what_is_chosen_is_wide_enough_for_a_finger(visit):
    page = visit("farid", "/comptes?choix=1,2", **PHONE)
    assert page.get_by_role("combobox", name="Comptes").bounding_box()["width"] >= 24


def test_on_a_phone_a_wide_table_is_read_without_scrolling_sideways(visit):
    page = visit("elise", "/feuille-de-route?volet=previsions", **PHONE)
    tables = page.locator(".cp-stacked").filter(visible=True)
    assert tables.count() > 0
    for table in tables.all():
        assert table.evaluate("table => table.scrollWidth <= table.clientWidth")
    first = tables.first.get_by_role("row").nth(1).get_by_role("cell").first
    heading = tables.first.get_by_role("columnheader").first
    assert first.get_attribute("data-label") == heading.evaluate("cell => cell.textContent"), (
        "each value stands beside its heading"
    )
