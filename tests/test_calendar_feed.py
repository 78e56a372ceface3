"""Calendars to subscribe to: read back as RFC 5545 asks, whose dates they hold, whom they never
name, whose address opens them.
"""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import httpx
import pytest
from icalendar import Calendar, vDDDTypes
from sqlalchemy import Engine
from sqlmodel import Session, select
from starlette.applications import Starlette
from support.agenda import OFFICE, SOON, TODAY, a_meeting, agent, registers
from support.seats import join, leave
from support.transactions import read_with, refusal, write_with
from support.troupe import FROZEN

from dashboard.access import Reader
from dashboard.actions.meetings.agendas import make_key, withdraw_key
from dashboard.actions.meetings.records import cancel_meeting, change_meeting, plan_meeting
from dashboard.actions.people.logins import hash_of
from dashboard.actions.people.privacy import erase_person
from dashboard.actions.seats.taking import register
from dashboard.files.calendars import Event, as_bytes
from dashboard.queries.meetings import agenda as query
from dashboard.queries.seats.records import Where
from dashboard.web import calendars, files
from models import database as house
from models.academy import Training, TrainingSession
from models.database import reading, writing
from models.groups import GroupMember, ProgressGroup
from models.meetings import Meeting, MeetingKind
from models.people import Account, Assignment, Person
from models.settings import settings
from models.sign_on import CalendarKey

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
