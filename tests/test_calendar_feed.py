"""Calendars to subscribe to; the poster of a site."""

import asyncio
import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from html import unescape
from urllib.parse import parse_qs

import httpx
import pytest
from icalendar import Calendar, vDDDTypes
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlmodel import Session, select
from starlette.applications import Starlette
from support.agenda import OFFICE, SOON, TODAY, a_meeting, agent, join, leave, registers
from support.light import text_of
from support.transactions import read_with, refusal, select_all, select_one, write_with
from support.troupe import FROZEN, cast_in

from dashboard.access import Reader
from dashboard.actions.meetings.agendas import (
    make_key,
    make_poster,
    renew_poster,
    revoke_poster,
    withdraw_key,
)
from dashboard.actions.meetings.records import cancel_meeting, change_meeting, plan_meeting
from dashboard.actions.news import open_post, write_post
from dashboard.actions.people.logins import hash_of
from dashboard.actions.people.privacy import erase_person
from dashboard.actions.seats.taking import register
from dashboard.files.calendars import Event, as_bytes
from dashboard.queries.meetings import agenda as query
from dashboard.queries.meetings.agenda import site_opened, site_posters, word_of, words_in_use
from dashboard.queries.seats.records import Where
from dashboard.report.posters import posters
from dashboard.web import calendars, files
from models import database as house
from models.academy import Training, TrainingSession
from models.database import reading, writing
from models.groups import GroupMember, ProgressGroup
from models.ledger import Change
from models.meetings import Meeting, MeetingKind, Site
from models.people import Account, Assignment, Person
from models.settings import settings
from models.sign_on import CalendarKey

# ── Calendars to subscribe to ─────────────────────────────────────────────────────────────────────
# Read back as RFC 5545 asks, whose dates they hold, whom they never name, whose address opens
# them.

HOSTILE = (
    "Café; thé, \\ et\r\nBEGIN:VEVENT\nSUMMARY:piège",
    "é" * 200,
    "END:VCALENDAR",
    "a" * 74 + "é",
    "\u2028X\x00\x07Y",
    ":;,\\n",
    "Ж🎉" * 60,
)


def read_back(data: bytes) -> list[dict[str, str]]:
    """The events of a calendar as a subscriber's library reads them; a date bears its zone or
    kind behind its name.
    """
    assert data.endswith(b"END:VCALENDAR\r\n") and b"\n" not in data.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    calendar = Calendar.from_ical(data)
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Europe/Brussels"]
    events = calendar.walk("VEVENT")
    assert [one.errors for one in (calendar, *events)] == [[]] * (1 + len(events)) and len(
        calendar.subcomponents
    ) == 1 + len(events)
    return [dict(_said(name, value) for name, value in event.items()) for event in events]


def _said(name: str, value: object) -> tuple[str, str]:
    if not isinstance(value, vDDDTypes):
        return name, str(value)
    kind = "".join(f";{key}={value.params[key]}" for key in value.params)
    return name + kind, value.to_ical().decode()


@pytest.fixture
def get(data_folder, monkeypatch) -> Callable[[str, Engine], httpx.Response]:
    """(address, engine) → the route's answer, in a process whose settings name this database."""

    def got(address: str, engine: Engine) -> httpx.Response:
        monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
        settings.cache_clear()
        house.engine.cache_clear()
        try:
            return asked(address)
        finally:
            house.engine().dispose()

    return got


def asked(address: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        app = httpx.ASGITransport(Starlette(routes=[*calendars.routes(), *files.routes([])]))
        async with httpx.AsyncClient(
            transport=app, base_url="http://possible.example:8501"
        ) as client:
            return await client.get(address)

    with ThreadPoolExecutor(
        1
    ) as apart:  # a browser test before this one leaves its own loop running in this thread
        return apart.submit(asyncio.run, ask()).result()


def keyed(engine: Engine, reader: Reader) -> str:
    return write_with(engine, make_key, reader)


def feed_of(session: Session, reader: Reader, day: date = FROZEN) -> dict[str, query.Appointment]:
    return {one.key: one for one in query.of_reader(session, reader, day)}


# --- the words on the wire ------------------------------------------------------------------------


@pytest.mark.parametrize("said", HOSTILE)
def test_a_hostile_title_stays_a_title(said):
    found = read_back(
        as_bytes(
            said,
            [
                Event(
                    "reunion-1@c",
                    TODAY,
                    3,
                    SOON,
                    said,
                    "09:00",
                    "12:00",
                    said,
                    "http://c/agenda?reunion=1",
                    "TENTATIVE",
                )
            ],
        )
    )
    lines = ["".join(sign for sign in line if sign.isprintable()) for line in said.splitlines()]
    assert len(found) == 1 and found[0]["SUMMARY"] == found[0]["LOCATION"] == "\n".join(lines)
    assert (found[0]["UID"], found[0]["SEQUENCE"], found[0]["STATUS"]) == (
        "reunion-1@c",
        "3",
        "TENTATIVE",
    )


def test_hours_are_those_of_brussels_and_a_day_without_hours_is_whole():
    at, whole = read_back(
        as_bytes(
            "x",
            [
                Event("a", TODAY, 0, SOON, "A", "09:00", "12:30"),
                Event("b", TODAY, 0, date(2023, 12, 31), "B"),
            ],
        )
    )
    assert (
        at["DTSTART;TZID=Europe/Brussels"] == "20230620T090000"
        and at["DTEND;TZID=Europe/Brussels"] == "20230620T123000"
    )
    assert at["DTSTAMP"] == "20230601T000000Z"
    assert (whole["DTSTART;VALUE=DATE"], whole["DTEND;VALUE=DATE"]) == ("20231231", "20240101")


# --- whose dates ----------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/agenda.ics", "/agenda.json", "/actualites.xml"])
def test_what_may_be_cached_bears_no_name_that_somebody_asked_for(demo, get, monkeypatch, address):
    answer = get(address, demo)
    assert answer.headers["cache-control"] == "no-store", "it bears the name that was asked for"
    monkeypatch.setenv("CP_PUBLIC_URL", "https://c-possible.exemple.be")
    answer = get(address, demo)
    assert answer.headers["cache-control"].startswith("public, max-age=")
    assert "possible.example:8501" not in answer.text
    assert "https://c-possible.exemple.be/" in answer.text


def test_everybody_s_calendar_holds_what_is_open_and_names_nobody(demo, get):
    answer = get("/agenda.ics", demo)
    assert (
        answer.status_code == 200
        and answer.headers["content-type"] == "text/calendar; charset=utf-8"
    )
    assert (
        answer.headers["x-content-type-options"] == "nosniff"
        and answer.headers["cache-control"] == "no-store"
    )
    found = {event["UID"]: event for event in read_back(answer.content)}
    assert {event["UID"] for event in get("/agenda.json", demo).json()["items"]} == set(found)
    with reading(demo) as session:
        kinds = {f"reunion-{m.id}@possible.example": m for m in session.exec(select(Meeting)).all()}
        coming = session.exec(
            select(TrainingSession)
            .join(Training)
            .where(TrainingSession.on >= FROZEN, Training.open_to_all)
        ).all()
        names = [person.family_name for person in session.exec(select(Person)).all()]
    meetings = {uid: kinds[uid] for uid in found if uid.startswith("reunion-")}
    assert {m.kind for m in meetings.values()} == {"information", "consultation", "atelier"}
    assert all(m.kind == "information" or m.enrols for m in meetings.values())
    assert coming and {uid for uid in found if uid.startswith("session-")} == {
        f"session-{held.id}@possible.example" for held in coming
    }
    said = " ".join(value for event in found.values() for value in event.values())
    assert not [
        name for name in set(names) if len(name) > 5 and re.search(rf"\b{re.escape(name)}\b", said)
    ]
    first = next(
        event for uid, event in found.items() if uid in meetings and "rentrée" in event["SUMMARY"]
    )
    assert (
        first["SUMMARY"] == "Séance d'information : La rentrée de la feuille de route"
        and first["STATUS"] == "CONFIRMED"
    )
    assert first["DTSTART;TZID=Europe/Brussels"] == "20230907T123000" and first["URL"].startswith(
        "http://possible.example:8501/agenda?reunion="
    )


def test_my_calendar_holds_my_seats_my_groups_what_i_planned_and_my_sessions(demo_copy, cast):
    assert read_with(demo_copy, feed_of, cast.alice) == {}
    with writing(demo_copy) as session:
        group = ProgressGroup(code="G99", title="Un groupe")
        session.add(group)
        session.flush()
        session.add(
            GroupMember(group_id=group.id, person_id=cast.alice.person_id, joined_on=FROZEN)
        )
        own = plan_meeting(
            session,
            cast.didier,
            Meeting(kind=MeetingKind.group, title="Analyse", group_id=group.id),
            FROZEN + timedelta(7),
        ).id
        seat = plan_meeting(
            session,
            cast.didier,
            Meeting(kind=MeetingKind.information, starts="9h", ends="10h", enrols=True),
            FROZEN + timedelta(8),
        ).id
        full = plan_meeting(
            session,
            cast.didier,
            Meeting(kind=MeetingKind.information, enrols=True, capacity=1),
            FROZEN + timedelta(9),
        ).id
        other = plan_meeting(
            session, cast.didier, Meeting(kind=MeetingKind.trainers), FROZEN + timedelta(9)
        ).id
        held = session.exec(
            select(TrainingSession).where(
                TrainingSession.on > FROZEN, TrainingSession.cancelled_on.is_(None)
            )
        ).first()
        register(session, cast.alice, Where(session_id=held.id))
    for person, meeting in ((cast.alice, seat), (cast.bruno, full), (cast.alice, full)):
        write_with(demo_copy, join, person, meeting)
    with reading(demo_copy) as session:
        mine, his = feed_of(session, cast.alice), feed_of(session, cast.didier)
    assert set(mine) == {
        f"reunion-{own}",
        f"reunion-{seat}",
        f"reunion-{full}",
        f"session-{held.id}",
    }
    assert mine[f"reunion-{full}"].status == "TENTATIVE" and mine[
        f"reunion-{full}"
    ].summary.startswith("À confirmer")
    assert {f"reunion-{own}", f"reunion-{other}"} <= set(his), "who planned it finds it"
    write_with(demo_copy, leave, cast.alice, seat)
    assert f"reunion-{seat}" not in read_with(demo_copy, feed_of, cast.alice)


def test_a_change_raises_the_sequence_and_a_cancelled_meeting_says_so(database):
    meeting = a_meeting(database)
    registers(database, 2, meeting)
    given = {
        "kind": MeetingKind.information,
        "title": "La rentrée",
        "place": "Salle 3",
        "ends": "12:00",
        "enrols": True,
        "capacity": 2,
    }

    def now() -> query.Appointment:
        [one] = read_with(database, query.of_reader, agent(2), TODAY)
        return one

    first = now()
    later = Meeting(starts="10:00", **given)
    write_with(database, change_meeting, OFFICE, meeting, later, SOON)
    second = now()
    write_with(database, change_meeting, OFFICE, meeting, later, SOON + timedelta(1))
    third = now()
    write_with(database, cancel_meeting, OFFICE, meeting, "Grève")
    last = now()
    assert first.changes < second.changes < third.changes < last.changes
    assert len({one.key for one in (first, second, third, last)}) == 1
    assert (second.starts, third.day, last.status) == (
        "10:00",
        SOON + timedelta(1),
        "CANCELLED",
    ) and last.summary.startswith("Annulé")


# --- whose address --------------------------------------------------------------------------------


def test_the_address_is_a_secret_kept_hashed_replaced_and_withdrawn(sqlite_copy, cast, get):
    secret = keyed(sqlite_copy, cast.alice)
    kept = read_with(sqlite_copy, Session.get, CalendarKey, cast.alice.person_id).key
    assert kept == hash_of(secret) and secret not in kept and len(secret) >= 22, (
        "128 bits, kept as a hash"
    )
    answer = get(f"/agenda/{secret}.ics", sqlite_copy)
    assert (
        answer.status_code == 200
        and "no-store" in answer.headers["cache-control"]
        and answer.headers["x-content-type-options"] == "nosniff"
    )
    again = keyed(sqlite_copy, cast.alice)
    assert [get(f"/agenda/{one}.ics", sqlite_copy).status_code for one in (secret, again)] == [
        404,
        200,
    ]
    write_with(sqlite_copy, withdraw_key, cast.alice)
    assert get(f"/agenda/{again}.ics", sqlite_copy).status_code == 404
    refusal(sqlite_copy, withdraw_key, cast.alice)


@pytest.mark.parametrize(
    "address",
    [
        "/agenda/x.ics",
        "/agenda/%00.ics",
        "/agenda/' OR 1=1.ics",
        f"/agenda/{'a' * 4000}.ics",
        "/agenda/é.ics",
    ],
)
def test_an_unknown_address_says_nothing(demo, get, address):
    answer = get(address, demo)
    assert answer.status_code == 404 and "VCALENDAR" not in answer.text


@pytest.mark.parametrize("how", ["disabled", "left", "erased"])
def test_who_is_gone_has_no_calendar(sqlite_copy, cast, get, how):
    secret = keyed(sqlite_copy, cast.alice)
    with writing(sqlite_copy) as session:
        if how == "disabled":
            session.exec(
                select(Account).where(Account.person_id == cast.alice.person_id)
            ).one().disabled = True
        elif how == "left":
            session.add(
                Assignment(
                    person_id=cast.alice.person_id, service_id=None, on=FROZEN, recorded_on=FROZEN
                )
            )
        else:
            erase_person(session, cast.farid, cast.alice.person_id)
    assert get(f"/agenda/{secret}.ics", sqlite_copy).status_code == 404


def test_a_steering_meeting_is_a_day_in_the_calendar_of_who_no_longer_steers(sqlite_copy, cast):
    """Didier planned a CODIR; in the feed of a person without his right it is its kind and its
    day.
    """
    ident = write_with(
        sqlite_copy,
        plan_meeting,
        cast.didier,
        Meeting(kind=MeetingKind.codir, title="Un point délicat", starts="9h", ends="10h"),
        FROZEN + timedelta(3),
    ).id
    with reading(sqlite_copy) as session:
        before, after = (
            feed_of(session, cast.didier),
            feed_of(session, Reader(cast.didier.person_id, roles=cast.alice.roles)),
        )
        assert "délicat" in before[f"reunion-{ident}"].summary
        assert (
            after[f"reunion-{ident}"].summary == MeetingKind.codir.label
            and after[f"reunion-{ident}"].starts == ""
        )


# ── The poster of a site ──────────────────────────────────────────────────────────────────────────
# Made, printed, renewed and revoked by the programme's office; whoever reads it finds what is
# published and what comes, and nobody's name.

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
def served(serve_here):
    return serve_here(CP_TICK_MINUTES="0", CP_HOURLY_FACTOR="0.025", CP_SECRET_KEY=KEY)


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
