"""Didier says which column of a file is which; a workbook holds its legend; didier imports a file,
leaves meanwhile, and finds its report.
"""

import re
import tomllib

from playwright.sync_api import Page, expect
from support.hands import choose, latest_job, press
from support.windows import go, idle

# ── Didier says which column of a file is which; a workbook holds its legend ──────────────────────

READY = 120_000  # the process that works shares the machine with the tests
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
    press(idle(page), "Vérifier sans rien enregistrer")
    expect(latest_job(page)).to_contain_text(f"Essai · Idées · {name}", timeout=READY)
    return ended(page)


def ended(page: Page) -> Page:
    expect(latest_job(page).locator(".cp-chip").first).to_have_text("Prêt", timeout=READY)
    return idle(page)


def downloaded(page: Page, act) -> bytes:
    with page.expect_download() as waited:
        act()
    return waited.value.path().read_bytes()


def test_didier_says_which_column_is_which_and_keeps_it(visit, served):
    didier = attempt(visit("didier", "/imports"), "velos.csv", UNKNOWN.encode())
    card = latest_job(didier)
    expect(card).to_contain_text(re.compile(r"n'a pas de colonne «\stitre"))
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
        latest_job(didier)
        .get_by_role("link", name=re.compile("Garder cette correspondance"))
        .click,
    )
    columns = tomllib.loads(kept.decode())["colonnes"]
    assert (
        columns["titre"] == "Nom de la proposition citoyenne"
        and columns["voix"] == "Appuis"
        and columns["identifiant"] == ""
    )
    latest_job(didier).get_by_role("button", name="Essayer avec ces colonnes").click()
    expect(
        didier.get_by_role("button", name=re.compile(r"^\S*\s?Importer 30\slignes$"))
    ).to_be_visible(timeout=READY)


# ── Didier imports a file, leaves meanwhile, and finds its report ─────────────────────────────────

DONE = 90_000  # the process that works shares the machine with the tests
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
    return press(idle(page), "Vérifier sans rien enregistrer")


def test_didier_tries_imports_leaves_and_finds_the_report(visit, served):
    before = served.rows("SELECT count(*) FROM idea")[0][0]
    didier = choose_file(visit("didier", "/imports"), "kiosques.csv", FILE)
    button = didier.get_by_role("button", name=re.compile(r"^\S* ?Importer 600 lignes$"))
    expect(button).to_be_visible(timeout=DONE)
    expect(latest_job(idle(didier))).to_contain_text("Le titre est vide")
    assert served.rows("SELECT count(*) FROM idea")[0][0] == before, "a dry run writes nothing"
    button.dblclick()
    expect(latest_job(didier)).to_contain_text("Import · Idées · kiosques.csv", timeout=DONE)
    go(didier, "/idees")
    elsewhere = visit("didier", "/imports")  # another browser, another sign-in
    expect(latest_job(elsewhere)).to_contain_text("L'import est enregistré", timeout=DONE)
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
