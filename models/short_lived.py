"""The short-lived store (mémoire courte): all data with a time of day — sign-ins, tickets, failed
tries, heartbeats of jobs.

It may be lost at any moment: people then sign in again. Not in backups, and purged as it expires,
so that nothing in it is older than the longest sign-in. On SQLite a separate file beside the
database, attached to every connection; on PostgreSQL unlogged tables in a schema of their own. The
rest of the database stores days only.
"""

import sqlite3
import zlib
from contextlib import closing
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import ClassVar

from sqlalchemy import Connection, MetaData, delete, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import Field

from models.facts import Stored

SCHEMA = "short_lived"


class ShortLived(Stored):
    """A row that expires; not in the tables of the migrations."""

    metadata: ClassVar[MetaData] = MetaData(schema=SCHEMA)


class Login(ShortLived, table=True):
    """Connexion: one sign-in on one device. `token` is the SHA-256 of the cookie's random value."""

    token: str = Field(primary_key=True)
    account_id: int = Field(index=True)
    created_at: datetime
    used_at: datetime
    expires_at: datetime = Field(index=True)
    issuer: str | None = Field(default=None, description="opened by the sign-on of the house")
    sign_on_session: str | None = Field(
        default=None, index=True, description="the issuer's name for its session (sid)"
    )
    sign_on_token: str | None = Field(
        default=None, description="the issuer's ID token, sealed: shown to it at the sign-out"
    )


class Ticket(ShortLived, table=True):
    """Ticket à usage unique: exchanges a sign-in inside the page for a cookie, within a minute.
    Stored as its hash.
    """

    ticket: str = Field(primary_key=True)
    remember: bool = False
    expires_at: datetime = Field(index=True)


class DayKey(ShortLived, table=True):
    """Clé du jour: the key with which names and addresses are hashed that day; once it is deleted
    the hashes cannot be traced.
    """

    day: date = Field(primary_key=True)
    key: str


class Attempt(ShortLived, table=True):
    """Tentatives: failed sign-ins of one login name, of one address, or of one name on a device
    known for it (`who`: the hash of the day, or both), with the resulting lock.
    """

    who: str = Field(primary_key=True)
    failures: int = 0
    last_at: datetime
    locked_until: datetime | None = None


class ResetLink(ShortLived, table=True):
    """Lien de réinitialisation: lets the owner of an account choose a new password, once.

    `token` is the SHA-256 of the secret in the link.
    """

    token: str = Field(primary_key=True)
    account_id: int = Field(index=True)
    expires_at: datetime = Field(index=True)


class SecondFactorUse(ShortLived, table=True):
    """Code déjà utilisé: the last time step whose code opened this account; none is accepted twice.

    The step counts thirty seconds since 1970 (RFC 6238).
    """

    account_id: int = Field(primary_key=True)
    step: int
    at: datetime


class Tally(ShortLived, table=True):
    """Compteur: what one address (`who`: its hash of the day), or all visitors together, did since
    a moment, for the limits on acts without an account.
    """

    who: str = Field(primary_key=True)
    act: str = Field(primary_key=True)
    since: datetime = Field(index=True)
    count: int = 0


class SignOfLife(ShortLived, table=True):
    """Signe de vie: when one job was requested, and when its process last reported."""

    job_id: str = Field(primary_key=True)
    asked_at: datetime = Field(index=True)
    heard_at: datetime | None = None


class Pulse(ShortLived, table=True):
    """Heure d'un signe de vie: when a task last succeeded, and when it last failed; its `Heartbeat`
    has the days.
    """

    task: str = Field(primary_key=True)
    good_at: datetime | None = None
    failed_at: datetime | None = None
    heard_at: datetime = Field(index=True)


# ── Storage ─────────────────────────────────────────────────────────────────────────────────────


@cache  # each new connection needs it
def _statements() -> tuple[str, ...]:
    """The SQL that creates the store, for SQLite."""
    tables, dialect = ShortLived.metadata.sorted_tables, sqlite.dialect()
    creations = [CreateTable(table) for table in tables] + [
        CreateIndex(index)
        for table in tables
        for index in sorted(table.indexes, key=lambda i: i.name)
    ]
    return tuple(str(item.compile(dialect=dialect)) for item in creations)


@cache
def _shape() -> int:
    """A number that changes with the tables: a store of another shape is recreated, since its
    content is expendable.
    """
    return zlib.crc32("\n".join(_statements()).encode()) & 0x7FFFFFFF


def beside(database: str | None) -> str:
    """The file of the store of an SQLite database."""
    return (
        str(Path(database).with_suffix(".short-lived.db"))
        if database and database != ":memory:"
        else ":memory:"
    )


def remove_damaged_store(place: str) -> None:
    """SQLite: deletes a damaged store before it is opened. Its writes are not synced: a power cut
    may leave it half written.
    """
    if place == ":memory:" or not Path(place).exists():
        return
    with closing(sqlite3.connect(place, timeout=30)) as store:
        try:
            is_whole = store.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
        except sqlite3.OperationalError:
            return  # busy, or an unresponsive disk: opening it reports the fault
        except sqlite3.DatabaseError:
            is_whole = False
    for name in () if is_whole else (place, f"{place}-wal", f"{place}-shm"):
        Path(name).unlink(missing_ok=True)


def make_in_file(connection: sqlite3.Connection) -> None:
    """SQLite: the tables of the store, where they are missing or of another shape."""
    if _shape_in_file(connection) == _shape():
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        if _shape_in_file(connection) != _shape():  # another process may have created it meanwhile
            for (name,) in connection.execute(
                f"SELECT name FROM {SCHEMA}.sqlite_master WHERE type = 'table'"
            ).fetchall():
                connection.execute(f'DROP TABLE {SCHEMA}."{name}"')
            for statement in _statements():
                connection.execute(statement)
            connection.execute(f"PRAGMA {SCHEMA}.user_version={_shape()}")


def _shape_in_file(connection: sqlite3.Connection) -> int:
    return connection.execute(f"PRAGMA {SCHEMA}.user_version").fetchone()[0]


def make_in_schema(connection: Connection) -> None:
    """PostgreSQL: the same in the open transaction, where the caller is alone."""
    shape = connection.execute(
        text("SELECT obj_description(to_regnamespace(:name), 'pg_namespace')"), {"name": SCHEMA}
    ).scalar()
    if shape == str(_shape()):
        return
    connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
    connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    ShortLived.metadata.create_all(connection)
    # Not in the write-ahead log, and so in no archive or replica of the server.
    for table in ShortLived.metadata.tables.values():
        connection.execute(text(f"ALTER TABLE {table.fullname} SET UNLOGGED"))
    connection.execute(text(f"COMMENT ON SCHEMA {SCHEMA} IS '{_shape()}'"))


def forget_all(connection: Connection) -> None:
    """Signs everybody out: after a restoration the content of the database is another."""
    if connection.dialect.name == "postgresql":  # an empty database has no store yet
        make_in_schema(connection)
    for table in ShortLived.metadata.sorted_tables:
        connection.execute(delete(table))
