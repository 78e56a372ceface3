"""Stories of steering in a real browser: Élise's meeting, Didier's register of decisions."""

from playwright.sync_api import expect
from support.chromium import go, idle
from support.hands import (
    choose,
    figure,
    follow,
    plain,
    press,
    set_day,
    write,
)

WAITING = "En attente de décision"


def lines(page, caption: str) -> list[str]:
    """The lines of a table, as one reads them."""
    return [
        plain(row.inner_text())
        for row in page.get_by_role("region", name=caption).locator("tbody tr").all()
    ]


def test_elise_reads_what_changed_since_a_meeting(visit):
    elise = follow(visit("elise"), "Séance")
    expect(elise.get_by_role("heading", level=1)).to_have_text("Préparer la séance")
    choose(elise, "Depuis la séance du", "21/03/2023")
    slipped = lines(elise, "Ce qui a glissé")
    assert any("5.9" in line and "déménagement" in line for line in slipped)
    elise.get_by_text("Les autres changements : jalons, décisions, idées").click()
    moved = lines(elise, "Jalons qui ont changé d'état")
    assert any("5.9" in line and "En pause" in line for line in moved)
    assert any("6.5" in line and "Annulé" in line for line in moved)
    choose(elise, "Instance", "Comité de co-pilotage")
    expect(elise.get_by_text("De la séance du 28 mars 2023")).to_be_visible()


def test_didier_writes_a_point_a_decision_and_its_end(visit):
    didier = visit("didier", "/decisions")
    before = figure(didier, WAITING)
    didier.get_by_text("Inscrire un point", exact=True).click()
    press(didier, "Inscrire")
    expect(didier.get_by_role("alert").filter(has_text="Donnez l'intitulé")).to_be_visible()
    write(didier, "Intitulé", "Un local de réunion par dépôt")
    press(idle(didier), "Inscrire")
    expect(didier.get_by_text("il attend une décision")).to_be_visible()
    assert figure(didier, WAITING) == before + 1
    didier.get_by_role("link", name="Un local de réunion par dépôt").first.click()
    expect(didier.locator("#cp-desk-title")).to_be_focused()
    didier.keyboard.press("o")
    expect(didier.get_by_role("heading", level=1)).to_have_text("Un local de réunion par dépôt")
    idle(didier)
    choose(didier, "Issue", "Adoptée")
    press(didier, "Enregistrer")
    expect(didier.get_by_role("alert").filter(has_text="Donnez l'échéance")).to_be_visible()
    set_day(didier, "Échéance", "30/09/2023")
    press(didier, "Enregistrer")
    expect(didier.get_by_text("c'est enregistré")).to_be_visible()
    expect(didier.locator(".cp-header")).to_contain_text("En cours d'exécution")
    assert figure(go(visit("elise"), "/decisions"), WAITING) == before
