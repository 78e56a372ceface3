"""The guide: every screen has a page, every page is found, and all of it is read without an account,
without a script, on paper.
"""

import io
import re
import tomllib

import httpx
import pytest
from pypdf import PdfReader
from support.guide_scenes import scenes_of
from support.light import text_of

from dashboard.guide.declared import (
    CHAPTERS,
    guide,
    help_of,
    page_named,
    pages_of,
    pieces,
    search_pages,
)
from dashboard.report.guide import guide_pdf
from dashboard.visit.screens import SCREENS
from models.people import Role
from models.settings import ROOT

MOST_STEPS = 8


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.url or "accueil")
def test_every_screen_has_a_page(screen):
    assert pages_of(screen.url), "a file of dashboard/guide/pages names it among its screens"
    assert help_of(screen.url, {Role.agent}).startswith("/guide/")


@pytest.mark.parametrize("page", guide(), ids=lambda page: page.name)
def test_a_page_is_short_and_whole(page):
    known = {screen.url for screen in SCREENS}
    assert set(page.screens) <= known and page.screens and page.chapter in CHAPTERS
    assert 3 <= len(page.steps) <= MOST_STEPS and "«" in "".join(page.steps)
    assert page.why and page.after and page.troubles and scenes_of(page)
    assert all(scene.alt for scene in scenes_of(page) if scene.picture)
    sentences = (page.title, page.why, page.after, *page.steps, *sum(page.troubles, ()))
    for sentence in sentences:
        assert sentence.count("«") == sentence.count("»"), sentence
        assert not re.search(r"[A-Z]{2}_[A-Z]|\bclique|\buser\b", sentence), sentence


def test_each_role_has_a_chapter_and_every_address_is_of_one_page():
    assert {page.chapter for page in guide()} == set(CHAPTERS)
    assert len({page.name for page in guide()}) == len(guide())


def test_a_question_mark_leads_each_role_to_its_own_page():
    """On « Idées » a manager learns to answer, an agent to look for what was filed."""
    assert help_of("idees", {Role.manager}) == page_named("repondre-a-une-idee").href
    assert help_of("idees", {Role.agent}) == page_named("lire-les-idees").href
    assert help_of("deposer", {Role.ambassadeur}) == page_named("deposer-pour-un-collegue").href
    assert help_of("nulle-part", {Role.agent}) == ""


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("mot de passe oublié", "se-connecter"),
        ("oublie mots de passe", "se-connecter"),  # no accents, plural
        ("formations", "se-former"),
        ("répondre", "repondre-a-une-idee"),
        ("sauvegard", "etat-du-systeme"),  # still being typed
        ("valves", "ma-direction"),
        ("atelier zzzz", "tenir-un-atelier"),  # not all the words are there: those that hold some
    ],
)
def test_a_page_is_found_by_its_words(words, name):
    assert name in [page.name for page in search_pages(words)][:3]


def test_what_is_nowhere_is_not_found():
    assert search_pages("zzzz") == search_pages("") == search_pages("de la") == []


def test_the_words_of_the_screen_stand_out_in_a_sentence():
    assert pieces("Choisissez « Envoyer ».") == [
        ("Choisissez ", False),
        ("Envoyer", True),
        (".", False),
    ]


@pytest.mark.slow
def test_on_paper_it_is_tagged_in_french_and_whole(sqlite_demo):
    read = PdfReader(io.BytesIO(guide_pdf()))
    root = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "fr-BE"
    said = " ".join(" ".join(page.extract_text() for page in read.pages).split())
    for page in guide():
        assert page.title.split(",")[0].split("'")[-1] in said, page.title
    pictures = sum(len(page.images) for page in read.pages)
    assert pictures == sum(len(page.pictures) for page in guide())


def test_it_travels_with_the_package():
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "setuptools"
    ]
    product = ROOT / "dashboard"
    packed = {file for one in setup["package-data"]["dashboard"] for file in product.glob(one)}
    assert {*product.rglob("*.toml"), *product.glob("static/guide/*.png")} <= packed


# ── Over HTTP, without an account and without a script ────────────────────────────────────────────


@pytest.fixture(scope="module")
def served(serve_here):
    return serve_here(CP_TICK_MINUTES="0")


@pytest.mark.slow
def test_a_stranger_reads_every_page(phone):
    index = phone.get("/guide")
    for page in guide():
        assert f'href="{page.href}"' in index.text
        answer = phone.get(page.href)
        assert answer.status_code == 200
        assert answer.text.count("<h1>") == 1 and answer.text.count("<li><p>") == len(page.steps)
        for picture in page.pictures:
            shown = phone.get(picture.href)
            assert shown.status_code == 200 and "immutable" in shown.headers["cache-control"]


@pytest.mark.slow
def test_whoever_is_signed_in_reads_the_same(served, phone):
    with httpx.Client(base_url=served.url, cookies={"cp": served.cookie_of("alice")}) as alice:
        for address in ("/guide", guide()[0].href):
            assert text_of(alice.get(address)) == text_of(phone.get(address))


@pytest.mark.slow
def test_the_search_works_by_the_address_alone(phone):
    answer = phone.get("/guide", params={"q": "mot de passe"})
    assert "Se connecter, choisir son mot de passe" in text_of(answer).partition("Sans compte")[0]
    hostile = '<script>alert("x")</script>'
    assert "<script>alert" not in phone.get("/guide", params={"q": hostile}).text
    nothing = phone.get("/guide", params={"q": "zzzz"})
    assert "Aucune page ne parle de cela" in text_of(nothing)
    assert phone.get("/guide", params={"q": "x" * 5000}).status_code == 200


@pytest.mark.slow
def test_all_of_it_comes_as_one_file(phone):
    answer = phone.get("/guide.pdf")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert phone.get("/guide.pdf").content == answer.content, "kept until a word changes"


@pytest.mark.slow
def test_a_page_that_is_none_says_so(phone):
    answer = phone.get("/guide/nulle-part", follow_redirects=True)
    assert answer.status_code == 404 and "Cette page n'existe pas" in text_of(answer)
