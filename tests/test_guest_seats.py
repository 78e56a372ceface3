"""Seats without an account: one line for everybody, a code to follow it, an address that is told and
forgotten, presences that count without a name.
"""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from html import unescape

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlmodel import Session, select
from streamlit.testing.v1 import AppTest
from support import pages
from support.agenda import OFFICE, SOON, TODAY, K, a_meeting, agent, registers
from support.days import on_day
from support.post import plain, subject
from support.rounds import done
from support.seats import leave
from support.trainings import a_training
from support.transactions import (
    errors_of,
    read_with,
    refusal,
    refuses,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions.academy.trainings import record_attendance, save_training
from dashboard.actions.meetings.presences import add_present, record_presences
from dashboard.actions.meetings.records import cancel_meeting, change_meeting, plan_meeting
from dashboard.actions.operations.tick import tick
from dashboard.actions.seats.taking import (
    cancel,
    forget_guests,
    give_up_with_code,
    place_with_code,
    take_seat,
)
from dashboard.queries.academy.attendance import sheet_of
from dashboard.queries.meetings import agenda
from dashboard.queries.meetings.records import Seated, calendar, seated
from dashboard.queries.notices.records import mail_state
from dashboard.queries.seats.events import Where
from dashboard.queries.seats.records import active_seat, open_event
from dashboard.report.posters import date_poster
from dashboard.scope import Scope
from models.academy import Training, TrainingSession
from models.database import reading, writing
from models.directions import Tree
from models.meetings import Attendance, Meeting
from models.notices import Notice
from models.seats import Seat, SeatEvent, SeatState
from models.texts import Invalid, Refused

S = SeatState
ADDRESS = "rosa@exemple.invalid"


def comes(engine: Engine, meeting: int | None = None, token: str = "", **given: str) -> str:
    """Somebody without an account takes a seat; her code."""
    where = Where(meeting) if meeting else Where(session_id=1)
    with writing(engine) as session:
        token = token or f"jeton-{session.exec(select(Seat.id)).all()}"
        return take_seat(session, NOBODY, where, Seat(**given), token)


def leaves(engine: Engine, code: str) -> None:
    write_with(engine, give_up_with_code, code)


def stands(engine: Engine, code: str) -> tuple[SeatState, int | None]:
    place = read_with(engine, place_with_code, code)
    return SeatState(place.seat.status), place.rank


def line(engine: Engine, meeting: int) -> list[tuple[str, str]]:
    """Who stands where, in the order of arrival."""
    rows = select_all(engine, select(Seat).order_by(Seat.id))
    return [
        ("guest" if row.is_guest else f"person {row.person_id}", row.status)
        for row in rows
        if row.meeting_id == meeting
    ]


def mails(engine: Engine) -> list[str]:
    with reading(engine) as session:
        to_guests = select(Notice.title).where(Notice.seat_id.is_not(None))
        return list(session.exec(to_guests.order_by(Notice.id)).all())


def forgotten(engine: Engine, day: date) -> int:
    with writing(engine) as session:
        return done(session, forget_guests(session, day))


def guests_of(session: Session, reader: Reader, meeting: int) -> list[Seated]:
    scope = Scope.for_reader(reader, {}, TODAY, lambda _day: Tree(()), [])
    return [one for one in seated(session, scope, meeting, TODAY) if one.seat_id]


def counted(session: Session, meeting: int) -> tuple[int, int]:
    found = next(m for m in calendar(session).at(date.max) if m.id == meeting)
    return found.invited, found.present


# ── One line for everybody ────────────────────────────────────────────────────────────────────────


def test_guests_and_colleagues_share_the_seats_and_the_line(database):
    meeting = a_meeting(database)
    rosa = comes(database, meeting, name="Rosa", service="Voirie")
    registers(database, 2, meeting)
    assert registers(database, 3, meeting) == S.waiting, "the guest's seat is a seat"
    last = comes(database, meeting)
    assert registers(database, 4, meeting) == S.waiting
    assert stands(database, rosa) == (S.booked, None)
    assert stands(database, last) == (S.waiting, 2), "the second in line, behind a colleague"
    leaves(database, rosa)
    assert stands(database, last) == (S.waiting, 1)
    write_with(database, leave, agent(2), meeting)
    assert stands(database, last) == (S.booked, None)
    assert line(database, meeting) == [
        ("guest", S.cancelled),
        ("person 2", S.cancelled),
        ("person 3", S.booked),
        ("guest", S.booked),
        ("person 4", S.waiting),
    ]
    card = read_with(database, agenda.card, agent(4), meeting)
    assert (card.event.free, card.event.taken, card.event.waiting, card.rank) == (0, 2, 1, 1)


@pytest.mark.locks
def test_a_form_that_is_sent_ten_times_takes_one_seat_and_shows_one_code(database):
    meeting = a_meeting(database)
    with ThreadPoolExecutor(8) as clicks:
        codes = set(clicks.map(lambda _: comes(database, meeting, "un-jeton"), range(10)))
    assert len(codes) == 1 and line(database, meeting) == [("guest", S.booked)]


def test_a_code_is_known_however_it_is_typed_and_the_database_does_not_hold_it(database):
    meeting = a_meeting(database)
    code = comes(database, meeting, "un-jeton")
    assert stands(database, f" {code.lower().replace('-', ' ')} ")[0] == S.booked
    kept = select_one(database, select(Seat)).model_dump()
    assert code not in str(kept) and code.replace("-", "") not in str(kept)
    assert "un-jeton" not in str(kept)
    for wrong in ("", "AAAA-BBBB-CCCC-DDDD", "é"):
        with reading(database) as session, pytest.raises(Refused, match="aucune inscription"):
            place_with_code(session, wrong)


# ── What is refused ───────────────────────────────────────────────────────────────────────────────


def test_a_stranger_has_no_seat_at_what_is_not_open_to_all(sqlite_database):
    closed = a_meeting(sqlite_database, kind=K.managers)
    plain_date = a_meeting(sqlite_database, enrols=False, capacity=None)
    for meeting, sentence in (
        (closed, "n'est pas ouverte à tous"),
        (plain_date, "il suffit d'y venir"),
        (999, "n'existe pas"),
        (2**40, "n'existe pas"),
    ):
        refuses(comes, sqlite_database, meeting, match=sentence)
    with reading(sqlite_database) as session:
        assert open_event(session, Where(closed), TODAY) is None, "nor its name"
        assert session.exec(select(Seat)).all() == []


def test_a_training_is_open_to_all_where_its_sheet_says_so(sqlite_database):
    a_training(sqlite_database)
    refuses(comes, sqlite_database, match="n'est pas ouverte à tous")
    given = {"title": "Accueillir", "hours": 3, "capacity": 2, "open_to_all": True}
    write_with(sqlite_database, save_training, OFFICE, given, 1)
    assert stands(sqlite_database, comes(sqlite_database))[0] == S.booked
    asked = {**given, "needs_approval": True}
    assert (
        "accord"
        in errors_of(write_with, sqlite_database, save_training, OFFICE, asked, 1)["open_to_all"]
    )


def test_a_seat_of_a_date_that_is_past_is_given_up_no_more(sqlite_database):
    code = comes(sqlite_database, a_meeting(sqlite_database))
    on_day(sqlite_database, SOON + timedelta(days=1))
    refuses(leaves, sqlite_database, code, match="plus rien à annuler")


@pytest.mark.parametrize(
    "given,field",
    [
        ({"name": "R" * 61}, "name"),
        ({"service": "V" * 121}, "service"),
        ({"email": "rosa"}, "email"),
        ({"email": "rosa@exemple.invalid, autre@exemple.invalid"}, "email"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_beside_its_field(sqlite_database, given, field):
    meeting = a_meeting(sqlite_database)
    with pytest.raises(Invalid) as wrong:
        comes(sqlite_database, meeting, **given)
    assert list(wrong.value.errors) == [field]
    assert line(sqlite_database, meeting) == []


# ── Being told ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_an_address_is_told_what_becomes_of_the_seat_and_nothing_else(database, post):
    meeting = a_meeting(database, capacity=1)
    first = comes(database, meeting, name="Rosa https://pub.example", email=ADDRESS)
    comes(database, meeting, email="paul@exemple.invalid")
    tick(database)
    assert post.addresses == [ADDRESS, "paul@exemple.invalid"]
    mail = post.received[0][1]
    words = plain(mail)
    assert subject(mail) == "Votre place est réservée"
    assert words.startswith("Bonjour, ") and "pub.example" not in words
    assert f"/suivre#{first}" in words and "/mon-espace" not in words
    assert "sans compte" in words and "20 juin 2023" in words
    assert "liste d'attente" in subject(post.received[1][1]).replace("’", "'")
    tick(database)
    assert len(post.received) == 2, "each once"
    assert {(n.title, n.text) for n in select_all(database, select(Notice))} == {("", "")}
    leaves(database, first)
    tick(database)
    assert [address for address, _ in post.received[2:]] == ["paul@exemple.invalid"]
    moved = Meeting(kind=K.information, capacity=1, enrols=True)
    write_with(database, change_meeting, OFFICE, meeting, moved, SOON + timedelta(days=1))
    write_with(database, cancel_meeting, OFFICE, meeting, "Salle inondée")
    tick(database)
    last = post.received[3:]
    assert {address for address, _ in last} == {"paul@exemple.invalid"}
    told = " ".join(plain(mail) for _, mail in last)
    assert "Salle inondée" in told and "21 juin 2023" in told


@pytest.mark.slow
def test_a_mail_that_is_refused_is_tried_again_and_given_up_in_the_end(sqlite_database, post):
    post.refusing[ADDRESS] = "550 unknown"
    meeting = a_meeting(sqlite_database, day=SOON + timedelta(days=60))
    comes(sqlite_database, meeting, email=ADDRESS)
    for days in range(0, 40, 4):
        tick(sqlite_database, TODAY + timedelta(days=days))
    with reading(sqlite_database) as session:
        notice = session.exec(select(Notice)).one()
        assert (notice.state, notice.text) == ("abandonne", "")
        waiting, _, given_up, errors = mail_state(session, OPERATOR)
        assert (waiting, given_up) == (0, 1) and errors


# ── Who came ──────────────────────────────────────────────────────────────────────────────────────


def test_a_guest_who_came_counts_without_a_name(database):
    """Beside a colleague who is known by name and others who are not: each once."""
    meeting = a_meeting(database, day=TODAY, capacity=9)
    registers(database, 2, meeting)
    for name in ("Rosa", "", "Paul"):
        comes(database, meeting, name=name, service="Voirie" if name == "Rosa" else "")
    with reading(database) as session:
        there = guests_of(session, OFFICE, meeting)
        assert [one.name for one in there] == [
            "Rosa, Voirie (sans compte)",
            "Sans nom (sans compte)",
            "Paul (sans compte)",
        ]
        assert guests_of(session, agent(2), meeting) == []
    rosa, unnamed, paul = (one.seat_id for one in there)
    marks = {rosa: SeatState.attended, unnamed: SeatState.attended, paul: SeatState.no_show}

    def record(others: int) -> None:
        write_with(
            database,
            record_presences,
            OFFICE,
            meeting,
            TODAY,
            {2: SeatState.attended},
            others,
            marks,
        )

    record(others=4)
    with reading(database) as session:
        assert counted(session, meeting) == (8, 7)
        card = agenda.card(session, OFFICE, meeting)
        assert (card.invited, card.present, card.others) == (8, 7, 4)
        persons = session.exec(select(Attendance).where(Attendance.person_id.is_not(None))).all()
        assert [fact.person_id for fact in persons] == [2]
    record(others=4)
    assert read_with(database, counted, meeting) == (8, 7), "a second time corrects the first"
    write_with(database, add_present, OFFICE, meeting, 3)
    assert read_with(database, counted, meeting) == (8, 7), "she was one of the four"
    record(others=0)
    write_with(database, add_present, OFFICE, meeting, 4)
    found = read_with(database, counted, meeting)
    assert found == (6, 5), "two guests, and three by name: none of them is a guest"


def test_a_seat_of_somebody_else_is_no_guests(sqlite_database):
    meeting, other = a_meeting(sqlite_database, day=TODAY), a_meeting(sqlite_database, day=TODAY)
    registers(sqlite_database, 2, meeting)
    comes(sqlite_database, other)
    ids = select_all(sqlite_database, select(Seat.id).order_by(Seat.id))
    for seat in ids:
        refusal(
            sqlite_database,
            record_presences,
            OFFICE,
            meeting,
            TODAY,
            {},
            0,
            {seat: SeatState.attended},
            match="vient de changer",
        )
    refusal(
        sqlite_database,
        record_presences,
        OFFICE,
        other,
        TODAY,
        {},
        0,
        {ids[1]: SeatState.excused},
        match="vient de changer",
    )


def test_who_organises_frees_the_seat_of_a_guest_who_will_not_come(sqlite_database):
    meeting = a_meeting(sqlite_database, capacity=1)
    code = comes(sqlite_database, meeting, email=ADDRESS)
    registers(sqlite_database, 2, meeting)
    with reading(sqlite_database) as session:
        [guest] = guests_of(session, OFFICE, meeting)
        mine = active_seat(session, 2, Where(meeting)).id
    refusal(sqlite_database, cancel, OFFICE, mine, match="autre personne")
    refusal(sqlite_database, cancel, agent(2), guest.seat_id, match="pas le droit")
    write_with(sqlite_database, cancel, OFFICE, guest.seat_id)
    assert stands(sqlite_database, code) == (S.cancelled, None)
    assert line(sqlite_database, meeting)[1] == ("person 2", S.booked)
    assert mails(sqlite_database)[-1] == "Votre inscription est annulée"


# ── The academy ───────────────────────────────────────────────────────────────────────────────────


def test_a_guest_who_followed_a_session_counts_as_present_without_a_person(sqlite_database):
    a_training(sqlite_database, capacity=3, open_to_all=True)
    comes(sqlite_database, name="Rosa")
    on_day(sqlite_database, SOON)
    [row] = read_with(sqlite_database, sheet_of, 1).lines
    assert row.name == "Rosa (sans compte)"
    with writing(sqlite_database) as session:
        marks = {row.seat_id: SeatState.attended}
        assert record_attendance(session, OFFICE, 1, marks) == 1
    with reading(sqlite_database) as session:
        last = session.exec(select(SeatEvent).order_by(SeatEvent.id.desc())).first()
        assert (last.status, last.person_id, last.hours) == ("presente", None, 3)


# ── Forgetting ────────────────────────────────────────────────────────────────────────────────────


def test_what_a_guest_left_goes_some_days_after_the_date_and_her_presence_stays(database):
    meeting = a_meeting(database, day=TODAY)
    code = comes(database, meeting, name="Rosa", service="Voirie", email=ADDRESS)
    later = a_meeting(database)
    comes(database, later, name="Paul")
    [guest] = read_with(database, guests_of, OFFICE, meeting)
    with writing(database) as session:
        marks = {guest.seat_id: SeatState.attended}
        record_presences(session, OFFICE, meeting, TODAY, {}, 0, marks)
    assert forgotten(database, TODAY + timedelta(days=14)) == 0
    assert forgotten(database, TODAY + timedelta(days=15)) == 1
    with reading(database) as session:
        rosa, paul = session.exec(select(Seat).order_by(Seat.id)).all()
        assert (rosa.name, rosa.service, rosa.email, rosa.code, rosa.seed) == (
            "",
            "",
            "",
            None,
            None,
        )
        assert paul.name == "Paul" and paul.code
        assert counted(session, meeting) == (1, 1)
        [still] = guests_of(session, OFFICE, meeting)
        assert (still.name, still.mark) == ("Sans nom (sans compte)", SeatState.attended)
    assert mails(database) == []
    with reading(database) as session, pytest.raises(Refused, match="tout est effacé"):
        place_with_code(session, code)
    assert forgotten(database, TODAY + timedelta(days=16)) == 0


# ── On a wall ─────────────────────────────────────────────────────────────────────────────────────


def test_the_poster_of_a_date_says_what_when_where_and_how(sqlite_demo, cast, scope_for):
    with reading(sqlite_demo) as session:
        meeting = session.exec(select(Meeting).where(Meeting.title.startswith("Évaluer"))).one()
        scope = scope_for(session, cast.didier)
        made = date_poster(session, scope, Where(meeting.id), "https://exemple.invalid")
        steering = session.exec(select(Meeting.id).where(Meeting.kind == K.codir)).first()
        refuses(
            date_poster,
            session,
            scope,
            Where(steering),
            "https://exemple.invalid",
            match="On ne s'inscrit pas",
        )
    [page] = PdfReader(io.BytesIO(made)).pages
    words = " ".join(page.extract_text().split())
    for said in ("Évaluer la feuille", "Mardi 3 octobre 2023, de 13:30 à 16:00", "Salle centrale"):
        assert said in words
    # Long words may be broken where a line ends.
    signs = re.sub(r"[^!-~]", "", words)
    assert f"exemple.invalid/agenda?reunion={meeting.id}" in signs


# ── On the screens of who organises ───────────────────────────────────────────────────────────────


def shown(page: AppTest) -> str:
    """All that a page says."""
    assert not page.exception
    return unescape(" ".join([*pages.html_of(page), *pages.markdown_of(page)]))


def test_who_organises_notes_on_her_list_which_guests_came(demonstration, open_page, cast):
    given = Meeting(kind=K.information, title="Midi au dépôt", capacity=5, enrols=True)
    meeting = write_with(demonstration, plan_meeting, cast.didier, given, FROZEN).id
    comes(demonstration, meeting, name="Rosa")
    comes(demonstration, meeting)
    page = open_page("didier", "agenda", f"reunion={meeting}")
    asked = {group.label.replace("\\", ""): group for group in page.button_group}
    marks = {name: group for name, group in asked.items() if "sans compte" in name}
    assert list(marks) == ["Rosa (sans compte)", "Sans nom (sans compte)"]
    assert marks["Rosa (sans compte)"].options == ["Présent(e)", "Absent(e)"]
    marks["Rosa (sans compte)"].set_value(SeatState.attended)
    next(b for b in page.button if b.label == "Enregistrer les présences").click().run()
    assert read_with(demonstration, counted, meeting) == (1, 1)
    assert "Il en reste 1 à noter" in shown(page)


def test_a_session_code_leads_who_has_an_account_to_her_own_registration(demonstration, open_page):
    with reading(demonstration) as session:
        held = session.exec(
            select(TrainingSession.id)
            .join(Training, Training.id == TrainingSession.training_id)
            .where(Training.open_to_all)
        ).first()
    page = open_page("alice", "agenda", f"session={held}")
    assert "formation=F0" in shown(page)
    nowhere = open_page("alice", "agenda", "session=99999999999")
    assert "Session introuvable" in shown(nowhere)
