"""The agenda: who may know what of a meeting, seats and their waiting line, presences without
counting anybody twice, minutes.
"""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from streamlit.testing.v1 import AppTest
from support.agenda import OFFICE, SOON, TODAY, K, S, a_meeting, agent, registers
from support.days import on_day
from support.pages import enter, html_of, unfold, visit
from support.rounds import done
from support.seats import join, leave
from support.transactions import (
    read_with,
    refusal,
    refuses,
    select_all,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import NOBODY
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
from dashboard.actions.seats.taking import register, remind_of_meetings
from dashboard.queries.communities import active
from dashboard.queries.meetings import agenda, events, records as seats
from dashboard.queries.meetings.records import calendar
from dashboard.queries.seats.records import Where, count
from models.academy import Training, TrainingSession
from models.database import reading, writing
from models.meetings import Attendance, Family, Meeting
from models.notices import Notice
from models.seats import Seat
from models.texts import Invalid, Refused


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
