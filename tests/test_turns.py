"""The line of writers on SQLite: served in the order in which they came, one that waits too long
gets the sentence of a busy database, and whoever reads waits for nobody.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import sleep

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from models import database as house
from models.database import engine_for, migrate, reading, writing
from models.faults import BUSY, calm
from models.keeping import Revision
from models.turns import Line, line_of

MANY = 20


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(MANY + 1) as threads:
        yield threads


def line(engine: Engine) -> Line:
    return line_of(Path(engine.url.database).resolve())


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


def until(many: int, engine: Engine, last: Future) -> None:
    """Until so many wait."""
    while len(line(engine)) < many:
        assert not last.done(), last.result()
        sleep(0.01)


def test_who_came_first_is_served_first(sqlite_database, pool):
    served = []

    def writes(n: int) -> None:
        with writing(sqlite_database) as session:
            session.execute(text("SELECT 1"))
            served.append(n)

    waiting = []
    with somebody_writes(sqlite_database, pool):
        for n in range(MANY):
            waiting.append(pool.submit(writes, n))
            until(n + 1, sqlite_database, waiting[-1])
        with reading(sqlite_database) as session:
            assert session.exec(select(Revision)).all() == [], "whoever reads waits for nobody"
        assert served == []
    for one in waiting:
        one.result()
    assert served == list(range(MANY)) and len(line(sqlite_database)) == 0


def test_those_who_wait_write_one_after_the_other_on_one_connection(sqlite_database, pool):
    """Each connection has pages of its own, and reads anew what another one has written."""

    def writes() -> int:
        with writing(sqlite_database) as session:
            return id(session.connection().connection.driver_connection)

    with somebody_writes(sqlite_database, pool):
        waiting = [pool.submit(writes) for _ in range(MANY)]
        until(MANY, sqlite_database, waiting[0])
    assert len({one.result() for one in waiting}) == 1


def test_an_act_that_fails_lets_the_next_one_in(sqlite_database, pool):
    def fails() -> None:
        with writing(sqlite_database) as session:
            session.execute(text("SELECT * FROM nowhere"))

    with somebody_writes(sqlite_database, pool):
        waiting = [pool.submit(fails) for _ in range(3)]
        until(3, sqlite_database, waiting[0])
    for one in waiting:
        with pytest.raises(OperationalError, match="nowhere"):
            one.result()
    with writing(sqlite_database) as session:
        session.add(Revision(subject="après", n=1))
    assert len(line(sqlite_database)) == 0


def test_whoever_waits_too_long_reads_that_the_database_is_busy(tmp_path, monkeypatch, pool):
    monkeypatch.setattr(house, "PATIENCE", 100)  # milliseconds
    engine = engine_for(f"sqlite:///{tmp_path / 'c-possible.db'}")
    migrate(engine)
    with somebody_writes(engine, pool):
        for _ in range(2):
            with pytest.raises(OperationalError) as late, writing(engine) as session:
                session.execute(text("SELECT 1"))
            assert calm(late.value) == BUSY
        assert len(line(engine)) == 0, "and stands in the line no more"
    with writing(engine) as session:
        session.execute(text("SELECT 1"))
    engine.dispose()


def test_an_act_within_an_act_does_not_wait_for_itself_in_the_line(tmp_path, monkeypatch):
    """SQLite refuses the second one, as before: the line does not hold it up for ever."""
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


def test_two_engines_on_one_file_stand_in_one_line(tmp_path, pool):
    address = f"sqlite:///{tmp_path / 'c-possible.db'}"
    one, other = engine_for(address), engine_for(address)
    migrate(one)

    def writes() -> None:
        with writing(other) as session:
            session.add(Revision(subject="autre", n=1))

    with somebody_writes(one, pool):
        waiting = pool.submit(writes)
        until(1, one, waiting)
    waiting.result()
    one.dispose(), other.dispose()


def test_a_connection_that_is_lost_in_the_midst_of_an_act_keeps_nobody_waiting(
    sqlite_database, pool
):
    """Another one is opened in its place, and knows nothing of the turn of the first."""
    with sqlite_database.execution_options(writes=True).connect() as connection:
        connection.execute(text("SELECT 1"))
        connection.invalidate()
        connection.rollback()
        assert line(sqlite_database)._served is None
        connection.execute(text("SELECT 1"))
        connection.rollback()
    with writing(sqlite_database) as session:
        session.execute(text("SELECT 1"))
    assert line(sqlite_database)._served is None
