"""Lists that one works through: what they hold, and that each record stands on one page whatever
the order.
"""

from datetime import timedelta

from sqlmodel import Session, select
from support.transactions import add_rows, read_with
from support.troupe import FROZEN

from dashboard.queries.academy import approvals, attendance
from dashboard.queries.columns import Sort
from dashboard.queries.decisions.lists import DecisionList, listed
from dashboard.queries.decisions.records import register
from dashboard.ui.desk import PAGE
from models.academy import TrainingSession
from models.database import reading, writing
from models.decisions import DecisionEvent, DecisionStep
from models.seats import Seat, SeatState

BOTH_WAYS = (False, True)


def test_a_list_of_decisions_holds_what_is_to_be_done_with_them(sqlite_demo):
    every = read_with(sqlite_demo, register).at(FROZEN)
    for of in DecisionList:
        held = listed(every, of, FROZEN)
        assert {d.number for d in held} <= {d.number for d in every}, of
    assert all(d.decided is None for d in listed(every, DecisionList.to_decide, FROZEN))
    assert all(
        d.communicated_on is None for d in listed(every, DecisionList.to_communicate, FROZEN)
    )
    late = listed(every, DecisionList.late, FROZEN)
    assert [d.due_on for d in late] == sorted(d.due_on for d in late)
    assert all(d.due_on < FROZEN and d.done_on is None for d in late)
    assert len(listed(every, DecisionList.every, FROZEN)) == len(every)


def test_what_is_undone_is_late_again(demo_copy, cast, scope_for):
    def late() -> set[int]:
        every = read_with(demo_copy, register).at(FROZEN)
        return {d.number for d in listed(every, DecisionList.late, FROZEN)}

    first = next(d for d in read_with(demo_copy, register).at(FROZEN) if d.is_late(FROZEN))
    on = {"decision_id": first.id, "on": FROZEN, "recorded_on": FROZEN}
    with writing(demo_copy) as session:
        done = DecisionEvent(what=str(DecisionStep.done), **on)
        session.add(done)
        session.flush()
        done_id = done.id
    assert first.number not in late()
    add_rows(demo_copy, DecisionEvent(what=str(DecisionStep.undone), voids=done_id, **on))
    assert first.number in late()


def test_sessions_to_hold_are_ordered_and_cut_by_any_column(demo_copy):
    with reading(demo_copy) as session:
        day = FROZEN - timedelta(days=120)
        every = attendance.held_by(session, None, day)
        assert attendance.count_held_by(session, None, day) == len(every) > PAGE
        for column in attendance.COLUMNS:
            for is_falling in BOTH_WAYS:
                sort = Sort(column.code, is_falling)
                found = [
                    item.session.id
                    for first in range(0, len(every), 7)
                    for item in attendance.held_by(session, None, day, 7, first, sort)
                ]
                assert sorted(found) == sorted(item.session.id for item in every)
        seats = [
            item.booked for item in attendance.held_by(session, None, day, sort=Sort("inscrits"))
        ]
        assert seats == sorted(seats)


def test_approvals_are_those_of_her_services_cut_by_any_column(demo_copy, cast, scope_for):
    with writing(demo_copy) as session:
        scope = scope_for(session, cast.carine)
        units = cast.carine.own_units(scope.tree)
        ask(session, 30)
        every = approvals.approvals_asked(session, scope, None)
        hers = [item for item in every if item.service_id in units]
        assert 0 < len(hers) < len(every)
        assert approvals.count_approvals(session, scope, units) == len(hers)
        for column in approvals.COLUMNS:
            for is_falling in BOTH_WAYS:
                sort = Sort(column.code, is_falling)
                found = [
                    item.seat_id
                    for first in range(0, len(hers), 3)
                    for item in approvals.approvals_asked(session, scope, units, 3, first, sort)
                ]
                assert sorted(found) == sorted(item.seat_id for item in hers)
        other = next(item for item in every if item.service_id not in units)
        ident = other.seat_id
        assert approvals.approval_asked(session, scope, units, ident) is None
        assert approvals.approval_asked(session, scope, None, ident) == other


def ask(session: Session, many: int) -> None:
    """Seats that a manager has not agreed to yet, of persons all over the administration."""
    held = session.exec(select(TrainingSession).order_by(TrainingSession.on.desc())).first()
    seats = session.exec(select(Seat).where(Seat.person_id.is_not(None)).order_by(Seat.id)).all()
    persons = list(dict.fromkeys(seat.person_id for seat in seats))
    for person_id in persons[:: max(len(persons) // (many * 4), 1)][: many * 4]:
        seat = Seat(
            training_id=held.training_id,
            session_id=held.id,
            person_id=person_id,
            status=str(SeatState.requested),
        )
        session.add(seat)
        session.flush()
        seat.approval_asked_on = FROZEN
    session.flush()
