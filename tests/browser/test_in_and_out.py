"""Didier brings the files of two other platforms in, finds what they hold, takes it away; he
says which column is which.
"""

import io
import json
import re
import tomllib

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook
from support.chromium import follow_link, go, idle
from support.crossing import WHOLE_MATRIX
from support.hands import choose, plain, press
from support.real_files import DATA, real_files

pytestmark = pytest.mark.browser

READY = 120_000  # the process that works shares the machine with the tests
# file → rows that enter, lines that are refused, what is told beside, words that find one of them
REAL = {
    "paris-budget-participatif.csv": (1209, [2, 243, 341, 924, 981], None, "kiosque"),
    "grand-debat.json": (1099, [], 11, "rocade autoroute"),
}
UNKNOWN = "Nr;Nom de la proposition citoyenne;Explications détaillées;Posée le;Appuis\n" + "".join(
    f"{n};Un abri pour les vélos numéro {n};Il faudrait un abri couvert et éclairé près de"
    f" l'entrée, pour que chacun vienne à vélo en hiver aussi.;0{1 + n % 9}/03/2023;{n}\n"
    for n in range(1, 31)
)


def attempt(page: Page, name: str, content: bytes) -> Page:
    """A dry run of this file, waited for."""
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    expect(
        page.get_by_role("button", name=f"Retirer {name}", exact=True)
    ).to_be_visible()  # it may still be on its way
    press(idle(page), "Essayer sans rien écrire")
    expect(latest(page)).to_contain_text(f"Essai · idées · {name}", timeout=READY)
    return ended(page)


def ended(page: Page) -> Page:
    expect(latest(page).locator(".cp-chip").first).to_have_text("Prêt", timeout=READY)
    return idle(page)


def latest(page: Page):
    return page.locator("[class*='st-key-cp_job_']").first


def downloaded(page: Page, act) -> bytes:
    with page.expect_download() as waited:
        act()
    return waited.value.path().read_bytes()


# How each platform writes is read in tests/test_platforms.py; test_waiting.py tries and imports a file
# by the same screen.
@pytest.mark.matrix
@real_files
@pytest.mark.parametrize("name", ["paris-budget-participatif.csv", "grand-debat.json"])
def test_a_real_file_is_tried_imported_found_and_taken_away(visit, served, name):
    new, refused, told, words = REAL[name]
    before = served.rows("SELECT count(*) FROM idea")[0][0]
    didier = attempt(visit("didier", "/imports"), name, (DATA / name).read_bytes())
    tally = plain(latest(didier).locator(".cp-tally").inner_text()).replace(" ", "")
    assert f"{new}" in tally and f"{len(refused)}" in tally
    found = json.loads(
        served.rows(
            "SELECT result FROM job JOIN sign_of_life ON job_id = id ORDER BY asked_at DESC LIMIT 1"
        )[0][0]
    )
    assert [problem["line"] for problem in found["refused"]] == refused
    assert told is None or len(found["warnings"]) == told
    assert served.rows("SELECT count(*) FROM idea")[0][0] == before, "a dry run writes nothing"
    didier.get_by_role("button", name=re.compile(r"^\S*\s?Importer [\d\s]+lignes$")).first.click()
    expect(latest(didier)).to_contain_text(f"Import · idées · {name}", timeout=READY)
    expect(latest(didier)).to_contain_text("L'import est enregistré", timeout=READY)
    assert served.rows("SELECT count(*) FROM idea")[0][0] == before + new
    follow_link(didier, f"/idees?q={words}")
    shown = [plain(title) for title in didier.locator(".cp-list h3").all_inner_texts()]
    assert shown
    assert set(shown) <= {plain(title) for (title,) in served.rows("SELECT title FROM idea")}
    answered(didier, didier.locator(".cp-list h3 a").first.get_attribute("href"))
    follow_link(didier, f"/idees?q={words}")
    kept = taken_away(didier).decode("utf-8-sig")
    assert all(plain(title)[:40] in plain(kept).replace('""', '"') for title in shown[:3])


def answered(page: Page, address: str) -> None:
    """What came in is answered like what was filed here."""
    go(page, address)
    field = page.get_by_role("textbox", name="Réponse à l'auteur")
    field.fill("Lue avec la direction concernée : nous y revenons à la rentrée.")
    field.press("Tab")
    press(idle(page), "Enregistrer la réponse")
    expect(page.locator(".cp-steps")).to_contain_text("nous y revenons à la rentrée")


def taken_away(page: Page) -> bytes:
    """The list on screen as a file for a spreadsheet."""
    page.get_by_role("button", name=re.compile("^(?:download )?Exporter cette liste")).click()
    return downloaded(page, page.get_by_role("link", name="CSV pour tableur", exact=True).click)


def test_didier_says_which_column_is_which_and_keeps_it(visit, served):
    didier = attempt(visit("didier", "/imports"), "velos.csv", UNKNOWN.encode())
    card = latest(didier)
    expect(card).to_contain_text("n'a pas de colonne de titre")
    expect(card.get_by_role("combobox", name=re.compile("^Titre"))).to_have_value(
        re.compile("^Nom de la proposition citoyenne")
    )
    expect(card.get_by_role("combobox", name=re.compile("^Date de dépôt"))).to_have_value(
        re.compile("^Posée le")
    )
    expect(card.get_by_role("combobox", name=re.compile("^Votes"))).to_have_value(
        re.compile("^Appuis")
    )
    choose(didier, r"^Identifiant", "Aucune colonne")
    kept = downloaded(
        didier,
        latest(didier).get_by_role("link", name=re.compile("Garder cette correspondance")).click,
    )
    columns = tomllib.loads(kept.decode())["colonnes"]
    assert (
        columns["titre"] == "Nom de la proposition citoyenne"
        and columns["voix"] == "Appuis"
        and columns["identifiant"] == ""
    )
    latest(didier).get_by_role("button", name="Essayer avec ces colonnes").click()
    expect(
        didier.get_by_role("button", name=re.compile(r"^\S*\s?Importer 30\slignes$"))
    ).to_be_visible(timeout=READY)
    if not WHOLE_MATRIX:
        return
    # Another day, another file of the same tool: the correspondence is taken again.
    again = visit("didier", "/imports")
    again.get_by_text("Reprendre une correspondance des colonnes").click()
    again.locator("input[type=file]").nth(1).set_input_files(
        {"name": "correspondance.toml", "mimeType": "application/toml", "buffer": kept}
    )
    # One upload after the other: the run that the first one starts would drop the second.
    expect(again.get_by_role("button", name="Retirer correspondance.toml")).to_be_visible()
    idle(again)
    attempt(again, "velos-2.csv", UNKNOWN.replace("abri", "garage").encode())
    expect(
        latest(again).get_by_role("button", name=re.compile(r"^\S*\s?Importer 30\slignes$"))
    ).to_be_visible(timeout=READY)
    (params,) = served.rows(
        "SELECT params FROM job JOIN sign_of_life ON job_id = id ORDER BY asked_at DESC LIMIT 1"
    )[0]
    assert json.loads(json.loads(params)["colonnes"])["voices"] == "Appuis"


def test_a_workbook_that_the_command_made_holds_its_legend(served, tmp_path):
    served.command(
        "export",
        "ideas",
        "--out",
        str(tmp_path / "idees.xlsx"),
        "--etat",
        "Retenue",
        "--columns",
        "number,title,status,reason",
    )
    book = CalamineWorkbook.from_filelike(io.BytesIO((tmp_path / "idees.xlsx").read_bytes()))
    assert book.sheet_names == ["Idées", "Colonnes"]
    headers, *rows = book.get_sheet_by_name("Idées").to_python()
    assert headers == ["Numéro", "Titre", "État", "Motif"] and {row[2] for row in rows} == {
        "Retenue"
    }
