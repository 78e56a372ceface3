"""Alice registers from her phone, takes her calendar and gives her seat up; Didier plans a
meeting, notes who came, writes the minutes.
"""

import hashlib
import hmac
import re

import httpx
import pytest
from playwright.sync_api import expect
from support.chromium import follow_link, go, idle
from support.hands import choose, plain, press, set_day, write
from support.troupe import FROZEN

from dashboard.actions.meetings.records import MeetingInput, plan_meeting
from models.database import writing
from models.meetings import MeetingKind

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}


def said(page) -> str:
    return plain(page.get_by_test_id("stAlert").first.inner_text())


def code_of(served, meeting: int) -> str:
    """What the code on the screen of the room holds, from the key of this installation."""
    key = (served.folder / "secret.key").read_text(encoding="ascii").strip()
    return hmac.new(
        key.encode(), f"presence {meeting} 2023-06-30".encode(), hashlib.sha256
    ).hexdigest()[:32]


def pick(page, label: str, name: str) -> None:
    """Finds somebody by the beginning of her name in a list of persons."""
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.fill(name)
    page.get_by_role("option").filter(has_text=name).first.click()
    idle(page)


def test_alice_registers_on_her_phone_takes_her_calendar_and_gives_up(visit, served):
    [(meeting,)] = served.rows(
        "SELECT id FROM meeting WHERE kind = 'information' AND capacity = 60"
    )
    alice = visit("alice", "/agenda?genre=information", **PHONE)
    alice.get_by_role("link", name="La rentrée de la feuille de route").first.click()
    expect(alice.get_by_role("heading", level=1)).to_contain_text("La rentrée")
    idle(alice)
    assert "51 places libres sur 60" in plain(alice.locator(".stMain").inner_text())
    press(alice, "S'inscrire")
    assert "Votre place est réservée" in said(alice)
    assert served.rows(
        f"SELECT state FROM meeting_seat WHERE meeting_id = {meeting} ORDER BY id DESC LIMIT 1"
    ) == [("inscrite",)]
    follow_link(alice, "/mon-espace")
    expect(
        alice.locator(".cp-dates").get_by_role("link", name="La rentrée de la feuille de route")
    ).to_be_visible()
    go(alice, "/agenda")
    mine = alice.locator(".cp-dates").first
    expect(mine.get_by_role("link", name="La rentrée de la feuille de route")).to_be_visible()
    assert "Inscription confirmée" in plain(mine.inner_text())
    assert alice.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    ), "nothing is wider than the phone"

    alice.get_by_text("Mon calendrier", exact=True).click()
    press(alice, "Créer mon adresse")
    address = alice.get_by_text(re.compile(r"/agenda/[\w-]{22}\.ics")).first.inner_text().strip()
    feed = httpx.get(address)
    assert (
        feed.status_code == 200
        and f"UID:reunion-{meeting}@" in feed.text
        and "STATUS:CONFIRMED" in feed.text
    )
    go(alice, "/agenda")
    alice.get_by_text("Mon calendrier", exact=True).click()
    expect(alice.get_by_role("button", name="Retirer mon adresse", exact=True)).to_be_visible()
    expect(alice.get_by_text(re.compile(r"/agenda/[\w-]{22}\.ics"))).to_have_count(0)

    follow_link(alice, f"/agenda?reunion={meeting}")
    press(alice, "Annuler mon inscription")
    assert "Votre inscription est annulée" in said(alice)
    assert f"UID:reunion-{meeting}@" not in httpx.get(address).text


def test_didier_plans_a_meeting_notes_who_came_and_writes_the_minutes(visit, served):
    didier = visit("didier", "/agenda")
    didier.get_by_text("Prévoir une réunion", exact=True).click()
    didier.get_by_label("Titre (facultatif)", exact=True).fill("Le kit du mois")
    choose(didier, "Genre", "Rencontre des ambassadeurs")
    set_day(didier, "Jour", "30/06/2023")
    didier.get_by_text("On s'inscrit à cette réunion", exact=True).click()
    press(didier, "Prévoir")
    assert "La réunion du 30 juin 2023 est prévue" in said(didier)
    [(meeting,)] = served.rows("SELECT id FROM meeting WHERE title = 'Le kit du mois'")

    bruno = visit("bruno", f"/agenda?reunion={meeting}")
    press(bruno, "S'inscrire")
    assert "Votre place est réservée" in said(bruno)
    expect(bruno.get_by_text("Les présences", exact=True)).to_have_count(0)

    follow_link(didier, f"/agenda?reunion={meeting}")
    idle(didier)
    folds = [plain(fold) for fold in didier.locator("main summary").all_inner_texts()]
    order = [
        next(i for i, fold in enumerate(folds) if name in fold)
        for name in ("Le code de la salle", "Les présences", "Modifier ou déplacer la réunion")
    ]
    assert order == sorted(order), "in the room, the presences come before what was planned"
    didier.get_by_text("Le code de la salle", exact=True).click()
    expect(
        didier.get_by_role("img", name="Code QR qui ouvre la confirmation de présence")
    ).to_be_visible()
    didier.get_by_role("radio", name="Présent(e)", exact=True).click()
    didier.get_by_label("Autres personnes présentes, sans nom", exact=True).fill("24")
    press(didier, "Enregistrer les présences")
    assert "La réunion est tenue, les présences sont enregistrées" in said(didier)
    assert served.rows(f"SELECT sum(present) FROM attendance WHERE meeting_id = {meeting}") == [
        (25,)
    ]
    didier.get_by_text("Écrire le compte rendu", exact=True).click()
    didier.get_by_label("Compte rendu", exact=True).fill(
        "**Décidé** : une affiche par dépôt.\nÀ revoir en septembre."
    )
    press(didier, "Enregistrer le compte rendu")
    assert "Le compte rendu est enregistré" in said(didier)

    bruno.goto(f"/agenda?reunion={meeting}")
    expect(bruno.get_by_role("heading", name="Compte rendu", exact=True)).to_be_visible()
    text = plain(bruno.locator(".stMain").inner_text())
    assert "**Décidé** : une affiche par dépôt." in text and "Écrit le 30 juin 2023" in text
    noted = [
        row[0]
        for row in served.rows(
            """SELECT "after" FROM change WHERE subject = 'lecture' ORDER BY id"""
        )
    ]
    assert noted.count(f"liste de la réunion {meeting}") == 1, (
        "the journal keeps who read the names, once"
    )


# test_filters.py types a day that is not admitted; what stays is Streamlit's own.
@pytest.mark.matrix
def test_what_a_field_does_not_admit_is_never_replaced_in_silence(visit, served):
    """Streamlit keeps an impossible number or day to itself, and the server the one before:
    nothing is done with what nobody typed.
    """
    didier = visit("didier", "/agenda")
    didier.get_by_text("Prévoir une réunion", exact=True).click()
    write(didier, "Titre (facultatif)", "Le goûter des archives")
    didier.get_by_text("On s'inscrit à cette réunion", exact=True).click()
    idle(didier)
    set_day(didier, "Jour", "15/03/2019")
    write(didier, "Places (vide : sans limite)", "-3")
    expect(
        didier.get_by_role("alert").filter(has_text="Choisissez une date du 01/01/2021 au ")
    ).to_be_visible()
    expect(
        didier.get_by_role("alert").filter(has_text="Donnez un nombre de 0 à 1000.")
    ).to_be_visible()
    planned = "SELECT capacity FROM meeting WHERE title = 'Le goûter des archives'"
    press(didier, "Prévoir")
    assert served.rows(planned) == [], "planned for today, which nobody typed"
    set_day(didier, "Jour", "07/07/2023")
    press(didier, "Prévoir")
    assert served.rows(planned) == [], "planned without a limit, which nobody asked for"
    expect(didier.get_by_label("Places (vide : sans limite)", exact=True)).to_be_focused()
    write(didier, "Places (vide : sans limite)", "3")
    press(didier, "Prévoir")
    assert "La réunion du 7 juillet 2023 est prévue" in said(didier)
    assert served.rows(planned) == [(3,)]


@pytest.mark.matrix
def test_the_list_of_presences_says_who_only_waited(visit, served):
    didier = visit("didier", "/agenda")
    didier.get_by_text("Prévoir une réunion", exact=True).click()
    write(didier, "Titre (facultatif)", "Une seule chaise")
    write(
        write(didier, "De", "05:00"), "À", "05:30"
    )  # at an hour when nobody is expected elsewhere
    didier.get_by_text("On s'inscrit à cette réunion", exact=True).click()
    write(didier, "Places (vide : sans limite)", "1")
    press(didier, "Prévoir")
    [(meeting,)] = served.rows("SELECT id FROM meeting WHERE title = 'Une seule chaise'")
    press(visit("alice", f"/agenda?reunion={meeting}"), "S'inscrire")
    bruno = press(visit("bruno", f"/agenda?reunion={meeting}"), "Rejoindre la liste d'attente")
    assert "Complet : 1 place. 1 personne en attente." in plain(
        bruno.locator(".stMain").inner_text()
    )
    follow_link(didier, f"/agenda?reunion={meeting}")
    expect(didier.get_by_text("Bruno Ferrero (liste d'attente)", exact=True)).to_be_visible()
    expect(didier.get_by_text("Alice Lambotte", exact=True)).to_be_visible()


@pytest.mark.matrix
def test_didier_notes_somebody_who_came_without_having_registered(visit, served):
    """On the phone in the room: found by name, noted once; the one of the same name noted by
    mistake goes again.
    """
    didier = visit("didier", "/agenda")
    didier.get_by_text("Prévoir une réunion", exact=True).click()
    didier.get_by_label("Titre (facultatif)", exact=True).fill("À la porte")
    set_day(didier, "Jour", "30/06/2023")
    press(didier, "Prévoir")
    assert "est prévue" in said(didier)
    [(meeting,)] = served.rows("SELECT id FROM meeting WHERE title = 'À la porte'")
    room = visit("didier", f"/agenda?reunion={meeting}", **PHONE)
    press(room, "Ajouter à la liste")
    expect(room.get_by_text("Choisissez une personne.")).to_be_visible()
    write(room, "Présents", "12")  # counted in the room and not saved: the first name keeps it
    for name in ("Alice Lambotte", "Bruno"):
        pick(room, "Ajouter une personne présente", name)
        press(room, "Ajouter à la liste")
        assert f"La présence de {name}" in said(room)
    expect(room.get_by_role("radio", name="Présent(e)", exact=True, checked=True)).to_have_count(2)
    expect(room.get_by_label("Autres personnes présentes, sans nom", exact=True)).to_have_value(
        "10"
    )
    assert room.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    ), "nothing is wider than the phone"
    pick(room, "Retirer une personne notée par erreur", "Bruno")
    press(room, "Retirer de la liste")
    assert "n'est plus sur la liste" in said(room)
    press(room, "Enregistrer les présences")
    assert "La réunion est tenue" in said(room)
    assert served.rows(f"SELECT count(*) FROM meeting_seat WHERE meeting_id = {meeting}") == [
        (0,)
    ], "who walks in takes no seat"
    noted = served.rows(
        f"""SELECT given_name FROM attendance a JOIN person p ON p.id = a.person_id WHERE meeting_id = {meeting} AND present
        AND a.id NOT IN (SELECT voids FROM attendance WHERE voids IS NOT NULL)"""
    )
    assert noted == [("Alice",)]
    assert served.rows(f"""SELECT sum(present) FROM attendance WHERE meeting_id = {meeting}
        AND id NOT IN (SELECT voids FROM attendance WHERE voids IS NOT NULL)""") == [(12,)]


# The code and what it notes: tests/test_agenda.py.
@pytest.mark.matrix
def test_who_reads_the_code_in_the_room_is_noted_once(visit, served, cast):
    with writing(served.engine) as session:
        held = MeetingInput(MeetingKind.information, FROZEN, "Au réfectoire", "Hôtel de Ville")
        meeting = plan_meeting(session, cast.didier, held).id
    alice = visit(
        "alice", f"/agenda?reunion={meeting}&presence={code_of(served, meeting)}", **PHONE
    )
    press(alice, "Je suis présente, je suis présent")
    assert "Votre présence est notée" in said(alice)
    press(alice, "Je suis présente, je suis présent")
    expect(alice.get_by_text("Votre présence est déjà notée")).to_be_visible()
    assert served.rows(
        f"SELECT count(*), sum(present) FROM attendance WHERE meeting_id = {meeting}"
    ) == [(1, 1)]
    stale = visit("bruno", f"/agenda?reunion={meeting}&presence={'0' * 32}")
    expect(stale.get_by_text("Ce code n'est plus valable")).to_be_visible()


# A month is a state of test_accessibility.py.
@pytest.mark.matrix
def test_the_month_is_a_table_on_a_screen_and_a_list_on_a_phone(visit):
    wide = visit("elise", "/agenda?mois=2023-06&vue=mois")
    grid = wide.get_by_role("table", name=re.compile("juin 2023"))
    expect(grid).to_be_visible()
    assert grid.get_by_role("columnheader").first.inner_text() == "lundi"
    grid.get_by_role("link", name="Comité de co-pilotage").first.click()
    expect(wide.get_by_role("heading", level=1)).to_contain_text("Comité de co-pilotage")
    phone = visit("elise", "/agenda?mois=2023-06&vue=mois", **PHONE)
    expect(phone.get_by_role("table", name=re.compile("juin 2023"))).to_be_hidden()
    expect(
        phone.locator(".cp-month-list").get_by_role("link", name="Comité de co-pilotage").first
    ).to_be_visible()


# test_accessibility.py opens the agenda; Alice registers on a phone above.
@pytest.mark.matrix
def test_on_a_phone_the_dates_come_before_the_filters_which_one_line_unfolds(visit):
    phone = visit("alice", "/agenda", **PHONE)
    families = phone.get_by_role("navigation", name="Genres de rendez-vous")
    expect(families).to_have_count(0)
    line = phone.locator(".cp-agenda-fold > summary")
    assert plain(line.inner_text()).endswith("Tous les rendez-vous · à venir · en liste")
    first = phone.get_by_role("heading", level=2).filter(has_text=re.compile(r"\b2023$")).first
    assert first.bounding_box()["y"] - line.bounding_box()["y"] < 120, "the dates follow at once"
    line.click()
    families.get_by_role("link", name="Académie", exact=True).click()
    expect(line).to_contain_text("Académie · à venir · en liste")
    expect(families).to_have_count(0)
    wide = visit("alice", "/agenda")
    expect(wide.get_by_role("navigation", name="Genres de rendez-vous")).to_be_visible()
    expect(wide.locator(".cp-agenda-fold")).to_be_hidden()
