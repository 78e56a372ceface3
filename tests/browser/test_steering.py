"""Stories of steering in a real browser: Carine's directions, Élise's meeting, Didier's register
of decisions.
"""

import io
import re

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader
from support.chromium import at_rest, go, idle
from support.crossing import WHOLE_MATRIX
from support.hands import (
    card,
    choose,
    choose_directions,
    downloaded,
    figure,
    follow,
    plain,
    press,
    set_day,
    sign_in,
)

pytestmark = pytest.mark.browser

WAITING = "En attente de décision"


def lines(page, caption: str) -> list[str]:
    """The lines of a table, as one reads them."""
    return [
        plain(row.inner_text())
        for row in page.get_by_role("region", name=caption).locator("tbody tr").all()
    ]


# test_filters.py narrows by the tree; tests/test_pages.py opens the screen for each.
@pytest.mark.matrix
def test_carine_narrows_her_direction_to_one_service_and_a_colleague_sees_the_same(visit):
    carine = follow(visit("carine"), "Ma direction")
    expect(carine.locator(".cp-header")).to_contain_text("Jeunesse et sports (VC-JSP)")
    own = lines(carine, "Chiffres de ma direction à côté de l'ensemble")
    carine.locator(".cp-shortcuts").get_by_role("link", name="Piscines et halls de sport").click()
    carine.wait_for_url("**direction=VC-JSP-1**")
    expect(carine.locator(".cp-header")).to_contain_text("Piscines et halls de sport")
    idle(carine)
    narrowed = lines(carine, "Chiffres de ma direction à côté de l'ensemble")
    assert len(narrowed) == len(own) and narrowed != own
    if not WHOLE_MATRIX:
        return
    elise = sign_in(visit(None, carine.url), "elise")
    assert elise.url == carine.url
    assert lines(elise, "Chiffres de ma direction à côté de l'ensemble") == narrowed


@pytest.mark.matrix
def test_the_directions_she_chose_are_found_again_the_next_time(visit):
    carine = visit("carine", "/tableau-de-bord")
    choose_directions(carine, "Jeunesse et sports", "Culture et bibliothèques")
    carine.wait_for_url("**direction=VC-JSP%2CVC-CUL**")
    both = figure(carine, "Idées à décider")
    carine.get_by_role("button", name=re.compile("modifier les filtres")).click()
    carine.get_by_text("Avec les services en dessous", exact=True).click()
    carine.wait_for_url("**services=sans**")
    assert figure(idle(carine), "Idées à décider") <= both
    again = visit("carine", "/tableau-de-bord")
    expect(again.locator(".cp-header")).to_contain_text("Culture et bibliothèques (VC-CUL)")
    assert figure(again, "Idées à décider") == both
    at_rest(again.get_by_role("combobox", name="Direction", exact=True)).click()
    for name in ("Jeunesse et sports", "Culture et bibliothèques"):
        again.get_by_role("checkbox", name=name, exact=True).uncheck()
        idle(again)
    again.keyboard.press("Escape")
    expect(again.locator(".cp-header")).to_contain_text("Toute l'administration")


def test_elise_reads_what_changed_between_two_meetings(visit):
    elise = follow(visit("elise"), "Depuis la dernière séance")
    choose(elise, "Depuis la séance du", "21/03/2023")
    expect(elise.locator(".cp-reading").filter(has_text="4")).to_have_count(1)
    moved = lines(elise, "Jalons qui ont changé d'état")
    assert any("5.9" in line and "En pause" in line for line in moved)
    assert any("6.5" in line and "Annulé" in line for line in moved)
    choose(elise, "Instance", "Comité de co-pilotage")
    expect(
        elise.get_by_text("Comité de co-pilotage : de la séance du 27 juin 2023")
    ).to_be_visible()


def test_didier_writes_a_point_a_decision_and_its_end(visit):
    didier = visit("didier", "/decisions")
    before = figure(didier, WAITING)
    didier.get_by_text("Inscrire un point", exact=True).click()
    press(didier, "Inscrire")
    expect(didier.get_by_role("alert").filter(has_text="Donnez l'intitulé")).to_be_visible()
    didier.get_by_label("Intitulé", exact=True).fill("Un local de réunion par dépôt")
    didier.get_by_label("Intitulé", exact=True).press("Tab")
    press(idle(didier), "Inscrire")
    expect(didier.get_by_text("il attend une décision")).to_be_visible()
    assert figure(didier, WAITING) == before + 1
    didier.get_by_role("link", name="Un local de réunion par dépôt").first.click()
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


@pytest.mark.matrix
def test_elise_compares_two_dates_asks_why_and_takes_the_report(visit):
    """One way through the product: the comparison stays in the address from the cockpit to the
    file.
    """
    elise = set_day(
        visit("elise", "/tableau-de-bord?au=2023-05-31"), "Évolution depuis", "31/03/2023"
    )
    elise.get_by_role("heading", level=1).click()  # a date counts once its field is left
    elise.wait_for_url("**depuis=2023-03-31**")
    progress = card(idle(elise), "Avancement de la feuille de route")
    expect(progress).to_contain_text("depuis le 31/03/2023")
    shown = figure(elise, "Avancement de la feuille de route")
    progress.get_by_role("link", name="Pourquoi ce chiffre").click()
    expect(elise.get_by_role("heading", level=1)).to_contain_text("Pourquoi ce chiffre")
    idle(elise)
    assert figure(elise, "Avancement de la feuille de route") == shown
    assert "70,3" in plain(elise.get_by_test_id("stMain").inner_text()), (
        "the value of the day compared with"
    )
    elise.get_by_role("link", name="Tableau de bord").last.click()
    idle(elise).get_by_role("link", name="Rapport", exact=True).click()
    expect(elise.get_by_role("heading", level=1)).to_have_text("Rapport")
    press(idle(elise), "Préparer le rapport")
    content = downloaded(elise, "c-possible-dossier-2023-05-31.pdf")
    said = plain(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))
    assert "évolution depuis le 31/03/2023" in said and f"{shown} %".replace(".", ",") in said
