"""Alice registers from her phone, takes her calendar and gives her seat up; Didier plans a
meeting, notes who came, writes the minutes.
"""

import re

import httpx
from playwright.sync_api import expect
from support.hands import choose, plain, press, set_day, told
from support.windows import follow_link, go, idle

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}


def test_alice_registers_on_her_phone_takes_her_calendar_and_gives_up(visit, served):
    [(meeting,)] = served.rows(
        "SELECT id FROM meeting WHERE kind = 'information' AND capacity = 60"
    )
    alice = visit("alice", "/agenda?genre=information", **PHONE)
    alice.locator(".cp-dates > li").filter(
        has_text=re.compile("La rentrée de la feuille.*Ouvert à tous", re.S)
    ).get_by_role("link", name="S'inscrire").first.click()
    expect(alice.get_by_role("heading", level=1)).to_contain_text("La rentrée")
    idle(alice)
    assert "51 places libres sur 60" in plain(alice.locator(".stMain").inner_text())
    press(alice, "S'inscrire")
    assert "La place est réservée" in told(alice)
    assert served.rows(
        f"SELECT status FROM seat WHERE meeting_id = {meeting} ORDER BY id DESC LIMIT 1"
    ) == [("inscrite",)]
    follow_link(alice, "/mon-espace")
    expect(
        alice.locator(".cp-dates").get_by_role("link", name="La rentrée de la feuille de route")
    ).to_be_visible()
    go(alice, "/agenda")
    mine = alice.locator(".cp-dates").first
    expect(mine.get_by_role("link", name="La rentrée de la feuille de route")).to_be_visible()
    assert "Inscrite" in plain(mine.inner_text())
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
    assert "Votre inscription est annulée" in told(alice)
    assert f"UID:reunion-{meeting}@" not in httpx.get(address).text


def test_didier_plans_a_meeting_notes_who_came_and_writes_the_minutes(visit, served):
    didier = visit("didier", "/agenda")
    didier.get_by_text("Prévoir une réunion", exact=True).click()
    didier.get_by_label("Titre (facultatif)", exact=True).fill("Le kit du mois")
    choose(didier, "Genre", "Rencontre des ambassadeurs")
    set_day(didier, "Jour", "30/06/2023")
    didier.get_by_text("On s'inscrit à cette réunion", exact=True).click()
    press(didier, "Prévoir")
    assert "La réunion du 30 juin 2023 est prévue" in told(didier)
    [(meeting,)] = served.rows("SELECT id FROM meeting WHERE title = 'Le kit du mois'")

    bruno = visit("bruno", f"/agenda?reunion={meeting}")
    press(bruno, "S'inscrire")
    assert "La place est réservée" in told(bruno)
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
    assert "La réunion est tenue, les présences sont enregistrées" in told(didier)
    assert served.rows(f"SELECT sum(present) FROM attendance WHERE meeting_id = {meeting}") == [
        (25,)
    ]
    didier.get_by_text("Écrire le compte rendu", exact=True).click()
    didier.get_by_label("Compte rendu", exact=True).fill(
        "**Décidé** : une affiche par dépôt.\nÀ revoir en septembre."
    )
    press(didier, "Enregistrer le compte rendu")
    assert "Le compte rendu est enregistré" in told(didier)

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
