"""Whether there is a database where the settings say (emplacement), and may be written."""

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
from models.errors import Refused
from models.faults import FULL, NOT_WRITABLE, fault_sentence
from models.settings import settings


def database_exists() -> bool:
    """Whether the address of the settings has a database of ours: one that was migrated and filled
    once. Nothing is created by asking. Raises Refused for one that cannot be reached.
    """
    # An engine would make the file, or the store beside an empty one.
    if not has_database():
        return False
    try:
        # With or without the rows of any later step: the table is there since the first one.
        with engine().connect() as connection:
            here = inspect(connection)
            return (
                here.has_table("alembic_version")
                and here.has_table("installation")
                and connection.execute(text("SELECT 1 FROM installation")).first() is not None
            )
    except DBAPIError as error:
        raise Refused(unreachable(error)) from error


def _is_filled_file(path: str) -> bool:
    return Path(path).is_file() and Path(path).stat().st_size > 0


@contextmanager
def read_only_engine() -> Iterator[Engine]:
    """An engine on the address of the settings that only reads: neither the file nor the store
    beside it is made or made anew, which an older program may be using. Raises Refused.
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
    """Whether the address of the settings has anything: for SQLite a file that is filled;
    PostgreSQL is asked when it is opened. Raises Refused.
    """
    try:
        address = make_url(settings().url)
    except ArgumentError as error:
        raise Refused(UNREADABLE) from error
    return address.get_backend_name() != "sqlite" or _is_filled_file(address.database or "")


def is_writable(on: Engine | None = None) -> bool:
    """Whether the database takes a write and gives it back now, without waiting for anybody. Raises
    what an unreadable database raises.
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
    """Writes into the log of the file what is then taken back: no commit, which would empty what is
    remembered until the next one. A connection of its own, with room for no page, has to write it.
    """
    with closing(
        sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=0, isolation_level=None)
    ) as own:
        own.execute("PRAGMA cache_size=1")
        try:
            own.execute("BEGIN IMMEDIATE")
            own.execute(
                "INSERT INTO heartbeat (task, failure, in_a_row) VALUES (?, zeroblob(?), 0)",
                (_PROBE, _ROOM),
            )
            (read,) = own.execute(
                "SELECT length(failure) FROM heartbeat WHERE task = ?", (_PROBE,)
            ).fetchone()
            own.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            # Somebody writes at this moment: so it can be done.
            return (error.sqlite_errorcode & 0xFF) == sqlite3.SQLITE_BUSY
    return read == _ROOM


def _server_takes_a_write(on: Engine) -> bool:
    """Of PostgreSQL: the same row, and a sort too large for its memory, which asks the disk for
    room.
    """
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
