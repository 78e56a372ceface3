"""What a stranger sends that is late, wrong or too large, without a script: one sentence each, and
nothing that was typed is lost.
"""

import re
from html import unescape

import httpx
import pytest
from sqlalchemy import text
from support.light import text_of, token_of
from support.questionnaires import opened
from support.transactions import write_with
from support.troupe import cast_in

from dashboard.actions.meetings.agendas import make_poster, revoke_poster
from dashboard.actions.surveys.answering import code_for, stored_hash
from dashboard.queries.meetings.agenda import word_of
from models.database import writing
from models.settings import settings
from models.surveys import SurveyInvitation

pytestmark = pytest.mark.slow

KEY = "the key of the server of these tests, and of no other"


@pytest.fixture(scope="module")
def served(serve_here):
    return serve_here(CP_TICK_MINUTES="0", CP_HOURLY_FACTOR="0.225", CP_SECRET_KEY=KEY)


@pytest.fixture
def phone(served, monkeypatch):
    """A browser without an account and without a script."""
    monkeypatch.setattr(settings(), "cp_secret_key", KEY)
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


@pytest.fixture
def didier(served):
    return cast_in(served.engine).didier


def sentences(answer: httpx.Response) -> list[str]:
    """What is told in the summary at the head of the form."""
    summary = re.search(r'<div class="cp-errors".*?</div>', answer.text, re.DOTALL)
    return re.findall(r"<li>(.*?)</li>", unescape(summary[0]), re.DOTALL) if summary else []


def meeting(served) -> str:
    [(number,)] = served.rows("SELECT id FROM meeting WHERE title LIKE 'Évaluer la feuille%'")
    return f"/agenda?reunion={number}"


def test_forms_that_stayed_open_over_night_are_taken(served, phone, didier):
    found, asked = opened(served.engine, didier, series="La nuit")
    sheets = {
        "/deposer": {"body": "Écrit hier soir"},
        meeting(served): {"name": "Rosa"},
        f"/questionnaire?q={found.key}": {f"q{asked['ease']}": "3"},
    }
    tokens = {address: token_of(phone.get(address)) for address in sheets}
    # What the night does: what was of yesterday is forgotten, the key of the day is another one.
    with served.engine.begin() as connection:
        connection.execute(text("DELETE FROM form_token"))
    for address, typed in sheets.items():
        answer = phone.post(address, data={"jeton": tokens[address]} | typed)
        assert answer.status_code == 200 and not sentences(answer), address


def test_a_wrong_code_fifty_times_is_one_sentence_each_time(served):
    headers = {"X-Forwarded-For": "198.51.100.50"}
    with httpx.Client(base_url=served.url, headers=headers, timeout=30) as phone:
        for n in range(50):
            typed = f"aaaa bbbb cccc {n:04}"
            answer = phone.post("/suivre", data={"code": typed})
            told = sentences(answer) or re.findall(r'class="cp-done-now cp-wait"', answer.text)
            assert answer.status_code in (422, 429) and len(told) == 1
            assert f'value="{typed}"' in answer.text, "what was typed stays"
    assert answer.status_code == 429


def test_a_poster_that_was_taken_back_says_so_and_files_all_the_same(served, phone, didier):
    [(site,)] = served.rows("SELECT id FROM site WHERE name = 'Crèche Les Petits Pas'")
    word = word_of(write_with(served.engine, make_poster, didier, site))
    form = phone.get("/deposer", params={"mot": word})
    assert "Par l'affiche de" in text_of(form)
    write_with(served.engine, revoke_poster, didier, site)
    page = phone.get("/affiche", params={"mot": word})
    assert page.status_code == 422 and len(sentences(page)) == 1
    assert "n'ouvre aucune affiche" in text_of(page) and f'value="{word}"' in page.text
    typed = {"jeton": token_of(form), "mot": word, "body": "Écrit devant le mur"}
    done = phone.post("/deposer", data=typed)
    assert done.status_code == 200 and "Écrit devant le mur" in text_of(done)


def test_an_invitation_that_served_keeps_what_is_written_a_second_time(served, phone, didier):
    found, asked = opened(served.engine, didier, series="Invités", by_link=False)
    code = code_for(found, didier.person_id)
    with writing(served.engine) as session:
        invited = SurveyInvitation(
            code=stored_hash(code), survey_id=found.id, person_id=didier.person_id
        )
        session.add(invited)
    address = f"/questionnaire?q={found.key}&invitation={code}"
    # The page is open twice, on a computer and on a phone.
    first, second = (token_of(phone.get(address)) for _ in range(2))
    sheet = {f"q{asked['ease']}": "3", f"q{asked['text']}": "Dit une fois"}
    assert phone.post(address, data={"jeton": first} | sheet).status_code == 200
    again = phone.post(address, data={"jeton": second} | sheet)
    assert again.status_code == 422 and len(sentences(again)) == 1
    assert "a déjà servi" in text_of(again) and "Dit une fois" in again.text
    later = phone.get(address)
    assert "a déjà servi" in text_of(later) and "<form" not in later.text
    same = phone.post(address, data={"jeton": first} | sheet)
    assert same.status_code == 200, "the form that was taken is told so, as often as it is sent"
    waiting = "SELECT n FROM waiting_sheets WHERE survey_id = :number"
    assert served.rows(waiting, number=found.id) == [(1,)]
