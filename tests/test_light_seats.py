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

OPEN = "Évaluer la feuille de route : qu'avons-nous appris ?"


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    server = Post().start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def served(serve_here, post):
    return serve_here(
        CP_TICK_MINUTES="0", CP_HOURLY_FACTOR="0.2", **post.settings | {"CP_HOSTS": "*"}
    )


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
    links = re.findall(rf'href="{re.escape(address)}">([^<]+)<', agenda.text)
    assert [unescape(link) for link in links][1:] == ["S'inscrire"]
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


def test_a_seat_for_a_colleague_is_said_to_be_one(served, phone):
    address = page_of(served, OPEN)
    done = takes(phone, address, name="Rosa")
    way = unescape(re.search(r'href="(/agenda[^"]+)">Une place pour', done.text)[1])
    form = phone.get(way)
    assert "Pour un ou une collègue" in text_of(form) and "Son prénom" in text_of(form)
    wrong = takes(phone, way, email="rosa")
    assert wrong.status_code == 422 and "Son adresse : Cette adresse" in text_of(wrong)
    seat = takes(phone, way, name="Aline")
    assert "Le code de votre collègue" in text_of(seat) and code_of(seat) != code_of(done)


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


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(served, phone):
    address = page_of(served, OPEN)
    before = guests(served)
    answer = takes(phone, address, name="Rosa <b>", service="Voirie", email="rosa.exemple")
    assert answer.status_code == 422 and guests(served) == before
    assert 'id="email-erreur"' in answer.text and 'aria-invalid="true"' in answer.text
    for typed in ('value="Rosa &lt;b&gt;"', 'value="Voirie"', 'value="rosa.exemple"'):
        assert typed in answer.text
    assert "Votre adresse : Cette adresse n'en est pas une" in text_of(answer)


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
