"""Didier brings the PST of the town's tool, finds it beside the roadmap, ties an action by its words
and takes the file away with our rates.
"""

import pytest
from playwright.sync_api import Page, expect
from support.chromium import follow_link, idle
from support.hands import choose, press
from support.pst import action, pst

from dashboard.files.pst.reading import read_pst
from models.pst import PstState

pytestmark = pytest.mark.browser

READY = 120_000  # the process that works shares the machine with the tests
WRONG = pst(action("1", Libelle="Planter cent arbres", TauxAvancement="140"))
RIGHT = pst(action("1", Libelle="Planter cent arbres", TauxAvancement="40"))


def attempt(page: Page, name: str, content: bytes) -> Page:
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "application/xml", "buffer": content}
    )
    expect(page.get_by_role("button", name=f"Retirer {name}", exact=True)).to_be_visible()
    press(idle(page), "Essayer sans rien écrire")
    latest = page.locator("[class*='st-key-cp_job_']").first
    expect(latest).to_contain_text(name, timeout=READY)
    expect(latest.locator(".cp-chip").first).to_have_text("Prêt", timeout=READY)
    return idle(page)


# Brought, tied and taken away by act and by command: tests/test_pst.py.
@pytest.mark.matrix
def test_a_pst_is_brought_tied_and_taken_away(visit):
    didier = visit("didier", "/imports?genre=pst")
    attempt(didier, "faux.xml", WRONG)
    expect(didier.get_by_text("140 n'est pas un nombre de 0 à 100.")).to_be_visible()
    press(didier, "Retirer faux.xml")
    attempt(idle(didier), "outil.xml", RIGHT)
    press(didier, "Importer 4 lignes")
    expect(didier.get_by_text("L'import est enregistré.").first).to_be_visible(timeout=READY)

    follow_link(didier, "/feuille-de-route?volet=pst")
    table = didier.get_by_role("table", name="Ce que disent le PST et C-Possible de chaque action")
    row = table.get_by_role("row").filter(has_text="Planter cent arbres")
    expect(row).to_contain_text("Pas de lien")
    didier.get_by_text("Lier une action du PST").click()
    choose(didier, "Action ou objectif du PST", "Planter cent arbres")
    choose(didier, "Jalon, chantier ou projet", "1.7 Tableau de bord mensuel présenté au CODIR")
    press(didier, "Lier")
    row = table.get_by_role("row").filter(has_text="Planter cent arbres")
    expect(row.get_by_role("link", name="1.7 Tableau de bord")).to_be_visible()
    expect(row).to_contain_text("Taux (+10 points ici)")

    didier.get_by_text("Fichiers du PST : emporter, importer, retirer").click()
    with didier.expect_download() as waited:
        didier.get_by_role("link", name="PST reçu, avec nos états et nos taux (XML)").click()
    found = read_pst(waited.value.path().read_bytes(), "pst.xml")
    planting = found.elements[-1]
    assert (planting.state, planting.progress) == (PstState.under_way, 50)
    assert {element.progress for element in found.elements} == {50}
