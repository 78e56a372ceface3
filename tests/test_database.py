"""The database: steps from nothing, several starts at once, sentences for what is wrong, and no
lost update.
"""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Timer

import pytest
from sqlalchemy import inspect, text
from sqlmodel import SQLModel, select
from support.scripts import begun
from support.transactions import add_rows, refuses, select_all, write_with

import models  # noqa: F401 - registers the tables
from dashboard.commands.serving import first_data
from models.database import engine, engine_for, migrate, reading, writing
from models.jobs import Installation, Revision
from models.revisions import raise_revisions
from models.roadmap import Ambition
from models.schema import differences
from models.settings import settings
from models.short_lived import DayKey

THREADS, TURNS, STARTS = 8, 50, 4


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """The address of a database that holds nothing yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'c-possible.db'}"
        return
    server = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


def test_the_steps_lead_from_nothing_to_the_models(empty_url):
    target = engine_for(empty_url)
    migrate(target)
    with target.connect() as connection:
        assert differences(connection) == []
        assert set(SQLModel.metadata.tables) <= set(inspect(connection).get_table_names())
        assert connection.execute(text("SELECT count(*) FROM idea_words")).scalar() == 0
    migrate(target)
    target.dispose()


@pytest.mark.slow
def test_four_processes_start_at_once_on_an_empty_database(empty_url):
    code = (
        "import sys; from models.database import engine_for, migrate;"
        " migrate(engine_for(sys.argv[1]))"
    )
    starts = [begun(code, empty_url) for _ in range(STARTS)]
    for process in starts:
        process.join()
    assert [process.exitcode for process in starts] == [0] * STARTS
    target = engine_for(empty_url)
    with target.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
        assert differences(connection) == []
    target.dispose()


def test_of_several_that_start_at_once_one_fills_the_empty_database(database):
    def start(_turn: int) -> None:
        write_with(database, first_data, demo=False)

    with ThreadPoolExecutor(STARTS) as hands:
        list(hands.map(start, range(STARTS)))
    with reading(database) as session:
        assert len(session.exec(select(Installation)).all()) == 1
        assert len(session.exec(select(Ambition.code)).all()) == 5


@pytest.mark.slow
def test_a_start_waits_for_another_that_writes_the_new_file(tmp_path):
    """The first start still writes in the file's first mode: the second waits for it, and is not
    told « locked ».
    """
    place = tmp_path / "c-possible.db"
    other = sqlite3.connect(place, check_same_thread=False, isolation_level=None)
    other.execute("CREATE TABLE first (a)")
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO first VALUES (1)")
    Timer(0.5, lambda: (other.execute("COMMIT"), other.close())).start()
    target = engine_for(f"sqlite:///{place}")
    migrate(target)
    with target.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert differences(connection) == ["la table first est de trop"]


def test_a_database_newer_than_the_code_is_refused(database):
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    refuses(migrate, database, match="plus récente")
    with database.connect() as connection:
        assert (
            connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
        )


def test_an_unreachable_postgresql_is_a_sentence_without_the_password():
    target = engine_for(
        "postgresql+psycopg://alice:tres-secret@127.0.0.1:1/nulle-part?connect_timeout=2"
    )
    refusal = refuses(migrate, target, match="inaccessible")
    assert "tres-secret" not in str(refusal)
    assert "\n" not in str(refusal)


@pytest.mark.parametrize(
    "address", ["n'importe quoi", "fantaisie://ici/base", "postgresql+inconnu://a:mdp@ici/base"]
)
def test_an_unreadable_address_is_a_sentence(address):
    refusal = refuses(engine_for, address, match="DATABASE_URL")
    assert "mdp" not in str(refusal)


def test_a_file_that_is_no_database_is_a_sentence(tmp_path):
    (tmp_path / "photo.db").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(4096))
    refuses(migrate, engine_for(f"sqlite:///{tmp_path / 'photo.db'}"))


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    refuses(engine_for, f"sqlite:///{tmp_path / 'file' / 'below' / 'c-possible.db'}")


def test_the_engine_of_the_process_follows_the_settings(data_folder):
    migrate()
    assert settings().url == f"sqlite:///{data_folder / 'c-possible.db'}"
    assert (data_folder / "c-possible.db").is_file()
    assert data_folder.stat().st_mode & 0o077 == 0, "the folder is readable by its owner only"
    assert engine() is engine()


def test_every_sqlite_connection_has_its_pragmas(sqlite_database):
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30000,
        "secure_delete": 1,
    }
    ours = engine_for(str(sqlite_database.url))  # a copy of the tests does not wait for the disk
    with ours.connect() as one, ours.connect() as other:
        for connection in (one, other):
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
            assert found == wanted


def test_foreign_keys_hold_after_a_migration(sqlite_database):
    migrate(sqlite_database)
    with pytest.raises(Exception, match="FOREIGN KEY"), sqlite_database.begin() as connection:
        connection.execute(
            text("INSERT INTO mandate (person_id, direction_id, since) VALUES (1, 1, '2023-01-01')")
        )
    with sqlite_database.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_an_act_that_fails_leaves_nothing(database):
    with pytest.raises(RuntimeError), writing(database) as session:
        raise_revisions(session, "ideas")
        raise RuntimeError("the power goes")
    assert select_all(database, select(Revision)) == []


@pytest.mark.parametrize("from_byte", [0, 4096])
def test_a_short_lived_store_that_a_power_cut_has_damaged_is_made_anew(tmp_path, from_byte):
    url = f"sqlite:///{tmp_path / 'c-possible.db'}"
    on = engine_for(url)
    migrate(on)
    with writing(on) as session:
        session.add(DayKey(day=date(2026, 11, 28), key="une clé"))
        session.add(Installation(id=1))
    on.dispose()
    store = tmp_path / "c-possible.short-lived.db"
    content = bytearray(store.read_bytes())
    content[from_byte : from_byte + 3000] = b"\xa5" * 3000
    store.write_bytes(content)
    again = engine_for(url)
    with reading(again) as session:
        assert session.exec(select(DayKey)).all() == []
        assert session.get(Installation, 1), "the database itself is as it was"
    again.dispose()


def test_a_whole_short_lived_store_is_kept(tmp_path):
    url = f"sqlite:///{tmp_path / 'c-possible.db'}"
    on = engine_for(url)
    migrate(on)
    add_rows(on, DayKey(day=date(2026, 11, 28), key="une clé"))
    beside = engine_for(url)  # a second process, while the first one is open
    assert select_all(beside, select(DayKey.key)) == ["une clé"]
    beside.dispose()
    on.dispose()
