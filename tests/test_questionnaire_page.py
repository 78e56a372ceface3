"""The page of a questionnaire over HTTP alone, as a phone without a script: answered once, nothing
lost, nobody known; a tablet of several people begins anew; the office tries a draft.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from itertools import count

import httpx
import pytest
from support.light import LIGHT, STREAMLIT, text_of, token_of
from support.questionnaires import WORDS, closed, drafted, opened, statements

from dashboard.actions.surveys.making import (
    open_survey,
)
from dashboard.actions.surveys.questions import QuestionInput, change_question
from dashboard.queries.surveys.asked import preview_of
from models.database import writing
from models.signing import signing_key
from models.surveys import QuestionKind

pytestmark = pytest.mark.slow

_series = count(1)


@pytest.fixture(scope="module")
def served(serve_here):
    # One key: what waits is sealed by the server, and the tests close.
    return serve_here(CP_TICK_MINUTES="0", CP_SECRET_KEY=signing_key())


@pytest.fixture
def open_one(served, cast):
    """A questionnaire that has just opened: its address, its row, name → id of its questions."""

    def made(**about: object):
        series = f"Série {next(_series)}"
        found, asked = opened(served.engine, cast.didier, series=series, **about)
        return f"/questionnaire?q={found.key}", found, asked

    return made


def filled(asked: dict[str, int], **more: object) -> dict[str, object]:
    """The fields of a whole sheet."""
    fields = {f"q{asked[name]}": value for name, value in {"car": "Non", "ease": "4"}.items()}
    fields |= {f"q{asked['tools']}": ["Papier", "Tablette"], f"q{asked['both']}_1": WORDS[3]}
    return fields | {f"q{asked[name]}": value for name, value in more.items()}


def waiting(served, found) -> int:
    [(n,)] = served.rows("SELECT n FROM waiting_sheets WHERE survey_id = :id", id=found.id)
    return n


def test_a_phone_without_a_script_answers_once_whatever_is_clicked(served, phone, open_one):
    address, found, asked = open_one(introduction="Cinq minutes.\nMerci d'avance.")
    page = phone.get(address)
    assert page.status_code == 200 and LIGHT in page.text and not phone.cookies
    assert "Cinq minutes." in text_of(page) and "sans nom" in text_of(page)
    assert "Seulement si vous avez répondu « Oui » à « Avez-vous" in text_of(page)
    sheet = {"jeton": token_of(page)} | filled(asked)
    with ThreadPoolExecutor(4) as clicks:
        sent = list(clicks.map(lambda _: phone.post(address, data=sheet), range(4)))
    assert {one.status_code for one in sent} == {200}
    assert all("vos réponses sont enregistrées" in text_of(one) for one in sent)
    assert waiting(served, found) == 1


def test_what_is_missing_stands_beside_its_question_and_nothing_is_lost(served, phone, open_one):
    address, found, asked = open_one()
    long = "é" * 50_000
    sheet = {"jeton": token_of(phone.get(address))} | filled(asked, ease="", car="Oui", which=long)
    answer = phone.post(address, data=sheet)
    page = answer.text
    assert answer.status_code == 422 and "2 points sont à corriger" in text_of(answer)
    for name in ("ease", "which"):
        field = f"q{asked[name]}"
        assert f'href="#{field}"' in page and f'id="{field}"' in page
        assert f'id="{field}-erreur"' in page
    assert long in page and "compte 50 000 caractères" in text_of(answer)
    assert re.search(r'value="Tablette" checked', page)
    assert re.search(rf'name="q{asked["both"]}_1" value="{WORDS[3]}" checked', unescape(page))
    assert waiting(served, found) == 0
    again = phone.post(address, data=sheet | filled(asked, car="Oui", which="La bleue"))
    assert again.status_code == 200 and waiting(served, found) == 1


def test_a_closed_one_an_unknown_one_and_a_draft_say_one_sentence(served, phone, open_one, cast):
    address, found, asked = open_one()
    sheet = {"jeton": token_of(phone.get(address))} | filled(asked, text="Déjà écrit")
    closed(served.engine, cast.didier, found.id)
    late = phone.get(address)
    assert late.status_code == 200 and "est fermé depuis le" in text_of(late)
    late = phone.post(address, data=sheet)
    assert late.status_code == 422 and "est fermé depuis le" in text_of(late)
    assert "Déjà écrit" in late.text
    unknown = phone.get("/questionnaire?q=inconnu")
    assert unknown.status_code == 404 and "vérifiez l'adresse" in text_of(unknown)
    draft, _ = drafted(served.engine, cast.didier)
    [(key,)] = served.rows("SELECT key FROM survey WHERE id = :id", id=draft)
    assert phone.get(f"/questionnaire?q={key}").status_code == 404


def test_whoever_is_signed_in_meets_the_same_page_without_a_name(served, open_one):
    address, _, _ = open_one()
    cookies = {"cp": served.cookie_of("alice")}
    with httpx.Client(base_url=served.url, cookies=cookies, timeout=30) as alice:
        page = alice.get(address)
        assert LIGHT in page.text and STREAMLIT not in page.text
        assert "même si vous êtes connecté" in text_of(page)


def test_the_office_tries_a_draft_and_nothing_is_kept(served, phone, cast):
    draft, asked = drafted(served.engine, cast.didier)
    [(reference,)] = served.rows("SELECT reference FROM survey WHERE id = :id", id=draft)
    address = f"/questionnaire?apercu={preview_of(cast.didier, reference)}"
    page = phone.get(address)
    assert page.status_code == 200 and "Aperçu : rien n'est enregistré" in text_of(page)
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert "1a. Lequel" in text_of(page)
    token = token_of(page)
    assert phone.post(address, data={"jeton": token}).status_code == 422
    done = phone.post(address, data={"jeton": token} | filled(asked))
    assert "C'était un aperçu" in text_of(done)
    assert served.rows("SELECT * FROM waiting_sheets WHERE survey_id = :id", id=draft) == []
    for wrong in (f"{reference}-", f"{reference}-{'0' * 24}", "é", ""):
        assert phone.get("/questionnaire", params={"apercu": wrong}).status_code == 404


def test_the_preview_of_a_closed_one_says_so_and_can_still_be_tried(served, phone, cast, open_one):
    _, found, asked = open_one()
    address = f"/questionnaire?apercu={preview_of(cast.didier, found.reference)}"
    closed(served.engine, cast.didier, found.id)
    page = phone.get(address)
    assert "Aperçu d'un questionnaire fermé depuis le" in text_of(page)
    assert "Ouvert jusqu" not in text_of(page)
    done = phone.post(address, data={"jeton": token_of(page)} | filled(asked))
    assert "C'était un aperçu" in text_of(done)


def test_the_page_and_the_sheet_to_print_ask_the_same_and_name_nobody(served, phone, cast):
    draft, asked = drafted(served.engine, cast.didier)
    with writing(served.engine) as session:
        ends = {"low": "Pas du tout", "high": "Très"}
        scale = QuestionInput(QuestionKind.one_to_five, "Facile ?", required=True, **ends)
        change_question(session, cast.didier, asked["ease"], scale)
        address = f"/questionnaire?q={open_survey(session, cast.didier, draft).key}"
    page, sheet = phone.get(address), phone.get(f"{address}&papier=oui")
    words = text_of(sheet)
    for told in (
        *("1. Avez-vous", "1a. Lequel ? (réponse obligatoire)", "Papier", "Les horaires"),
        *("Seulement si vous avez répondu « Oui »", WORDS[0], "1 = Pas du tout , 5 = Très"),
    ):
        assert told in text_of(page) and told in words, told
    field = re.search(rf'<fieldset[^>]*id="q{asked["ease"]}"[^>]*>', page.text)[0]
    assert f'aria-describedby="q{asked["ease"]}-bouts"' in field
    assert re.search(r"<h1>Vos outils", sheet.text) and "<form" not in sheet.text
    assert "pas votre nom" in words and "papier=" not in words
    assert f"{phone.base_url}{address}" in words.replace("//q", "/q")
    assert 'alt="Code QR : ouvrir le questionnaire"' in unescape(sheet.text)


def test_statements_are_answered_and_one_is_proposed_without_a_script(served, phone, cast):
    series = f"Série {next(_series)}"
    texts = ("Il fait trop froid.", "Le bus passe trop tôt.", "La cantine est bonne.")
    found, asked = statements(served.engine, cast.didier, *texts, series=series)
    address = f"/questionnaire?q={found.key}"
    page = phone.get(address)
    words = text_of(page)
    assert all(f"{n} sur 3" in words for n in (1, 2, 3)) and "à proposer aux suivants" in words
    # Each turn leads to a statement of this page: nothing is sent, so nothing is lost on the way.
    turns = re.findall(r'<a href="(#[^"]+)" target="_self"', page.text)
    assert turns == [f"#q{asked[n]}" for n in (1, 0, 2, 1)]
    sheet = {"jeton": token_of(page), f"q{asked[1]}": "D'accord", f"q{asked[2]}": "Pas d'accord"}
    long = phone.post(address, data=sheet | {"proposition": "é" * 201})
    assert long.status_code == 422 and "201 caractères : 200 au plus" in text_of(long)
    assert 'id="proposition-erreur"' in long.text and "é" * 201 in long.text
    assert len(re.findall(r" checked>", long.text)) == 2 and waiting(served, found) == 0
    done = phone.post(address, data=sheet | {"proposition": "Un banc serait bien."})
    assert "vos réponses sont enregistrées" in text_of(done) and waiting(served, found) == 1
    mine = "SELECT * FROM question WHERE survey_id = :id AND proposed"
    assert served.rows(mine, id=found.id) == [], "it waits with the sheets"
    paper = text_of(phone.get(f"{address}&papier=oui"))
    assert "3. La cantine est bonne." in paper and "à proposer aux suivants" in paper
