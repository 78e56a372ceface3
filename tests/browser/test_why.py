"""Stories of « Pourquoi ce chiffre ? » and of the targets, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect
from support.chromium import follow_link, idle
from support.hands import card, plain, press, set_day

pytestmark = pytest.mark.browser

KEPT = "Réponses données dans le délai"


def terms(page: Page) -> dict[str, str]:
    """What the page explains, term by term."""
    lines = page.locator(".cp-terms > div")
    return {
        plain(line.locator("dt").inner_text()): plain(line.locator("dd").inner_text())
        for line in lines.all()
    }


def test_elise_asks_why_and_follows_the_figure_to_a_direction_and_into_the_past(visit):
    elise = visit("elise", "/tableau-de-bord")
    value = card(elise, KEPT).locator("strong").first.inner_text()
    card(elise, KEPT).get_by_role("link", name=re.compile("Pourquoi ce chiffre")).click()
    expect(elise.get_by_role("heading", level=1)).to_have_text("Pourquoi ce chiffre ?")
    idle(elise)
    said = terms(elise)
    top, bottom = re.search(
        r"dans le délai : (\d+) ; échues : (\d+)", said["Ce qui est compté"]
    ).groups()
    assert said["Avec les nombres"] == f"{top} ÷ {bottom} = {value} %"
    assert "0,9 ×" in said["Règle"] and "Rythme nécessaire" in said
    expect(elise.get_by_role("img", name=re.compile(f"^{KEPT}. De .+ Attendu"))).to_be_visible()
    expect(elise.get_by_role("img", name=re.compile(f"^{KEPT}. {value}.+ cible"))).to_be_visible()

    row = elise.get_by_role("row").filter(has_text="Vie citoyenne (VC)")
    there = plain(row.get_by_role("cell").nth(1).inner_text())
    row.get_by_role("link").click()
    expect(elise).to_have_url(re.compile("direction=VC(&|$)"))
    expect(elise.get_by_role("row").filter(has_text="Jeunesse et sports (VC-JSP)")).to_be_visible()
    assert terms(idle(elise))["Avec les nombres"].endswith(there)

    elise.get_by_text("Tel que connu alors", exact=True).click()
    expect(elise).to_have_url(re.compile("connu=oui"))
    expect(elise.get_by_role("heading", name="Tel que connu alors")).to_be_visible()
    said = terms(idle(elise))
    assert said["Connu aujourd'hui"] == said["Connu le 30/06/2023"]
    assert said["Différence"].startswith("rien n'a changé")


# Élise follows the figure above; test_filters.py goes back.
@pytest.mark.matrix
def test_an_agent_finds_her_way_back(visit):
    alice = visit("alice", "/pourquoi?chiffre=reponse.ouvertes")
    alice.get_by_role("navigation", name="Fil d’Ariane").get_by_role("link", name="Accueil").click()
    expect(alice.get_by_role("heading", level=1)).not_to_have_text("Pourquoi ce chiffre ?")
    assert alice.locator(".cp-error").count() == 0


def test_didier_decides_a_target_and_the_expected_value_follows(visit, served):
    didier = visit("didier", "/cibles?chiffre=citoyens.satisfaits")
    set_day(didier, "Pour le", "31/03/2024")
    didier.get_by_label("Cible (%)", exact=True).fill("180")
    didier.get_by_label("Raison de la décision", exact=True).fill("Le Collège demande davantage")
    didier.get_by_label("Raison de la décision", exact=True).press("Tab")
    idle(didier)
    press(didier, "Décider cette cible")
    expect(
        didier.get_by_role("alert").filter(has_text="Un pourcentage se tient entre 0 et 100.")
    ).to_be_visible()
    expect(didier.get_by_label("Cible (%)", exact=True)).to_have_value("180")
    expect(didier.get_by_label("Raison de la décision", exact=True)).to_have_value(
        "Le Collège demande davantage"
    )
    assert served.rows("SELECT count(*) FROM target WHERE figure = 'citoyens.satisfaits'") == [(1,)]

    didier.get_by_label("Cible (%)", exact=True).fill("82,5")
    didier.get_by_label("Cible (%)", exact=True).press("Tab")
    idle(didier)
    press(didier, "Décider cette cible")
    expect(didier.get_by_text("La cible est décidée.")).to_be_visible()
    row = didier.get_by_role("row").filter(has_text="82,5")
    expect(row).to_contain_text("Le Collège demande davantage")
    expect(row).to_contain_text("en vigueur")
    assert served.rows(
        "SELECT value FROM target WHERE figure = 'citoyens.satisfaits' ORDER BY id"
    ) == [(75.0,), (82.5,)]


# It is typed on the page of the target above; the act and the figure: tests/test_targets.py.
@pytest.mark.matrix
def test_didier_records_a_measure_and_the_figure_speaks(visit):
    didier = visit("didier", "/cibles?chiffre=durable.demarches")
    for label, text in (
        ("Valeur (%)", "41,5"),
        ("Nombre de réponses (n)", "200"),
        ("Source", "Inventaire des démarches"),
    ):
        didier.get_by_label(label, exact=True).fill(text)
        didier.get_by_label(label, exact=True).press("Tab")
        idle(didier)
    press(didier, "Enregistrer le relevé")
    expect(didier.get_by_text("Le relevé est enregistré.")).to_be_visible()
    said = terms(follow_link(didier, "/pourquoi?chiffre=durable.demarches"))
    assert said["Résultat"].startswith("41,5 %")
    assert "sur la droite de 50 % (31/12/2022) à 80 % (31/12/2023)" in said["Attendu"]
    expect(didier.get_by_role("row").filter(has_text="Inventaire des démarches")).to_be_visible()


# The act: tests/test_targets.py; what is told of it: tests/test_why.py.
@pytest.mark.matrix
def test_elise_imposes_a_status_with_its_reason_and_lifts_it(visit):
    elise = visit("elise", "/pourquoi?chiffre=couverture")
    before = terms(elise).get("Statut")
    elise.get_by_text("Imposer un statut, ou lever celui qui est imposé").click()
    press(elise, "Imposer ce statut")
    expect(elise.get_by_role("alert").filter(has_text="Donnez la raison")).to_be_visible()
    elise.get_by_label("Raison (montrée à côté du statut)").fill("Un relais est trouvé")
    elise.get_by_label("Raison (montrée à côté du statut)").press("Tab")
    idle(elise)
    press(elise, "Imposer ce statut")
    expect(elise.get_by_text("Le statut est imposé.")).to_be_visible()
    said = terms(idle(elise))
    assert "jusqu'au 30/09/2023. Raison : Un relais est trouvé" in said["Statut imposé"]
    assert said["Statut"].endswith("À jour")
    press(elise, "Lever le statut imposé")
    expect(elise.get_by_text("Le statut imposé est levé.")).to_be_visible()
    assert terms(idle(elise)).get("Statut") == before
