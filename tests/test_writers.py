"""Many who write at once on SQLite: one at a time in a process, none lost, and one who waits too
long reads that the database is busy.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import func, select
from support.transactions import (
    add_rows,
    execute,
    refuses,
    select_one,
    write_with,
)

from dashboard.access import NOBODY
from dashboard.actions.ideas.filing import (
    AlreadyFiled,
    Circumstances,
    FilingOutcome,
    checked_input,
    file_idea,
)
from models import database as house
from models.database import engine_for, migrate, reading, writing
from models.faults import BUSY, fault_sentence
from models.ideas import Idea, Receipt
from models.jobs import Revision
from models.short_lived import Tally
from models.texts import Invalid, Refused

MANY = 20
ALONE = Circumstances()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(MANY) as threads:
        yield threads


@dataclass(frozen=True)
class Sent:
    """One form as a stranger sends it."""

    n: int
    how: Circumstances = ALONE
    ambition_id: int | None = None

    def file(self, on: Engine) -> FilingOutcome:
        idea = checked_input(
            title=f"Ensemble {self.n}", anonymous=True, ambition_id=self.ambition_id
        )
        return write_with(on, file_idea, NOBODY, idea, f"un jeton de formulaire {self.n}", self.how)


def titles(on: Engine) -> set[str]:
    with reading(on) as session:
        return set(session.exec(select(Idea.title).where(Idea.title.startswith("Ensemble"))))


def answers(waiting: list[Future]) -> list[FilingOutcome | Exception]:
    return [one.exception(60) or one.result() for one in waiting]


@contextmanager
def somebody_writes(engine: Engine, pool: ThreadPoolExecutor) -> Iterator[None]:
    """Another thread is in the midst of an act while the block lasts."""
    begun, enough = Event(), Event()

    def writes() -> None:
        with writing(engine) as session:
            session.execute(text("SELECT 1"))
            begun.set()
            enough.wait(60)

    other = pool.submit(writes)
    assert begun.wait(60)
    try:
        yield
    finally:
        enough.set()
        other.result()


@pytest.mark.locks
def test_many_at_once_file_once_each(demo_copy, pool):
    found = list(pool.map(lambda n: Sent(n).file(demo_copy), range(3 * MANY)))
    assert len({one.number for one in found}) == len(titles(demo_copy)) == 3 * MANY
    assert select_one(demo_copy, select(func.count()).select_from(Receipt)) >= 3 * MANY


@pytest.mark.locks
def test_what_is_refused_among_others_is_refused_alone(demo_copy, pool):
    wrong = {
        3: Sent(3, ambition_id=99_999),
        5: Sent(2),  # the same form twice: a double click
        7: Sent(7, Circumstances(meeting_id=99_999)),
    }
    sent = [wrong.get(n, Sent(n)) for n in range(MANY)]
    found = answers([pool.submit(one.file, demo_copy) for one in sent])
    refused = [type(one) for one in found if isinstance(one, Exception)]
    assert sorted(kind.__name__ for kind in refused) == sorted(
        kind.__name__ for kind in (Invalid, AlreadyFiled, Refused)
    )
    assert titles(demo_copy) == {f"Ensemble {n}" for n in range(MANY) if n not in wrong}
    with reading(demo_copy) as session:
        counted = set(session.exec(select(Tally.count)))
        assert counted == {MANY - len(wrong)}, "what is refused is not counted"


def test_an_act_that_fails_lets_the_next_one_in(sqlite_database, pool):
    def fails() -> None:
        execute(sqlite_database, text("SELECT * FROM nowhere"))

    with somebody_writes(sqlite_database, pool):
        waiting = [pool.submit(fails) for _ in range(3)]
    for one in waiting:
        refuses(one.result, match="nowhere", error=OperationalError)
    add_rows(sqlite_database, Revision(subject="après", n=1))


def test_whoever_waits_too_long_reads_that_the_database_is_busy(tmp_path, monkeypatch, pool):
    monkeypatch.setattr(house, "PATIENCE", 100)  # milliseconds
    engine = engine_for(f"sqlite:///{tmp_path / 'c-possible.db'}")
    migrate(engine)
    with somebody_writes(engine, pool):
        for _ in range(2):
            with pytest.raises(OperationalError) as late, writing(engine) as session:
                session.execute(text("SELECT 1"))
            assert fault_sentence(late.value) == BUSY
    execute(engine, text("SELECT 1"))
    engine.dispose()


def test_an_act_within_an_act_does_not_wait_for_itself(tmp_path, monkeypatch):
    """SQLite refuses the second one: the lock does not hold it up for ever."""
    monkeypatch.setattr(house, "PATIENCE", 100)
    engine = engine_for(f"sqlite:///{tmp_path / 'c-possible.db'}")
    migrate(engine)
    with writing(engine) as outer:
        outer.add(Revision(subject="dehors", n=1))
        outer.flush()
        with pytest.raises(OperationalError, match="locked"), writing(engine) as inner:
            inner.execute(text("SELECT 1"))
    with writing(engine) as session:
        assert session.get(Revision, "dehors").n == 1
    engine.dispose()
