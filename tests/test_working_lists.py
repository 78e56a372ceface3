"""Lists that one works through: what they hold, and that each record stands on one page whatever
the order.
"""

from datetime import timedelta

import pytest
from sqlmodel import Session, select
from support.transactions import add_rows, read_with, write_with
from support.troupe import FROZEN

from dashboard.queries import interests
from dashboard.queries.academy import counts
from dashboard.queries.columns import Sort
from dashboard.queries.decisions.records import DecisionList, listed, register
from dashboard.queries.ideas import records
from dashboard.queries.ideas.records import Filters, ideas_page
from dashboard.queries.people.accounts import COLUMNS as OF_ACCOUNTS, accounts_page
from dashboard.scope import Scope
from models.academy import TrainingSession
from models.clock import now
from models.database import reading, writing
from models.decisions import DecisionEvent, DecisionStep
from models.idea_states import IdeaStatus
from models.search import fold
from models.seats import Seat, SeatState


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


# ── Each record on one page, whatever the order ───────────────────────────────────────────────────


Walked = tuple[list[int], int]  # the records of all pages, and how many there are


def ideas_walked(session: Session, scope: Scope, sort: Sort | None) -> Walked:
    filters = Filters(status=IdeaStatus.refused, sort=sort)
    first = ideas_page(session, scope, filters, 1, FROZEN)
    pages = (ideas_page(session, scope, filters, n + 1, FROZEN) for n in range(first.pages))
    return [row.id for page in pages for row in page.rows], first.total


def marks_walked(session: Session, scope: Scope, sort: Sort | None) -> Walked:
    total = sum(interests.counts(session, scope).values())
    pages = (interests.pipeline(session, scope, None, 7, n, sort) for n in range(0, total, 7))
    return [item.record.id for page in pages for item in page], total


def sessions_walked(session: Session, _scope: Scope, sort: Sort | None) -> Walked:
    day = FROZEN - timedelta(days=120)
    total = counts.count_held_by(session, None, day)
    pages = (counts.held_by(session, None, day, 7, n, sort) for n in range(0, total, 7))
    return [item.session.id for page in pages for item in page], total


def approvals_walked(session: Session, scope: Scope, sort: Sort | None) -> Walked:
    units = scope.tree.under(scope.tree.by_code["VC"].id)
    total = counts.count_approvals(session, scope, units)
    assert total < counts.count_approvals(session, scope, None)
    pages = (counts.approvals_asked(session, scope, units, 3, n, sort) for n in range(0, total, 3))
    return [item.seat_id for page in pages for item in page], total


LISTS = {
    ideas_walked: records.COLUMNS,
    marks_walked: interests.COLUMNS,
    sessions_walked: counts.COLUMNS,
    approvals_walked: counts.APPROVAL_COLUMNS,
}


@pytest.mark.slow
@pytest.mark.parametrize("walked", LISTS)
def test_each_record_stands_on_one_page_whatever_the_order(demo_copy, cast, scope_for, walked):
    write_with(demo_copy, ask, 30)
    sorts = [Sort(one.code, falling) for one in LISTS[walked] for falling in (False, True)]
    with reading(demo_copy) as session:
        for sort in (None, *sorts):
            found, total = walked(session, scope_for(session, cast.didier), sort)
            assert len(found) == len(set(found)) == total > 3, sort


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


def test_ideas_are_ordered_by_what_their_column_says(demo_copy, cast, scope_for):
    def read(by: str, is_falling: bool, what: str) -> list:
        with reading(demo_copy) as session:
            filters = Filters(sort=Sort(by, is_falling))
            page = ideas_page(session, scope_for(session, cast.didier), filters, 1, FROZEN)
        return [getattr(row, what) for row in page.rows]

    for by, what in (("depot", "filed_on"), ("soutiens", "supports"), ("commentaires", "comments")):
        assert read(by, False, what) == sorted(read(by, False, what))
        assert read(by, True, what) == sorted(read(by, True, what), reverse=True)
    states = list(IdeaStatus)
    found = [states.index(IdeaStatus(status)) for status in read("etat", True, "status")]
    assert found == sorted(found, reverse=True)
    # What has no day comes last, either way.
    assert None not in read("echeance", False, "due_on") and None not in read(
        "echeance", True, "due_on"
    )


def test_marks_and_accounts_are_ordered_by_what_their_column_says(demo_copy, cast, scope_for):
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.didier)
        days = [m.record.on for m in interests.pipeline(session, scope, sort=Sort("posee", True))]
        assert days == sorted(days, reverse=True)
        owners = [m.owner for m in interests.pipeline(session, scope, sort=Sort("responsable"))]
        told = [fold(owner) for owner in owners if owner]
        assert told and told == sorted(told) and owners[: len(told)] == list(filter(None, owners))
        for column in OF_ACCOUNTS:
            rows = accounts_page(session, cast.farid, now(), sort=Sort(column.code, True))
            assert len(rows) == len(accounts_page(session, cast.farid, now()))
        logins = [
            row.login
            for row in accounts_page(session, cast.farid, now(), sort=Sort("identifiant", True))
        ]
        assert logins == sorted(logins, reverse=True)
