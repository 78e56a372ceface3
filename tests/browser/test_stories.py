"""Stories of the cast in a real browser: filing, reading, deciding, finding, signing in and out."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from support.chromium import follow_link, go, idle
from support.crossing import WHOLE_MATRIX
from support.filing import file
from support.hands import (
    card,
    choose,
    choose_directions,
    figure,
    follow,
    menu,
    plain,
    press,
    set_day,
    sign,
    sign_in,
)
from support.served import Served

from dashboard.visit.screens import SCREENS
from seed.demonstration import DEMO_PASSWORD

pytestmark = pytest.mark.browser

OPEN = "Idées à décider"
BODY, TITLE = "Votre idée, votre constat", "Titre (proposé d'après la première ligne)"
PROMISED = "14 août 2023"  # 30 working days after 30 June 2023: the 21st of July is a holiday
EVERYONE = [
    "Accueil",
    "Feuille de route",
    "Ambitions",
    "Idées",
    "Déposer une idée",
    "Communautés",
    "Académie",
    "Mon espace",
    "Tout",
]
KEEPING = [
    "Accueil",
    "Tableau de bord",
    "Feuille de route",
    "Idées",
    "Déposer une idée",
    "Communautés",
    "Académie",
    "État du système",
    "Tout",
]
STEERING = [
    "Accueil",
    "Tableau de bord",
    "Feuille de route",
    "Depuis la dernière séance",
    "Décisions",
    "Idées",
    "Déposer une idée",
    "Communautés",
    "Tout",
]
RELAYING = [
    "Accueil",
    "Feuille de route",
    "Idées",
    "Déposer une idée",
    "Communautés",
    "Académie",
    "Mes services",
    "Atelier",
    "Tout",
]
RECEIVING = [
    *STEERING[:3],
    "Idées",
    "Déposer une idée",
    "Communautés",
    "Académie",
    "Réception des idées",
    "Tout",
]
MANAGING = [
    *STEERING[:2],
    "Ma direction",
    "Feuille de route",
    "Idées",
    "Déposer une idée",
    "Communautés",
    "Académie",
    "Tout",
]
MENUS = {
    "alice": EVERYONE,
    "bruno": RELAYING,
    "carine": MANAGING,
    "didier": RECEIVING,
    "elise": STEERING,
    "farid": KEEPING,
    "gaelle": STEERING,
}


def write(page: Page, body: str) -> Page:
    """Writes the text of an idea and leaves the field, as the hand does before it goes to the
    button.
    """
    page.get_by_label(BODY, exact=True).fill(body)
    page.get_by_label(BODY, exact=True).press("Tab")
    sign(idle(page))
    return idle(page)


def thanks(page: Page) -> str:
    expect(page.locator(".cp-thanks")).to_contain_text("enregistré sous le n°")
    return plain(page.locator(".cp-thanks").inner_text())


def filed_number(page: Page) -> int:
    return int(re.search(r"n°\s*(\d+)", thanks(page))[1])


def times_filed(served: Served, title: str) -> int:
    return served.rows("SELECT count(*) FROM idea WHERE title = :title", title=title)[0][0]


def params(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


# ── Filing an idea ────────────────────────────────────────────────────────────────────────────────


def test_alice_files_an_idea_and_every_place_counts_one_more(visit, served):
    places = ["/", "/tableau-de-bord"]
    if WHOLE_MATRIX:
        places += ["/tableau-de-bord?volet=groupes", "/pourquoi?chiffre=reponse.ouvertes"]
    elise = visit("elise")
    before = {address: figure(follow_link(elise, address), OPEN) for address in places}
    assert len(set(before.values())) == 1, before
    if WHOLE_MATRIX:
        assert served.figure("reponse.ouvertes") == before["/"]

    alice = write(
        visit("alice", "/deposer"),
        "Des bancs à l'ombre près du bassin\nEn été, tout le monde est debout.",
    )
    expect(alice.get_by_label(TITLE, exact=True)).to_have_value(
        "Des bancs à l'ombre près du bassin"
    )
    press(alice, "Envoyer")
    assert PROMISED in thanks(alice)
    number = filed_number(alice)

    alice.get_by_role("link", name="Voir et suivre mon idée").click()
    expect(alice.get_by_role("heading", level=1)).to_have_text("Des bancs à l'ombre près du bassin")
    expect(alice.locator("article")).to_contain_text("En été, tout le monde est debout.")
    expect(alice.locator("article")).to_contain_text("Alice Lambotte")
    assert params(alice)["idee"] == str(number)

    after = {address: figure(follow_link(elise, address), OPEN) for address in places}
    assert after == {address: value + 1 for address, value in before.items()}
    assert served.figure("reponse.ouvertes") == before["/"] + 1


# The title that follows the text is met above.
@pytest.mark.matrix
def test_the_title_follows_the_text_until_alice_writes_her_own(visit):
    alice = write(visit("alice", "/deposer"), "Première version")
    title = alice.get_by_label(TITLE, exact=True)
    expect(title).to_have_value("Première version")
    if WHOLE_MATRIX:
        write(alice, "Deuxième version")
        expect(title).to_have_value("Deuxième version")
    title.fill("Mon titre")
    title.press("Tab")
    idle(alice)
    write(alice, "Troisième version")
    expect(title).to_have_value("Mon titre")


# tests/test_nervous_clicks.py clicks in a hurry on this form, test_workshop.py twice.
@pytest.mark.matrix
def test_a_double_click_files_once(visit, served):
    alice = write(visit("alice", "/deposer"), "Un crochet pour les manteaux")
    title = alice.get_by_label(
        TITLE, exact=True
    )  # a draft of hers may have brought another one back
    title.fill("Un crochet pour les manteaux")
    title.press("Tab")
    idle(alice)
    alice.get_by_role("button", name="Envoyer", exact=True).dblclick()
    filed_number(idle(alice))
    assert times_filed(served, "Un crochet pour les manteaux") == 1


@pytest.mark.matrix
def test_a_second_idea_starts_with_an_empty_form(visit, served):
    alice = press(write(visit("alice", "/deposer"), "Une première chose"), "Envoyer")
    first = filed_number(alice)
    press(alice, "Déposer une autre idée")
    expect(alice.get_by_label(BODY, exact=True)).to_have_value("")
    press(write(alice, "Une seconde chose"), "Envoyer")
    assert filed_number(alice) != first
    assert (
        times_filed(served, "Une première chose") == times_filed(served, "Une seconde chose") == 1
    )


# test_keyboard.py sends an empty form, test_light.py one without an account.
@pytest.mark.matrix
def test_an_empty_form_says_one_sentence_and_keeps_what_was_chosen(visit):
    alice = visit("alice", "/deposer")
    choose(alice, "Quelle direction est concernée", "Jeunesse et sports")
    alice.get_by_text("Sans donner mon nom", exact=True).click()
    press(alice, "Envoyer")
    errors = alice.get_by_role("alert").filter(has_text=re.compile(r"\w"))
    expect(errors).to_have_text([re.compile(r"Donnez un titre à votre idée\.")])
    expect(alice.get_by_role("combobox", name=re.compile("Quelle direction"))).to_have_value(
        "Jeunesse et sports"
    )
    expect(alice.get_by_role("radio", name="Sans donner mon nom")).to_be_checked()


@pytest.mark.matrix
def test_a_title_of_255_characters_is_filed_whole(visit, served):
    words = "été " * 63 + "été"
    alice = write(visit("alice", "/deposer"), "Un texte")
    alice.get_by_label(TITLE, exact=True).fill(words)
    press(alice, "Envoyer")
    filed_number(alice)
    assert len(words) == 255 and times_filed(served, words) == 1


# The act refuses it (tests/test_ideas.py), and fields show an error alike.
@pytest.mark.matrix
def test_a_title_of_256_characters_is_told_and_nothing_is_lost(visit, served):
    """Pasted from a letter: one sentence says what is too long, and both fields keep what they
    hold.
    """
    alice = write(visit("alice", "/deposer"), "Le texte de l'idée")
    alice.get_by_label(TITLE, exact=True).fill("é" * 256)
    press(alice, "Envoyer")
    expect(
        alice.get_by_role("alert").filter(has_text=re.compile(r"256\s+caractères"))
    ).to_be_visible()
    expect(alice.get_by_label(TITLE, exact=True)).to_have_value("é" * 256)
    expect(alice.get_by_label(BODY, exact=True)).to_have_value("Le texte de l'idée")
    assert times_filed(served, "é" * 256) == 0


# ── Without an account ────────────────────────────────────────────────────────────────────────────


def test_a_stranger_files_and_didier_reads_before_alice_sees_it(visit, served):
    words = "Le néon du vestiaire clignote"
    stranger = visit(None, "/deposer")
    expect(stranger.get_by_text("Votre dépôt est sans nom")).to_be_visible()
    press(write(stranger, words), "Envoyer")
    number = filed_number(stranger)
    code = re.search(r"(\w{4}-){3}\w{4}", stranger.locator(".cp-code").inner_text())[0]
    stored = served.rows("SELECT code FROM receipt")
    assert all(code.replace("-", "").lower() not in row[0] for row in stored)
    assert served.rows("SELECT author_id, anonymous FROM idea WHERE number = :n", n=number) == [
        (None, 1)
    ]
    go(stranger, "/deposer")
    assert code not in stranger.locator("body").inner_text()  # shown once

    alice = visit("alice", f"/idees?q={number}")
    expect(alice.locator(".cp-empty")).to_contain_text("Aucune idée ne correspond")
    expect(
        follow_link(alice, f"/idees?idee={number}").get_by_role("heading", level=1)
    ).to_have_text("Idée introuvable")

    didier = visit("didier", f"/idees?q={number}")
    expect(didier.locator(".cp-list li")).to_contain_text(["Pas encore publiée"])
    didier.get_by_role("link", name=words).click()
    expect(didier.get_by_role("heading", level=1)).to_have_text(words)
    press(didier, "Lue, publier")
    expect(didier.get_by_text("L'idée est lue et publiée.")).to_be_visible()
    expect(didier.get_by_role("button", name="Lue, publier")).to_have_count(0)

    expect(follow_link(alice, f"/idees?q={number}").get_by_role("link", name=words)).to_be_visible()
    expect(
        follow_link(alice, f"/idees?idee={number}").get_by_role("heading", level=1)
    ).to_have_text(words)
    expect(alice.locator("article")).to_contain_text("Sans nom")


@pytest.mark.matrix
def test_alice_files_without_her_name(visit, served):
    alice = write(visit("alice", "/deposer"), "Une chose que je préfère dire sans mon nom")
    alice.get_by_text("Sans donner mon nom", exact=True).click()
    press(idle(alice), "Envoyer")
    number = filed_number(alice)
    expect(alice.get_by_test_id("stCode")).to_be_visible()
    assert served.rows("SELECT author_id, relay_id FROM idea WHERE number = :n", n=number) == [
        (None, None)
    ]
    assert served.rows(
        "SELECT DISTINCT by FROM idea_event e JOIN idea i ON i.id = e.idea_id WHERE number = :n",
        n=number,
    ) == [(None,)]


def test_a_stranger_sees_no_entry_and_no_name_on_the_form(visit, served):
    stranger = visit(None, "/deposer")
    said = stranger.locator("body").inner_text()
    titles = [
        row[0] for row in served.rows("SELECT title FROM idea UNION SELECT title FROM milestone")
    ]
    assert [title for title in titles if title in said] == []
    links = stranger.get_by_role("navigation").get_by_role("link").all_inner_texts()
    assert links == ["Accueil", "Déposer", "Suivre", "Agenda", "Actualités", "Se connecter"]


# ── The scope in the address ──────────────────────────────────────────────────────────────────────


# test_filters.py follows the menu and the way back with a direction that is chosen.
@pytest.mark.matrix
def test_carines_direction_stays_from_page_to_page_on_reload_and_on_the_way_back(visit):
    carine = visit("carine", "/tableau-de-bord")
    whole = figure(carine, OPEN)
    choose_directions(carine, "Jeunesse et sports")
    carine.wait_for_url("**direction=VC-JSP**")
    own = figure(carine, OPEN)
    assert own < whole
    follow(carine, "Feuille de route")
    assert params(carine)["direction"] == "VC-JSP"
    expect(carine.locator(".cp-header")).to_contain_text("Jeunesse et sports")
    follow(carine, "Idées")
    assert params(carine)["direction"] == "VC-JSP"
    carine.reload()
    idle(carine)
    assert params(carine)["direction"] == "VC-JSP"
    for address in ("feuille-de-route", "tableau-de-bord"):
        carine.go_back()
        carine.wait_for_url(f"**/{address}?*direction=VC-JSP*")
        idle(carine)
    assert figure(carine, OPEN) == own


@pytest.mark.matrix
def test_a_colleague_sees_the_same_at_the_same_address(visit):
    carine = visit("carine", "/tableau-de-bord?direction=VC-JSP&au=2023-03-31")
    elise = sign_in(visit(None, carine.url), "elise")
    assert elise.url == carine.url
    for label in (OPEN, "Réponses données dans le délai"):
        assert figure(elise, label) == figure(carine, label)
    assert elise.locator(".cp-header").inner_text() == carine.locator(".cp-header").inner_text()


def test_a_page_waits_for_no_word_of_the_server_s_health(visit):
    """Where the client looks for its server first, each page below the root loads a tenth of a
    second later.
    """
    elise = visit("elise", "/ambitions")
    asked = []
    elise.route("**/_stcore/h*", lambda route: asked.append(urlsplit(route.request.url).path))
    elise.reload()
    expect(elise.get_by_role("heading", level=1)).to_have_text("Les cinq ambitions 2030")
    assert {path.rpartition("/")[0] for path in asked} == {"/_stcore"}
    elise.unroute_all(behavior="ignoreErrors")


# tests/test_pages.py opens such addresses.
@pytest.mark.matrix
def test_what_the_address_says_wrongly_is_told_and_left_aside(visit):
    elise = visit("elise", "/tableau-de-bord?direction=LUNE&ambition=gloire&au=demain")
    said = elise.locator(".cp-parts > * > .cp-calm").all_inner_texts()
    assert len(said) == 3
    for words in (
        "La direction demandée n'existe pas",
        "L'ambition demandée n'existe pas",
        "n'est pas lisible",
    ):
        assert any(words in sentence for sentence in said), (words, said)
    assert params(elise) == {"au": "2023-06-30", "direction": "ADM", "ambition": "toutes"}
    expect(card(elise, OPEN)).to_be_visible()


# tests/test_socket.py asks it by the address and by what her box offers.
@pytest.mark.matrix
def test_alice_may_not_look_at_another_direction_and_is_told(visit):
    alice = visit("alice", "/feuille-de-route?direction=RI-INF")
    expect(alice.get_by_test_id("stAlert")).to_contain_text("ne vous sont pas ouverts")
    assert params(alice)["direction"] == "ADM"


# ── Signing in ────────────────────────────────────────────────────────────────────────────────────


# The menu of each role: tests/test_access.py; most stories begin in one.
@pytest.mark.matrix
@pytest.mark.parametrize("login", MENUS)
def test_each_role_has_its_menu(visit, login):
    page = visit(login)
    assert menu(page) == MENUS[login]
    follow_link(page, "/tableau-de-bord")
    refused = page.get_by_text("Cet écran n'est pas ouvert à votre rôle.")
    expect(refused).to_have_count(0 if "Tableau de bord" in MENUS[login] else 1)


def test_elise_keeps_the_address_she_came_for_and_stays_signed_in(visit):
    elise = visit(None, "/pourquoi?chiffre=avancement&au=2023-03-31&direction=ADM&ambition=toutes")
    asked = elise.url
    expect(elise.get_by_role("heading", level=1)).to_have_text("Pourquoi ce chiffre ?")
    with elise.expect_response("**/session") as answer:
        sign_in(elise, "elise")
    assert answer.value.status == 204
    assert elise.url == asked
    expect(card(elise, "Avancement de la feuille de route")).to_be_visible()
    elise.reload()
    expect(card(idle(elise), "Avancement de la feuille de route")).to_be_visible()
    cookie = next(cookie for cookie in elise.context.cookies() if cookie["name"] == "cp")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and cookie["expires"] == -1
    assert "cp=" not in elise.evaluate("document.cookie")


# tests/test_signin.py reads the cookie that the box asks for.
@pytest.mark.matrix
def test_thirty_days_are_thirty_days(visit):
    elise = visit(None, "/tableau-de-bord")
    elise.get_by_text("Rester connecté 30 jours sur cet appareil").click()
    with elise.expect_response("**/session"):
        sign_in(elise, "elise")
    cookie = next(cookie for cookie in elise.context.cookies() if cookie["name"] == "cp")
    days = (cookie["expires"] - elise.evaluate("Date.now() / 1000")) / 86400
    assert 29.9 < days < 30.1


# tests/test_signin.py reads the sentence for both.
@pytest.mark.matrix
def test_a_wrong_password_says_one_sentence_for_a_known_and_an_unknown_name(visit):
    page = visit(None, "/idees")
    for login in ("farid", "inconnue"):
        sign_in(page, login, "pas-le-bon")
        expect(page.get_by_test_id("stAlert")).to_have_text(
            "Identifiant ou mot de passe incorrect."
        )
        expect(page.get_by_label("Identifiant", exact=True)).to_have_value(login)
        expect(page.get_by_label("Mot de passe", exact=True)).to_have_value("")
    sign_in(page, "farid", DEMO_PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Idées")


# tests/test_signin.py signs the cast in.
@pytest.mark.matrix
def test_the_demonstration_lets_a_visitor_become_somebody_in_one_click(visit):
    page = visit(None, "/tableau-de-bord")
    press(page, "carine · Manager")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tableau de bord")
    expect(page.get_by_test_id("stSidebar")).to_contain_text("Carine Delvaux")


# test_keyboard.py, test_sign_on.py and test_light.py sign out; tests/test_gate.py clicks on in a
# tab whose sign-in has ended.
@pytest.mark.matrix
def test_signing_out_ends_it_in_every_tab(visit):
    first = visit(None, "/tableau-de-bord")
    with first.expect_response("**/session"):
        sign_in(first, "elise")
    second = go(first.context.new_page(), "/feuille-de-route")
    expect(second.get_by_role("heading", level=1)).to_have_text("Feuille de route 2021-2023")
    with first.expect_response(
        lambda answer: answer.url.endswith("/session") and answer.request.method == "DELETE"
    ):
        first.get_by_role("button", name="Se déconnecter").click()
    expect(first.get_by_label("Identifiant", exact=True)).to_be_visible()
    assert not [cookie for cookie in first.context.cookies() if cookie["name"] == "cp"]
    idle(first)
    second.get_by_test_id("stSidebar").get_by_role("link", name="Idées", exact=True).click()
    expect(second.get_by_label("Identifiant", exact=True)).to_be_visible()
    first.reload()
    expect(first.get_by_label("Identifiant", exact=True)).to_be_visible()


# ── The roadmap ───────────────────────────────────────────────────────────────────────────────────


# test_roadmap.py reports, and the card of the cockpit moves.
@pytest.mark.matrix
def test_didier_reports_milestone_1_7_and_the_figures_follow(visit, served):
    elise = visit("elise", "/tableau-de-bord")
    before = figure(elise, "Avancement de la feuille de route")
    reports = served.rows("SELECT count(*) FROM milestone_report")[0][0]
    didier = visit("didier", "/feuille-de-route?jalon=1.7")
    didier.get_by_test_id("stButtonGroup").get_by_text("75 %", exact=True).click()
    idle(didier)
    set_day(didier, "Prévision de fin", "31/10/2023")
    comment = didier.get_by_role("textbox", name="Commentaire", exact=True)
    comment.fill("Une direction manque encore.")
    comment.press("Tab")
    press(idle(didier), "Enregistrer le rapport")
    expect(didier.get_by_text("Le rapport est enregistré.")).to_be_visible()
    newest = didier.get_by_role("table").locator("tbody tr").first
    for words in ("30/06/2023", "En cours", "75 %", "31/10/2023", "Une direction manque encore."):
        expect(newest).to_contain_text(words)
    assert served.rows("SELECT count(*) FROM milestone_report")[0][0] == reports + 1

    follow_link(elise, "/feuille-de-route").locator("details.cp-plan-group > summary").first.click()
    row = elise.locator(".cp-plan li").filter(has_text="Tableau de bord mensuel présenté au CODIR")
    expect(row).to_contain_text("31/10/2023")
    expect(row).to_contain_text("75 %")
    after = figure(follow_link(elise, "/tableau-de-bord"), "Avancement de la feuille de route")
    assert after > before
    assert round(served.figure("avancement"), 1) == after
    if not WHOLE_MATRIX:
        return

    history = didier.get_by_role("table").locator("tbody tr")
    told = history.count()
    press(didier, "Inchangé")
    expect(history).to_have_count(told + 1)
    assert served.rows("SELECT count(*) FROM milestone_report")[0][0] == reports + 2
    assert (
        figure(follow_link(elise, "/tableau-de-bord"), "Avancement de la feuille de route") == after
    )


# The act and the pages: tests/test_waits.py.
@pytest.mark.matrix
def test_didier_says_what_a_milestone_waits_for_and_everybody_sees_it(visit):
    didier = visit("didier", "/feuille-de-route?jalon=2.6")
    didier.get_by_test_id("stExpander").get_by_text("Ce qu'il attend", exact=True).click()
    others = idle(didier).get_by_role("combobox", name="Jalons qui doivent être atteints avant lui")
    others.fill("délégations")
    didier.get_by_role("option", name="3.6 — Délégations").click()
    others.press("Escape")
    press(idle(didier), "Enregistrer ce qu'il attend")
    expect(didier.get_by_text("Ce que le jalon attend est enregistré.")).to_be_visible()
    alice = visit("alice", "/feuille-de-route")
    alice.locator("details.cp-plan-group > summary").nth(1).click()
    line = alice.locator(".cp-plan li").filter(has_text="80 ambassadeurs actifs")
    expect(line).to_contain_text("attend 2.8, 3.6")
    awaited = follow_link(alice, "/feuille-de-route?jalon=3.6").locator(".cp-awaited")
    expect(awaited).to_contain_text("2.6 — 80 ambassadeurs actifs")


# The act refuses it (tests/test_roadmap.py); fields show an error alike.
@pytest.mark.matrix
def test_a_report_at_100_per_cent_that_is_not_done_is_refused_beside_the_field(visit, served):
    didier = visit("didier", "/feuille-de-route?jalon=1.7")
    reports = served.rows("SELECT count(*) FROM milestone_report")
    didier.get_by_test_id("stButtonGroup").get_by_text("100 %", exact=True).click()
    press(idle(didier), "Enregistrer le rapport")
    expect(didier.get_by_role("alert").filter(has_text="À 100")).to_be_visible()
    assert served.rows("SELECT count(*) FROM milestone_report") == reports


# tests/test_programmes.py and tests/test_access.py say who has the form.
@pytest.mark.matrix
@pytest.mark.parametrize("login", ["alice", "elise", "carine"])
def test_only_those_who_answer_for_the_milestone_have_the_form(visit, login):
    page = visit(login, "/feuille-de-route?jalon=1.7")
    expect(page.get_by_role("heading", name="Rapports")).to_be_visible()
    expect(page.get_by_role("heading", name="Faire rapport")).to_have_count(0)
    expect(page.get_by_role("button", name="Enregistrer le rapport")).to_have_count(0)


# ── Finding ───────────────────────────────────────────────────────────────────────────────────────


def search(page: Page, words: str) -> Page:
    field = page.get_by_label("Rechercher", exact=True)
    field.fill(words)
    field.press("Enter")
    return idle(page)


@pytest.mark.matrix
def test_alice_finds_with_or_without_accents_and_clears_when_there_is_nothing(visit):
    alice = press(
        write(visit("alice", "/deposer"), "La tranquillité des bénéficiaires à l'accueil"),
        "Envoyer",
    )
    number = filed_number(alice)
    search(go(alice, "/idees"), "tranquillité bénéficiaires")
    with_accents = alice.locator(".cp-list h3").all_inner_texts()
    assert "La tranquillité des bénéficiaires à l'accueil" in [
        title.replace("’", "'") for title in with_accents
    ]
    assert params(alice)["q"] == "tranquillité bénéficiaires"
    search(alice, "TRANQUILLITE beneficiaire")
    assert alice.locator(".cp-list h3").all_inner_texts() == with_accents
    search(alice, f"n° {number}")
    expect(alice.locator(".cp-list li")).to_have_count(1)

    search(alice, "hippopotame")
    expect(alice.locator(".cp-empty")).to_contain_text("Aucune idée ne correspond à ces filtres.")
    alice.get_by_role("link", name="Tout effacer").click()
    expect(alice.locator(".cp-list li")).to_have_count(20)
    idle(alice)
    assert "q" not in params(alice)
    expect(alice.get_by_label("Rechercher", exact=True)).to_have_value("")


# tests/test_search.py goes through the pages of a list.
@pytest.mark.matrix
def test_pages_follow_each_other_without_losing_or_repeating_an_entry(visit):
    alice = visit("alice", "/idees?etat=non-retenue")
    said = alice.get_by_text("du plus récent au plus ancien").inner_text()
    seen, total = [], int(re.search(r"(\d+)\s+dépôts", said)[1])
    assert total > 20, "one page: this test would say nothing"
    expect(alice.get_by_role("button", name="Page précédente")).to_be_disabled()
    while True:
        seen += [link.get_attribute("href") for link in alice.locator(".cp-list h3 a").all()]
        following = alice.get_by_role("button", name="Page suivante")
        if following.is_disabled():
            break
        page = int(params(alice).get("page", "1"))
        following.click()
        expect(alice.get_by_text(f"page {page + 1} sur", exact=False)).to_be_visible()
        idle(alice)
    numbers = [parse_qs(urlsplit(href).query)["idee"][0] for href in seen]
    assert len(numbers) == len(set(numbers)) == total
    expect(alice.get_by_role("button", name="Page suivante")).to_be_disabled()


# test_filters.py goes back to what was chosen.
@pytest.mark.matrix
def test_the_way_back_from_an_entry_finds_the_filters(visit):
    alice = visit("alice", "/idees?genre=constat&etat=prise-en-compte")
    first = alice.locator(".cp-list h3 a").first
    title = first.inner_text()
    first.click()
    expect(alice.get_by_role("heading", level=1)).to_have_text(title)
    alice.get_by_role("navigation", name="Fil d’Ariane").get_by_role("link", name="Idées").click()
    expect(alice.locator(".cp-list h3 a").first).to_have_text(title)
    idle(alice)
    assert params(alice)["genre"] == "constat" and params(alice)["etat"] == "prise-en-compte"


# ── Every screen ──────────────────────────────────────────────────────────────────────────────────

ADDRESSES = {screen.href: screen.href for screen in SCREENS} | {
    "/pourquoi": "/pourquoi?chiffre=reponse.tenue",
    "une ambition": "/ambitions?ambition=bien-etre",
    "un jalon": "/feuille-de-route?jalon=1.7",
    "le volet des groupes": "/tableau-de-bord?volet=groupes",
}


def check_screen(page: Page, address: str, width: int) -> None:
    go(page, address)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert page.get_by_test_id("stException").count() == 0
    assert page.locator("html").get_attribute("lang") == "fr"
    wide = page.evaluate(
        "Math.max(document.documentElement.scrollWidth, "
        "document.querySelector('[data-testid=stMain]').scrollWidth)"
    )
    assert wide <= width + 1, f"{address} is {wide} px wide in a window of {width} px"


# test_accessibility.py opens two screens of five on a phone, one at 400 %; `make audit` all.
@pytest.mark.matrix
def test_the_groups_on_the_cockpit_fit_a_phone(visit):
    phone = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}
    didier = visit("didier", "/tableau-de-bord", **phone)
    check_screen(didier, ADDRESSES["le volet des groupes"], 360)


@pytest.mark.matrix
def test_every_screen_on_a_desk_has_no_error(visit):
    """One in four; test_accessibility.py opens each as who sees most of it, and `make matrix` all
    of them here too.
    """
    elise = visit("elise", "/vos-donnees", color_scheme="light")
    for address in list(ADDRESSES.values())[:: 1 if WHOLE_MATRIX else 4]:
        check_screen(elise, address, 1280)


# Met by each look of test_accessibility.py too.
@pytest.mark.matrix
@pytest.mark.parametrize(
    ("theme", "background"), [("light", "rgb(247, 245, 240)"), ("dark", "rgb(18, 24, 31)")]
)
def test_the_screen_follows_the_theme_of_its_reader(visit, theme, background):
    didier = visit("didier", "/vos-donnees", color_scheme=theme)
    assert (
        didier.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
        == background
    )


# test_charts.py draws each chart and reads its words.
@pytest.mark.matrix
def test_charts_are_drawn(visit):
    elise = visit("elise", "/feuille-de-route?forme=calendrier")
    elise.get_by_text("La courbe en S", exact=True).click()
    expect(elise.locator(".cp-plot").filter(visible=True)).to_have_count(2)
    live = follow_link(elise, "/feuille-de-route?graphiques=vifs")
    charts = live.get_by_test_id("stVegaLiteChart").locator("svg.marks, canvas")
    expect(charts).to_have_count(2)


def test_a_word_without_end_does_not_widen_the_screen(visit, served, cast):
    """Last, since the list keeps this entry: an address or a file name pasted as a title."""
    word = "réseau/partagé/" * 17
    idea = file(served.engine, cast.alice, "sans-fin", title=word, body=word * 3)
    assert len(word) == 255 and times_filed(served, word) == 1
    alice = visit("alice", "/vos-donnees", viewport={"width": 360, "height": 740})
    places = ["/idees", f"/idees?idee={idea.number}", "/"]
    for address in places if WHOLE_MATRIX else places[:1]:
        check_screen(alice, address, 360)
