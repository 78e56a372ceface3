"""The light pages over HTTP alone, as a browser without a script: filed once, nothing lost, nobody
known; the house changes with the cookie.
"""

import gzip
import io
import re

import httpx
import pytest
from PIL import Image
from support.answers import answered
from support.light import LIGHT, text_of, token_of

from models.idea_states import IdeaStatus
from models.ideas import BODY_MAX

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(serve_here):
    return serve_here(CP_TICK_MINUTES="0", CP_HOURLY_FACTOR="0.2")


def file(phone: httpx.Client, body: str = "Un banc à l'ombre", **fields: object) -> httpx.Response:
    token = fields.pop("jeton", None) or token_of(phone.get("/deposer"))
    return phone.post("/deposer", data={"jeton": token, "body": body} | fields)


def photo_of(width: int, height: int) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(made, "JPEG")
    return made.getvalue()


def count(served) -> int:
    return served.rows("SELECT count(*) FROM idea")[0][0]


# ── Filing ────────────────────────────────────────────────────────────────────────────────────────


def test_an_agent_without_an_account_files_and_leaves_with_a_code(served, phone):
    before = count(served)
    done = file(phone, "Un banc à l'ombre\nDevant le dépôt.", kind="constat", good="non")
    assert done.status_code == 200 and "Merci, c'est enregistré" in text_of(done)
    number = int(re.search(r"sous le n° (\d+)", text_of(done))[1])
    assert count(served) == before + 1
    row = served.rows(
        "SELECT title, body, kind, good, author_id, origin_id, anonymous, published FROM idea"
        " WHERE number = :number",
        number=number,
    )[0]
    assert row == (
        "Un banc à l'ombre",
        "Un banc à l'ombre\nDevant le dépôt.",
        "constat",
        0,
        None,
        None,
        1,
        0,
    )
    assert not phone.cookies, "no cookie before one signs in"


def test_an_empty_form_says_one_sentence_and_keeps_what_was_chosen(phone):
    direction = re.search(r'<option value="(\d+)">', phone.get("/deposer").text)[1]
    chosen = {"kind": "objection", "audience": "citoyens", "concerns_id": direction}
    answer = file(phone, "  ", **chosen)
    assert answer.status_code == 422
    page = answer.text
    assert "Un point est à corriger" in text_of(answer)
    name = re.search(r'<a href="#(\w+)">', page)[1]
    assert name == "body", "the field that is first, not the one that may be left empty"
    assert f'id="{name}"' in page and f'id="{name}-erreur"' in page
    assert re.search(r'value="objection" checked', page)
    assert re.search(r'value="citoyens" checked', page)
    assert f'value="{direction}" selected' in page


def test_a_text_of_50_000_signs_arrives_whole_and_a_longer_one_is_said(served, phone):
    long = "é" * (BODY_MAX - 10) + " la fin"
    done = file(phone, long, title="Long")
    assert done.status_code == 200
    assert served.rows("SELECT body FROM idea WHERE title = 'Long'")[0][0] == long
    too_long = file(phone, "é" * (BODY_MAX + 1), title="Trop long")
    assert too_long.status_code == 422 and "é" * (BODY_MAX + 1) in too_long.text
    far_too_long = file(phone, "é" * 2_000_000, title="Beaucoup trop long")
    assert far_too_long.status_code == 413 and "trop long" in far_too_long.text


def test_a_form_names_no_meeting_that_is_not_open_to_all(served, phone):
    [(steering,)] = served.rows("SELECT min(id) FROM meeting WHERE kind = 'codir'")
    [(field,)] = served.rows("SELECT min(id) FROM meeting WHERE kind = 'terrain'")
    for meeting, kept in ((steering, None), (field, field)):
        file(phone, f"Dit à la réunion {meeting}", reunion=str(meeting))
        title = f"Dit à la réunion {meeting}"
        rows = served.rows("SELECT meeting_id FROM idea WHERE title = :title", title=title)
        assert rows == [(kept,)]


def test_what_a_form_sends_is_written_as_it_was_and_runs_nowhere(phone):
    hostile = "<script>alert(1)</script> & « l'été »"
    answer = file(phone, " ", title=hostile * 10)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text and "&lt;script&gt;" in answer.text


def test_photos_come_with_the_form_and_what_is_none_is_said(served, phone):
    token = token_of(phone.get("/deposer"))
    photo = ("p.jpg", photo_of(1200, 900), "image/jpeg")
    done = phone.post(
        "/deposer", data={"jeton": token, "body": "Le trou"}, files=[("photos", photo)] * 2
    )
    assert done.status_code == 200
    number = re.search(r"sous le n° (\d+)", text_of(done))[1]
    kept = served.rows(
        "SELECT width FROM photo JOIN idea ON idea.id = idea_id WHERE number = :number",
        number=number,
    )
    assert kept == [(1200,), (1200,)]
    wide = io.BytesIO()
    Image.new("1", (12_000, 9_000)).save(wide, "PNG")
    for content in (b"rien d'une photo", wide.getvalue()):
        answer = phone.post(
            "/deposer",
            data={"jeton": token_of(phone.get("/deposer")), "body": "Le trou"},
            files=[("photos", ("p.jpg", content, "image/jpeg"))],
        )
        assert answer.status_code == 422 and "photos-erreur" in answer.text
        assert "Le trou" in answer.text
    without_words = phone.post(
        "/deposer",
        data={"jeton": token_of(phone.get("/deposer")), "body": ""},
        files=[("photos", photo)],
    )
    assert "Choisissez à nouveau vos photos" in text_of(without_words)


def test_an_empty_field_of_photos_is_no_photo(phone):
    """What a browser sends for a field of files that was left empty."""
    token = token_of(phone.get("/deposer"))
    answer = phone.post(
        "/deposer", data={"jeton": token, "body": "Sans photo"}, files=[("photos", ("", b""))]
    )
    assert answer.status_code == 200


def test_a_form_that_takes_no_files_reads_none(phone):
    """Else whoever sends gigabytes fills the disk; also where the length is not announced."""
    heavy = b"x" * 400_000
    for address in ("/suivre", "/marques-interet", "/agenda", "/"):
        answer = phone.post(address, files=[("photos", ("p.jpg", heavy, "image/jpeg"))])
        assert answer.status_code == 413, address
        unannounced = phone.post(
            address,
            content=(piece for piece in (b"code=", b"AAAA")),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert unannounced.status_code == 413, address


def test_a_form_of_another_site_is_not_taken(served, phone):
    before = count(served)
    answer = phone.post(
        "/deposer", data={"body": "Du dehors"}, headers={"Origin": "http://ailleurs.exemple"}
    )
    assert answer.status_code == 403 and count(served) == before


def test_a_framed_form_speaks_of_what_the_page_around_it_speaks_of(phone):
    page = phone.get("/deposer?embed=true&direction=VC-JSP&ambition=durable")
    assert "Se connecter" not in page.text and "Jeunesse et sports" in page.text
    assert re.search(r"selected>Jeunesse et sports", page.text)
    assert re.search(r"checked><span>Développement durable", page.text)


# ── Taking part ───────────────────────────────────────────────────────────────────────────────────


def test_a_mark_of_interest_is_kept_once_with_what_its_activity_asks(served, phone):
    page = phone.get("/marques-interet?activite=groupes")
    assert re.search(r'value="groupes" checked', page.text)
    sent = {
        "jeton": token_of(page),
        "activity": "groupes",
        "role_groupes": "Faciliter un groupe",
        "role_ambassadeurs": "Diriger la commune",
        "role_academie": "Suivre une formation",
        "reach": "plusieurs",
        "name": "Nadine Lejeune",
        "contact": "dépôt Voirie sud",
    }
    refused = phone.post("/marques-interet", data=sent | {"name": ""})
    assert refused.status_code == 422 and "name-erreur" in refused.text
    assert "dépôt Voirie sud" in refused.text
    for _ in range(2):
        assert "Merci" in text_of(phone.post("/marques-interet", data=sent))
    rows = served.rows("SELECT activity, role, reach FROM interest WHERE name = 'Nadine Lejeune'")
    assert rows == [("groupes", "Faciliter un groupe", "")]


def test_the_front_page_says_in_one_sentence_what_this_is_and_whose(served, phone):
    page = phone.get("/")
    [(town,)] = served.rows("SELECT name FROM direction WHERE kind = 'racine'")
    head = text_of(page).partition("Prochains rendez-vous")[0]
    said = (
        "proposez une idée en deux minutes, sans compte ni nom. La direction concernée vous répond"
        " par écrit dans les 30 jours ouvrables."
    )
    assert f"{town} : agents et citoyens, {said}" in head


def test_the_agenda_shows_what_is_open_to_all_and_nothing_that_steers(served, phone):
    said = text_of(phone.get("/agenda"))
    assert "Rencontre de terrain" in said
    for hidden in ("CODIR", "Conseil de direction", "codéveloppement", "co-pilotage"):
        assert hidden not in said


def test_an_extract_is_what_was_published_and_says_of_when(phone):
    figure = phone.get("/extrait?chiffre=avancement&embed=true")
    assert "Situation au 31 mai 2023" in text_of(figure) and len(figure.content) < 10_000
    for unknown in ("/extrait?chiffre=bien-etre.favorable", "/extrait?chiffre=rien"):
        refused = phone.get(f"{unknown}&embed=true")
        assert refused.status_code == 200 and "78,3" not in refused.text
        assert "<title>Un chiffre ou un graphique" in refused.text, "nor what it is called"
    chart = phone.get("/extrait?graphique=chantiers&embed=true")
    assert chart.text.count('class="cp-stream"') == 6 and LIGHT in chart.text
    assert "Organiser une Académie interne" in text_of(chart).replace("\u00a0", " ")


def test_the_agenda_in_a_frame_is_the_same_for_everybody(served, phone):
    address = "/agenda?embed=true"
    page = phone.get(address)
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in phone.get("/agenda").headers["content-security-policy"]
    assert "Rencontre de terrain" in text_of(page) and '<base target="_blank">' in page.text
    with httpx.Client(base_url=served.url, cookies={"cp": served.cookie_of("elise")}) as elise:
        hers = elise.get(address)
    assert text_of(hers) == text_of(page), "no date of hers in the page of another site"
    [(meeting,)] = served.rows("SELECT min(id) FROM meeting WHERE kind = 'terrain'")
    assert "<form" not in phone.get(f"{address}&reunion={meeting}").text


# ── The door ──────────────────────────────────────────────────────────────────────────────────────


def test_the_cookie_of_a_login_decides_which_house_answers(served, phone):
    for address in ("/", "/deposer", "/agenda", "/vos-donnees", "/accessibilite"):
        assert LIGHT in phone.get(address).text
        assert LIGHT not in phone.get(f"{address}?connexion=oui").text
    token = served.cookie_of("alice")
    signed_in = httpx.Client(base_url=served.url, cookies={"cp": token}, timeout=30)
    assert LIGHT not in signed_in.get("/deposer").text
    ended = signed_in.delete("/session", headers={"Origin": served.url})
    assert ended.status_code == 204
    assert LIGHT in signed_in.get("/deposer").text, "the cookie is worth nothing any more"


def test_what_is_sent_to_a_light_page_has_no_name_whoever_is_signed_in(served):
    with httpx.Client(base_url=served.url, cookies={"cp": served.cookie_of("alice")}) as alice:
        done = alice.post("/deposer", data={"body": "Un mot sans nom d'Alice"})
    number = re.search(r"sous le n° (\d+)", text_of(done))[1]
    row = served.rows(
        "SELECT author_id, origin_id, anonymous FROM idea WHERE number = :number", number=number
    )
    assert row == [(None, None, 1)]


def test_alice_opens_her_code_from_her_own_screen_on_the_page_without_an_account(served, phone):
    code = re.search(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", file(phone, "Un abri pour les vélos").text)[0]
    with httpx.Client(base_url=served.url, cookies={"cp": served.cookie_of("alice")}) as alice:
        assert LIGHT not in alice.get("/suivre").text
        followed = alice.post("/suivre", data={"code": code})
    assert LIGHT in followed.text and "Un abri pour les vélos" in text_of(followed)


def test_who_filed_without_a_name_reads_the_answer_with_her_code(served, phone, cast):
    done = file(phone, "Une pompe à vélo au dépôt")
    number = int(re.search(r"sous le n° (\d+)", text_of(done))[1])
    code = re.search(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", done.text)[0]
    answered(served.engine, cast.didier, number, "La pompe est commandée.", IdeaStatus.accepted)
    followed = phone.post("/suivre", data={"code": code})
    assert "La pompe est commandée." in text_of(followed)


def test_a_screen_that_asks_for_an_account_is_streamlits_and_no_address_is_one_page(phone):
    assert LIGHT not in phone.get("/idees").text, "she signs in where she stands"
    missing = phone.get("/nulle-part")
    assert missing.status_code == 404 and "Cette page n'existe pas" in text_of(missing)
    assert phone.get("/leger.js").status_code == 200


def test_a_page_is_kept_by_nobody_and_says_on_what_it_depends(phone):
    for address in ("/", "/deposer", "/suivre"):
        headers = phone.get(address).headers
        assert headers["cache-control"] == "private, no-cache"
        assert "Cookie" in headers["vary"]


def test_an_answer_that_holds_a_code_is_kept_nowhere(phone):
    agenda = phone.get("/agenda").text
    date = re.search(r'cp-sign-up".*?href="(/agenda\?(?:reunion|session)=\d+)"', agenda, re.S)[1]
    code = re.compile(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}")
    for taken in (
        phone.post("/deposer", data={"body": "Une rampe devant la bibliothèque"}),
        phone.post(date, data={"name": ""}),
    ):
        shown = code.search(taken.text)[0]
        followed = phone.post("/suivre", data={"code": shown})
        assert shown in followed.text
        assert {taken.headers["cache-control"], followed.headers["cache-control"]} == {"no-store"}


def test_the_form_weighs_less_than_30_kilobytes_on_the_wire(phone):
    """HTML, style and script; fonts come apart, and nothing waits for them."""
    page = phone.get("/deposer").text
    parts = re.findall(r'(?:href|src)="(/leger[^"]+)"', page)
    assert len(parts) == 2
    weights = [len(gzip.compress(page.encode(), 5))]
    for address in parts:
        with phone.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
            weights.append(len(b"".join(answer.iter_raw())))
    assert sum(weights) <= 30_000, weights
    assert "font-display:swap" in phone.get(parts[0]).text
