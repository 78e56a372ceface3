"""The catalogue one chooses from: its address narrows it, one registers on its rows, and what is done
for others stands apart.
"""

import re
from datetime import date

import pytest
from sqlmodel import select
from support.pages import html_of

from dashboard.queries.seats.records import SessionRow
from models.academy import Training, TrainingSession
from models.database import reading
from models.seats import Seat


def drawn(tab) -> str:
    assert not tab.exception
    return " ".join(html_of(tab))


def chosen(tab) -> list[str]:
    """The titles of the dates that are left."""
    return re.findall(r'cp-offered">.*?<h3><a[^>]*>([^<]+)</a>', drawn(tab), re.S)


def parts(tab) -> list[str]:
    (nav,) = re.findall(r'<nav class="cp-segments".*?</nav>', drawn(tab), re.S)
    return re.findall(r"<a[^>]*>([^<]+)</a>", nav)


ALL = 12  # dates to come in the demonstration
FIRST_PAGE = 10


@pytest.mark.parametrize(
    ("query", "first", "n"),
    [
        ("", "Accueillir une personne en colère", FIRST_PAGE),
        ("page=2", "Nettoyer mieux avec moins de produits", ALL - FIRST_PAGE),
        ("du=2023-09-01&jusque=2023-09-30", "Accueillir une personne en colère", 5),
        ("jusque=2023-09-05", "Accueillir une personne en colère", 1),
        ("du=2023-09-05&jusque=2023-09-04", "", 0),
        ("duree=longue", "Devenir formateur interne", 2),
        ("q=tableurs", "Tableur : les bases en deux matinées", 1),
        ("q=guichet -langue", "Accueillir une personne en colère", 1),
        ("obligatoire=oui", "Porter, pousser, nettoyer sans se blesser", 1),
        ("ambition=modernisation", "Mon téléphone, mes démarches", 3),
        (
            "lieu=Hall%20omnisports&libre=oui",
            "Tronçonneuse et taille-haie : sécurité et entretien",
            2,
        ),
        (
            "du=hier&jusque=1999-01-01&lieu=Ailleurs&duree=x&public=Z",
            "Accueillir une personne en colère",
            FIRST_PAGE,
        ),
    ],
)
def test_the_address_says_which_dates_are_shown(open_page, query, first, n):
    found = chosen(open_page("alice", "academie", query))
    assert len(found) == n
    assert (found or [""])[0].replace("\u202f", " ").replace("\u00a0", " ") == first


def test_what_is_for_everybody_is_for_each(open_page):
    office = chosen(open_page("alice", "academie", "public=B&du=2023-09-01&jusque=2023-09-30"))
    assert "Accueillir une personne en colère" in office
    assert "Porter, pousser, nettoyer sans se blesser" not in office
    assert not chosen(open_page("alice", "academie", "public=M"))


def test_a_filter_is_let_go_by_its_chip(open_page):
    tab = open_page("alice", "academie", "du=2023-09-01&duree=courte")
    (chips,) = re.findall(r'<ul class="cp-filter-chips".*?</ul>', drawn(tab), re.S)
    assert (
        "À partir du" in chips
        and "septembre 2023" in chips
        and "4" in chips
        and "Tout effacer" in chips
    )
    without_day = next(href for href in re.findall(r'href="([^"]+)"', chips))
    assert "duree=courte" in without_day and "du=2023" not in without_day


def test_one_registers_on_the_row(open_page, demonstration):
    tab = open_page("carine", "academie", "q=taille-haie")
    [button] = [item for item in tab.button if item.label == "S'inscrire"]
    button.click().run()
    assert "La place est réservée" in drawn(tab) + " ".join(item.value for item in tab.success)
    assert "Inscrite" in drawn(tab)
    assert not [item for item in tab.button if item.label == "S'inscrire"]
    with reading(demonstration) as session:
        last = session.exec(select(Seat).order_by(Seat.id.desc())).first()
        assert session.get(Training, last.training_id).code == "F08"


@pytest.mark.slow
def test_what_is_done_for_others_stands_apart(open_page):
    assert parts(open_page("alice", "academie")) == [
        "Dates à choisir",
        "Toutes les formations",
        "Mes formations",
    ]
    assert any(part.startswith("Gestion") for part in parts(open_page("didier", "academie")))
    for login, query in (("didier", ""), ("alice", "vue=gestion")):
        tab = open_page(login, "academie", query)
        assert "Créer une formation" not in [item.label for item in tab.expander]
        assert "Sessions à tenir" not in drawn(tab)
    office = open_page("didier", "academie", "vue=gestion")
    assert "Créer une formation" in [item.label for item in office.expander]
    assert "Sessions à tenir" in drawn(office)
    sheet = open_page("alice", "academie", "formation=F02&vue=gestion")
    assert "Ouvrir une session" not in [item.label for item in sheet.expander]


def test_ones_own_trainings_say_until_when_they_hold(open_page):
    told = drawn(open_page("alice", "academie", "vue=mes-formations"))
    assert "Ce que je dois suivre" in told and "Jamais suivie" in told


def test_a_full_session_has_no_free_seat():
    training = Training(code="F1", title="Essai", hours=4, capacity=2, audience="TB")
    held = TrainingSession(training_id=1, on=date(2023, 9, 5), capacity=2)
    assert SessionRow(held, training, 1, 0).has_seat
    assert not SessionRow(held, training, 2, 0).has_seat
    assert not SessionRow(held, training, 1, 1).has_seat, "it is first for who waits"
