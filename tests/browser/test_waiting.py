"""Didier imports a file and leaves meanwhile; Farid makes a backup and takes it away; nobody
else gets either.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.chromium import go, idle
from support.crossing import WHOLE_MATRIX
from support.hands import plain, press

from dashboard.actions.keeping.restoring import restore
from dashboard.commands.checking import HOW_MANY
from dashboard.files.backup import open_backup
from models.database import engine_for, migrate

pytestmark = pytest.mark.browser

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


def latest(page: Page):
    return page.locator("[class*='st-key-cp_job_']").first


def test_didier_tries_imports_leaves_and_finds_the_report(visit, served):
    before = served.rows("SELECT count(*) FROM idea")[0][0]
    didier = choose_file(visit("didier", "/imports"), "kiosques.csv", FILE)
    button = didier.get_by_role("button", name=re.compile(r"^\S* ?Importer 600 lignes$"))
    expect(button).to_be_visible(timeout=READY)
    expect(latest(idle(didier))).to_contain_text("Le titre est vide")
    assert served.rows("SELECT count(*) FROM idea")[0][0] == before, "a dry run writes nothing"
    button.dblclick()
    expect(latest(didier)).to_contain_text("Import · idées · kiosques.csv", timeout=READY)
    go(didier, "/idees")
    elsewhere = visit("didier", "/imports")  # another browser, another sign-in
    expect(latest(elsewhere)).to_contain_text("L'import est enregistré", timeout=READY)
    expect(latest(go(didier, "/imports"))).to_contain_text("kiosques.csv")
    expect(didier.get_by_text("Cet essai a été suivi de son import.")).to_have_count(1)
    assert served.rows("SELECT count(*) FROM idea WHERE title LIKE 'Kiosque à musique%'") == [
        (600,)
    ], "two clicks, one import"
    with didier.expect_download() as waited:
        latest(idle(didier)).get_by_role(
            "link", name="Télécharger les points à regarder (CSV)"
        ).click()
    assert "Le titre est vide" in waited.value.path().read_text("utf-8-sig")
    if WHOLE_MATRIX:  # each role opens its pages: tests/test_pages.py
        farid = visit("farid", "/imports")
        expect(farid.get_by_text("Cet écran n'est pas ouvert à votre rôle.")).to_be_visible()


# The sentence: tests/test_exchange.py; a job that fails: tests/test_jobs.py.
@pytest.mark.matrix
def test_a_wrong_file_is_one_sentence_and_the_screen_stops_asking(visit, served):
    before = served.rows("SELECT count(*) FROM idea")
    didier = choose_file(
        visit("didier", "/imports"), "photo.csv", b"\x89PNG\r\n\x1a\n" + bytes(200)
    )
    expect(latest(didier)).to_contain_text("son contenu est une image PNG", timeout=READY)
    assert served.rows("SELECT count(*) FROM idea") == before
    press(visit("didier", "/imports"), "Essayer sans rien écrire").get_by_text(
        "Choisissez d'abord un fichier, de 5 Mo au plus."
    ).wait_for()


# Backups and what takes them: tests/test_backups.py, tests/test_jobs.py.
@pytest.mark.matrix
def test_farid_makes_a_backup_that_an_empty_database_accepts(visit, served, tmp_path):
    farid = press(visit("farid", "/etat-du-systeme"), "Faire une sauvegarde")
    link = farid.locator(".cp-file a")
    expect(link).to_be_visible(timeout=READY)
    with farid.expect_download() as waited:
        link.click()
    assert re.fullmatch(r"c-possible-[0-9-]+\.zip", waited.value.suggested_filename)
    waited.value.save_as(tmp_path / "prise.zip")
    empty = engine_for(f"sqlite:///{tmp_path / 'vide.db'}")
    migrate(empty)
    with open_backup(Path(tmp_path / "prise.zip")) as backup:
        assert restore(empty, backup) > 20_000
    empty.dispose()
    address = link.get_attribute("href")
    # tests/test_gate.py asks for every file as every reader.
    for login in ("didier", "elise", None) if WHOLE_MATRIX else ("didier",):
        assert visit(login, "/vos-donnees").request.get(served.url + address).status == 404, login
    expect(farid.locator(".cp-vitals").first).to_contain_text("Bien")
    vitals = plain(farid.locator(".cp-vitals").first.inner_text())
    assert "Dernière sauvegarde Aucune" not in vitals, "the last backup is told"


@pytest.mark.matrix
def test_farid_checks_the_whole(visit):
    farid = press(visit("farid", "/etat-du-systeme"), "Vérifier maintenant")
    expect(farid.get_by_text(re.compile(f"Les {HOW_MANY} vérifications tiennent"))).to_be_visible(
        timeout=READY
    )


# The tiles and what is to be mended: tests/test_reached.py.
@pytest.mark.matrix
def test_farid_reads_how_this_browser_reaches_the_server(visit):
    """On the machine itself nothing is to be mended; an hour that is wrong is, and stands first."""
    farid = visit("farid", "/etat-du-systeme")
    fold = farid.locator(".cp-reached summary")
    expect(fold).to_have_text(re.compile("Rien à corriger vu d'ici"))
    fold.click()
    expect(farid.locator(".cp-reached").get_by_text("Ouvert par ce navigateur")).to_be_visible()
    farid.add_init_script("const now = Date.now; Date.now = () => now() + 3600000;")
    go(farid, "/etat-du-systeme")
    expect(fold).to_have_text(re.compile("1.point à revoir"))
    first = farid.locator(".cp-reached li").first
    expect(first).to_contain_text(re.compile("Elle avance de (59|60).minutes"))
    farid.close()  # its clock would be wrong for the next one


@pytest.mark.parametrize(
    "login, address, title",
    [("didier", "/imports", "Imports"), ("farid", "/etat-du-systeme", "État du système")],
)
@pytest.mark.matrix
def test_the_screens_fit_a_phone_and_are_found(visit, login, address, title):
    page = visit(login, "/tout", viewport={"width": 360, "height": 800})
    page.get_by_role("main").get_by_role("link", name=title, exact=True).click()
    expect(idle(page)).to_have_url(re.compile(address))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
