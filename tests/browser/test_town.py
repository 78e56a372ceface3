"""Everyone has a key: from an empty database and three files to an answer and a publication, without
a shell once the first administrator is there.

Farid (administrator) brings in the accounts; mails and a sheet bring the keys; Alice (agent) files an
idea, Carine (manager by her mandate) answers it.
"""

import io
import re
from collections.abc import Iterator
from mimetypes import guess_type

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from support.hands import (
    choose,
    latest_job,
    plain,
    press,
    sign,
    sign_in,
    told,
    unfold,
    write,
)
from support.post import Post, plain as words_of
from support.served import Served
from support.transactions import write_with
from support.windows import follow_link, go, idle

from dashboard.access import OPERATOR
from dashboard.actions.people.accounts import add_account

READY = 120_000  # the process that imports shares the machine with the tests
OWN, CHOSEN = "trois marches vers le quai", "un vélo dans la cour"
DIRECTIONS, PERSONS = 12, 60
_LINK = re.compile(r"http\S+(/cle\?jeton=[0-9a-f]{32})")

CHART = (
    "code;nom;type;parent;effectif\nADM;La commune;racine;;\nD;Le département;département;ADM;\n"
)
CHART += "".join(
    f"D{n:02};Direction {n:02};direction;D;\nD{n:02}-S;Service {n:02};service;D{n:02};13\n"
    for n in range(1, DIRECTIONS + 1)
)
CAST = {
    1: ("Alice", "Adam", "alice"),
    2: ("Carine", "Colin", "carine"),
    3: ("Gaëlle", "Gilles", ""),
    4: ("Didier", "Dumont", "didier"),
}


def person(n: int) -> str:
    given, family, mail = CAST.get(n, (f"Prénom{n:03}", f"Nom{n:03}", ""))
    address = f"{mail}@exemple.invalid" if mail else ""
    service = 1 if n in CAST else 1 + n % DIRECTIONS
    return f"M{n:03};{given};{family};{address};D{service:02}-S;02/01/2023\n"


PEOPLE = "matricule;prénom;nom;e-mail;service;depuis\n" + "".join(
    map(person, range(1, PERSONS + 1))
)
ACCOUNTS = (
    "matricule;identifiant;rôles;mandats;mandat du;inviter\n"
    + "M001;alice;;;;oui\nM002;carine;;D01;02/01/2023;oui\nM003;gaelle;;ADM;02/01/2023;oui\n"
    + "M004;didier;animateur;;;oui\n"
    + "".join(f"M{n:03};;;;;non\n" for n in range(5, 40))
)


@pytest.fixture(scope="module")
def post_office() -> Iterator[Post]:
    found = Post().start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def served(tmp_path_factory, one_address, post_office) -> Iterator[Served]:
    """An empty database with its first administrator, as the installation leaves it."""
    folder = tmp_path_factory.mktemp("town") / "var"
    server = Served(folder, one_address, demo=False, forks=True)
    server.settings = post_office.settings | {"CP_PUBLIC_URL": server.url}
    server.start()
    write_with(
        server.engine,
        add_account,
        OPERATOR,
        login="farid",
        password=OWN,
        roles=["admin"],
        given_name="Farid",
        family_name="Benali",
    )
    yield server
    server.stop()


def bring(page: Page, what: str, name: str, content: str | bytes) -> str:
    """Tries a file and imports it; gives what the trial counted."""
    go(page, f"/mise-en-route?genre={what}")
    buffer = content.encode() if isinstance(content, str) else content
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": guess_type(name)[0], "buffer": buffer}
    )
    expect(page.get_by_role("button", name=f"Retirer {name}", exact=True)).to_be_visible()
    press(idle(page), "Vérifier sans rien enregistrer")
    expect(latest_job(page)).to_contain_text(name, timeout=READY)
    expect(latest_job(page)).to_contain_text(re.compile("^.*Essai"), timeout=READY)
    expect(latest_job(page).locator(".cp-chip").first).to_have_text("Prêt", timeout=READY)
    counted = plain(idle(page) and latest_job(page).locator(".cp-tally").inner_text())
    page.get_by_role("button", name=re.compile(r"Importer [\d\s]+lignes?$")).first.click()
    expect(latest_job(page)).to_contain_text("L'import est enregistré", timeout=READY)
    idle(page)
    return counted


def by_command(served: Served, what: str, content: str) -> str:
    file = served.folder / f"{what}.csv"
    file.write_text(content, encoding="utf-8")
    return plain(served.command("import", what, str(file), "--as", "farid", "--write"))


def links_for(post: Post, login: str) -> list[str]:
    """The links that her mails have brought, the latest one last."""
    told = map(words_of, post.mails_for(login))
    return [found[1] for said in told if (found := _LINK.search(said))]


def choose_key(page: Page, login: str) -> Page:
    """On the page that a link or a code has opened; it signs in."""
    expect(page.get_by_text(f"Votre identifiant : {login}")).to_be_visible()
    write(page, "Nouveau mot de passe", CHOSEN)
    write(page, "Le même, encore une fois", CHOSEN)
    press(page, "Choisir ce mot de passe")
    expect(page.get_by_text("Votre mot de passe est choisi.")).to_be_visible()
    go(idle(page), "/mon-espace")
    expect(page.get_by_label("Identifiant", exact=True)).to_have_count(0)
    return page


def test_a_town_gets_its_keys_and_an_idea_its_answer(visit, served, post_office):
    units = str(2 + 2 * DIRECTIONS)
    assert units in by_command(served, "directions", CHART)
    assert str(PERSONS) in by_command(served, "people", PEOPLE)
    farid = sign_in(visit(None, "/etat-du-systeme"), "farid", OWN)
    assert "39" in bring(farid, "comptes", "comptes.csv", ACCOUNTS)
    expect(latest_job(farid)).to_contain_text(re.compile(r"3\s*invitations par courriel"))
    served.tick()  # what a timer does every ten minutes

    alice = visit(None, links_for(post_office, "alice")[-1])
    assert alice.url == f"{served.url}/cle", "the link stays out of the address"
    choose_key(alice, "alice")
    go(alice, "/deposer")
    sign(alice)
    write(alice, "Votre idée, votre constat", "Le filet du but nord est troué")
    unfold(alice, "Préciser (facultatif)")
    choose(alice, "Quelle direction est concernée", "Direction 01")
    press(alice, "Envoyer")
    number = int(re.search(r"n°\s*(\d+)", alice.locator(".cp-thanks").inner_text())[1])

    carine = visit("carine", f"/idees?idee={number}")
    write(carine, "Réponse à l'auteur", "Un filet est commandé.")
    press(carine, "Retenue")
    expect(carine.get_by_text(re.compile("La réponse est enregistrée"))).to_be_visible()
    assert served.rows("SELECT status FROM idea WHERE number = :n", n=number) == [("retenue",)]

    gaelle = choose_key(typed_from_a_sheet(visit, farid), "gaelle")
    follow_link(gaelle, "/publication")
    gaelle.get_by_role("button", name="Publier cette situation").click()
    press(gaelle, "Oui, la rendre publique")
    expect(gaelle.get_by_text(re.compile(r"est publique\."))).to_be_visible()

    used = visit(None, links_for(post_office, "alice")[-1])
    expect(used.get_by_text(re.compile("Ce lien n.ouvre plus rien"))).to_be_visible()


def typed_from_a_sheet(visit, farid: Page) -> Page:
    """Gaëlle has no address: her sheet is printed, and she types its code."""
    write(follow_link(farid, "/comptes"), "Rechercher", "gaelle gilles")
    farid.locator(".cp-desk li a").first.click()
    idle(farid)
    press(farid, "Préparer un feuillet")
    assert "1 feuillet prêt" in told(farid)
    with farid.expect_download(timeout=READY) as waited:
        farid.get_by_role("link", name="Télécharger les feuillets (PDF)").click()
    page = PdfReader(io.BytesIO(waited.value.path().read_bytes())).pages[0]
    code = re.search(r"[0-9A-F]{8}(-[0-9A-F]{8}){3}", page.extract_text().replace("\u200b", ""))
    gaelle = write(visit(None, "/cle"), "Code du feuillet", code[0])
    return press(gaelle, "Ouvrir")
