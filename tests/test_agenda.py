"""The agenda; seats without an account."""

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
from support.agenda import OFFICE, SOON, TODAY, K, S, a_meeting, agent, join, leave, registers
from support.days import on_day
from support.pages import enter, html_of, unfold, visit
from support.post import plain, subject
from support.rounds import done
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
from dashboard.actions.meetings.presences import (
    add_present,
    confirm_presence,
    presence_token,
    record_counts,
    record_presences,
    take_off,
)
from dashboard.actions.meetings.records import (
    MINUTES_MAX,
    cancel_meeting,
    change_meeting,
    plan_meeting,
    write_minutes,
)
from dashboard.actions.operations.tick import tick
from dashboard.actions.seats.taking import (
    cancel,
    forget_guests,
    give_up_with_code,
    place_with_code,
    register,
    remind_of_meetings,
    take_seat,
)
from dashboard.queries.academy.attendance import sheet_of
from dashboard.queries.communities import active
from dashboard.queries.meetings import agenda, events, records as seats
from dashboard.queries.meetings.records import Seated, calendar, seated
from dashboard.queries.notices.records import mail_state
from dashboard.queries.seats.records import Where, active_seat, count, open_event
from dashboard.report.posters import date_poster
from dashboard.scope import Scope
from models.academy import Training, TrainingSession
from models.database import reading, writing
from models.directions import Tree
from models.meetings import Attendance, Family, Meeting
from models.notices import Notice
from models.seats import Seat, SeatEvent, SeatState
from models.texts import Invalid, Refused

# ── The agenda ────────────────────────────────────────────────────────────────────────────────────
# Who may know what of a meeting, seats and their waiting line, presences without counting anybody
# twice, minutes.


def states(engine: Engine, meeting: int) -> dict[int, str]:
    rows = select_all(engine, select(Seat).where(Seat.meeting_id == meeting).order_by(Seat.id))
    found: dict[int, str] = {}
    for row in rows:
        # Who comes back has one more seat, behind the others.
        found.pop(row.person_id, None)
        found[row.person_id] = row.status
    return found


def told(engine: Engine, person: int) -> list[str]:
    return list(
        select_all(
            engine, select(Notice.title).where(Notice.person_id == person).order_by(Notice.id)
        )
    )


def totals(session: Session, meeting: int) -> tuple[int, int]:
    found = next(m for m in calendar(session).at(date.max) if m.id == meeting)
    return found.invited, found.present


def marks(session: Session, meeting: int) -> dict[int, S]:
    found = seats.presences(session, meeting)
    return {person: seats.mark_of(fact) for person, fact in found.items()}


# --- seats ----------------------------------------------------------------------------------------


def test_who_gives_up_lets_the_first_in_line_move_up_and_comes_back_last(database):
    meeting = a_meeting(database)
    assert [registers(database, n, meeting) for n in (2, 3, 4, 5)] == [
        S.booked,
        S.booked,
        S.waiting,
        S.waiting,
    ]
    write_with(database, leave, agent(2), meeting)
    assert states(database, meeting) == {
        2: S.cancelled,
        3: S.booked,
        4: S.booked,
        5: S.waiting,
    }
    assert (
        told(database, 4) == ["Une place s'est libérée : elle est pour vous"]
        and told(database, 5) == []
    )
    assert registers(database, 2, meeting) == S.waiting
    assert list(states(database, meeting)) == [3, 4, 5, 2], "she stands at the end of the line"
    write_with(database, leave, agent(5), meeting)
    assert told(database, 2) == [], "giving up a place in the line frees no seat"


def test_what_a_meeting_refuses(sqlite_database):
    """What is refused at every date is tried with sessions."""
    meeting = a_meeting(sqlite_database)
    closed = a_meeting(sqlite_database, enrols=False, day=SOON + timedelta(7))
    registers(sqlite_database, 2, meeting)
    for whom, which, said in (
        (agent(2), meeting, "déjà"),
        (agent(2), closed, "ne s'inscrit pas"),
        (agent(2), 2**70, "n'existe pas"),
        (NOBODY, meeting, "Connectez-vous"),
    ):
        refusal(sqlite_database, join, whom, which, match=said)
    refusal(sqlite_database, leave, agent(3), meeting, match="n'existe pas")
    on_day(sqlite_database, SOON + timedelta(1))
    refusal(sqlite_database, leave, agent(2), meeting, match="est passée")


@pytest.mark.parametrize(
    "starts,ends,clashes", [("11:00", "13:00", True), ("12:00", "13:00", False), ("", "", False)]
)
def test_nobody_is_expected_in_two_places_at_once(sqlite_database, starts, ends, clashes):
    """Same hours: refused. One of the two without hours: nobody knows, so that it is hers to
    judge.
    """
    meeting = a_meeting(sqlite_database)
    other = a_meeting(sqlite_database, title="Le tableur", starts=starts, ends=ends)
    registers(sqlite_database, 2, meeting)
    if clashes:
        refuses(registers, sqlite_database, 2, other, match="La rentrée")
    else:
        assert registers(sqlite_database, 2, other) == S.booked


def test_a_session_of_the_academy_clashes_too_and_two_whole_days_do(sqlite_database):
    meeting, whole_day = (
        a_meeting(sqlite_database),
        a_meeting(sqlite_database, starts="", ends="", title="La journée"),
    )
    with writing(sqlite_database) as session:
        session.add(
            Training(id=1, code="F01", title="Accueillir", hours=3, capacity=9, audience="TB")
        )
        session.flush()
        session.add_all(
            [
                TrainingSession(
                    id=1, training_id=1, on=SOON, capacity=9, starts="09:30", ends="11:00"
                ),
                TrainingSession(id=2, training_id=1, on=SOON, capacity=9),
            ]
        )
        session.flush()
        register(session, agent(2), Where(session_id=1))
        register(session, agent(3), Where(session_id=2))
    for person, which in ((2, meeting), (3, whole_day)):
        refuses(registers, sqlite_database, person, which, match="Accueillir")
    registers(sqlite_database, 4, meeting)
    refusal(sqlite_database, register, agent(4), Where(session_id=1), match="La rentrée")
    assert (
        registers(sqlite_database, 3, meeting)
        == registers(sqlite_database, 2, whole_day)
        == S.booked
    )


# --- planning, moving, cancelling -----------------------------------------------------------------


@pytest.mark.parametrize(
    "field,more",
    [
        ("capacity", {"capacity": -1}),
        ("capacity", {"capacity": 0}),
        ("capacity", {"capacity": 10**6}),
        ("starts", {"starts": "14:00", "ends": "09:00"}),
        ("starts", {"starts": "midi"}),
        ("starts", {"ends": ""}),
        ("day", {"day": None}),
        ("site_id", {"site_id": 9}),
        ("group_id", {"group_id": 9}),
        ("enrols", {"kind": K.peer_coaching}),
        ("title", {"title": "x" * 256}),
    ],
)
def test_a_meeting_that_cannot_be_is_told_beside_its_field(sqlite_database, field, more):
    a_meeting(sqlite_database)
    with pytest.raises(Invalid) as refused:
        a_meeting(sqlite_database, **more)
    assert field in refused.value.errors


def test_moving_a_meeting_tells_its_list_and_more_seats_go_to_those_who_wait(database):
    meeting = a_meeting(database)
    for n in (2, 3, 4):
        registers(database, n, meeting)
    given = {
        "kind": K.information,
        "title": "La rentrée",
        "place": "Salle 3",
        "starts": "9h",
        "ends": "12:00",
        "enrols": True,
    }
    refused = refusal(
        database,
        change_meeting,
        OFFICE,
        meeting,
        Meeting(capacity=1, **given),
        SOON,
        error=Invalid,
    )
    assert list(refused.errors) == ["capacity"]
    refusal(database, change_meeting, agent(2), meeting, Meeting(capacity=9, **given), SOON)
    write_with(
        database,
        change_meeting,
        OFFICE,
        meeting,
        Meeting(capacity=3, **given),
        SOON + timedelta(2),
    )
    assert set(states(database, meeting).values()) == {S.booked}
    for n in (2, 4):
        assert "change" in told(database, n)[0]
    assert read_with(database, events.last_event, meeting).day == SOON + timedelta(2)
    write_with(database, cancel_meeting, OFFICE, meeting, "La salle est prise.")
    assert told(database, 3)[-1].endswith("est annulée")
    refusal(
        database,
        change_meeting,
        OFFICE,
        meeting,
        Meeting(capacity=3, **given),
        SOON,
        match="annulée",
    )


def test_the_day_before_each_person_with_a_seat_is_reminded_once(sqlite_database):
    meeting = a_meeting(sqlite_database)
    for n in (2, 3, 4):
        registers(sqlite_database, n, meeting)
    for day, new in ((SOON - timedelta(2), 0), (SOON - timedelta(1), 2), (SOON - timedelta(1), 0)):
        with writing(sqlite_database) as session:
            assert done(session, remind_of_meetings(session, day)) == new
    assert (
        told(sqlite_database, 2) == ["Votre réunion de demain"] and told(sqlite_database, 4) == []
    )


# --- who was there --------------------------------------------------------------------------------


def test_names_and_counts_add_up_and_nobody_counts_twice(database):
    meeting = a_meeting(database, day=TODAY)
    for n in (2, 3):
        registers(database, n, meeting)
    with writing(database) as session:
        record_counts(session, OFFICE, meeting, TODAY, 20, 18)
        confirm_presence(session, agent(2), meeting, presence_token(meeting, TODAY))
        assert totals(session, meeting) == (20, 18), "who reads the code was counted already"
    with writing(database) as session:
        assert (
            record_presences(
                session,
                OFFICE,
                meeting,
                TODAY,
                {2: S.attended, 3: S.excused},
                others=5,
            )
            == 1
        )
        assert totals(session, meeting) == (7, 6)
        assert marks(session, meeting) == {2: S.attended, 3: S.excused}
    with writing(database) as session:
        assert record_presences(session, OFFICE, meeting, TODAY, {3: S.attended}, others=0) == 1
        assert totals(session, meeting) == (2, 2), "a second list corrects the first"
        facts = session.exec(select(Attendance).where(Attendance.meeting_id == meeting)).all()
        assert sum(fact.voids is not None for fact in facts) >= 2, "nothing is rewritten"
        assert active(session, [2, 3, 4], TODAY - timedelta(days=89), TODAY) == {2, 3}


def test_who_came_without_having_registered_is_noted_once_and_takes_no_seat(sqlite_database):
    """Agents 2 and 3 hold both seats, 4 waits; 5 walks in. A name noted by mistake goes, and the
    count of the room stays.
    """
    meeting = a_meeting(sqlite_database, day=TODAY)
    for n in (2, 3, 4):
        registers(sqlite_database, n, meeting)
    with writing(sqlite_database) as session:
        assert add_present(session, OFFICE, meeting, 5) == "Agent 5"
        assert totals(session, meeting) == (1, 1) and marks(session, meeting) == {5: S.attended}
        assert count(session, Where(meeting)) == (2, 1)
        assert active(session, [2, 5], TODAY - timedelta(days=89), TODAY) == {5}
    refusal(sqlite_database, add_present, OFFICE, meeting, 5, match="déjà notée")
    with writing(sqlite_database) as session:
        record_presences(
            session,
            OFFICE,
            meeting,
            TODAY,
            {2: S.attended, 3: S.no_show, 5: S.attended},
            others=10,
        )
        assert totals(session, meeting) == (13, 12)
        add_present(session, OFFICE, meeting, 6)
        assert totals(session, meeting) == (13, 12), "she was among those counted without a name"
        take_off(session, OFFICE, meeting, 6)
        assert totals(session, meeting) == (13, 12) and 6 not in marks(session, meeting)
        assert active(session, [6], TODAY - timedelta(days=89), TODAY) == set()
        add_present(session, OFFICE, meeting, 4)
        assert (
            marks(session, meeting)[4] is S.attended
            and states(sqlite_database, meeting)[4] == S.waiting
        )
    refusal(sqlite_database, take_off, OFFICE, meeting, 2, match="inscrit")
    for nobody in (None, 999):
        for act in (add_present, take_off):
            refusal(sqlite_database, act, OFFICE, meeting, nobody, error=Invalid)


def test_a_name_taken_off_leaves_no_trace_in_the_figures(database):
    meeting = a_meeting(database, day=TODAY)
    with writing(database) as session:
        add_present(session, OFFICE, meeting, 5)
        take_off(session, OFFICE, meeting, 5)
        assert totals(session, meeting) == (0, 0)
        assert (
            len(session.exec(select(Attendance).where(Attendance.meeting_id == meeting)).all()) == 2
        ), "nothing is rewritten"
        add_present(session, OFFICE, meeting, 5)
        assert totals(session, meeting) == (1, 1)


def test_a_walk_in_is_noted_by_who_organises_from_the_day_on(sqlite_database):
    meeting, later = a_meeting(sqlite_database, day=TODAY), a_meeting(sqlite_database)
    gone = a_meeting(sqlite_database, day=TODAY)
    write_with(sqlite_database, cancel_meeting, OFFICE, gone, "La salle est prise.")
    for reader, which, sentence in (
        (agent(2), meeting, "droit"),
        (NOBODY, meeting, "Connectez-vous"),
        (OFFICE, later, "à partir de ce jour"),
        (OFFICE, gone, "annulée"),
        (OFFICE, 999, "n'existe pas"),
    ):
        refusal(sqlite_database, add_present, reader, which, 5, match=sentence)
    refusal(sqlite_database, take_off, agent(2), meeting, 5, match="droit")


def test_an_ambassador_notes_those_of_the_services_she_covers_and_reads_them_again(
    sqlite_copy, cast, scope_for
):
    with writing(sqlite_copy) as session:
        ident = plan_meeting(
            session, cast.bruno, Meeting(kind=K.field, title="Au dépôt"), FROZEN
        ).id
        scope = scope_for(session, cast.bruno)
        hers = seats.addable(session, scope, ())
        [*_, chosen] = hers
        add_present(session, cast.bruno, ident, chosen)
        found = seats.seated(session, scope, ident, FROZEN)
        assert (
            [one.person_id for one in found] == [chosen]
            and found[0].state is None
            and found[0].mark is S.attended
        )
        assert chosen not in seats.addable(session, scope, found)
        assert seats.seated(session, scope_for(session, cast.alice), ident, FROZEN) == []
        elsewhere = next(
            person
            for person in seats.addable(session, scope_for(session, cast.didier), ())
            if person not in hers | {cast.bruno.person_id: ""}
        )
    refusal(sqlite_copy, add_present, cast.bruno, ident, elsewhere, match="vos services")


def test_a_presence_needs_the_code_of_this_room_and_this_day(sqlite_database):
    meeting, other = a_meeting(sqlite_database, day=TODAY), a_meeting(sqlite_database, day=TODAY)
    code = presence_token(meeting, TODAY)
    for token, which in (
        (code, other),
        ("", meeting),
        ("é", meeting),
        (presence_token(meeting, SOON), meeting),
    ):
        refusal(sqlite_database, confirm_presence, agent(2), which, token, match="plus valable")
    refusal(sqlite_database, confirm_presence, NOBODY, meeting, code, match="Connectez-vous")
    write_with(sqlite_database, confirm_presence, agent(2), meeting, code)
    refusal(sqlite_database, confirm_presence, agent(2), meeting, code, match="déjà notée")
    on_day(sqlite_database, TODAY + timedelta(1))
    refusal(sqlite_database, confirm_presence, agent(3), meeting, code, match="plus valable")


def test_of_peer_coaching_nothing_is_written_about_persons(sqlite_database):
    meeting = a_meeting(sqlite_database, kind=K.peer_coaching, day=TODAY, enrols=False, title="")
    write_with(sqlite_database, record_counts, OFFICE, meeting, TODAY, 8, 7)
    for act in (
        lambda s: write_minutes(s, OFFICE, meeting, "Untel a dit"),
        lambda s: record_presences(s, OFFICE, meeting, TODAY, {2: S.attended}),
        lambda s: confirm_presence(s, agent(2), meeting, presence_token(meeting, TODAY)),
        lambda s: join(s, agent(2), meeting),
        lambda s: add_present(s, OFFICE, meeting, 2),
    ):
        refusal(sqlite_database, act)
    with reading(sqlite_database) as session:
        assert session.exec(select(Attendance.person_id)).all() == [None] and totals(
            session, meeting
        ) == (8, 7)


def test_a_list_holds_who_registered_and_nobody_else(sqlite_database):
    meeting = a_meeting(sqlite_database, day=TODAY)
    registers(sqlite_database, 2, meeting)
    for said, others, error in (
        ({5: S.attended}, 0, Refused),
        ({2: S.attended}, -1, Invalid),
        ({2: S.attended}, 10**9, Invalid),
    ):
        refusal(
            sqlite_database, record_presences, OFFICE, meeting, TODAY, said, others, error=error
        )
    refusal(
        sqlite_database, record_presences, agent(2), meeting, TODAY, {2: S.attended}, match="droit"
    )
    refusal(
        sqlite_database, record_presences, OFFICE, meeting, SOON, {2: S.attended}, error=Invalid
    )


# --- minutes, and who may read what ---------------------------------------------------------------


def test_minutes_are_dated_and_follow_the_meeting(sqlite_database):
    meeting = a_meeting(sqlite_database, day=TODAY)
    refusal(
        sqlite_database,
        write_minutes,
        OFFICE,
        meeting,
        "Décidé.",
        match="une fois la réunion tenue",
    )
    write_with(sqlite_database, record_counts, OFFICE, meeting, TODAY, 9, 8)
    for text, error in (("  ", Invalid), ("x" * (MINUTES_MAX + 1), Invalid)):
        refusal(sqlite_database, write_minutes, OFFICE, meeting, text, error=error)
    refusal(sqlite_database, write_minutes, agent(2), meeting, "Décidé.")
    on_day(sqlite_database, SOON)
    write_with(sqlite_database, write_minutes, OFFICE, meeting, "**Décidé** :smile:")
    card = read_with(sqlite_database, agenda.card, agent(2), meeting)
    assert (card.minutes, card.written_on) == ("**Décidé** :smile:", SOON)


def test_of_a_steering_body_others_know_the_day_and_nothing_else(sqlite_copy, cast, scope_for):
    with writing(sqlite_copy) as session:
        ident = plan_meeting(
            session,
            cast.didier,
            Meeting(
                kind=K.codir,
                title="Un point délicat",
                place="Salle du CODIR",
                starts="09:00",
                ends="11:00",
            ),
            FROZEN,
        ).id
        record_counts(session, cast.didier, ident, FROZEN, 8, 7)
        write_minutes(session, cast.didier, ident, "Ce qui est dit au CODIR")
        known = calendar(session).at(FROZEN)
        for who in ("alice", "bruno", "carine", "elise", "didier", "farid"):
            reader = getattr(cast, who)
            card = agenda.card(session, reader, ident)
            row = next(
                one
                for one in agenda.agenda(session, scope_for(session, reader), known, FROZEN, FROZEN)
                if one.where.meeting_id == ident
            )
            if who in ("alice", "bruno", "carine"):
                assert (card.label, card.minutes, card.present, card.restricted) == (
                    K.codir.label,
                    "",
                    None,
                    True,
                )
                assert (row.title, row.place, row.starts) == (K.codir.label, "", "")
            else:
                assert (card.minutes, card.present, row.title) == (
                    "Ce qui est dit au CODIR",
                    7,
                    "Un point délicat",
                )
            assert card.day == row.day == FROZEN


def test_my_dates_are_those_where_i_am_expected(sqlite_copy, cast, scope_for):
    with reading(sqlite_copy) as session:
        known = calendar(session).at(FROZEN)
        coming = agenda.agenda(
            session, scope_for(session, cast.alice), known, FROZEN, date(2024, 1, 1)
        )
        assert not any(one.mine for one in coming) and {one.family for one in coming} == set(Family)
        assert [one.day for one in coming] == sorted(one.day for one in coming)
        wanted = next(
            one for one in coming if one.title == "La rentrée de la feuille de route" and one.free
        )
    write_with(sqlite_copy, join, cast.alice, wanted.where.meeting_id)
    with reading(sqlite_copy) as session:
        here = {
            one.where.meeting_id: one
            for one in agenda.agenda(
                session, scope_for(session, cast.alice), known, FROZEN, date(2024, 1, 1)
            )
        }
        assert (
            here[wanted.where.meeting_id].mine
            and here[wanted.where.meeting_id].free == wanted.free - 1
        )
        own = agenda.agenda(
            session,
            scope_for(session, cast.alice, direction="VC-JSP"),
            known,
            date(2021, 1, 1),
            date(2024, 1, 1),
        )
        units = {
            session.get(Meeting, one.where.meeting_id).direction_id
            for one in own
            if one.where.meeting_id
        } - {None}
        assert units and units <= scope_for(session, cast.alice, direction="VC-JSP").counted


# ── What is said where it is made ─────────────────────────────────────────────────────────────────


def who_reads(tab: AppTest) -> str:
    """The word with which a form says who will read of what it makes."""
    shown = " ".join(" ".join(html_of(tab)).split())
    [said] = {word for word in ("Public :", "Interne :") if word in shown}
    return said


@pytest.mark.slow
def test_each_form_says_who_will_read_of_the_date_and_asks_its_hours(demonstration):
    tab = enter(demonstration, "didier")
    planned = unfold(visit(tab, "agenda"), "Prévoir une réunion")
    assert who_reads(planned) == "Public :"
    planned.selectbox(key="w_meeting_0_kind").set_value(K.managers).run()
    assert who_reads(planned) == "Interne :"
    assert {"De", "À"} <= {field.label for field in planned.text_input}
    workshop = visit(enter(demonstration, "bruno"), "atelier")
    assert who_reads(workshop) == "Public :"
    assert {"De", "À"} <= {field.label for field in workshop.text_input}


def test_a_workshop_shows_its_hours(demonstration):
    tab = visit(enter(demonstration, "bruno"), "atelier")
    tab.text_input(key="w_workshop_0_starts").set_value("9h")
    tab.text_input(key="w_workshop_0_ends").set_value("10:30")
    tab.button(key="w_workshop_0_send").click().run()
    assert "09:00" in " ".join(html_of(tab)) and "10:30" in " ".join(html_of(tab))


# ── Seats without an account ──────────────────────────────────────────────────────────────────────
# One line for everybody, a code to follow it, an address that is told and forgotten, presences
# that count without a name.

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
        assert totals(session, meeting) == (8, 7)
        card = agenda.card(session, OFFICE, meeting)
        assert (card.invited, card.present, card.others) == (8, 7, 4)
        persons = session.exec(select(Attendance).where(Attendance.person_id.is_not(None))).all()
        assert [fact.person_id for fact in persons] == [2]
    record(others=4)
    assert read_with(database, totals, meeting) == (8, 7), "a second time corrects the first"
    write_with(database, add_present, OFFICE, meeting, 3)
    assert read_with(database, totals, meeting) == (8, 7), "she was one of the four"
    record(others=0)
    write_with(database, add_present, OFFICE, meeting, 4)
    found = read_with(database, totals, meeting)
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
        assert totals(session, meeting) == (1, 1)
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
    assert read_with(demonstration, totals, meeting) == (1, 1)
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
