"""Didier imports a file, leaves meanwhile, and finds its report."""

import re

from playwright.sync_api import Page, expect
from support.chromium import go, idle
from support.hands import latest_job, press

READY = 90_000  # the process that works shares the machine with the tests
FILE = (
    "id;titre;texte;direction;date\n"
    + "".join(
        f"w{n};Kiosque à musique {n};Sous les tilleuls;VC-JSP;0{1 + n % 9}/03/2023\n"
        for n in range(600)
    )
    + "w600;;sans titre;;01/03/2023\n"
).encode()


def choose_file(page: Page, name: str, content: bytes) -> Page:
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )
    return press(idle(page), "Essayer sans rien écrire")


def test_didier_tries_imports_leaves_and_finds_the_report(visit, served):
    before = served.rows("SELECT count(*) FROM idea")[0][0]
    didier = choose_file(visit("didier", "/imports"), "kiosques.csv", FILE)
    button = didier.get_by_role("button", name=re.compile(r"^\S* ?Importer 600 lignes$"))
    expect(button).to_be_visible(timeout=READY)
    expect(latest_job(idle(didier))).to_contain_text("Le titre est vide")
    assert served.rows("SELECT count(*) FROM idea")[0][0] == before, "a dry run writes nothing"
    button.dblclick()
    expect(latest_job(didier)).to_contain_text("Import · Idées · kiosques.csv", timeout=READY)
    go(didier, "/idees")
    elsewhere = visit("didier", "/imports")  # another browser, another sign-in
    expect(latest_job(elsewhere)).to_contain_text("L'import est enregistré", timeout=READY)
    expect(latest_job(go(didier, "/imports"))).to_contain_text("kiosques.csv")
    expect(didier.get_by_text("Cet essai a été suivi de son import.")).to_have_count(1)
    assert served.rows("SELECT count(*) FROM idea WHERE title LIKE 'Kiosque à musique%'") == [
        (600,)
    ], "two clicks, one import"
    with didier.expect_download() as waited:
        latest_job(idle(didier)).get_by_role(
            "link", name="Télécharger les points à regarder (CSV)"
        ).click()
    assert "Le titre est vide" in waited.value.path().read_text("utf-8-sig")
