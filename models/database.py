"""The database: one engine per process, one session per query or act, migrations safe with several
concurrent starts.

Readers use deferred transactions, writers `BEGIN IMMEDIATE`: with SQLite's default a reader that
becomes a writer loses updates or is refused at once, whatever the busy timeout.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date
from functools import cache, lru_cache, partial
from pathlib import Path
from threading import RLock
from time import monotonic, sleep
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Date, Dialect, Engine, event, make_url, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session, create_engine

from models import short_lived
from models.broken_dates import NO_DATE
from models.faults import DatabaseFile
from models.schema import alembic_config, known_steps, pending_steps, require_whole_links, revision
from models.settings import settings
from models.texts import Refused

P = ParamSpec("P")
T = TypeVar("T")

_MIGRATION_LOCK = 20210101  # any constant of our own: PostgreSQL's advisory lock takes a number
_ROUND_LOCK = 20210102
PATIENCE = 30_000  # milliseconds to wait for another writer
_LOG_PATIENCE = 250  # milliseconds to wait for readers when the write-ahead file is emptied


# Address → the file of the engine that was created for it last.
_files: dict[str, DatabaseFile] = {}
ONLY_READING = {"postgresql_readonly": True}
UNREADABLE = "L'adresse de la base de données (DATABASE_URL) n'est pas lisible."


def engine_for(url: str) -> Engine:
    """An engine on `url`, with the pragmas and transaction modes of this product. Raises Refused
    for an unusable address.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            # `pool_pre_ping`: after a restart of the server no connection works. `hide_parameters`:
            # they may be personal data, and errors are logged.
            engine = create_engine(
                parsed, pool_pre_ping=True, pool_size=20, max_overflow=20, hide_parameters=True
            )
            event.listen(engine, "connect", _prepare_postgresql)
            return engine
        if parsed.database and parsed.database != ":memory:":
            folder = Path(parsed.database).resolve().parent
            folder.mkdir(parents=True, mode=0o700, exist_ok=True)
            _private_file(Path(parsed.database))
        # Hundreds of readers may query at once; a thread that gets no connection within 30 s gets a
        # sentence.
        engine = create_engine(
            parsed,
            connect_args={"timeout": 30},
            pool_size=20,
            max_overflow=40,
            # The last used connection has the most valid cached pages.
            pool_use_lifo=True,
            hide_parameters=True,
        )
    except OSError as error:
        raise Refused(
            f"Le dossier de la base de données ne peut pas être créé : {error.strerror}."
        ) from error
    except Exception as error:
        raise Refused(UNREADABLE) from error
    # For this engine only, before its first statement.
    engine.dialect.colspecs = engine.dialect.colspecs | {Date: _DateOfSqlite}
    store = short_lived.beside(parsed.database)
    short_lived.remove_damaged_store(store)
    event.listen(engine, "connect", partial(_prepare_sqlite, store))
    if parsed.database and parsed.database != ":memory:":
        _watch_file(engine, Path(parsed.database).resolve())
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _watch_file(engine: Engine, path: Path) -> None:
    """Refuses transactions if the file no longer exists, before their result is reported as
    stored.
    """
    file = _files[str(engine.url)] = DatabaseFile(path)

    def opening(_dialect: Dialect, _record: object, words: list, options: dict) -> None:
        file.before_opening()
        # Otherwise SQLite would create the file again if it was removed meanwhile.
        words[0], options["uri"] = f"{path.as_uri()}?mode=rw", True

    event.listen(engine, "do_connect", opening)
    event.listen(engine, "begin", lambda _connection: file.require())
    event.listen(engine, "commit", lambda _connection: file.require())


class _DateOfSqlite(sqlite.DATE):
    """SQLite stores dates as text, and any text: an invalid one must not stop a reader of the other
    rows.
    """

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], date]:
        read = super().result_processor(dialect, coltype)

        def read_or_mark(text: str | None) -> date | None:
            try:
                return read(text)
            except (ValueError, TypeError):
                return NO_DATE

        return read_or_mark


def _prepare_postgresql(connection: object, _record: object) -> None:
    """Plans each query for its own values. The generic plan that PostgreSQL switches to at the
    sixth execution was a hundred times slower for a rare word (measured: 700 ms instead of 4 with
    100 000 entries).
    """
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_custom_plan")
    connection.commit()


def _private_file(file: Path) -> None:
    """Creates an empty private file if there is none, which SQLite fills; its write-ahead file gets
    the same rights.
    """
    if not file.exists():
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))


def _prepare_sqlite(store: str, connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the "begin" event below starts transactions
    _write_ahead(connection, "main")
    is_new = store != ":memory:" and not Path(store).exists()
    connection.execute(f"ATTACH DATABASE ? AS {short_lived.SCHEMA}", (store,))
    # SQLite creates the file with the default rights, which often let others read it.
    if is_new and Path(store).exists():
        Path(store).chmod(0o600)
    if store != ":memory:":
        _write_ahead(connection, short_lived.SCHEMA)
    for pragma in (
        # Confirmed writes survive a power cut; sign-ins and counters need not, and each emptying of
        # their write-ahead file would wait for the disk twice.
        "synchronous=FULL",
        f"{short_lived.SCHEMA}.synchronous=OFF",
        f"busy_timeout={PATIENCE}",
        "foreign_keys=ON",
        # Erased data is overwritten: SQLite would leave its bytes in the free pages.
        "secure_delete=ON",
        f"{short_lived.SCHEMA}.secure_delete=ON",
        "cache_size=-32768",
        "temp_store=MEMORY",
        "mmap_size=268435456",
    ):
        connection.execute(f"PRAGMA {pragma}")
    # The stems of the index in order, read in place: nothing is stored.
    connection.execute(
        "CREATE VIRTUAL TABLE temp.idea_stem USING fts5vocab('main', 'idea_words', 'instance')"
    )
    short_lived.make_in_file(connection)


def _write_ahead(connection: sqlite3.Connection, schema: str) -> None:
    """Switches to WAL, a property of the file; while another start writes, SQLite refuses this at
    once, without waiting.
    """
    deadline = monotonic() + 30
    while connection.execute(f"PRAGMA {schema}.journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute(f"PRAGMA {schema}.journal_mode=WAL")
        except sqlite3.OperationalError:
            if monotonic() > deadline:
                raise
            sleep(0.05)


def _begin_sqlite(connection: Connection) -> None:
    mode = "IMMEDIATE" if connection.get_execution_options().get("writes") else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {mode}")


@cache
def engine() -> Engine:
    """The engine of this process, on the address of the settings."""
    return engine_for(settings().url)


@contextmanager
def reading(on: Engine | None = None) -> Iterator[Session]:
    """A session that only reads."""
    with Session(on or engine(), expire_on_commit=False) as session:
        yield session


def fetch(query: Callable[Concatenate[Session, P], T], *args: P.args, **more: P.kwargs) -> T:
    """The result of one query, in a session of its own."""
    with reading() as session:
        return query(session, *args, **more)


@contextmanager
def writing(on: Engine | None = None) -> Iterator[Session]:
    """One act: commits if the block succeeds, else rolls back."""
    on = on or engine()
    with _one_writer(on):
        with Session(_for_writing(on), expire_on_commit=False) as session, session.begin():
            yield session
        require_file(on)
        if session.info.get(_NO_TRACE) or str(on.url) in _still_traced:
            forget_traces(on)


_WRITER = RLock()


@contextmanager
def _one_writer(on: Engine) -> Iterator[None]:
    """SQLite: one act of this process at a time. Waiting only for the lock of the file is polling,
    and one of fifty waited for 23 seconds.
    """
    if on.dialect.name != "sqlite":
        yield
        return
    if not _WRITER.acquire(timeout=PATIENCE / 1000):
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        error.sqlite_errorname = "SQLITE_BUSY"
        raise OperationalError("BEGIN IMMEDIATE", None, error, hide_parameters=True)
    try:
        yield
    finally:
        _WRITER.release()


@lru_cache(8)
def _for_writing(on: Engine) -> Engine:
    """Cached per engine: creating it takes longer than an act."""
    return on.execution_options(writes=True)


def require_file(on: Engine) -> None:
    """Raises DatabaseGone if the file of the database no longer exists."""
    if file := _files.get(str(on.url)):
        file.require()


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def migrate(on: Engine | None = None, before: Callable[[str], object] | None = None) -> None:
    """Brings the database to the newest step; several processes may start at once: one migrates,
    the others wait. `before` is called with each step before it is applied; all are one
    transaction.

    Raises Refused for a database that cannot be reached, or one newer than this code.
    """
    known_steps()  # before the lock, which should not be held while their files are read
    try:
        with changing_tables(on or engine()) as connection:
            for step in pending_steps(connection) if before else ():
                before(step)
                upgrade(connection, step)
            upgrade(connection)
            if connection.dialect.name == "postgresql":
                short_lived.make_in_schema(connection)
        forget_traces(
            on or engine()
        )  # of dropped tables, and of a process that died before it could
    except DBAPIError as error:
        raise Refused(unreachable(error)) from error


def unreachable(error: DBAPIError) -> str:
    """The sentence for an unreachable database, without its password."""
    detail = (
        str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "pas de réponse"
    )
    if isinstance(error, OperationalError) or "connect" in detail:
        return f"La base de données est inaccessible : {detail}."
    return f"La base de données a refusé l'opération : {detail}."


@contextmanager
def changing_tables(on: Engine) -> Iterator[Connection]:
    """One exclusive transaction that changes tables: it commits if the block succeeds, and leaves
    no broken link.
    """
    with on.connect() as connection:
        is_file = connection.dialect.name == "sqlite"
        if is_file:
            # Foreign keys off before the transaction: a batch change of a parent table would delete
            # its children.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
            connection = connection.execution_options(writes=True)
        try:
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(
                        text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK}
                    )
                yield connection
        finally:
            if is_file:
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


def lock_first_start(session: Session) -> None:
    """Until the end of this transaction no other process migrates or fills the database: of several
    that start at once on an empty one, the first fills it. On SQLite a writing transaction is
    exclusive anyway.
    """
    if not is_sqlite(session):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})


def upgrade(connection: Connection, step: str = "head") -> None:
    """Brings the tables to a step (étape) in the open transaction. Raises Refused for an unknown
    step.
    """
    steps, current = known_steps(), revision(connection)
    wanted = steps[0] if step == "head" else step
    if current == wanted:
        return
    if current is not None and current not in steps:
        raise Refused(
            "La base de données est plus récente que ce programme : mettez le programme à jour."
        )
    from alembic import command  # as in `alembic_config`

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, wanted)
    if connection.dialect.name == "sqlite":
        require_whole_links(connection)


_NO_LOCK = "Le verrou des passages ne peut pas être posé à côté de la base de données."


@contextmanager
def round_lock(on: Engine) -> Iterator[bool]:
    """Whether this process got the lock for a round (passage) on this database; no other process
    gets it during the block.

    Tried once, without waiting. A dead process releases it: the lock belongs to the connection, or
    on SQLite to a file beside the database, so that a round waiting for a mail server blocks no
    writer.
    """
    if on.dialect.name == "sqlite":
        with suppress(OSError):  # an unwritable folder is reported below
            _private_file(Path(f"{on.url.database}.tick"))
        with closing(
            sqlite3.connect(f"{on.url.database}.tick", timeout=0, isolation_level=None)
        ) as lock_file:
            try:
                lock_file.execute("BEGIN EXCLUSIVE")
                mine = True
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise Refused(_NO_LOCK) from error
                mine = False
            yield mine
    else:
        with on.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            mine = connection.execute(
                text("SELECT pg_try_advisory_lock(:key)"), {"key": _ROUND_LOCK}
            ).scalar_one()
            try:
                yield mine
            finally:
                if mine:
                    connection.execute(
                        text("SELECT pg_advisory_unlock(:key)"), {"key": _ROUND_LOCK}
                    )


# ── Traces in the write-ahead file ──────────────────────────────────────────────────────────────

_NO_TRACE = "leaves no trace"
_still_traced: set[str] = (
    set()
)  # databases whose write-ahead file a reader blocked: the next act or round empties it


def leave_no_trace(session: Session) -> None:
    """Called by an act whose text or order must not be stored: an anonymous entry, a dropped draft.

    SQLite's write-ahead file contains deleted data, and every commit in order: it is emptied after
    this act is committed.
    """
    session.info[_NO_TRACE] = True


def forget_traces(on: Engine) -> bool:
    """SQLite: empties the write-ahead file into the database, and that of the short-lived store.
    Returns whether both are empty: a reader may block it, and the next act tries again.
    """
    if on.dialect.name != "sqlite":
        return True
    _still_traced.add(str(on.url))
    with on.connect() as pooled:
        connection = pooled.connection.driver_connection
        # Writers wait meanwhile: not as long as for another writer.
        connection.execute(f"PRAGMA busy_timeout={_LOG_PATIENCE}")
        # A full disk or a locked database: the act is committed all the same.
        with suppress(sqlite3.OperationalError):
            logs = [
                connection.execute(f"PRAGMA {schema}.wal_checkpoint(TRUNCATE)").fetchone()
                for schema in ("main", short_lived.SCHEMA)
            ]
            if not any(busy for busy, *_ in logs):
                _still_traced.discard(str(on.url))
        connection.execute(f"PRAGMA busy_timeout={PATIENCE}")
    return str(on.url) not in _still_traced
