"""The academy; seats."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from support.agenda import a_meeting
from support.days import on_day
from support.rounds import done
from support.trainings import SOON, TODAY, S, a_session, a_training, agent, registers, states, told
from support.transactions import (
    add_rows,
    errors_of,
    read_with,
    refusal,
    refuses,
    select_all,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import NOBODY, Reader
from dashboard.actions.academy.trainings import (
    cancel_session,
    change_session,
    evaluate,
    open_session,
    record_attendance,
    save_training,
)
from dashboard.actions.interests import end_offer, write_offer
from dashboard.actions.seats.offers import (
    accept_offer,
    decline_offer,
    offer_free_seats,
    settle_offers,
)
from dashboard.actions.seats.taking import (
    cancel,
    decide_approval,
    leave_list,
    register,
    wait_for_any,
)
from dashboard.figures.board import board
from dashboard.queries.academy import attendance
from dashboard.queries.academy.attendance import AwaitedApproval, approvals_asked
from dashboard.queries.interests import open_skills
from dashboard.queries.people.readers import colleagues
from dashboard.queries.seats import records as query
from dashboard.queries.seats.records import Where
from dashboard.report.team import attestations, presence_sheet
from dashboard.scope import Scope
from models.academy import Evaluation, Trainer, Training, TrainingSession
from models.communities import Interest, InterestKind
from models.database import reading, writing
from models.directions import Tree
from models.facts import counting
from models.installation import Installation
from models.notices import Notice
from models.people import Role
from models.seats import BOOKED, Seat, SeatEvent
from models.texts import Invalid

# ── The academy ───────────────────────────────────────────────────────────────────────────────────
# A training and its sessions, who was there, what they think of it, who could teach whom.

ANIMATEUR = agent(1, Role.animateur)
COURSE = {"code": "F31", "title": "Réparer plutôt que jeter", "hours": 3.0, "capacity": 10}


def scope_on(reader: Reader, day: date) -> Scope:
    return Scope.for_reader(reader, {}, day, lambda _day: Tree(()), [])


def statuses(session: Session, seat_id: int) -> list[tuple[str, float]]:
    facts = session.exec(select(SeatEvent).where(SeatEvent.seat_id == seat_id)).all()
    return [(fact.status, fact.hours) for fact in counting(facts, date.max)]


# --- trainings and sessions -----------------------------------------------------------------------


def test_the_office_makes_a_training_and_others_do_not(sqlite_database):
    a_training(sqlite_database)
    with writing(sqlite_database) as session:
        found = save_training(session, ANIMATEUR, COURSE)
        assert found.code == "F31" and not found.mandatory
        save_training(
            session,
            ANIMATEUR,
            {"title": "Réparer", "hours": 4.0, "capacity": 8, "mandatory": True},
            found.id,
            trainers=frozenset({2}),
        )
        assert (found.title, found.hours, found.mandatory) == ("Réparer", 4.0, True)
        assert attendance.trainers_of(session, found.id) == {2}
        refuses(save_training, session, agent(2), COURSE, match="droit")


@pytest.mark.parametrize(
    "field, value",
    [
        ("code", "f 31"),
        ("code", "F01"),
        ("title", "  "),
        ("hours", 0.0),
        ("hours", -3.0),
        ("capacity", -1),
        ("capacity", 0),
        ("capacity", None),
        ("trainers", frozenset({999})),
        ("ambition", 99),
    ],
)
def test_each_bad_input_has_one_sentence_beside_its_field(sqlite_database, field, value):
    a_training(sqlite_database)
    with writing(sqlite_database) as session, pytest.raises(Invalid) as refused:
        trainers = value if field == "trainers" else frozenset()
        save_training(session, ANIMATEUR, {**COURSE, field: value}, trainers=trainers)
    assert list(refused.value.errors) == [field]


@pytest.mark.parametrize(
    "field, more",
    [
        ("on", {"on": None}),
        ("on", {"on": TODAY - timedelta(days=1)}),
        ("starts", {"starts": "midi"}),
        ("starts", {"starts": "12:00", "ends": "9:00"}),
        ("starts", {"ends": ""}),
        ("capacity", {"capacity": -2}),
    ],
)
def test_a_session_that_cannot_be_is_refused(sqlite_database, field, more):
    a_training(sqlite_database)
    refused = refusal(
        sqlite_database,
        open_session,
        ANIMATEUR,
        1,
        TrainingSession(**({"on": SOON, "capacity": 5, "starts": "9h", "ends": "12:00"} | more)),
        error=Invalid,
    )
    assert list(refused.errors) == [field]


def test_a_new_session_is_first_offered_to_those_who_wait(database):
    a_training(database)
    with writing(database) as session:
        for n in (4, 3):
            wait_for_any(session, agent(n), 1)
    with writing(database) as session:
        held, offered = open_session(
            session,
            ANIMATEUR,
            1,
            TrainingSession(
                on=SOON + timedelta(days=7), capacity=1, starts="9h", ends="12h30", place="Dépôt"
            ),
        )
        assert (offered, held.starts, held.ends) == (1, "09:00", "12:30")
    assert states(database) == {4: S.offered, 3: S.waiting}


def test_a_session_called_off_sends_its_people_back_first_in_line(database):
    a_training(database, people=6)
    write_with(database, wait_for_any, agent(6), 1)
    for n in (1, 2, 3):
        registers(database, n)
    with writing(database) as session:
        refuses(cancel_session, session, ANIMATEUR, 1, " ", match="pourquoi", error=Invalid)
        assert cancel_session(session, ANIMATEUR, 1, "Le formateur est malade") == 3
        refuses(cancel_session, session, ANIMATEUR, 1, "encore", match="déjà annulée")
        assert "annulée" in told(session, 3)[-1] and told(session, 6) == []
    assert states(database) == {6: S.waiting, 1: S.waiting, 2: S.waiting, 3: S.waiting}
    assert (
        write_with(
            database,
            open_session,
            ANIMATEUR,
            1,
            TrainingSession(on=SOON + timedelta(days=9), capacity=3),
        )[1]
        == 3
    )
    assert states(database) == {
        6: S.offered,
        1: S.offered,
        2: S.offered,
        3: S.waiting,
    }, "those who had a seat, then by arrival"
    assert (
        select_all(database, select(SeatEvent.reason).where(SeatEvent.reason.is_not(None)))
        == ["Le formateur est malade"] * 2
    )


def test_a_session_that_moves_tells_and_keeps_its_seats(sqlite_database):
    a_training(sqlite_database)
    registers(sqlite_database, 2)
    registers(sqlite_database, 3)
    refusal(
        sqlite_database,
        change_session,
        ANIMATEUR,
        1,
        TrainingSession(on=SOON, capacity=1),
        match="2 places",
        error=Invalid,
    )
    with writing(sqlite_database) as session:
        change_session(
            session,
            ANIMATEUR,
            1,
            TrainingSession(
                on=SOON + timedelta(days=1), capacity=4, starts="13:00", ends="16:00", place="Régie"
            ),
        )
        assert "change de jour" in told(session, 2)[-1]


def test_sessions_at_risk_are_seen_early(sqlite_database):
    a_training(sqlite_database, capacity=4)
    with reading(sqlite_database) as session:
        assert [
            one.session.id
            for one in attendance.at_risk(
                attendance.held_by(session, None, SOON - timedelta(days=15)),
                SOON - timedelta(days=15),
            )
        ] == [1]
        assert (
            attendance.at_risk(
                attendance.held_by(session, None, SOON - timedelta(days=16)),
                SOON - timedelta(days=16),
            )
            == []
        )
    for n in (1, 2):
        registers(sqlite_database, n)
    assert (
        attendance.at_risk(
            read_with(sqlite_database, attendance.held_by, None, SOON - timedelta(days=15)),
            SOON - timedelta(days=15),
        )
        == []
    )


def test_a_seat_taken_from_the_list_still_asks_the_manager(sqlite_database):
    a_training(sqlite_database, needs_approval=True)
    with writing(sqlite_database) as session:
        found = wait_for_any(session, agent(3), 1).id
        open_session(
            session, ANIMATEUR, 1, TrainingSession(on=SOON + timedelta(days=7), capacity=1)
        )
        accept_offer(session, agent(3), found)
        decide_approval(session, ANIMATEUR, found, False, "Trop d'absents")
    assert states(sqlite_database) == {3: S.cancelled}


# --- attendance -----------------------------------------------------------------------------------


def seated(engine, people: int = 3, capacity: int = 12) -> list[int]:
    """So many agents with a seat in session 1, whose trainer is person 2; the day has come."""
    a_training(engine, people=max(people, 3), capacity=capacity)
    add_rows(engine, Trainer(training_id=1, person_id=2))
    ids = [registers(engine, n) for n in range(1, people + 1)]
    on_day(engine, SOON)
    return ids


def test_the_trainer_types_who_was_there_and_corrects(database):
    ids = seated(database)
    with writing(database) as session:
        refuses(record_attendance, session, agent(3), 1, {ids[0]: S.attended}, match="droit")
        assert (
            record_attendance(
                session, agent(2), 1, {ids[0]: S.attended, ids[1]: S.partial, ids[2]: S.no_show}
            )
            == 3
        )
    with writing(database) as session:
        assert record_attendance(session, agent(2), 1, {ids[0]: S.attended, ids[2]: S.excused}) == 1
        assert statuses(session, ids[0]) == [(S.booked, 0), (S.attended, 3)]
        assert statuses(session, ids[1]) == [(S.booked, 0), (S.partial, 1.5)]
        assert statuses(session, ids[2]) == [(S.booked, 0), (S.excused, 0)], "the absence is voided"
        assert [told(session, n)[-1:] for n in (1, 3)] == [
            ["Votre avis sur la formation que vous avez suivie"],
            [],
        ]
        refuses(record_attendance, session, ANIMATEUR, 1, {999: S.attended}, match="rechargez")
        refuses(record_attendance, session, ANIMATEUR, 1, {ids[0]: S.cancelled}, match="rechargez")


def test_nobody_is_marked_before_the_day(sqlite_database):
    ids = seated(sqlite_database)
    on_day(sqlite_database, SOON - timedelta(days=1))
    refusal(
        sqlite_database,
        record_attendance,
        ANIMATEUR,
        1,
        {ids[0]: S.attended},
        match="a lieu le 20/06/2023",
    )


def test_the_sheet_and_the_attestations_are_pdfs_for_those_who_may(sqlite_database):
    ids = seated(sqlite_database)
    write_with(
        sqlite_database, record_attendance, ANIMATEUR, 1, {ids[0]: S.attended, ids[2]: S.no_show}
    )
    with reading(sqlite_database) as session:
        assert presence_sheet(session, scope_on(agent(2), SOON), 1).startswith(b"%PDF")
        assert attestations(session, scope_on(ANIMATEUR, SOON), 1).startswith(b"%PDF")
        assert attestations(session, scope_on(agent(1), SOON), 1, own=True).startswith(b"%PDF")
        for reader in (agent(3), NOBODY):
            refuses(attestations, session, scope_on(reader, SOON), 1, own=True, match="attestation")
        refuses(presence_sheet, session, scope_on(agent(3), SOON), 1, match="droit")


# --- evaluations ----------------------------------------------------------------------------------


def test_an_opinion_is_given_once_and_bears_no_name(database):
    ids = seated(database)
    with writing(database) as session:
        refuses(evaluate, session, agent(1), ids[0], 5, 10, match="suivi")
        record_attendance(session, ANIMATEUR, 1, {ids[0]: S.attended, ids[2]: S.no_show})
        assert set(errors_of(evaluate, session, agent(1), ids[0], 6, -1)) == {
            "score",
            "recommendation",
        }
        facts = len(session.exec(select(SeatEvent)).all())
        evaluate(session, agent(1), ids[0], 5, 10, "Utile")
    with writing(database) as session:
        for reader, ident in ((agent(1), ids[0]), (agent(3), ids[2]), (agent(3), ids[0])):
            refuses(evaluate, session, reader, ident, 5, 10)
        kept = session.exec(select(Evaluation)).one()
        assert set(kept.model_dump()) == {
            "id",
            "session_id",
            "on",
            "score",
            "recommendation",
            "comment",
        }
        assert kept.on == SOON and session.get(Seat, ids[0]).evaluated
        assert len(session.exec(select(SeatEvent)).all()) == facts, "no fact dates it"


def test_nothing_is_shown_before_ten_and_the_figure_follows(database):
    ids = seated(database, people=12)
    write_with(database, record_attendance, ANIMATEUR, 1, dict.fromkeys(ids, S.attended))
    scope, codes = (
        scope_on(ANIMATEUR, date(2023, 6, 30)),
        ("satisfaction.taux", "satisfaction.nps", "satisfaction.reponses"),
    )
    for n, ident in enumerate(ids[:10], 1):
        with reading(database) as session:
            found = board(session, scope, ["satisfaction"])
            assert all(
                found[code].value is None and found[code].numerator is None for code in codes
            )
            assert attendance.answers_to(session, 1, date(2023, 6, 30)) is None
        write_with(
            database,
            evaluate,
            agent(n),
            ident,
            5 if n <= 8 else 3,
            10 if n <= 6 else 7 if n <= 8 else 2,
            f"mot {n}",
        )
    with reading(database) as session:
        found = board(session, scope, ["satisfaction"])
        assert (found["satisfaction.taux"].value, found["satisfaction.nps"].value) == (80.0, 40.0)
        assert found["satisfaction.taux"].n == 10
        assert found["satisfaction.reponses"].suppressed, (
            "two did not answer, and nobody was absent"
        )
        said, comments = attendance.answers_to(session, 1, date(2023, 6, 30))
        assert (said.n, said.good, len(comments)) == (10, 8, 10)


# --- skills ---------------------------------------------------------------------------------------


TEACHES, LEARNS = InterestKind.teaches, InterestKind.learns


def test_who_teaches_and_who_asks_find_each_other_by_their_words(sqlite_database):
    a_training(sqlite_database)
    with writing(sqlite_database) as session:
        write_offer(session, agent(1), LEARNS, "Apprendre les tableurs", "pour mes commandes")
        asks = write_offer(session, agent(2), LEARNS, "Souder l'aluminium").id
        write_offer(session, agent(3), TEACHES, "Le tableur de A à Z")
        assert (
            told(session, 1) == ["Un collègue peut transmettre ce que vous voudriez apprendre"]
            and told(session, 2) == []
        )
        met = {one.record.person_id: one.meets for one in open_skills(session)}
        assert met == {
            3: ("Agent 1 (« Apprendre les tableurs »)",),
            2: (),
            1: ("Agent 3 (« Le tableur de A à Z »)",),
        }
        refuses(write_offer, session, agent(1), TEACHES, "   ", error=Invalid)
        refuses(end_offer, session, agent(1), LEARNS, asks)
        end_offer(session, agent(2), LEARNS, asks)
        assert {one.record.person_id for one in open_skills(session)} == {1, 3}
        assert session.get(Interest, asks).ended_on == TODAY
        assert session.get(Training, 1) and session.get(TrainingSession, 1)


# ── Seats ─────────────────────────────────────────────────────────────────────────────────────────
# Fifty for twelve of them, the waiting list, offers that lapse, the manager's approval, seats
# given up.


def a_date(engine: Engine, kind: str, people: int, capacity: int) -> Where:
    """A meeting or a session with so many places."""
    if kind == "meeting":
        return Where(a_meeting(engine, people=people, capacity=capacity))
    a_training(engine, people=people, capacity=capacity)
    return Where(session_id=1)


@pytest.mark.slow
@pytest.mark.locks
@pytest.mark.parametrize("kind", ["meeting", "session"])
def test_fifty_at_once_for_twelve_seats(database, kind):
    """Twelve have a seat, thirty-eight wait in the order of their arrival, nobody is lost."""
    where = a_date(database, kind, people=51, capacity=12)

    def click(person: int) -> int:
        return write_with(database, register, agent(person), where).id

    with ThreadPoolExecutor(16) as crowd:
        ids = list(crowd.map(click, range(2, 52)))
    assert len(set(ids)) == 50
    with reading(database) as session:
        rows = session.exec(select(Seat).order_by(Seat.id)).all()
        assert {row.person_id for row in rows} == set(range(2, 52))
        assert [row.status for row in rows] == [S.booked] * 12 + [S.waiting] * 38
        facts = session.exec(select(SeatEvent).order_by(SeatEvent.id)).all()
        assert [fact.seat_id for fact in facts] == [row.id for row in rows], (
            "facts and places stand in one order"
        )
        found = query.event(session, where, TODAY)
        assert (found.free, found.taken, found.waiting) == (0, 12, 38)
        assert query.rank(session, where, rows[20]) == 9


def test_a_seat_that_frees_is_offered_to_the_first_in_line(database):
    a_training(database)
    ids = [registers(database, n) for n in (1, 2, 3, 4)]
    write_with(database, cancel, agent(1), ids[0])
    assert states(database) == {1: S.cancelled, 2: S.booked, 3: S.offered, 4: S.waiting}
    with writing(database) as session:
        assert told(session, 3)[-1] == "Une place est libre pour vous"
        assert session.get(Seat, ids[2]).offered_until == date(2023, 6, 6), (
            "three working days after Thursday the 1st"
        )
        refuses(accept_offer, session, agent(4), ids[2], match="autre personne")
        accept_offer(session, agent(3), ids[2])
    assert states(database) == {1: S.cancelled, 2: S.booked, 3: S.booked, 4: S.waiting}
    facts = select_all(database, select(SeatEvent).where(SeatEvent.seat_id == ids[2]))
    assert [fact.status for fact in counting(facts, TODAY)] == [S.waiting, S.offered, S.booked]


def test_an_open_offer_keeps_its_seat_from_newcomers(database):
    a_training(database, people=5)
    ids = [registers(database, n) for n in (1, 2, 3)]
    write_with(database, cancel, agent(2), ids[1])
    registers(database, 4)
    assert states(database) == {1: S.booked, 2: S.cancelled, 3: S.offered, 4: S.waiting}


def test_an_offer_without_an_answer_goes_on_to_the_next(database):
    a_training(database)
    ids = [registers(database, n) for n in (1, 2, 3, 4)]
    write_with(database, cancel, agent(1), ids[0])
    with writing(database) as session:
        assert done(session, settle_offers(session, date(2023, 6, 6))) == 0, (
            "the last day is still hers"
        )
    with writing(database) as session:
        assert done(session, settle_offers(session, date(2023, 6, 7))) == 1
        assert done(session, settle_offers(session, date(2023, 6, 7))) == 0
    assert states(database) == {1: S.cancelled, 2: S.booked, 3: S.cancelled, 4: S.offered}
    with writing(database) as session:
        assert (
            "personne suivante" in told(session, 3)[-1]
            and told(session, 4)[-1] == "Une place est libre pour vous"
        )
        session.get(Installation, 1).frozen_on = date(2023, 6, 7)
        refuses(accept_offer, session, agent(3), ids[2], match="pris fin")
        decline_offer(session, agent(4), ids[3])
    assert states(database)[4] == S.cancelled


def test_near_the_session_whoever_comes_first_has_the_seat(sqlite_database):
    a_training(sqlite_database)
    ids = [registers(sqlite_database, n) for n in (1, 2, 3)]
    with writing(sqlite_database) as session:
        session.get(Installation, 1).frozen_on = SOON - timedelta(days=1)
        refuses(cancel, session, agent(1), ids[0], match="pourquoi", error=Invalid)
    write_with(sqlite_database, cancel, agent(1), ids[0], "Un enfant malade")
    assert states(sqlite_database)[3] == S.waiting, "no offer can be answered in time"
    registers(sqlite_database, 4)
    assert states(sqlite_database)[4] == S.booked
    last = select_all(sqlite_database, select(SeatEvent).where(SeatEvent.seat_id == ids[0]))[-1]
    assert (last.status, last.reason) == (S.cancelled, "Un enfant malade")


def test_priority_comes_before_arrival_and_the_list_of_the_training_is_served_too(database):
    a_training(database, people=6, capacity=1)
    with writing(database) as session:
        on_list = wait_for_any(session, agent(6), 1).id
        refuses(wait_for_any, session, agent(6), 1, match="déjà")
    first = registers(database, 1)
    waiting = [registers(database, n) for n in (2, 3)]
    with writing(database) as session:
        session.get(Seat, waiting[1]).priority = 10
    write_with(database, cancel, agent(1), first)
    assert states(database)[3] == S.offered
    write_with(database, decline_offer, agent(3), waiting[1])
    assert states(database) == {6: S.offered, 1: S.cancelled, 2: S.waiting, 3: S.cancelled}
    with writing(database) as session:
        decline_offer(session, agent(6), on_list)
        assert session.get(Seat, on_list).session_id is None, "she waits for another session"
    assert states(database) == {6: S.waiting, 1: S.cancelled, 2: S.offered, 3: S.cancelled}
    write_with(database, leave_list, agent(6), on_list)
    assert states(database)[6] == S.cancelled


def test_free_seats_are_offered_to_the_list_by_the_office(sqlite_database):
    a_training(sqlite_database)
    with writing(sqlite_database) as session:
        for n in (3, 1, 2):
            wait_for_any(session, agent(n), 1)
    assert write_with(sqlite_database, offer_free_seats, agent(4, Role.animateur), 1) == 2
    assert states(sqlite_database) == {3: S.offered, 1: S.offered, 2: S.waiting}


def test_what_cannot_be_is_refused_in_one_sentence(sqlite_database):
    a_training(sqlite_database)
    with writing(sqlite_database) as session:
        session.add_all(
            [
                a_session(2, starts="11:00", ends="13:00"),
                a_session(3, starts="13:00", ends="15:00"),
                a_session(4, starts="", ends=""),
                a_session(5, on=TODAY - timedelta(days=1)),
                a_session(6, on=SOON + timedelta(days=1), capacity=0),
            ]
        )
        called_off = a_session(7, on=SOON + timedelta(days=2))
        called_off.cancelled_on = TODAY
        session.add(called_off)
    registers(sqlite_database, 1)
    for number, sentence in (
        (1, "déjà une inscription"),
        (2, "mêmes heures"),
        (4, "mêmes heures"),
        (5, "a eu lieu"),
        (6, "pas encore connu"),
        (7, "annulée"),
        (99, "n'existe pas"),
    ):
        refuses(registers, sqlite_database, 1, number, match=sentence)
    registers(sqlite_database, 1, 3)
    assert len(select_all(sqlite_database, select(Seat))) == 2


def test_who_waited_for_a_session_that_is_past_waits_for_any_other_since_the_same_day(
    sqlite_database,
):
    a_training(sqlite_database)
    ids = [registers(sqlite_database, n) for n in (1, 2, 3)]
    with writing(sqlite_database) as session:
        session.get(Installation, 1).frozen_on = SOON + timedelta(days=1)
        done(session, settle_offers(session, SOON + timedelta(days=1)))
        waits = session.get(Seat, ids[2])
        assert waits.status == S.waiting and waits.session_id is None
        facts = session.exec(select(SeatEvent).where(SeatEvent.seat_id == ids[2])).all()
        assert [(fact.on, fact.session_id) for fact in counting(facts, SOON)] == [(TODAY, None)]


# --- colleagues and managers, in the demonstration ------------------------------------------------


def coming(session: Session) -> TrainingSession:
    return session.exec(
        select(TrainingSession).where(TrainingSession.on > FROZEN).order_by(TrainingSession.on)
    ).first()


def test_carine_and_bruno_register_their_colleagues_and_nobody_elses(sqlite_copy, cast, scope_for):
    with writing(sqlite_copy) as session:
        where = Where(session_id=coming(session).id)
        event = query.event(session, where, FROZEN)
        for reader in (cast.carine, cast.bruno):
            hers = colleagues(session, scope_for(session, reader))
            assert hers and cast.farid.person_id not in hers
            found = register(
                session,
                reader,
                where,
                next(
                    one
                    for one in hers
                    if query.conflicting_title(session, one, event) is None
                    and not query.active_seat(session, one, where)
                ),
            )
            assert found.asked_by == reader.person_id and found.status == S.booked
            assert told(session, found.person_id)[-1].startswith("Une place est réservée")
            refuses(register, session, reader, where, cast.farid.person_id, match="relève pas")
        refuses(register, session, cast.alice, where, cast.bruno.person_id, match="droit")
        assert colleagues(session, scope_for(session, cast.alice)) == {}


def test_the_manager_is_asked_and_decides(sqlite_copy, cast, scope_for):
    with writing(sqlite_copy) as session:
        held = coming(session)
        session.get(Training, held.training_id).needs_approval = True
        scope = scope_for(session, cast.carine)
        one, other, third = (agent(person) for person in list(colleagues(session, scope))[:3])
        for reader in (one, other):
            assert register(session, reader, Where(session_id=held.id)).status == S.requested
        units = cast.carine.own_units(scope.tree)

        def asked_for() -> list[AwaitedApproval]:
            """Without what waits in the demonstration."""
            found = approvals_asked(session, scope, units)
            return [one for one in found if one.session.id == held.id]

        asked = asked_for()
        assert [a.session.id for a in asked] == [held.id, held.id]
        assert session.exec(select(Notice.title).where(Notice.key.startswith("accord-"))).all(), (
            "who answers for their service is told"
        )
        refuses(decide_approval, session, cast.bruno, asked[0].seat_id, True, match="droit")
        refuses(decide_approval, session, cast.carine, asked[1].seat_id, False, error=Invalid)
        decide_approval(session, cast.carine, asked[0].seat_id, True)
        decide_approval(
            session, cast.carine, asked[1].seat_id, False, "Deux absents suffisent ce jour-là"
        )
        refuses(decide_approval, session, cast.carine, asked[0].seat_id, True, match="déjà traitée")
        assert asked_for() == []
        rows = [session.get(Seat, a.seat_id).status for a in asked]
        assert rows == [S.booked, S.cancelled] and S.booked in BOOKED
        assert (
            register(session, cast.carine, Where(session_id=held.id), third.person_id).status
            == S.booked
        ), "she approves by registering"
