"""Stories of the lists that one works through, on each screen that has one: from record to record
by key, what belongs there beside the list, several at once; on a phone they take turns.
"""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from support.chromium import follow_link, idle
from support.crossing import rest
from support.hands import choose, plain, press, told, write
from support.trainings import asked_of

pytestmark = pytest.mark.browser

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
# Screen at work, who works there.
DESKS = {
    "idees": ("/idees?forme=lignes", "didier"),
    "marques-interet": ("/marques-interet?forme=lignes", "didier"),
    "decisions": ("/decisions?forme=lignes&liste=toutes", "didier"),
    "comptes": ("/comptes?forme=lignes", "farid"),
    "cibles": ("/cibles?forme=lignes", "didier"),
    "academie": ("/academie?vue=gestion&forme=lignes&liste=sessions", "didier"),
}
# Decisions are gone through by key in the story of those that are taken.
BY_KEY = ["cibles"]
LEFT_BY_KEY = [name for name in DESKS if name not in BY_KEY]


def rows(page: Page) -> Locator:
    return page.locator(".cp-desk li")


def opened(page: Page) -> Locator:
    return page.locator("#cp-desk-title")


def key(page: Page, name: str) -> Page:
    page.keyboard.press(name)
    return idle(page)


# test_reception.py goes through its list by the same keys.
@pytest.mark.matrix
@pytest.mark.parametrize("name", [*BY_KEY, *rest(*LEFT_BY_KEY)])
def test_one_goes_from_record_to_record_by_key(visit, name):
    address, login = DESKS[name]
    page = visit(login, address, viewport=WIDE)
    expect(page.locator(".cp-desk-nothing")).to_be_visible()
    key(page, "j")
    expect(opened(page)).to_be_focused()
    first = opened(page).inner_text()
    key(page, "j")
    expect(opened(page)).not_to_have_text(first)
    expect(page.locator(".cp-desk-here")).to_have_count(1)
    key(page, "k")
    expect(opened(page)).to_have_text(first)
    key(page, "o")
    expect(page.locator(".cp-desk")).to_have_count(0)
    # The browser's way back finds the list at the same record.
    page.go_back()
    expect(opened(idle(page))).to_have_text(first)


# Carine goes through hers on a phone below.
@pytest.mark.matrix
@pytest.mark.parametrize("name", DESKS)
def test_on_a_phone_the_list_and_the_record_take_turns(visit, name):
    address, login = DESKS[name]
    page = visit(login, address, viewport=PHONE)
    rows(page).nth(1).get_by_role("link").click()
    expect(opened(page)).to_be_visible()
    expect(rows(page).first).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    idle(page).get_by_role("link", name="Retour à la liste").click()
    expect(rows(page).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


# Alice reads cards in test_search.py.
@pytest.mark.matrix
def test_who_does_not_work_on_ideas_reads_cards(visit):
    alice = visit("alice", "/idees?forme=lignes")
    expect(alice.get_by_test_id("stButtonGroup").get_by_text("Lignes", exact=True)).to_have_count(0)
    expect(alice.locator(".cp-desk")).to_have_count(0)
    expect(alice.locator(".cp-list h3").first).to_be_visible()


# A view below keeps its filters; the answer beside the list is given in test_reception.py.
@pytest.mark.matrix
def test_didier_keeps_his_filters_from_cards_to_rows_and_answers_there(visit):
    didier = visit("didier", "/idees?etat=recue", viewport=WIDE)
    didier.get_by_test_id("stButtonGroup").get_by_text("Lignes", exact=True).click()
    expect(rows(didier).first).to_contain_text("Reçue")
    assert "forme=lignes" in didier.url and "etat=recue" in didier.url
    key(didier, "j")
    key(didier, "r")
    expect(didier.get_by_label("Réponse à l'auteur", exact=True)).to_be_focused()


# Several at once: Carine does it below.
@pytest.mark.matrix
def test_didier_takes_care_of_two_marks_and_closes_another_with_its_reason(visit, served):
    didier = visit("didier", "/marques-interet?forme=lignes&etat=nouveau", viewport=WIDE)
    boxes = didier.locator(".cp-desk-one")
    two = [int(boxes.nth(place).get_attribute("value")) for place in (0, 1)]
    for place in (0, 1):
        boxes.nth(place).check()
    act = didier.locator(".cp-desk-act")
    expect(act).to_have_text(re.compile("Suivre 2 marques d.intérêt"))
    act.click()
    expect(opened(didier)).to_be_focused()
    press(idle(didier), "Je m'en occupe")
    assert told(didier) == "2 marques d'intérêt : vous vous en occupez."
    owned = "SELECT count(*) FROM interest WHERE owner_id IS NOT NULL AND id IN (:a, :b)"
    assert served.rows(owned, a=two[0], b=two[1]) == [(2,)]
    # The work is done: the choice is let go, and another one may begin.
    expect(didier.locator(".cp-desk-nothing")).to_be_visible()
    expect(didier.locator(".cp-desk-one:checked")).to_have_count(0)

    boxes.nth(0).check()
    act.click()
    expect(opened(didier)).to_be_visible()
    press(idle(didier), "Classer sans suite")
    expect(didier.get_by_text("Dites pourquoi : la personne pourrait le demander.")).to_be_visible()
    state = "SELECT state FROM interest WHERE id = :a"
    assert served.rows(state, a=two[0]) == [("nouveau",)]
    write(didier, "Pourquoi classer sans suite ?", "Partie à la pension")
    press(didier, "Classer sans suite")
    assert told(didier) == "1 marque d'intérêt : c'est classé sans suite."
    assert served.rows(state, a=two[0]) == [("sans-suite",)]


# test_steering.py decides; several are acted on at once above and below.
@pytest.mark.matrix
def test_didier_decides_beside_the_list_then_tells_the_services_of_both(visit, served):
    didier = visit("didier", "/decisions?forme=lignes&liste=a-decider", viewport=WIDE)
    before = rows(didier).count()
    for left in (before - 1, before - 2):
        key(didier, "j")
        choose(didier, "Issue", "Non retenue")
        write(didier, "Motif ou précision", "Le Conseil ne suit pas.")
        press(didier, "Enregistrer")
        assert told(didier).startswith("Décidée : c'est enregistré")
        expect(rows(didier)).to_have_count(left)
        didier.locator("h1").click()
    follow_link(didier, "/decisions?forme=lignes&liste=a-communiquer")
    expect(rows(didier)).to_have_count(2)
    didier.get_by_role("checkbox", name="Tout choisir").check()
    didier.locator(".cp-desk-act").click()
    expect(opened(didier)).to_have_text(re.compile("Communiquer 2.décisions"))
    press(idle(didier), "Noter comme communiquées aux services")
    assert told(didier) == "2 décisions : communiquées aux services aujourd'hui."
    expect(rows(didier)).to_have_count(0)


@pytest.mark.parametrize(
    ("viewport", "ahead"), [*rest((WIDE, 40)), (PHONE, 41)], ids=["wide", "phone"]
)
def test_carine_agrees_to_one_request_and_refuses_two(visit, served, cast, viewport, ahead):
    names = asked_of(served.engine, cast.carine, 3, ahead)
    carine = visit("carine", "/academie?vue=gestion&forme=lignes&liste=accords", viewport=viewport)
    expect(rows(carine)).to_have_count(3)
    carine.get_by_role("button", name="Trier").click()
    choose(carine, "Trier par", "Nom de famille")
    carine.keyboard.press("Escape")
    expect(rows(carine)).to_have_count(3)
    first = plain(rows(carine).first.get_by_role("link").inner_text())
    assert any(first.startswith(name) for name in names)

    rows(carine).first.get_by_role("link").click()
    expect(opened(carine)).to_be_visible()
    expect(
        idle(carine).get_by_text(re.compile("service n'est en formation|aussi en formation"))
    ).to_be_visible()
    press(carine, "D'accord")
    assert told(carine) == "L'accord est donné."
    if viewport is PHONE:
        carine.get_by_role("link", name="Retour à la liste").click()
    expect(rows(idle(carine))).to_have_count(2)

    carine.get_by_role("checkbox", name="Tout choisir").check()
    carine.locator(".cp-desk-act").click()
    expect(opened(carine)).to_have_text(re.compile("Répondre à 2.demandes"))
    press(idle(carine), "Pas cette fois")
    expect(carine.get_by_text("Dites en un mot pourquoi", exact=False).first).to_be_visible()
    write(carine, "Motif d'un refus, que liront les personnes", "Trop d'absents ce jour-là")
    press(carine, "Pas cette fois")
    assert told(carine) == "2 demandes : le refus est transmis, avec son motif."
    states = "SELECT count(*) FROM approval WHERE approved = :is_given AND decided_on IS NOT NULL"
    assert carine.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    given = [served.rows(states, is_given=is_given)[0][0] for is_given in (True, False)]
    assert given[0] >= 1 and given[1] >= 2


@pytest.mark.parametrize(
    ("address", "login", "column"),
    [
        ("/idees?forme=lignes&etat=recue", "didier", "Soutiens"),
        ("/comptes?forme=lignes", "farid", "Rôles donnés"),
        ("/decisions?forme=lignes&liste=toutes", "didier", "Où en est-elle"),
        ("/marques-interet?forme=lignes", "didier", "État"),
        ("/cibles?forme=lignes", "didier", "Date de la cible"),
        ("/academie?vue=gestion&forme=lignes&liste=sessions", "didier", "Présences"),
    ],
)
def test_the_list_is_ordered_by_a_column_both_ways(visit, address, login, column):
    page = visit(login, address, viewport=WIDE)
    page.get_by_role("button", name="Trier").click()
    choose(page, "Trier par", column)
    panel = page.get_by_test_id("stPopoverBody")
    expect(panel.get_by_role("checkbox", name="En ordre inverse")).to_be_enabled()
    first = rows(idle(page)).first.inner_text()
    panel.get_by_text("En ordre inverse").click()
    expect(rows(page).first).not_to_have_text(first, use_inner_text=True)
    assert "par=-" in page.url


# Several are acted on above; the rule: tests/test_account_lists.py.
@pytest.mark.matrix
def test_what_cannot_be_done_to_one_is_done_to_none(visit, served):
    """No mail leaves the demonstration: nobody is invited, and Farid is told of whom."""
    farid = visit("farid", "/comptes?forme=lignes", viewport=WIDE)
    for place in (0, 1):
        farid.locator(".cp-desk-one").nth(place).check()
    farid.locator(".cp-desk-act").click()
    expect(opened(farid)).to_have_text(re.compile("Agir sur 2.comptes"))
    press(idle(farid), "Inviter par courriel")
    said = farid.get_by_text(re.compile("Rien n'est encore fait"))
    expect(said).to_be_visible()
    assert "Alice Lambotte" in plain(said.inner_text())
    press(farid, "Fermer toutes leurs connexions")
    assert (
        told(farid)
        == "2 comptes : toutes les connexions sont fermées, les liens n'ouvrent plus rien."
    )


# tests/test_pages.py opens such addresses of every screen.
@pytest.mark.matrix
def test_an_address_that_names_nothing_says_so(visit):
    didier = visit("didier", "/decisions?forme=lignes&decision=999999", viewport=WIDE)
    expect(opened(didier)).to_have_text("Décision introuvable")
