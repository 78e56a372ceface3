"""Rounds: what is due is found while reading, what is new is written in short acts, and a round with
nothing new asks for no lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine, event, func, insert
from sqlmodel import select
from support.entries import an_idea, entry, unit
from support.transactions import read_with, select_one

from dashboard.actions.operations import tick
from dashboard.actions.operations.mixing import AT_ONCE, mix
from dashboard.queries.notices.records import RHYTHM
from models.database import reading, writing
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.notices import Notice, NoticeKind, Rhythm
from models.people import Mandate, Preference

TUESDAY = date(2023, 7, 4)
LATE = 260


@contextmanager
def transactions(on: Engine) -> Iterator[list[int]]:
    """How many notices each writing transaction added, in their order."""
    added: list[int] = []

    def standing(connection: Connection) -> int:
        return connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar_one()

    def is_writing(connection: Connection) -> bool:
        return bool(connection.get_execution_options().get("writes"))

    def begun(connection: Connection) -> None:
        if is_writing(connection):
            added.append(-standing(connection))

    def ended(connection: Connection) -> None:
        if is_writing(connection):
            added[-1] += standing(connection)

    event.listen(on, "begin", begun)
    event.listen(on, "commit", ended)
    yield added
    event.remove(on, "begin", begun)
    event.remove(on, "commit", ended)


@pytest.fixture
def overdue(demo_copy) -> Engine:
    """A town where hundreds of answers are late by months, and others are put off to a day that
    has come.
    """
    with writing(demo_copy) as session:
        owner = unit(session, "VC-JSP")
        for n in range(LATE):
            late = date(2023, 3, 1) + timedelta(days=n % 20)
            an_idea(session, due_on=late, filed_on=date(2023, 2, 1), concerns_id=owner)
        for _ in range(30):
            an_idea(
                session,
                status=IdeaStatus.postponed,
                postponed_until=date(2023, 7, 3),
                concerns_id=owner,
            )
    mix(demo_copy, TUESDAY)  # once a day, by months
    return demo_copy


def reminders(on: Engine, kind: NoticeKind = NoticeKind.reminder) -> int:
    return select_one(on, select(func.count()).select_from(Notice).where(Notice.kind == str(kind)))


@pytest.mark.slow
def test_hundreds_of_reminders_are_written_in_short_acts_and_once(overdue):
    before = reminders(overdue)
    with transactions(overdue) as added:
        first = tick.tick(overdue, TUESDAY)
    assert not first.troubles
    assert reminders(overdue) - before >= LATE
    # Each of a hundred things is told to four persons at most: a manager, her second, both above.
    assert AT_ONCE <= max(added) <= 4 * AT_ONCE
    told = reminders(overdue), reminders(overdue, NoticeKind.task)
    tick.tick(overdue, TUESDAY)
    assert (reminders(overdue), reminders(overdue, NoticeKind.task)) == told


@pytest.mark.slow
@pytest.mark.locks
def test_two_rounds_that_found_the_same_tell_it_once(overdue):
    acts = list(
        read_with(
            overdue, dict((task.__name__, task) for *_, task in tick.TASKS)["remind"], TUESDAY
        )
    )
    told = []
    for _ in range(2):
        with writing(overdue) as session:
            told.append(sum(act(session) for act in acts))
    assert told[0] >= LATE and told[1] == 0


@pytest.mark.slow
def test_entries_that_nobody_may_be_told_of_keep_no_others_from_being_told(overdue):
    """Their head chose « Jamais »: they come back at every round, more than one round takes."""
    with writing(overdue) as session:
        never, other = unit(session, "VC-JSP"), unit(session, "AD")
        heads = session.exec(select(Mandate.person_id).where(Mandate.direction_id == never)).all()
        session.add_all(
            Preference(person_id=person, name=RHYTHM, value=Rhythm.never) for person in set(heads)
        )
        due = {"due_on": date(2023, 8, 30), "filed_on": date(2023, 6, 1)}
        session.execute(
            insert(Idea),
            [entry(20_000_000 + n, **due, concerns_id=never) for n in range(1100)],
        )
        day = date(2023, 8, 31)
        behind = an_idea(session, due_on=day, filed_on=date(2023, 6, 1), concerns_id=other).id
    tick.tick(overdue, TUESDAY)
    with reading(overdue) as session:
        told = session.exec(select(Notice.idea_id).where(Notice.kind == str(NoticeKind.reminder)))
        assert behind in set(told.all())
