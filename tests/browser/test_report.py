"""Élise prepares a report on the screen, leaves, comes back, and takes the file away."""

import hashlib
import io
import json
import re

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader
from support.chromium import go, idle
from support.hands import downloaded, press

# A job that one leaves and finds again: test_waiting.py; what stands in each file: tests/test_report.py.
pytestmark = [pytest.mark.browser, pytest.mark.matrix]


def test_elise_prepares_the_dossier_leaves_and_finds_it_again(visit, served):
    elise = press(visit("elise", "/rapport"), "Préparer le rapport")
    expect(elise.get_by_text("Dossier pour le CODIR (PDF) · demandé")).to_be_visible()
    go(elise, "/tableau-de-bord")
    content = downloaded(go(elise, "/rapport"), "c-possible-dossier-2023-06-30.pdf")
    board = json.loads(served.command("figures", "--format", "json", "--as", "elise"))
    digest = hashlib.sha256(
        json.dumps(board, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()
    read = PdfReader(io.BytesIO(content)).pages
    assert 4 <= len(read) <= 8 and all(digest in page.extract_text() for page in read)


def test_carine_prepares_the_sheet_of_her_team_for_a_chosen_direction(visit):
    carine = visit("carine", "/rapport?direction=ADM")
    expect(
        carine.get_by_text("La feuille d'équipe se propose quand une direction est choisie.")
    ).to_be_visible()
    go(carine, "/rapport?direction=VC-JSP")
    carine.get_by_text("Feuille d'équipe (PDF, une page)", exact=True).click()
    expect(idle(carine)).to_have_url(re.compile("rapport=equipe"))
    carine.reload()
    expect(carine.get_by_role("radio", name=re.compile("Feuille d'équipe"))).to_be_checked()
    press(idle(carine), "Préparer le rapport")
    read = PdfReader(
        io.BytesIO(downloaded(carine, "c-possible-equipe-2023-06-30-vc-jsp.pdf"))
    ).pages
    assert len(read) == 1 and re.search(r"Jeunesse et sports \(VC-JSP\)", read[0].extract_text())
    expect(
        visit("elise", "/rapport").get_by_text("Feuille d'équipe (PDF, une page) · demandé")
    ).to_have_count(0)


def test_the_screen_of_reports_fits_a_phone(visit):
    page = visit("elise", "/rapport", viewport={"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.get_by_role("button", name="Préparer le rapport", exact=True)).to_be_visible()


# The sheet and its directions: tests/test_report.py.
def test_the_sheet_of_a_team_goes_with_its_directions(visit):
    """Chosen, then the direction is cleared: the screen falls back on the dossier."""
    page = visit("elise", "/rapport?direction=VC-JSP")
    page.get_by_text("Feuille d'équipe (PDF, une page)", exact=True).click()
    idle(page).get_by_role("combobox", name="Direction").click()
    page.get_by_role("button", name="Toute l’administration").click()
    idle(page)
    expect(
        page.get_by_text("La feuille d'équipe se propose quand une direction est choisie.")
    ).to_be_visible()
    expect(page.get_by_role("radio", name=re.compile("Dossier pour le CODIR"))).to_be_checked()
