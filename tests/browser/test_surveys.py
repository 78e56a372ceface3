"""Didier brings a survey in, reads what was answered and makes a finding of a text; Alice reads
it without the texts; Farid brings people in.
"""

import pytest
from playwright.sync_api import Page, expect
from support.chromium import follow_link, idle
from support.hands import choose, plain, press, set_day
from support.served import Served
from support.surveys import CODED, STEPS, as_csv, coded_sheets, sheets

READY = 120_000  # the process that works shares the machine with the tests

# A file brought in by a screen: test_waiting.py; results, codes and findings: tests/test_surveys.py.
pytestmark = [pytest.mark.browser, pytest.mark.matrix]


def brought_by_the_screen(didier: Page, served: Served) -> None:
    """Tried first, then imported."""
    didier.get_by_text("Importer une enquête", exact=True).click()
    didier.locator("input[type=file]").first.set_input_files(
        {"name": "reponses.csv", "mimeType": "text/csv", "buffer": as_csv(sheets(200))}
    )
    idle(didier)
    press(didier, "Essayer sans rien écrire")
    expect(didier.get_by_text("Donnez le nom de la série d'enquêtes")).to_be_visible()
    didier.get_by_role("textbox", name="Série").fill("Essai du midi")
    didier.get_by_role("textbox", name="Série").press("Tab")
    set_day(didier, "Date de l'enquête", "12/05/2023")
    press(didier, "Essayer sans rien écrire")
    expect(didier.get_by_text("Essai : rien n'a été écrit.")).to_be_visible(timeout=60_000)
    expect(didier.get_by_text("Colonnes laissées de côté")).to_contain_text("token")
    assert served.rows("SELECT count(*) FROM survey WHERE series = 'Essai du midi'") == [(0,)]
    press(didier, "Importer 200 fiches")
    expect(didier.get_by_text("200 fiches importées.")).to_be_visible(timeout=60_000)


def test_didier_brings_a_survey_in_and_makes_a_finding_of_a_text(visit, served):
    didier = visit("didier", "/concertation")
    brought_by_the_screen(didier, served)
    didier.get_by_role("link", name="Essai du midi, 05/2023").click()
    expect(didier.get_by_role("heading", name="Mon travail a du sens", exact=True)).to_be_visible()
    idle(didier)
    good = sum(row[11] in ("Plutôt d'accord", "Tout à fait d'accord") for row in sheets(200))
    assert f"({good} / 200) favorables" in plain(didier.get_by_test_id("stMain").inner_text())
    expect(
        didier.locator(
            "[data-testid=stVegaLiteChart] svg.marks, [data-testid=stVegaLiteChart] canvas"
        ).first
    ).to_be_visible()

    box = didier.locator("[class*='st-key-cp_text_']").first
    box.get_by_text("En faire un constat", exact=True).click()
    idle(didier)
    box.get_by_role("textbox", name="Titre").fill("L'horaire du dépôt ne convient pas")
    box.get_by_role("textbox", name="Titre").press("Tab")
    idle(didier)
    box.get_by_role("button", name="Publier ce constat").click()
    expect(box.get_by_text("Choisissez l'ambition dont ce constat parle.")).to_be_visible()
    choose(didier, "Ambition", "Bien-être des agents")
    box.get_by_role("button", name="Publier ce constat").click()
    expect(didier.get_by_test_id("stAlert").first).to_contain_text(
        "est publié, sans nom ni direction"
    )
    assert served.rows(
        "SELECT kind, channel, anonymous, author_id, origin_id, concerns_id FROM idea WHERE title ="
        " 'L''horaire du dépôt ne convient pas'"
    ) == [("constat", "questionnaire", 1, None, None, None)]
    expect(didier.get_by_role("link", name="Devenue le constat n°")).to_be_visible()


def test_didier_names_the_codes_of_a_matrix_and_alice_reads_them_by_direction(visit, served):
    file = served.folder / "codes.csv"
    file.write_bytes(as_csv(coded_sheets(), CODED))
    served.command("import", "survey", str(file), "--serie", "Essai en codes", "--le", "2023-05-12")
    survey = served.rows("SELECT id FROM survey WHERE series = 'Essai en codes'")[0][0]
    didier = visit("didier", f"/concertation?enquete={survey}")
    expect(didier.get_by_text("encore des codes")).to_be_visible()
    choose(didier, "Question ou tableau", "Q2 · Nos ambitions")
    didier.get_by_role("textbox", name="Un libellé par ligne").fill(
        "A1 = Tout à fait d'accord\nA2 = Tout à fait d'accord"
    )
    press(didier, "Enregistrer les libellés")
    expect(didier.get_by_text("Deux réponses porteraient")).to_be_visible()
    didier.get_by_role("textbox", name="Un libellé par ligne").fill(STEPS)
    press(didier, "Enregistrer les libellés")
    expect(didier.get_by_test_id("stAlert").first).to_contain_text("C'est une échelle connue")
    alice = visit("alice", f"/concertation?enquete={survey}")
    expect(alice.get_by_role("heading", name="Nos ambitions", exact=True)).to_be_visible()
    assert alice.get_by_text("Nommer les réponses").count() == 0


# tests/test_surveys.py says what each reads; the results are seen above.
def test_alice_reads_the_results_without_the_texts(visit):
    alice = visit("alice", "/concertation")
    assert alice.get_by_text("Importer une enquête", exact=True).count() == 0
    alice.get_by_role("link", name="Baromètre des agents, printemps 2021", exact=True).click()
    expect(
        alice.get_by_role("heading", name="Je travaille pour la Ville depuis…", exact=True)
    ).to_be_visible()
    idle(alice)
    assert (
        alice.get_by_text("Réponses libres").count()
        == alice.get_by_text("Alimenter un chiffre").count()
        == 0
    )
    follow_link(alice, "/concertation?enquete=2")
    brief = alice.locator("section").filter(has=alice.get_by_role("heading", name="En bref"))
    expect(brief).to_be_visible()
    said = plain(brief.inner_text())
    assert (
        "Le moins favorable : « On m'explique les décisions qui changent mon travail » (46 %)."
        in said
        and "aucune ne recule" in said
    )
    follow_link(alice, "/concertation?enquete=2&avec=1")
    expect(alice.get_by_role("row").filter(has_text="Mon équipe s'entraide")).to_contain_text(
        "dans la marge"
    )
    row = alice.get_by_role("row").filter(has_text="J'ai pu me former")
    expect(row).to_contain_text("en hausse")


def test_farid_brings_people_in(visit, served):
    farid = visit("farid", "/etat-du-systeme")
    farid.get_by_role("radio", name="Le personnel").check(force=True)
    idle(farid)
    content = (
        "matricule;prénom;nom;fonction;famille;service;poste"
        " informatique;depuis\nZ900;Nadia;Öztürk;Juriste;Expertise;RI-JUR-1;oui;01/06/2023\nZ901;Luc;Petit;;;Ailleurs;;\n"
    )
    farid.locator("input[type=file]").first.set_input_files(
        {"name": "personnel.csv", "mimeType": "text/csv", "buffer": content.encode()}
    )
    idle(farid)
    press(farid, "Essayer sans rien écrire")
    expect(farid.get_by_role("row").filter(has_text="Ailleurs")).to_contain_text(
        "refusée", timeout=READY
    )
    assert served.rows("SELECT count(*) FROM person WHERE key = 'Z900'") == [(0,)]
    press(farid, "Importer 1 ligne")
    expect(farid.locator("[class*='st-key-cp_job_']").first).to_contain_text(
        "L'import est enregistré", timeout=READY
    )
    assert served.rows("SELECT count(*) FROM person WHERE key = 'Z900'") == [(1,)]
