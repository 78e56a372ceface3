"""Alice registers and gives her seat up; Didier opens a session, types who was there, and takes
the papers.
"""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect
from support.chromium import follow_link, idle
from support.hands import choose, plain, press, set_day

pytestmark = pytest.mark.browser


def test_alice_registers_and_gives_her_seat_up(visit, served):
    alice = visit("alice", "/academie?formation=F01")
    press(alice, "S'inscrire")
    assert "La place est réservée pour le 5 septembre 2023" in plain(
        alice.get_by_test_id("stAlert").first.inner_text()
    )
    assert "11 places libres sur 12" in plain(
        alice.locator("[class*=st-key-cp_session_]").first.inner_text()
    )
    follow_link(alice, "/academie?vue=mes-formations")
    expect(alice.get_by_role("heading", name="Mes inscriptions", exact=True)).to_be_visible()
    follow_link(alice, "/academie?formation=F01")
    alice.get_by_text("Annuler cette inscription", exact=True).click()
    press(idle(alice), "Annuler l'inscription")
    expect(alice.get_by_test_id("stAlert").first).to_contain_text("est annulée")
    assert (
        served.rows("SELECT status FROM registration ORDER BY id DESC LIMIT 1")[0][0] == "annulee"
    )


def test_didier_opens_a_session_and_corrects_a_sheet(visit, served):
    read = """SELECT "after" FROM change WHERE subject = 'lecture' ORDER BY id"""
    before = len(served.rows(read))
    didier = visit("didier", "/academie?formation=F02&vue=gestion")
    didier.get_by_text("Ouvrir une session", exact=True).click()
    set_day(didier, "Jour", "12/09/2023")
    press(didier, "Ouvrir la session")
    assert "La session du 12 septembre 2023 est ouverte" in plain(
        didier.get_by_test_id("stAlert").first.inner_text()
    )
    [(held,)] = served.rows(
        """SELECT id FROM training_session WHERE "on" <= '2023-06-30' AND cancelled_on IS NULL ORDER BY "on" DESC LIMIT 1"""
    )
    didier.goto(f"/academie?session={held}")
    expect(didier.get_by_role("heading", name="Présences", exact=True)).to_be_visible()
    didier.get_by_role("radio", name="En partie", exact=True).first.click()
    press(didier, "Enregistrer les présences")
    assert "1 présence enregistrée" in plain(didier.get_by_test_id("stAlert").first.inner_text())
    for name in ("Feuille de présence (PDF)", "Attestations (PDF)"):
        with didier.expect_download() as taken:
            didier.get_by_role("link", name=name).click()
        assert Path(taken.value.path()).read_bytes().startswith(b"%PDF")
    noted = [row[0] for row in served.rows(read)[before:]]
    assert noted == [f"feuille de présence, session {held}"], (
        "the journal keeps who read the names, once"
    )


# Presences are noted above; on a phone the screens of test_accessibility.py are met.
@pytest.mark.matrix
def test_the_presences_are_noted_on_a_phone(visit, served):
    """Four choices stand two by two, each with its whole border: none hangs alone on a second
    line.
    """
    [(held,)] = served.rows(
        """SELECT id FROM training_session WHERE "on" <= '2023-06-30' AND cancelled_on IS NULL ORDER BY "on" DESC LIMIT 1"""
    )
    didier = visit(
        "didier",
        f"/academie?session={held}",
        viewport={"width": 360, "height": 740},
        has_touch=True,
    )
    choices = didier.get_by_role("radiogroup").first.get_by_role("radio")
    assert choices.all_inner_texts() == ["Présent(e)", "En partie", "Absent(e)", "Excusé(e)"]
    boxes = [choice.bounding_box() for choice in choices.all()]
    assert len({round(box["y"]) for box in boxes}) == len({round(box["x"]) for box in boxes}) == 2
    assert len({round(box["width"]) for box in boxes}) == 1
    assert {
        choice.evaluate("e => getComputedStyle(e).borderLeftColor") for choice in choices.all()
    }.isdisjoint({"rgba(0, 0, 0, 0)"})


# Alice registers above; dates, seats and the line: tests/test_registrations.py.
@pytest.mark.matrix
def test_who_comes_for_a_training_chooses_a_date_and_registers_there(visit, served):
    """Didier too, who holds the academy, finds the dates first; what he makes stands apart."""
    didier = visit("didier", "/academie?obligatoire=oui")
    expect(didier.get_by_role("heading", name="1 date à choisir", exact=True)).to_be_visible()
    assert didier.get_by_text("Créer une formation", exact=True).count() == 0
    follow_link(didier, "/academie?vue=gestion")
    expect(didier.get_by_text("Créer une formation", exact=True)).to_be_visible()
    alice = visit("alice", "/academie", viewport={"width": 360, "height": 740}, has_touch=True)
    alice.get_by_role("textbox", name="Rechercher").fill("langue des signes")
    alice.get_by_role("textbox", name="Rechercher").press("Enter")
    expect(alice.get_by_role("heading", name="1 date à choisir", exact=True)).to_be_visible()
    assert "q=langue" in alice.url
    press(alice, "S'inscrire")
    assert "La place est réservée pour le 11 septembre 2023" in plain(
        alice.get_by_test_id("stAlert").first.inner_text()
    )
    expect(alice.locator(".cp-offered .cp-chip").first).to_have_text("Inscrite")


# Who adds and who opens: tests/test_materials.py.
@pytest.mark.matrix
def test_a_material_is_added_and_opened_by_who_has_a_seat(visit, served):
    didier = visit("didier", "/academie?formation=F22&vue=gestion")
    didier.get_by_text("Ajouter un support", exact=True).click()
    didier.get_by_label("Titre du support").fill("Le carnet du formateur")
    didier.locator("input[type=file]").set_input_files(
        {"name": "carnet.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 carnet"}
    )
    expect(didier.get_by_text("carnet.pdf")).to_be_visible()
    press(didier, "Ajouter ce support")
    expect(didier.get_by_test_id("stAlert").first).to_contain_text("est ajouté")
    bruno = visit("bruno", "/academie?formation=F22")
    expect(bruno.get_by_text("on l'ouvre ici dès qu'une place est réservée")).to_be_visible()
    press(bruno, "S'inscrire")
    link = bruno.get_by_role("link", name="Le carnet du formateur")
    expect(link).to_be_visible()
    with bruno.expect_download() as taken:
        link.press("Enter")
    assert taken.value.suggested_filename == "carnet.pdf"
    assert Path(taken.value.path()).read_bytes() == b"%PDF-1.7 carnet"
    [(ident,)] = served.rows("SELECT id FROM training_material WHERE name = 'carnet.pdf'")
    for login, status in (("bruno", 200), ("elise", 404)):
        cookies = {"cp": served.cookie_of(login)}
        assert httpx.get(f"{served.url}/document/{ident}", cookies=cookies).status_code == status
    [(led,)] = served.rows("SELECT id FROM training_material WHERE href <> '' ORDER BY title")[:1]
    answer = httpx.get(f"{served.url}/document/{led}", cookies={"cp": served.cookie_of("didier")})
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("https://intranet.exemple.invalid/")
    assert answer.headers["referrer-policy"] == "same-origin", "the other site is not told of ours"


# Dates are narrowed by words above.
@pytest.mark.matrix
@pytest.mark.parametrize("width", [360, 1440])
def test_alice_narrows_the_dates_from_a_day_to_a_day(visit, width):
    alice = visit("alice", "/academie", viewport={"width": width, "height": 900})
    for label, day in (("À partir du", "20/09/2023"), ("Jusqu'au", "25/09/2023")):
        set_day(alice, label, day)
        # The calendar hides what stands under it, also from who listens.
        alice.keyboard.press("Escape")
    expect(alice.get_by_role("heading", name="2 dates à choisir")).to_be_visible()
    assert "du=2023-09-20" in alice.url and "jusque=2023-09-25" in alice.url
    assert alice.evaluate("document.documentElement.scrollWidth") <= width
    alice.get_by_role("link", name="À partir du").click()
    expect(alice.get_by_role("heading", name="2 dates à choisir")).to_have_count(0)
    assert "du=" not in alice.url and "jusque=2023-09-25" in alice.url


# The act and whom it concerns: tests/test_obligations.py.
@pytest.mark.matrix
def test_didier_says_for_whom_a_training_is_compulsory(visit, served):
    didier = visit("didier", "/academie?formation=F11&vue=gestion")
    didier.get_by_text("Modifier la formation", exact=True).click()
    choose(didier, "Obligatoire pour", "Voirie")
    didier.keyboard.press("Escape")
    press(didier, "Enregistrer")
    expect(didier.get_by_text("Cochez « Formation obligatoire »", exact=False)).to_be_visible()
    didier.get_by_text("Formation obligatoire", exact=True).click()
    press(didier, "Enregistrer")
    assert "La formation F11 est enregistrée" in plain(
        didier.get_by_test_id("stAlert").first.inner_text()
    )
    asked = """SELECT direction.code FROM training_unit
        JOIN direction ON direction.id = unit_id JOIN training ON training.id = training_id
        WHERE training.code = 'F11'"""
    assert [code for (code,) in served.rows(asked)] == ["AD-VOI"]
    follow_link(didier, "/academie?formation=F11")
    expect(didier.get_by_text("Obligatoire pour", exact=True)).to_be_visible()
