"""Whether the database of the settings exists (emplacement) and is writable."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool
from sqlmodel import create_engine

from models.database import (
    ONLY_READING,
    UNREADABLE,
    engine,
    require_file,
    unreachable,
)
from models.faults import FULL, NOT_WRITABLE, fault_sentence
from models.settings import settings
from models.texts import Refused


def database_exists() -> bool:
    """Whether the configured address has a database of ours, migrated and filled once. Creates
    nothing. Raises Refused if it cannot be reached.
    """
    # An engine would create the file, or the store beside an empty one.
    if not has_database():
        return False
    try:
        # The table exists since the first step, whatever its rows.
        with engine().connect() as connection:
            inspector = inspect(connection)
            return (
                inspector.has_table("alembic_version")
                and inspector.has_table("installation")
                and connection.execute(text("SELECT 1 FROM installation")).first() is not None
            )
    except DBAPIError as error:
        raise Refused(unreachable(error)) from error


@contextmanager
def read_only_engine() -> Iterator[Engine]:
    """A read-only engine on the configured address: it creates neither the file nor the store
    beside it, which an older program may be using. Raises Refused.
    """
    if not has_database():
        raise Refused(
            f"Aucune base à cette adresse, ou une base vide : {make_url(settings().url)!r}."
        )
    address = make_url(settings().url)
    if address.get_backend_name() == "sqlite":
        file = Path(address.database).resolve()
        on = create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True),
            poolclass=NullPool,
            hide_parameters=True,
        )
    else:
        on = create_engine(
            address, poolclass=NullPool, hide_parameters=True, execution_options=ONLY_READING
        )
    try:
        yield on
    except DBAPIError as error:
        raise Refused(unreachable(error)) from error
    finally:
        on.dispose()


def has_database() -> bool:
    """Whether the configured address has anything: for SQLite a non-empty file; PostgreSQL is
    checked when it is opened. Raises Refused.
    """
    try:
        address = make_url(settings().url)
    except ArgumentError as error:
        raise Refused(UNREADABLE) from error
    file = Path(address.database or "")
    return address.get_backend_name() != "sqlite" or (file.is_file() and file.stat().st_size > 0)


def is_writable(on: Engine | None = None) -> bool:
    """Whether a write can be made and read back now, without waiting for a lock. Raises the errors
    of an unreadable database.
    """
    on = on or engine()
    require_file(on)
    with on.connect() as connection:
        if connection.dialect.name == "sqlite":
            return _file_takes_a_write(Path(on.url.database).resolve())
    try:
        return _server_takes_a_write(on)
    except DBAPIError as error:
        if fault_sentence(error) in (NOT_WRITABLE, FULL):
            return False
        raise


_PROBE = "sante"
# More pages than an act writes.
_ROOM = 64 * 4096


def _file_takes_a_write(file: Path) -> bool:
    """Writes to the write-ahead file and rolls back: a commit would invalidate caches. A connection
    of its own without page cache, so that the disk is really written.
    """
    with closing(
        sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=0, isolation_level=None)
    ) as probe:
        probe.execute("PRAGMA cache_size=1")
        try:
            probe.execute("BEGIN IMMEDIATE")
            probe.execute(
                "INSERT INTO heartbeat (task, failure, in_a_row) VALUES (?, zeroblob(?), 0)",
                (_PROBE, _ROOM),
            )
            (read,) = probe.execute(
                "SELECT length(failure) FROM heartbeat WHERE task = ?", (_PROBE,)
            ).fetchone()
            probe.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            # Another writer is active: so writing works.
            return (error.sqlite_errorcode & 0xFF) == sqlite3.SQLITE_BUSY
    return read == _ROOM


def _server_takes_a_write(on: Engine) -> bool:
    """PostgreSQL: the same row, and a sort too large for its memory, which needs disk space."""
    with on.connect() as connection, connection.begin() as transaction:
        connection.execute(text("SET LOCAL work_mem = '64kB'"))
        connection.execute(text("SELECT count(*) FROM generate_series(1, 20000)"))
        connection.execute(
            text("INSERT INTO heartbeat (task, failure, in_a_row) VALUES (:task, '', 0)"),
            {"task": _PROBE},
        )
        read = connection.execute(
            text("SELECT count(*) FROM heartbeat WHERE task = :task"), {"task": _PROBE}
        ).scalar_one()
        transaction.rollback()
    return read == 1
