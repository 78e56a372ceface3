"""Alice registers and gives her seat up; Didier opens a session, types who was there, and takes
the papers.
"""

from pathlib import Path

from playwright.sync_api import expect
from support.hands import plain, press, set_day


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
