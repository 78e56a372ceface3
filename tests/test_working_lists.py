"""Lists that one works through, cut in the database: what they hold is what `DecisionAt` says at any
day, each record stands on one page whatever the order, and a page costs as much in ten years.
"""

from datetime import timedelta

import pytest
from sqlmodel import Session, select
from support.crossing import in_turn
from support.troupe import FROZEN

from dashboard.queries.academy import approvals, attendance
from dashboard.queries.columns import Sort
from dashboard.queries.decisions.lists import COLUMNS, DecisionList, decisions_page
from dashboard.queries.decisions.records import register
from dashboard.scope import Scope
from dashboard.ui.desk import PAGE
from models.academy import TrainingSession
from models.database import reading, writing
from models.decisions import DecisionEvent, DecisionStep, Instance, Outcome
from models.search import fold
from models.seats import Seat, SeatState

EVERY = 10_000
BOTH_WAYS = (False, True)
_HOLDS = {
    DecisionList.to_decide: lambda d, on: d.is_waiting,
    DecisionList.to_execute: lambda d, on: d.is_to_execute,
    DecisionList.late: lambda d, on: d.is_late(on),
    DecisionList.untold: lambda d, on: not d.is_waiting and d.told_on is None,
    DecisionList.every: lambda d, on: True,
}


def numbers(session: Session, scope: Scope, of: DecisionList, sort: Sort | None = None) -> list:
    return [d.number for d in decisions_page(session, scope, of, 1, EVERY, sort).rows]


def test_a_list_of_decisions_holds_what_is_so_at_any_day(sqlite_copy, cast, scope_for):
    with reading(sqlite_copy) as session:
        everything = register(session)
        for days in range(0, 720, 120):
            on = FROZEN - timedelta(days=days)
            for params in ({}, {"direction": "VC-JSP"}):
                scope = scope_for(session, cast.didier, **params, au=on.isoformat())
                assert scope.on == on
                here = [
                    d
                    for d in everything.at(on)
                    if scope.is_whole or d.owner_direction_id in scope.counted
                ]
                for of, holds in _HOLDS.items():
                    wanted = {d.number for d in here if holds(d, on)}
                    assert set(numbers(session, scope, of)) == wanted, (on, of)
                counts = decisions_page(session, scope, DecisionList.every, 1, 1).counts
                assert counts == {
                    of: sum(holds(d, on) for d in here) for of, holds in _HOLDS.items()
                }


def test_what_was_undone_or_entrusted_counts_in_a_list_too(demo_copy, cast, scope_for):
    with writing(demo_copy) as session:
        scope = scope_for(session, cast.didier)
        late = next(d for d in register(session).at(FROZEN) if d.is_late(FROZEN))
        other = next(
            unit.id for unit in scope.tree.by_id.values() if unit.id != late.owner_direction_id
        )
        done = DecisionEvent(
            decision_id=late.id, what=str(DecisionStep.done), on=FROZEN, recorded_on=FROZEN
        )
        session.add(done)
        session.flush()
        assert late.number not in numbers(session, scope, DecisionList.late)
        session.add(
            DecisionEvent(
                decision_id=late.id,
                what=str(DecisionStep.undone),
                on=FROZEN,
                recorded_on=FROZEN,
                voids=done.id,
            )
        )
        session.add(
            DecisionEvent(
                decision_id=late.id,
                what=str(DecisionStep.entrusted),
                on=FROZEN,
                recorded_on=FROZEN,
                owner_direction_id=other,
            )
        )
        session.flush()
        assert late.number in numbers(session, scope, DecisionList.late)
        code = scope.tree.by_id[other].code
        theirs = scope_for(session, cast.didier, direction=code)
        assert late.number in numbers(session, theirs, DecisionList.late)


@pytest.mark.parametrize(
    "demo_copy,column", in_turn([column.code for column in COLUMNS]), indirect=["demo_copy"]
)
def test_every_decision_stands_on_one_page_whatever_the_order(demo_copy, cast, scope_for, column):
    values = {
        "titre": lambda d: fold(d.title),
        "numero": lambda d: d.number,
        "instance": lambda d: list(Instance).index(d.instance),
        "issue": lambda d: list(Outcome).index(d.outcome) if d.outcome else None,
        "echeance": lambda d: d.due_on,
    }
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.didier)
        every = set(numbers(session, scope, DecisionList.every))
        for is_falling in BOTH_WAYS:
            sort = Sort(column, is_falling)
            found = [
                d
                for page in range(1, -(-len(every) // 5) + 1)
                for d in decisions_page(session, scope, DecisionList.every, page, 5, sort).rows
            ]
            assert len(found) == len(every) and {d.number for d in found} == every
            if column in values:
                _is_ordered([values[column](d) for d in found], is_falling)


def _is_ordered(values: list, is_falling: bool) -> None:
    told = [value for value in values if value is not None]
    assert len(told) > 1 and told == sorted(told, reverse=is_falling)
    assert values[: len(told)] == told, "what is lacking comes last, either way"


def test_a_page_of_decisions_is_the_last_one_beyond_it(demo_copy, cast, scope_for):
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.didier)
        found = decisions_page(session, scope, DecisionList.every, 999, 5)
        assert found.page == -(-found.counts[DecisionList.every] // 5)
        assert 0 < len(found.rows) <= 5


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
                    item.approval.id
                    for first in range(0, len(hers), 3)
                    for item in approvals.approvals_asked(session, scope, units, 3, first, sort)
                ]
                assert sorted(found) == sorted(item.approval.id for item in hers)
        other = next(item for item in every if item.service_id not in units)
        ident = other.approval.id
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
