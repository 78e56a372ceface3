"""Too many at once, met by whoever is writing on a light page: one calm sentence says how long to
wait, and nothing that was typed is lost.
"""

import re

import httpx
import pytest
from support.light import text_of, token_of
from support.questionnaires import opened

from dashboard.actions.limits import Act
from models.signing import signing_key

pytestmark = pytest.mark.slow

LONG = "Les vestiaires du dépôt nord.\r\n" + "Il y fait froid. " * 40


@pytest.fixture(scope="module")
def served(serve_here):
    few = dict.fromkeys(Act, (1, 1000)) | {Act.receipt: (3, 1000)}
    return serve_here(
        constants={"dashboard.actions.limits.ALLOWED": few},
        CP_TICK_MINUTES="0",
        CP_SECRET_KEY=signing_key(),
    )


@pytest.fixture
def phone_at(served):
    """(address) → a phone of that network; each test has its own."""
    phones = []

    def at(address: str) -> httpx.Client:
        headers = {"X-Forwarded-For": address}
        phones.append(httpx.Client(base_url=served.url, headers=headers, timeout=30))
        return phones[-1]

    yield at
    for phone in phones:
        phone.close()


def waits(answer: httpx.Response) -> bool:
    """Whether it is told calmly: a time, no error, and what it means to a browser that would try
    again.
    """
    said = text_of(answer)
    [sentence] = re.findall(
        r'<p class="cp-done-now cp-wait" role="alert"[^>]*>(.*?)</p>', answer.text
    )
    assert "réessayez après" in sentence.replace("\u00a0", " ") and "minute" in sentence
    assert "à corriger" not in said and "is-wrong" not in answer.text
    return answer.status_code == 429


def test_who_files_once_more_keeps_every_field(phone_at):
    phone = phone_at("198.51.100.20")
    first = phone.get("/deposer")
    phone.post("/deposer", data={"jeton": token_of(first), "body": "Une première idée"})
    direction = re.search(r'<option value="(\d+)">', first.text)[1]
    typed = {"body": LONG, "title": "Le froid", "kind": "constat", "good": "non"}
    more = {"jeton": token_of(phone.get("/deposer")), "concerns_id": direction}
    answer = phone.post("/deposer", data=typed | more)
    assert waits(answer)
    assert LONG in answer.text.replace("\n", "\r\n").replace("\r\r", "\r")
    assert 'value="Le froid"' in answer.text and f'value="{direction}" selected' in answer.text
    for chosen in ("constat", "non"):
        assert f'value="{chosen}" checked' in answer.text
    assert token_of(answer) == more["jeton"], "sent again later it is filed once"


def test_a_seat_a_mark_of_interest_and_an_answer_say_the_same(phone_at, served, cast):
    phone = phone_at("198.51.100.23")
    rows = served.rows("SELECT id FROM meeting WHERE title LIKE 'Évaluer la feuille%'")
    found, asked = opened(served.engine, cast.didier, series="Limites")
    activity = re.search(r'name="activity" value="([^"]+)"', phone.get("/marques-interet").text)[1]
    sheet = {f"q{asked['ease']}": "4", f"q{asked['text']}": "Plus de bancs"}
    for address, typed, kept in (
        (f"/agenda?reunion={rows[0][0]}", {"name": "Rosa"}, 'value="Rosa"'),
        (
            "/marques-interet",
            {"activity": activity, "name": "Rosa", "contact": "Dépôt nord"},
            'value="Dépôt nord"',
        ),
        (f"/questionnaire?q={found.key}", sheet, "Plus de bancs"),
    ):
        answers = [
            phone.post(address, data={"jeton": token_of(phone.get(address))} | typed)
            for _ in range(2)
        ]
        assert answers[0].status_code == 200, address
        assert waits(answers[1]) and kept in answers[1].text, address


def test_who_tries_many_words_of_posters_keeps_the_last_one(phone_at):
    phone = phone_at("198.51.100.24")
    answers = [phone.get("/affiche", params={"mot": f"AAAA-000{n}"}) for n in range(5)]
    assert waits(answers[-1]) and 'value="AAAA-0004"' in answers[-1].text
