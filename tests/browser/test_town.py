"""Everyone has a key: from an empty database and three files to an answer and a publication, without
a shell once the first administrator is there.

Farid (administrator) brings in the chart, the personnel and the accounts (all three by the screen
in `make matrix`, the accounts in `make test`); mails and a sheet bring the keys; Alice (agent) files an idea, Carine (manager by her mandate) answers it, Gaëlle (mandate on
the whole) publishes the situation. Carine keeps the CODIR's papers too: its report reaches her by
mail.
"""

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from mimetypes import guess_type

import pytest
from openpyxl import Workbook
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from support.chromium import follow_link, go, idle
from support.crossing import WHOLE_MATRIX
from support.hands import (
    choose,
    pick_idea,
    plain,
    press,
    set_day,
    sign,
    sign_in,
    told,
    unfold,
    write,
)
from support.post import Post
from support.post import plain as words_of
from support.served import Served

from dashboard import french
from dashboard.access import OPERATOR
from dashboard.actions.people.accounts import add_account
from models.clock import today
from models.database import reading, writing
from models.keeping import Installation
from models.ledger import bump
from models.people import Role
from models.workdays import workdays

pytestmark = pytest.mark.browser

READY = 120_000  # the process that imports shares the machine with the tests
OWN, CHOSEN = "trois marches vers le quai", "un vélo dans la cour"
# A town is small here, and in `make matrix` as large as one that has departments.
DIRECTIONS, PERSONS = (24, 300) if WHOLE_MATRIX else (12, 60)
_LINK = re.compile(r"http\S+(/cle\?jeton=[0-9a-f]{32})")
_REPORT = re.compile(r"http\S+(/rapport\?rapport=dossier\S*)")

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
ROADMAP = (
    ("numéro", "chantier", "titre", "poids", "début", "échéance", "porteur", "direction"),
    ("1.1", 1, "Un comité qui se réunit", 2, "01/02/2021", "30/06/2022", "Directrice", "D01"),
    ("1.2", 1, "Un tableau de bord lu", 1, "01/07/2021", "31/12/2022", "Directrice", "D01"),
    ("2.1", 2, "Un relais par service", 3, "01/01/2022", "31/12/2023", "Didier", ""),
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
    # `make matrix` starts it, and its jobs, as an operator does.
    server = Served(folder, one_address, demo=False, forks=not WHOLE_MATRIX)
    server.settings = post_office.settings | {"CP_PUBLIC_URL": server.url}
    server.start()
    with writing(server.engine) as session:
        add_account(
            session,
            OPERATOR,
            login="farid",
            password=OWN,
            roles=["admin"],
            given_name="Farid",
            family_name="Benali",
        )
    yield server
    server.stop()


def latest(page: Page):
    return page.locator("[class*='st-key-cp_job_']").first


def bring(page: Page, what: str, name: str, content: str | bytes) -> str:
    """Tries a file and imports it; gives what the trial counted."""
    page.get_by_text(what, exact=True).first.click()
    idle(page)
    buffer = content.encode() if isinstance(content, str) else content
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": guess_type(name)[0], "buffer": buffer}
    )
    expect(page.get_by_role("button", name=f"Retirer {name}", exact=True)).to_be_visible()
    press(idle(page), "Essayer sans rien écrire")
    expect(latest(page)).to_contain_text(name, timeout=READY)
    expect(latest(page)).to_contain_text(re.compile("^.*Essai"), timeout=READY)
    expect(latest(page).locator(".cp-chip").first).to_have_text("Prêt", timeout=READY)
    counted = plain(idle(page) and latest(page).locator(".cp-tally").inner_text())
    page.get_by_role("button", name=re.compile(r"Importer [\d\s]+lignes?$")).first.click()
    expect(latest(page)).to_contain_text("L'import est enregistré", timeout=READY)
    idle(page)
    return counted


def by_command(served: Served, what: str, content: str) -> str:
    file = served.folder / f"{what}.csv"
    file.write_text(content, encoding="utf-8")
    return plain(served.command("import", what, str(file), "--as", "farid"))


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
    if not WHOLE_MATRIX:  # a second where the screen takes four
        assert units in by_command(served, "directions", CHART)
        assert str(PERSONS) in by_command(served, "people", PEOPLE)
    farid = sign_in(visit(None, "/etat-du-systeme"), "farid", OWN)
    if WHOLE_MATRIX:
        assert units in bring(farid, "Les directions et les effectifs", "organigramme.csv", CHART)
        assert str(PERSONS) in bring(farid, "Le personnel", "personnel.csv", PEOPLE)
    assert "39" in bring(farid, "Les comptes et les mandats", "comptes.csv", ACCOUNTS)
    expect(latest(farid)).to_contain_text(re.compile(r"3\s*invitations par courriel"))
    served.tick()  # what a timer does every ten minutes

    alice = visit(None, links_for(post_office, "alice")[-1])
    assert alice.url == f"{served.url}/cle", "the link stays out of the address"
    choose_key(alice, "alice")
    go(alice, "/deposer")
    sign(alice)
    write(alice, "Votre idée, votre constat", "Le filet du but nord est troué")
    choose(alice, "Quelle direction est concernée", "Direction 01")
    press(alice, "Envoyer")
    number = int(re.search(r"n°\s*(\d+)", alice.locator(".cp-thanks").inner_text())[1])

    carine = visit("carine", f"/idees?idee={number}")
    choose(carine, "Nouvel état", "Retenue")
    write(carine, "Réponse à l'auteur", "Un filet est commandé.")
    press(carine, "Enregistrer la réponse")
    expect(carine.get_by_text(re.compile("La réponse est enregistrée"))).to_be_visible()
    assert served.rows("SELECT status FROM idea WHERE number = :n", n=number) == [("retenue",)]

    gaelle = choose_key(typed_from_a_sheet(visit, farid), "gaelle")
    follow_link(gaelle, "/publication")
    gaelle.get_by_role("button", name="Publier cette situation").click()
    press(gaelle, "Oui, la rendre publique")
    expect(gaelle.get_by_text(re.compile("est publique"))).to_be_visible()

    used = visit(None, links_for(post_office, "alice")[-1])
    expect(used.get_by_text(re.compile("Ce lien n.ouvre plus rien"))).to_be_visible()


def workbook(rows: tuple[tuple, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def step(page: Page, title: str):
    """One step of « Mise en route »."""
    return page.locator("[class*='st-key-cp_step_']").filter(has_text=title)


# test_waiting.py and test_in_and_out.py bring files in by the same screen.
@pytest.mark.matrix
def test_its_programme_comes_from_a_file(visit, served, post_office):
    farid = visit("farid", "/mise-en-route")
    expect(step(farid, "Le programme")).to_contain_text("Aucun jalon encore.")
    didier = choose_key(visit(None, links_for(post_office, "didier")[-1]), "didier")
    bring(follow_link(didier, "/imports"), "Des jalons", "programme.xlsx", workbook(ROADMAP))
    group = follow_link(didier, "/feuille-de-route").locator("details.cp-plan-group")
    group.filter(has_text="Un relais par service").locator("summary").first.click()
    expect(didier.get_by_text("Un relais par service").first).to_be_visible()
    expect(step(follow_link(farid, "/mise-en-route"), "Le programme")).to_contain_text("3 jalons")


# A point is decided in test_steering.py; what the author of an idea is told stands in
# tests/test_sending.py.
@pytest.mark.matrix
def test_a_decision_reaches_the_author_of_the_idea(visit, served, post_office):
    alice = visit("alice", "/deposer")
    sign(alice)
    write(alice, "Votre idée, votre constat", "Un abri pour les vélos des agents")
    choose(alice, "Quelle direction est concernée", "Direction 01")
    press(alice, "Envoyer")
    number = int(re.search(r"n°\s*(\d+)", alice.locator(".cp-thanks").inner_text())[1])

    gaelle = visit("gaelle", "/decisions")
    unfold(gaelle, "Inscrire un point")
    write(gaelle, "Intitulé", "Un abri pour les vélos")
    choose(gaelle, "À propos de", "Idée")
    pick_idea(gaelle, "Quelle idée ?", "abri vélos", number)
    choose(gaelle, "Porteur", "Direction 01 (D01)")
    press(gaelle, "Inscrire")
    gaelle.get_by_role("link", name="Un abri pour les vélos").first.click()
    idle(gaelle)
    choose(gaelle, "Issue", "Adoptée")
    set_day(gaelle, "Échéance", "31/12/2034")
    expect(gaelle.get_by_text("Soumise au CODIR → Retenue")).to_be_visible()
    press(gaelle, "Enregistrer")
    assert told(gaelle) == "Décidée : c'est enregistré, avec 1 effet."
    served.tick()
    said = [words_of(mail) for mail in post_office.mails_for("alice")]
    assert any("est retenue" in mail and "31 décembre 2034" in mail for mail in said)
    carine = visit("carine", "/mon-espace")
    expect(carine.get_by_text("Décision n° 1 à exécuter")).to_be_visible()


def typed_from_a_sheet(visit, farid: Page) -> Page:
    """Gaëlle has no address: her sheet is printed, and she types its code."""
    write(follow_link(farid, "/comptes"), "Nom ou identifiant", "gaelle gilles")
    farid.get_by_role("link", name="gaelle", exact=True).click()
    idle(farid)
    press(farid, "Préparer un feuillet")
    assert "1 feuillet prêt" in told(farid)
    with farid.expect_download(timeout=READY) as waited:
        farid.get_by_role("link", name="Télécharger les feuillets (PDF)").click()
    page = PdfReader(io.BytesIO(waited.value.path().read_bytes())).pages[0]
    code = re.search(r"[0-9A-F]{8}(-[0-9A-F]{8}){3}", page.extract_text().replace("\u200b", ""))
    gaelle = write(visit(None, "/cle"), "Code du feuillet", code[0])
    return press(gaelle, "Ouvrir")


# Alice's link above opens the same page; tests/test_links.py asks for one.
@pytest.mark.matrix
def test_a_forgotten_password_and_one_that_is_changed(visit, served, post_office):
    before = len(links_for(post_office, "alice"))
    stranger = unfold(visit(None, "/mon-espace"), "Mot de passe oublié")
    said = []
    for login in ("alice", "personne-de-ce-nom"):
        write(stranger, "Compte concerné", login)
        press(stranger, "Recevoir un lien")
        said.append(plain(stranger.get_by_test_id("stAlert").inner_text()))
    assert said[0] == said[1]
    served.tick()
    assert len(links_for(post_office, "alice")) == before + 1
    alice = choose_key(go(stranger, links_for(post_office, "alice")[-1]), "alice")
    if not WHOLE_MATRIX:
        return
    unfold(alice, "Changer mon mot de passe")
    write(alice, "Mot de passe actuel", CHOSEN)
    write(alice, "Nouveau mot de passe", "un autre vélo au soleil")
    write(alice, "Le même, encore une fois", "un autre vélo au soleil")
    press(alice, "Changer le mot de passe")
    expect(alice.get_by_text("Votre mot de passe est changé.")).to_be_visible()
    expect(go(alice, "/mon-espace").get_by_role("heading", level=1)).to_have_text("Mon espace")


# The accounts above come from a file, and test_desks.py acts on several.
@pytest.mark.matrix
def test_farid_opens_one_account_gives_a_mandate_and_closes_it(visit, served):
    farid = visit("farid", "/comptes")
    unfold(farid, "Ouvrir un compte")
    press(farid, "Ouvrir le compte")
    expect(
        farid.get_by_text("Cherchez la personne, puis choisissez-la dans la liste.")
    ).to_be_visible()
    write(farid, "Qui ? Quelques lettres du nom, ou le matricule", "nom050")
    choose(farid, "La personne", "Prénom050 Nom050 · M050 · Service 03")
    press(farid, "Ouvrir le compte")
    assert "Le compte « prenom050.nom050 » de Prénom050 Nom050 est ouvert" in told(farid)
    write(farid, "Nom ou identifiant", "NOM050")
    farid.get_by_role("link", name="prenom050.nom050", exact=True).click()
    expect(farid.get_by_role("heading", level=1)).to_have_text("Prénom050 Nom050")
    idle(farid)
    unfold(farid, "Donner un mandat")
    choose(farid, "Unité", "Direction 05 (D05)")
    press(farid, "Donner ce mandat")
    assert "Mandat donné à Prénom050 Nom050, depuis le" in told(farid)
    unfold(farid, "Donner un mandat")
    choose(farid, "Unité", "Direction 05 (D05)")
    press(farid, "Donner ce mandat")
    expect(farid.get_by_text(re.compile("a déjà un mandat sur cette unité"))).to_be_visible()
    press(farid, "Fermer le compte")
    assert "est fermé" in told(farid)
    press(farid, "Rouvrir le compte")
    assert "est rouvert" in told(farid)


# --- the report for the CODIR ---------------------------------------------------------------------


def on_a_working_day(served: Served) -> date:
    """Today, or the next day on which somebody works: rounds bring nothing to mind on others."""
    with writing(served.engine) as session:
        days = workdays(session)
        now = day = today(session)
        while not days.is_open(day):
            day += timedelta(days=1)
        if day != now:
            found = session.get(Installation, 1) or Installation()
            found.frozen_on = day
            session.add(found)
            bump(session, "installation")
    return day


# test_report.py asks for a report and takes it; when it leaves stands in tests/test_deadlines.py.
@pytest.mark.matrix
def test_the_report_for_the_codir_arrives_by_mail_and_its_link_opens_it(visit, served, post_office):
    day = on_a_working_day(served)
    with reading(served.engine) as session:
        days = workdays(session)
        too_early, meeting = days.add(day, 3), days.add(day, 2)
    farid = visit("farid", "/comptes")
    write(farid, "Nom ou identifiant", "carine")
    farid.get_by_role("link", name="carine", exact=True).click()
    idle(farid).get_by_role("button", name=Role.secretaire.label, exact=True).click()
    press(idle(farid), "Enregistrer les rôles")
    assert "Les rôles de « carine » sont enregistrés." in told(farid)

    carine = visit("carine", "/decisions")
    plan_codir(carine, too_early, "Salle des mariages")
    served.tick()
    assert not reports_for(post_office, "carine"), "three working days ahead nothing leaves"
    plan_codir(carine, meeting, "Salle du Conseil")
    served.tick()
    (mail,) = reports_for(post_office, "carine")
    assert "Dossier du CODIR" in mail and "Salle du Conseil" in mail
    assert plain(french.day_long(meeting)) in mail
    served.tick()
    assert len(reports_for(post_office, "carine")) == 1, "told once"

    follow_link(carine, _REPORT.search(mail)[1])
    expect(carine.get_by_role("heading", level=1)).to_have_text("Rapport")
    ready = carine.get_by_role("link", name=re.compile(r"^Télécharger .*\.pdf"))
    expect(ready.first).to_be_visible(timeout=READY)
    with idle(carine).expect_download(timeout=READY) as waited:
        ready.first.click()
    pages = PdfReader(io.BytesIO(waited.value.path().read_bytes())).pages
    said = plain(" ".join(page.extract_text() for page in pages))
    assert "DOSSIER POUR LE CODIR" in said
    assert plain(f"Situation au {french.day_long(day)}") in said


def plan_codir(page: Page, day: date, place: str) -> None:
    unfold(page, "Prévoir une séance")
    set_day(page, "Jour", f"{day:%d/%m/%Y}")
    write(page, "Lieu (facultatif)", place)
    press(page, "Prévoir")
    assert "est prévue" in told(page)


def reports_for(post: Post, login: str) -> list[str]:
    """The mails that lead to a report for the CODIR, with ordinary spaces."""
    mails = [f"{mail['subject']} {words_of(mail)}" for mail in post.mails_for(login)]
    return [plain(mail) for mail in mails if _REPORT.search(mail)]
