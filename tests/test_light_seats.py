"""Seats without an account over HTTP alone, as a phone without a script: from the agenda or a code on
a wall to a seat, its code, and back.
"""

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest
from support import light
from support.light import code_of, token_of
from support.post import Post

pytestmark = pytest.mark.slow

FULL = "Visite-atelier : l'eau de pluie aux serres"
OPEN = "Évaluer la feuille de route : qu'avons-nous appris ?"


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    server = Post().start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def served(serve_demo, post):
    server = serve_demo(
        CP_TICK_MINUTES="0", CP_HOURLY_FACTOR="0.2", **post.settings | {"CP_HOSTS": "*"}
    )
    yield server
    server.stop()


def text_of(answer: httpx.Response) -> str:
    """What a page says, without its tags, with straight apostrophes and ordinary spaces."""
    return light.text_of(answer).replace("’", "'")


def page_of(served, title: str) -> str:
    rows = served.rows("SELECT id FROM meeting WHERE title = :title ORDER BY id DESC", title=title)
    return f"/agenda?reunion={rows[0][0]}"


def takes(phone: httpx.Client, address: str, **given: str) -> httpx.Response:
    token = given.pop("jeton", None) or token_of(phone.get(address))
    return phone.post(address, data={"jeton": token} | given)


def guests(served) -> int:
    return served.rows("SELECT count(*) FROM seat WHERE is_guest")[0][0]


def test_from_the_agenda_to_a_seat_and_its_code(served, phone):
    agenda = phone.get("/agenda")
    address = page_of(served, OPEN)
    link = re.search(rf'href="{re.escape(address)}">([^<]+)<', agenda.text)
    assert unescape(link[1]).replace("’", "'") == "S'inscrire"
    form = phone.get(address)
    said = text_of(form)
    assert "34 places libres sur 45" in said and "mardi 3 octobre 2023" in said
    assert "de 13:30 à 16:00" in said and "Salle centrale" in said
    before = guests(served)
    done = takes(phone, address, name="Rosa", service="Dépôt Voirie nord")
    assert done.status_code == 200 and "Votre place est réservée" in text_of(done)
    assert guests(served) == before + 1
    assert not phone.cookies
    assert "33 places libres" in text_of(phone.get("/agenda"))


def test_nothing_has_to_be_said_and_a_form_sent_again_shows_the_same_code(served, phone):
    address = page_of(served, OPEN)
    token = token_of(phone.get(address))
    before = guests(served)
    answers = [takes(phone, address, jeton=token) for _ in range(3)]
    assert len({code_of(answer) for answer in answers}) == 1
    assert guests(served) == before + 1
    row = served.rows("SELECT name, service, email FROM seat WHERE is_guest ORDER BY id DESC")[0]
    assert row == ("", "", "")


def test_a_seat_for_a_colleague_is_said_to_be_one(served, phone):
    address = page_of(served, OPEN)
    done = takes(phone, address, name="Rosa")
    way = unescape(re.search(r'href="(/agenda[^"]+)">Une place pour', done.text)[1])
    form = phone.get(way)
    assert "Pour un ou une collègue" in text_of(form) and "Son prénom" in text_of(form)
    wrong = takes(phone, way, name="é" * 61)
    assert wrong.status_code == 422 and "Son prénom" in text_of(wrong)
    seat = takes(phone, way, name="Aline")
    assert "Le code de votre collègue" in text_of(seat) and code_of(seat) != code_of(done)


def test_a_full_date_offers_a_place_in_line(served, phone):
    address = page_of(served, FULL)
    agenda = phone.get("/agenda").text.replace("’", "'")
    assert re.search(
        rf'href="{re.escape(address)}">Rejoindre la liste d\'attente<', unescape(agenda)
    )
    form = text_of(phone.get(address))
    assert "en attente" in form and "Complet (" in form
    done = takes(phone, address)
    assert "en position 3 en attente" in text_of(done)


def test_a_session_of_an_open_training_is_on_the_agenda_and_others_are_not(served, phone):
    agenda = text_of(phone.get("/agenda"))
    assert "Accueillir une personne en colère" in agenda and "Formation" in agenda
    closed, opened = (
        served.rows(
            "SELECT max(s.id) FROM training_session s JOIN training t ON t.id = s.training_id"
            " WHERE t.code = :code",
            code=code,
        )[0][0]
        for code in ("F05", "F01")
    )
    assert phone.get(f"/agenda?session={closed}").status_code == 404
    done = takes(phone, f"/agenda?session={opened}", name="Rosa")
    assert "Votre place est réservée" in text_of(done)
    status = served.rows("SELECT status FROM seat WHERE is_guest AND meeting_id IS NULL")
    assert status == [("inscrite",)]


def test_the_holder_of_a_code_sees_where_she_stands_and_gives_up(served, phone):
    address = page_of(served, FULL)
    code = code_of(takes(phone, address, name="Rosa", service="Serres"))
    typed = f" {code.lower().replace('-', ' ')} "
    opened = phone.post("/suivre", data={"code": typed})
    said = text_of(opened)
    assert opened.status_code == 200 and "liste d'attente" in said and "Rosa, Serres" in said
    left = phone.post("/suivre", data={"code": code, "acte": "annuler"})
    assert "Votre inscription est annulée" in text_of(left)
    assert code not in left.text, "a code opens nothing more than it did"
    row = served.rows("SELECT name, service FROM seat WHERE is_guest ORDER BY id DESC")[0]
    assert row == ("", "")
    again = phone.post("/suivre", data={"code": code, "acte": "annuler"})
    assert again.status_code == 422 and "déjà annulée" in text_of(again)
    wrong = phone.post("/suivre", data={"code": "AAAA-BBBB-CCCC-DDDD"})
    assert wrong.status_code == 422 and "AAAA-BBBB-CCCC-DDDD" in wrong.text


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(served, phone):
    address = page_of(served, OPEN)
    before = guests(served)
    answer = takes(phone, address, name="Rosa <b>", service="Voirie", email="rosa.exemple")
    assert answer.status_code == 422 and guests(served) == before
    assert 'id="email-erreur"' in answer.text and 'aria-invalid="true"' in answer.text
    for typed in ('value="Rosa &lt;b&gt;"', 'value="Voirie"', 'value="rosa.exemple"'):
        assert typed in answer.text
    assert "Votre adresse : Cette adresse n'en est pas une" in text_of(answer)


def test_an_address_is_told_and_who_leaves_none_gives_nothing(served, phone, post):
    address = page_of(served, OPEN)
    done = takes(phone, address, email="rosa@exemple.invalid")
    assert "Un courriel vous prévient aussi" in text_of(done)
    served.tick()
    assert post.addresses.count("rosa@exemple.invalid") == 1


def test_dates_that_are_none_closed_past_or_cancelled_are_one_sentence(served, phone):
    [(steering,)] = served.rows("SELECT max(id) FROM meeting WHERE kind = 'codir'")
    for address in (
        f"/agenda?reunion={steering}",
        "/agenda?reunion=99999999999999999999",
        "/agenda?reunion=abc",
        "/agenda?session=-1",
    ):
        for answer in (phone.get(address), phone.post(address, data={})):
            assert answer.status_code == 404, address
            assert "n'est pas ouverte à tous" in text_of(answer)
    [(past,)] = served.rows(
        "SELECT min(m.id) FROM meeting m JOIN meeting_event e ON e.meeting_id = m.id"
        " WHERE m.kind = 'information' AND e.what = 'tenue'"
    )
    shown = phone.get(f"/agenda?reunion={past}")
    assert "a eu lieu le" in text_of(shown) and "<form" not in shown.text
    sent = phone.post(f"/agenda?reunion={past}", data={"name": "Rosa"})
    assert sent.status_code == 422 and "a eu lieu le" in text_of(sent)


def test_who_is_signed_in_meets_the_page_of_streamlit_at_the_same_address(served, phone):
    address = page_of(served, OPEN)
    with httpx.Client(base_url=served.url, cookies={"cp": served.cookie_of("alice")}) as alice:
        assert 'class="cp-light"' not in alice.get(address).text
        done = takes(phone, address)
        token = token_of(phone.get(address))
        as_alice = alice.post(address, data={"jeton": token, "name": "Alice"})
    assert done.status_code == as_alice.status_code == 200
    rows = served.rows("SELECT person_id FROM seat ORDER BY id DESC LIMIT 2")
    assert rows == [(None,), (None,)], "what is sent to a light page has no name"


def test_the_limits_of_strangers_hold(served):
    address = page_of(served, OPEN)
    headers = {"X-Forwarded-For": "198.51.100.9"}
    with httpx.Client(base_url=served.url, headers=headers, timeout=60) as crowd:
        answers = [takes(crowd, address, name="Rosa") for _ in range(41)]
    last = text_of(answers[-1])
    assert "Beaucoup d'inscriptions arrivent" in last and 'value="Rosa"' in answers[-1].text
