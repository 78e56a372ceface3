"""The poster of a site: made, printed, renewed and revoked by the programme's office; whoever reads
it finds what is published and what comes, and nobody's name.
"""

import io
import re
from html import unescape
from urllib.parse import parse_qs

import pytest
from pypdf import PdfReader
from sqlmodel import select
from support.light import text_of
from support.transactions import (
    read_with,
    refusal,
    select_all,
    select_one,
    write_with,
)
from support.troupe import cast_in

from dashboard.actions.meetings.agendas import make_poster, renew_poster, revoke_poster
from dashboard.actions.news import open_post, write_post
from dashboard.queries.meetings.agenda import site_opened, site_posters, word_of, words_in_use
from dashboard.report.posters import posters
from models.database import reading
from models.ledger import Change
from models.meetings import Site
from models.settings import settings

KEY = "the key of the server of these tests, and of no other"


def site_of(engine, name: str = "Crèche Les Petits Pas") -> int:
    return select_one(engine, select(Site.id).where(Site.name == name))


def words_of(engine) -> dict[str, int]:
    return read_with(engine, words_in_use)


# ── The office ────────────────────────────────────────────────────────────────────────────────────


def test_a_word_opens_its_site_until_it_is_renewed_and_revoked(demo_copy):
    didier = cast_in(demo_copy).didier
    site = site_of(demo_copy)
    first = word_of(write_with(demo_copy, make_poster, didier, site))
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", first)
    again = word_of(write_with(demo_copy, make_poster, didier, site))
    assert again == first, "the poster that stands is printed again, with its word"
    for typed in (first, first.lower().replace("-", " "), first.replace("-", "").replace("0", "O")):
        assert site_opened(words_of(demo_copy), typed) == site
    second = word_of(write_with(demo_copy, renew_poster, didier, site))
    words = words_of(demo_copy)
    assert second != first and site_opened(words, first) is None
    assert site_opened(words, second) == site
    write_with(demo_copy, revoke_poster, didier, site)
    assert site_opened(words_of(demo_copy), second) is None
    told = select_all(demo_copy, select(Change).where(Change.subject == "affiche"))
    assert [change.field for change in told] == ["créée", "renouvelée", "retirée"]
    assert all(change.by == didier.person_id for change in told)


def test_a_poster_that_is_none_is_neither_renewed_nor_revoked(sqlite_copy):
    didier = cast_in(sqlite_copy).didier
    site = site_of(sqlite_copy)
    for act in (renew_poster, revoke_poster):
        refusal(sqlite_copy, act, didier, site, match="n'a pas d'affiche")
    refusal(sqlite_copy, make_poster, didier, 999_999, match="n'existe pas")


def test_the_database_does_not_hold_the_word(sqlite_copy):
    didier = cast_in(sqlite_copy).didier
    word = word_of(write_with(sqlite_copy, make_poster, didier, site_of(sqlite_copy)))
    with sqlite_copy.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM poster").all()
    stored = " ".join(str(cell) for row in rows for cell in row)
    assert rows and word not in stored and word.replace("-", "") not in stored


def test_the_sheet_tells_the_site_the_word_and_the_way(sqlite_copy, scope_for):
    didier = cast_in(sqlite_copy).didier
    write_with(sqlite_copy, make_poster, didier, site_of(sqlite_copy))
    with reading(sqlite_copy) as session:
        found = [item for item in site_posters(session, didier) if item.word]
        scope = scope_for(session, didier)
    made = posters(scope, found, "https://idees.example.be")
    (page,) = PdfReader(io.BytesIO(made)).pages
    text = page.extract_text()
    assert found[0].word in text and "Crèche Les Petits Pas" in text
    assert "idees.example.be/affiche" in text


# ── Who reads it ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def served(serve_demo):
    server = serve_demo(CP_TICK_MINUTES="0", CP_HOURLY_FACTOR="0.025", CP_SECRET_KEY=KEY)
    yield server
    server.stop()


@pytest.fixture
def word(served, monkeypatch) -> str:
    """The word on the wall of the crèche, which the key of the server makes."""
    monkeypatch.setattr(settings(), "cp_secret_key", KEY)
    engine = served.engine
    return word_of(write_with(engine, make_poster, cast_in(engine).didier, site_of(engine)))


@pytest.mark.slow
def test_whoever_reads_the_word_finds_dates_ideas_and_answers_without_an_account(phone, word):
    page = phone.get("/affiche", params={"mot": word.lower().replace("-", " ")})
    said = text_of(page)
    assert page.status_code == 200 and said.startswith("Crèche Les Petits Pas")
    assert "Les rendez-vous" in said and "Ailleurs, ouvert à tous" in said
    assert "Les idées des agents" in said and "Actualités" in said
    # The word alone, and what is asked there: whoever reads a poster has chosen no scope.
    links = re.findall(r'href="/affiche\?([^"#]+)', page.text)
    assert len(links) > 20
    for asked in links:
        assert set(parse_qs(unescape(asked))) <= {"mot", "idee", "q", "etat", "page"}, asked
    assert not phone.cookies and "stApp" not in page.text


@pytest.mark.slow
def test_what_was_published_since_the_last_reader_is_there_for_the_next_one(served, phone, word):
    cast = cast_in(served.engine)

    def page() -> str:
        return text_of(phone.get("/affiche", params={"mot": word}))

    assert "Le préau est ouvert" not in page() and page() == page()
    post = write_with(
        served.engine, write_post, cast.didier, "Le préau est ouvert", "Depuis ce matin."
    )
    assert "Le préau est ouvert" not in page(), "it is not public yet"
    write_with(served.engine, open_post, cast.gaelle, post.id)
    assert "Le préau est ouvert" in page()
    write_with(served.engine, revoke_poster, cast.didier, site_of(served.engine))
    assert "Le préau est ouvert" not in page(), "a word that was taken back opens nothing kept"


@pytest.mark.slow
def test_an_idea_is_read_in_full_and_what_is_not_published_is_not_there(served, phone, word):
    published, hidden = (
        served.rows(f"SELECT number, title FROM idea WHERE published = {flag} LIMIT 1")[0]
        for flag in (1, 0)
    )
    read = phone.get("/affiche", params={"mot": word, "idee": published[0]})
    assert read.status_code == 200 and str(published[0]) in text_of(read)
    refused = phone.get("/affiche", params={"mot": word, "idee": hidden[0]})
    assert refused.status_code == 404 and hidden[1] not in unescape(refused.text)
    found = phone.get("/affiche", params={"mot": word, "q": str(hidden[0])})
    assert "Aucune idée publiée ne répond" in text_of(found)


@pytest.mark.slow
def test_the_list_is_searched_narrowed_and_walked(phone, word):
    done = phone.get("/affiche", params={"mot": word, "etat": "realisee"})
    ideas = text_of(done).split("Les idées des agents")[1]
    assert "Réalisée" in ideas and "Reçue" not in ideas.split("idées publiées")[1]
    first = phone.get("/affiche", params={"mot": word})
    following = unescape(re.search(r'href="([^"]+)">Page suivante', first.text)[1])
    second = phone.get(following)
    lists = [page.text.split("Les idées des agents")[1] for page in (first, second)]
    titles = [re.findall(r'<h3><a class="cp-go"[^>]*>([^<]+)', shown) for shown in lists]
    assert len(titles[0]) == len(titles[1]) == 20 and not set(titles[0]) & set(titles[1])
    assert "Page précédente" in text_of(second)


@pytest.mark.slow
def test_no_name_of_anybody_stands_on_what_a_poster_opens(served, phone, word):
    names = [
        f"{given} {family}"
        for given, family in served.rows("SELECT given_name, family_name FROM person")
    ]
    numbers = [
        row[0] for row in served.rows("SELECT number FROM idea WHERE published = 1 LIMIT 60")
    ]
    pages = [phone.get("/affiche", params={"mot": word})]
    pages += [phone.get("/affiche", params={"mot": word, "idee": number}) for number in numbers]
    assert {page.status_code for page in pages} == {200}
    shown = " ".join(unescape(page.text) for page in pages)
    assert len(names) > 100 and not [name for name in names if name in shown]


@pytest.mark.slow
def test_what_is_published_already_is_shown_beside_what_one_writes_and_has_filed(
    served, phone, word
):
    title = served.rows(
        "SELECT title FROM idea WHERE published = 1 AND length(title) > 25 ORDER BY id LIMIT 1"
    )[0][0]
    while_writing = phone.post("/affiche", data={"mot": word, "title": "", "body": title})
    assert title in unescape(while_writing.text).replace("\u202f", " ")
    form = phone.get("/deposer", params={"mot": word})
    token = re.search(r'name="jeton" value="([^"]+)"', form.text)[1]
    done = phone.post("/deposer", data={"jeton": token, "mot": word, "body": title})
    assert "Merci" in text_of(done) and 'class="cp-alike"' in done.text
    assert f"mot={word}" in unescape(done.text)
    without = phone.post("/deposer", data={"jeton": token, "body": title})
    assert "Merci" in text_of(without) and 'class="cp-alike"' not in without.text


@pytest.mark.slow
def test_a_wrong_word_is_told_kept_in_its_field_and_counted(phone, word):
    wrong = phone.get("/affiche", params={"mot": "AAAA-BBBB"})
    assert wrong.status_code == 422 and "n'ouvre aucune affiche" in text_of(wrong)
    assert 'value="AAAA-BBBB"' in wrong.text
    for _turn in range(5):
        tried = phone.get("/affiche", params={"mot": "AAAA-CCCC"})
    assert "Beaucoup de mots d'affiche sont essayés" in text_of(tried)
    assert phone.get("/affiche", params={"mot": word}).status_code == 200
