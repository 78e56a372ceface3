"""Stories of « Pourquoi ce chiffre ? » and of the targets, in a real browser."""

import re

from playwright.sync_api import Page, expect
from support.chromium import idle
from support.hands import card, plain, press, set_day, write

KEPT = "Réponses données dans le délai"


def terms(page: Page) -> dict[str, str]:
    """What the page explains, term by term, in its fold too."""
    lines = page.locator(".cp-terms > div")
    return {
        plain(line.locator("dt").text_content()): plain(line.locator("dd").text_content())
        for line in lines.all()
    }


def test_elise_asks_why_and_follows_the_figure_to_a_direction_and_into_the_past(visit):
    elise = visit("elise", "/tableau-de-bord")
    value = card(elise, KEPT).locator("strong").first.inner_text()
    card(elise, KEPT).get_by_role("link", name=KEPT).click()
    panel = elise.get_by_role("dialog", name=KEPT)
    expect(panel.get_by_text(re.compile(r"^Au 30/06/2023, "))).to_be_visible()
    elise.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    assert "pourquoi" not in idle(elise).url, "the page underneath stays as it was"

    card(elise, KEPT).get_by_role("link", name=KEPT).click()
    panel.get_by_role("link", name="Ouvrir en pleine page").click()
    expect(elise.get_by_role("heading", level=1)).to_have_text(KEPT)
    idle(elise)
    said = terms(elise)
    top, bottom = re.search(
        r"dans le délai : (\d+) ; échues : (\d+)", said["Ce qui est compté"]
    ).groups()
    assert said["Avec les nombres"] == f"{top} ÷ {bottom} = {value} %"
    assert "0,9 ×" in said["Règle"] and "Rythme nécessaire" in said
    expect(elise.get_by_role("img", name=re.compile(f"^{KEPT}. De .+ Attendu"))).to_be_visible()
    expect(elise.get_by_role("img", name=re.compile(f"^{KEPT}. {value}.+ cible"))).to_be_visible()

    row = elise.get_by_role("row").filter(has_text="Vie citoyenne")
    there = plain(row.get_by_role("cell").nth(1).inner_text())
    row.get_by_role("link").click()
    expect(elise).to_have_url(re.compile("direction=VC(&|$)"))
    expect(elise.get_by_role("row").filter(has_text="Jeunesse et sports")).to_be_visible()
    assert terms(idle(elise))["Avec les nombres"].endswith(there)

    elise.get_by_text("Tel que connu alors", exact=True).click()
    expect(elise).to_have_url(re.compile("connu=oui"))
    expect(elise.get_by_role("heading", name="Tel que connu alors")).to_be_visible()
    said = terms(idle(elise))
    assert said["Connu aujourd'hui"] == said["Connu le 30/06/2023"]
    assert said["Différence"].startswith("rien n'a changé")


def test_didier_decides_a_target_and_the_expected_value_follows(visit, served):
    didier = visit("didier", "/cibles?chiffre=citoyens.satisfaits")
    didier.get_by_text("Décider une cible", exact=True).click()
    set_day(didier, "Pour le", "31/03/2024")
    didier.get_by_label("Cible (%)", exact=True).fill("180")
    write(didier, "Raison de la décision", "Le Collège demande davantage")
    press(didier, "Décider cette cible")
    expect(
        didier.get_by_role("alert").filter(has_text="Un pourcentage se tient entre 0 et 100.")
    ).to_be_visible()
    expect(didier.get_by_label("Cible (%)", exact=True)).to_have_value("180")
    expect(didier.get_by_label("Raison de la décision", exact=True)).to_have_value(
        "Le Collège demande davantage"
    )
    assert served.rows("SELECT count(*) FROM target WHERE figure = 'citoyens.satisfaits'") == [(1,)]

    write(didier, "Cible (%)", "82,5")
    press(didier, "Décider cette cible")
    expect(didier.get_by_text("La cible est décidée.")).to_be_visible()
    row = didier.get_by_role("row").filter(has_text="82,5")
    expect(row).to_contain_text("Le Collège demande davantage")
    expect(row).to_contain_text("en vigueur")
    assert served.rows(
        "SELECT value FROM target WHERE figure = 'citoyens.satisfaits' ORDER BY id"
    ) == [(75.0,), (82.5,)]
