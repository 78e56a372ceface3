"""Seats: fifty for twelve of them, the waiting list, offers that lapse, the manager's
approval, seats given up.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from support.agenda import a_meeting
from support.rounds import done
from support.trainings import SOON, TODAY, S, a_session, a_training, agent, registers, states, told
from support.transactions import (
    refuses,
    select_all,
    write_with,
)
from support.troupe import FROZEN

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
from dashboard.queries.academy.counts import AwaitedApproval, approvals_asked
from dashboard.queries.people.readers import colleagues
from dashboard.queries.seats import records as query
from dashboard.queries.seats.records import Where
from models.academy import Training, TrainingSession
from models.database import reading, writing
from models.facts import counting
from models.jobs import Installation
from models.notices import Notice
from models.people import Role
from models.seats import BOOKED, Seat, SeatEvent
from models.texts import Invalid


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
