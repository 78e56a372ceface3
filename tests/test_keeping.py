"""Backups; A town that sets nothing up has backups; the data folder is its owner's alone."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pyrage import x25519
from sqlalchemy import Engine, inspect, select, text
from sqlmodel import Session, SQLModel
from support.commands import command, run_command
from support.scripts import end_of
from support.transactions import add_rows, contents, execute, read_with, refuses, write_with
from support.troupe import FROZEN

from dashboard.access import OPERATOR
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.actions.operations import heartbeats, restoring, tick
from dashboard.actions.operations.restoring import restore
from dashboard.files import private
from dashboard.files.backup import is_encrypted, open_backup, write_backup
from dashboard.files.backup_folder import (
    CommandTooLong,
    backups_in,
    file_name,
    hand_over,
    on_one_disk,
    tidy,
)
from dashboard.queries.operations import checks
from dashboard.queries.operations.backup import LEFT_OUT, about, all_rows, snapshot
from dashboard.queries.operations.health import BACKUP, COPY, REHEARSAL, HealthState, Level
from models import database as house
from models.clock import local, local_day, now
from models.database import migrate, reading, writing
from models.ideas import Idea
from models.installation import Heartbeat, Installation, Revision
from models.jobs import Job
from models.people import Account, Person
from models.revisions import raise_revisions
from models.settings import ROOT, settings
from models.short_lived import Attempt, DayKey, Login, SignOfLife, Ticket
from models.sign_on import FormToken

# ── Backups ───────────────────────────────────────────────────────────────────────────────────────
# Taken while others write, restored on either engine, whole or not at all, without secrets.

NOW = datetime(2023, 6, 30, 12, tzinfo=UTC)


def back_up(engine: Engine, path: Path, **changed: object) -> Path:
    with snapshot(engine) as connection:
        write_backup(path, about(connection, NOW) | changed, all_rows(connection))
    return path


def bring_back(engine: Engine, path: Path, **how: object) -> int:
    with open_backup(path) as backup:
        return restore(engine, backup, **how)


@pytest.fixture(scope="module")
def small_on(open_copy) -> Iterator[Callable[[str], Engine]]:
    """Engine's name → a small administration on it, which no test writes into."""
    made = {}

    def opened(kind: str) -> Engine:
        if kind not in made:
            made[kind] = open_copy(kind, "small")
        return made[kind][0]

    yield opened
    for _, end in made.values():
        end()


@pytest.fixture(scope="module")
def small_backup(small_on, tmp_path_factory) -> Path:
    return back_up(small_on("sqlite"), tmp_path_factory.mktemp("sauvegarde") / "petite.zip")


# More rows than these have the demonstration and the small administration.
WHOLE, SMALL = 20_000, 900

# ── There and back ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "source,target,fewest",
    [("sqlite", "postgresql", SMALL), ("postgresql", "sqlite", SMALL)],
)
@pytest.mark.slow
def test_what_was_backed_up_comes_back_table_by_table(
    demo_on, small_on, open_copy, tmp_path, source, target, fewest
):
    """On the same engine or on the other: this is the way from SQLite to PostgreSQL when a town
    outgrows it.
    """
    town = (demo_on if fewest == WHOLE else small_on)(source)
    path = back_up(town, tmp_path / "sauvegarde.zip")
    engine, end = open_copy(target, "empty")
    bring_back(engine, path)
    before, after = contents(town), contents(engine)
    assert list(before) == list(after)
    for table in before:
        assert before[table] == after[table], table
    assert sum(map(len, after.values())) > fewest, "an empty comparison would prove nothing"
    with writing(engine) as session:
        checked_whole(session)
        person = Person(given_name="Une", family_name="Suivante")
        session.add(person)
        session.flush()
        assert person.id > max(row[0] for row in after["person"]), (
            "the sequence goes on behind what came back"
        )
    end()


def checked_whole(session: Session) -> None:
    assert checks.current_values(session).holds


@pytest.mark.parametrize("target", ["postgresql"])
@pytest.mark.slow
def test_search_words_and_links_are_there_again(small_on, open_copy, small_backup, target):
    engine, end = open_copy(target, "empty")
    bring_back(engine, small_backup)
    with engine.connect() as connection:
        assert {row.id for row in connection.execute(text("SELECT id FROM idea_words"))} == set(
            connection.execute(select(Idea.id)).scalars()
        )
    with pytest.raises(Exception, match=r"(?i)foreign key"), engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO mandate (person_id, direction_id, since) VALUES (999999999, 1,"
                " '2023-01-01')"
            )
        )
    before, after = (
        {
            table: sorted(map(str, keys))
            for table, keys in inspect(one).get_multi_foreign_keys().items()
        }
        for one in (small_on(target), engine)
    )
    assert before == after, "the links are neither fewer nor of another kind"
    end()


# Seats were registrations for trainings then, each with its facts: table → what it was called, and
# the columns that it had.


def test_a_newer_backup_is_refused(small_on, sqlite_database, tmp_path):
    path = back_up(small_on("sqlite"), tmp_path / "demain.zip", revision="9999")
    refuses(bring_back, sqlite_database, path, match="plus récente")
    assert not any(contents(sqlite_database).values())


# ── No secrets ────────────────────────────────────────────────────────────────────────────────────


def test_a_backup_holds_no_live_secret_and_its_owner_alone_reads_it(sqlite_copy, tmp_path):
    with writing(sqlite_copy) as session:
        account = session.exec(select(Account.id)).scalars().first()
        session.add_all(
            [
                Login(
                    token="SECRET-connexion",
                    account_id=account,
                    created_at=NOW,
                    used_at=NOW,
                    expires_at=NOW + timedelta(1),
                ),
                Ticket(ticket="SECRET-ticket", expires_at=NOW),
                Attempt(who="SECRET-qui", last_at=NOW),
                SignOfLife(job_id="SECRET-travail", asked_at=NOW),
                DayKey(day=NOW.date(), key="SECRET-cle"),
                FormToken(token="SECRET-formulaire", day=NOW.date()),
                Job(
                    id="SECRET-travail",
                    kind="rapport",
                    asked_on=NOW.date(),
                    result=b"SECRET-resultat",
                ),
            ]
        )
    path = back_up(sqlite_copy, tmp_path / "sauvegarde.zip")
    assert path.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(path) as file:
        everything = b"".join(file.read(name) for name in file.namelist())
        manifest = json.loads(file.read("manifeste.json"))
    assert b"SECRET" not in everything and b"$2b$" in everything, (
        "the hashes of the passwords stay: accounts work again"
    )
    assert manifest["left_out"]["tables"] == list(LEFT_OUT) and manifest["left_out"]["why"]
    assert {*manifest["tables"], *LEFT_OUT} == set(SQLModel.metadata.tables), (
        "no table is forgotten"
    )


@pytest.mark.parametrize("kind", ["postgresql"])
def test_the_order_in_a_backup_is_not_that_of_filing(open_copy, tmp_path, kind):
    """Rows lie on PostgreSQL in the order they came: that order would date an anonymous entry."""
    engine, end = open_copy(kind, "small")
    for n in range(12):
        write_with(
            engine,
            file_idea,
            OPERATOR,
            checked_input(title=f"Anonyme {n}", anonymous=True),
            f"jeton-{n}",
        )
    path = back_up(engine, tmp_path / "sauvegarde.zip")
    with open_backup(path) as backup:
        for table in ("idea", "idea_event", "receipt"):
            keys = [
                row[
                    list(backup.tables[table].columns).index("code" if table == "receipt" else "id")
                ]
                for row in backup.rows(table)
            ]
            assert keys == sorted(keys) and len(keys) > 10, table
    end()


# ── While others write ────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_backup_taken_while_two_write_is_one_moment(open_copy, tmp_path):
    engine, end = open_copy("sqlite", "small")
    empty, end_empty = open_copy("sqlite", "empty")
    filed, enough, failed = [0, 0], threading.Event(), []

    def write(who: int) -> None:
        try:
            while not enough.is_set():
                write_with(
                    engine,
                    file_idea,
                    OPERATOR,
                    checked_input(title=f"De {who} : {filed[who]}"),
                    f"jeton-{who}-{filed[who]}",
                )
                filed[who] += 1
        except Exception as error:
            failed.append(error)

    writers = [threading.Thread(target=write, args=(who,)) for who in (0, 1)]

    def watched(tables):
        """The writers file five entries between two tables that must agree with each other."""
        for table in tables:
            if table[0] in ("direction", "idea", "idea_event"):
                there = sum(filed)
                while sum(filed) < there + 5 and not failed:
                    enough.wait(0.01)
            yield table

    for writer in writers:
        writer.start()
    try:
        with snapshot(engine) as connection:
            write_backup(
                tmp_path / "sauvegarde.zip", about(connection, NOW), watched(all_rows(connection))
            )
    finally:
        enough.set()
        for writer in writers:
            writer.join()
    assert not failed and sum(filed) >= 15
    bring_back(empty, tmp_path / "sauvegarde.zip")
    read_with(empty, checked_whole)
    end_empty(), end()


# ── Refused, and nothing written ──────────────────────────────────────────────────────────────────


def test_a_database_that_holds_data_is_not_overwritten(sqlite_small, small_backup):
    before = contents(sqlite_small)
    refuses(bring_back, sqlite_small, small_backup, match="déjà des données")
    assert contents(sqlite_small) == before


def test_an_explicit_replacement_gives_the_backup_and_stirs_every_cache(sqlite_small, small_backup):
    with writing(sqlite_small) as session:
        file_idea(session, OPERATOR, checked_input(title="Sera abandonnée"), "jeton")
        raise_revisions(session, "ideas")
        before = dict(session.execute(select(Revision.subject, Revision.n)).all())
    bring_back(sqlite_small, small_backup, replace=True)
    with reading(sqlite_small) as session:
        assert (
            session.execute(select(Idea.id).where(Idea.title == "Sera abandonnée")).first() is None
        )
        after = dict(session.execute(select(Revision.subject, Revision.n)).all())
        checked_whole(session)
    assert all(after[subject] > n for subject, n in before.items()), (
        "no process takes the old rows for the new ones"
    )


def test_a_demonstration_never_takes_the_place_of_a_real_database(sqlite_database, small_backup):
    add_rows(sqlite_database, Installation(id=1))
    refuses(bring_back, sqlite_database, small_backup, replace=True, match="démonstration")
    with reading(sqlite_database) as session:
        assert session.get(Installation, 1).demonstration is False


@pytest.mark.parametrize(
    "harm",
    ["cut", "half", "flipped", "row", "no manifest", "manifest", "picture", "empty", "other"],
)
def test_a_damaged_file_is_one_sentence_and_nothing_is_written(
    sqlite_database, small_backup, tmp_path, harm
):
    path = tmp_path / "abimee.zip"
    path.write_bytes(harmed(small_backup, harm))
    refusal = refuses(bring_back, sqlite_database, path)
    assert str(refusal).endswith(".") and "\n" not in str(refusal)
    assert not any(contents(sqlite_database).values())


def harmed(path: Path, harm: str) -> bytes:
    raw = path.read_bytes()
    if harm in ("cut", "half"):
        return raw[:-1] if harm == "cut" else raw[: len(raw) // 2]
    if harm == "flipped":
        # Within the rows of a table: a header has bytes that nobody reads.
        with zipfile.ZipFile(path) as file:
            largest = max(file.infolist(), key=lambda member: member.compress_size)
        middle = largest.header_offset + 100 + largest.compress_size // 2
        return raw[:middle] + bytes([raw[middle] ^ 0xFF]) + raw[middle + 1 :]
    if harm in ("picture", "empty"):
        return b"\x89PNG\r\n\x1a\n" + bytes(100) if harm == "picture" else b""
    return rewritten(path, harm)


def rewritten(path: Path, harm: str) -> bytes:
    """A sound archive whose content was changed: the digests of the manifest tell."""
    copy = path.with_name(f"{harm}.zip")
    with zipfile.ZipFile(path) as file, zipfile.ZipFile(copy, "w") as out:
        for name in file.namelist():
            content = file.read(name)
            if name == "person.jsonl" and harm == "row":
                content = content.replace(b'"Alice"', b'"Mallo"')
            if name == "manifeste.json":
                if harm == "no manifest":
                    continue
                content = {
                    "manifest": b'{"format": 3}',
                    "other": b'{"format": "autre", "tables": {}}',
                }.get(harm, content)
            out.writestr(name, content)
    raw = copy.read_bytes()
    copy.unlink()
    return raw


@pytest.mark.slow
def test_a_backup_with_a_broken_link_leaves_nothing(small_on, open_copy, tmp_path):
    path = tmp_path / "liens.zip"
    with snapshot(small_on("sqlite")) as connection:
        write_backup(
            path,
            about(connection, NOW),
            (table for table in all_rows(connection) if table[0] != "person"),
        )
    engine, end = open_copy("sqlite", "empty")
    refuses(bring_back, engine, path, match="liens")
    assert not any(contents(engine).values())
    migrate(engine)
    end()


def test_a_backup_never_takes_the_place_of_a_file(sqlite_small, tmp_path):
    path = tmp_path / "sauvegarde.zip"
    path.write_text("une autre")
    refuses(back_up, sqlite_small, path, match="existe déjà")
    assert path.read_text() == "une autre" and list(tmp_path.iterdir()) == [path]


# ── Killed ────────────────────────────────────────────────────────────────────────────────────────

KILLED_BACKUP = """
import os, signal, sys
from pathlib import Path
from models.database import engine_for
from dashboard.files.backup import write_backup
from dashboard.queries.operations.backup import about, all_rows, snapshot
from models.clock import now

def until_the_event(tables):
    for name, columns, rows in tables:
        yield name, columns, dying(rows) if name == "idea_event" else rows

def dying(rows):
    for n, row in enumerate(rows):
        if n == 30:
            os.kill(os.getpid(), signal.SIGKILL)
        yield row

with snapshot(engine_for(sys.argv[1])) as connection:
    write_backup(Path(sys.argv[2]), about(connection, now()), until_the_event(all_rows(connection)))
"""
KILLED_RESTORE = """
import os, signal, sys
from pathlib import Path
from models.database import engine_for
from dashboard.actions.operations.restoring import restore
from dashboard.files.backup import open_backup

def dying(share, said):
    if sys.argv[3] in said:
        os.kill(os.getpid(), signal.SIGKILL)

with open_backup(Path(sys.argv[2])) as backup:
    restore(engine_for(sys.argv[1]), backup, replace=True, progress=dying)
"""


def killed(code: str, engine: Engine, *words: str) -> None:
    assert end_of(code, engine, *words) == -9


@pytest.mark.slow
def test_a_backup_that_is_killed_leaves_no_file_under_its_name(sqlite_small, tmp_path):
    before, path = contents(sqlite_small), tmp_path / "sauvegarde.zip"
    killed(KILLED_BACKUP, sqlite_small, str(path))
    assert not path.exists() and contents(sqlite_small) == before
    assert back_up(sqlite_small, path).exists(), "the next one is not in its way"


@pytest.mark.parametrize(
    "small_copy,at",
    [("sqlite", "mots de recherche"), ("postgresql", "idea_event")],
    indirect=["small_copy"],
)
@pytest.mark.slow
def test_a_restoration_that_is_killed_leaves_what_was_there(small_copy, small_backup, at):
    write_with(small_copy, file_idea, OPERATOR, checked_input(title="Était là avant"), "jeton")
    before = contents(small_copy)
    killed(KILLED_RESTORE, small_copy, str(small_backup), at)
    assert contents(small_copy) == before
    read_with(small_copy, checked_whole)


# ── The two commands ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_the_operator_backs_up_and_restores(data_folder, tmp_path):
    assert command("seed", "reference")[0] == 0
    code, said, _ = command("backup", "--out", str(tmp_path))
    assert code == 0 and "Sauvegarde faite et relue" in said
    file = next(tmp_path.glob("c-possible-*.zip"))
    code, _, refused = command("restore", str(file))
    assert code == 1 and refused.count("\n") == 1 and "--remplacer" in refused
    code, _, refused = command("restore", str(file), "--remplacer", typed="non\n")
    assert code == 1 and "Tapez « remplacer »" in refused and "Rien n'a été fait" in refused
    code, said, _ = command("restore", str(file), "--remplacer", typed="remplacer\n")
    assert code == 0 and "Sauvegarde restaurée" in said and "ok   états des idées" in said
    assert command("restore", str(file), "--remplacer", "--oui")[0] == 0


def test_a_file_that_is_no_backup_leaves_nothing_where_no_database_was(data_folder, tmp_path):
    wrong = tmp_path / "photo.zip"
    wrong.write_bytes(b"no backup")
    code, _, refused = command("restore", str(wrong))
    assert code == 1 and refused.count("\n") == 1
    assert not data_folder.exists()


WORDS = [
    ("check",),
    ("tick",),
    ("backup", "--out", "."),
    ("export", "ideas", "--out", "idees.csv"),
    ("account", "list"),
    ("import", "ideas", "idees.csv"),
    ("import", "ideas", "idees.csv", "--write"),
    ("figures",),
]


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_a_command_on_a_wrong_address_reports_no_success(data_folder, words):
    code, said, refused = command(*words)
    assert code == 1 and said == "" and refused.count("\n") == 1
    assert "Aucune base à cette adresse" in refused and str(data_folder) in refused
    assert not data_folder.exists(), "nothing was created on the way"


@pytest.mark.parametrize("what", ["an empty file", "no town"])
def test_a_command_on_an_empty_file_reports_no_success(data_folder, what):
    data_folder.mkdir()
    file = data_folder / "c-possible.db"
    if what == "an empty file":
        file.touch()
    else:
        migrate()
    before = sorted(data_folder.iterdir())
    code, said, refused = command("backup", "--out", str(data_folder))
    assert code == 1 and said == "" and "Aucune base à cette adresse" in refused
    assert sorted(data_folder.iterdir()) == before


@pytest.mark.slow
@pytest.mark.parametrize("what", ["an empty schema", "no town"])
def test_a_command_on_an_empty_schema_reports_no_success(
    data_folder, commands_on, postgres, tmp_path, what
):
    name = postgres.create()
    commands_on(house.engine_for(postgres.url(name)))
    if what == "no town":
        migrate()
    code, said, refused = command("backup", "--out", str(tmp_path))
    assert code == 1 and said == "" and "Aucune base à cette adresse" in refused
    if what == "an empty schema":
        assert inspect(house.engine()).get_table_names() == []
    assert not list(tmp_path.glob("*.zip"))
    house.engine().dispose()
    postgres.drop(name)


def test_an_address_that_cannot_be_read_is_a_sentence(data_folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "nulle part")
    settings.cache_clear()
    code, said, refused = command("check")
    assert (code, said) == (1, "") and refused.count("\n") == 1 and "n'est pas lisible" in refused


def test_a_folder_that_is_not_there_is_a_sentence(data_folder, tmp_path):
    assert command("seed", "reference")[0] == 0
    code, _, refused = command("backup", "--out", str(tmp_path / "nulle" / "part.zip"))
    assert code == 1 and "ne peut pas être écrit" in refused and refused.count("\n") == 1
    code, _, refused = command("restore", str(tmp_path / "absente.zip"))
    assert code == 1 and "ne peut pas être lu" in refused


def test_rows_of_every_kind_of_value_come_back(sqlite_database, tmp_path):
    """Dates, moments, accents, line ends and numbers, through the file."""
    rows = [[1, None, "Œ « 'été' »\n\t\u2028 😀", NOW, NOW.date(), 0.1, True, b"\x00\xff"]]
    columns = dict(
        zip(
            "abcdefgh",
            ("int", "int", "str", "datetime", "date", "float", "bool", "bytes"),
            strict=True,
        )
    )
    path = tmp_path / "valeurs.zip"
    with snapshot(sqlite_database) as connection:
        write_backup(path, about(connection, NOW), [("valeurs", columns, rows)])
    with open_backup(path) as backup:
        assert list(backup.rows("valeurs")) == rows


@pytest.mark.slow
def test_what_the_program_writes_is_for_its_own_user(tmp_path):
    """Whatever the umask of the shell it is started from."""
    folder = tmp_path / "donnees"
    command = f"umask 022; exec {sys.executable} -m dashboard seed reference"
    environment = os.environ | {"CP_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    environment.pop("DATABASE_URL", None)
    subprocess.run(
        command, shell=True, check=True, cwd=tmp_path, env=environment, capture_output=True
    )
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (folder, *folder.iterdir())}
    assert modes.pop("donnees") == "0o700"
    assert "c-possible.db" in modes and set(modes.values()) == {"0o600"}


# ── A town that sets nothing up has backups ───────────────────────────────────────────────────────
# The server makes one a day, keeps those that the settings say, takes each to a second place, and
# brings one back on trial every month.

# Two in the morning in Brussels, in winter and in summer.
WINTER = datetime(2026, 11, 27, 1, tzinfo=UTC)
SUMMER = datetime(2026, 7, 2, 0, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SECRET = "mot de passe du nuage"


@pytest.fixture
def set_to(monkeypatch, tmp_path) -> Iterator[Callable[..., None]]:
    """Settings of the test's own; whatever the hour is, the one of the backup has come."""

    def change(**given: str) -> None:
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        house.engine.cache_clear()

    monkeypatch.setattr(restoring, "FROM_HOUR", 0)
    change(CP_DATA_DIR=str(tmp_path / "var"))
    yield change
    monkeypatch.undo()
    settings.cache_clear()
    house.engine.cache_clear()


def real(on: Engine) -> Engine:
    with writing(on) as session:
        session.get(Installation, 1).demonstration = False
    return on


def rehearsed(on: Engine) -> Engine:
    """One where a restore was tried this month, and held: rounds make no other, which takes a
    second.
    """
    add_rows(real(on), Heartbeat(task=REHEARSAL, good_on=local_day(now())))
    return on


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def made() -> list[Path]:
    return [file.path for file in backups_in(settings().backup_folder)]


def tile(on: Engine, code: str) -> HealthState:
    return {state.code: state for state in read_with(on, heartbeats.read_health)}[code]


def kept_row(on: Engine, table: type, key: object) -> object:
    with reading(on) as session:
        return session.get(table, key)


# ── One a day ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_day_without_backup_gets_one_at_the_round(open_copy, set_to):
    """It can be read, its owner alone may, and the next round finds it there; the first one is
    brought back on trial at once.
    """
    town, end = open_copy("sqlite", "small")
    assert tile(real(town), "sauvegarde").level is Level.bad
    done = tick.tick(town, FROZEN)
    assert (done.was_backed_up, done.troubles) == (True, [])
    (file,) = made()
    assert file.parent == settings().cp_data_dir / "sauvegardes"
    with open_backup(file) as backup:
        rows = backup.row_count
    assert rows > 900 and not private.open_to_others(file.parent)
    assert tile(town, "sauvegarde").level in (Level.good, Level.watch)
    assert str(file.parent) in tile(town, "sauvegarde").message
    found = kept_row(town, Heartbeat, REHEARSAL)
    assert (found.in_a_row, found.failure, found.amount) == (0, "", rows)
    assert tile(town, "restauration").level is Level.good
    assert names(settings().cp_data_dir) == ["sauvegardes"], "the trial leaves nothing behind"
    assert not tick.tick(town, FROZEN).was_backed_up and made() == [file]
    end()


@pytest.mark.parametrize("at", [WINTER, SUMMER])
def test_the_hour_is_that_of_the_town(sqlite_small, set_to, monkeypatch, at):
    monkeypatch.setattr(restoring, "FROM_HOUR", 2)
    real(sqlite_small)
    assert not restoring.back_up_when_due(sqlite_small, at - MINUTE)
    assert restoring.back_up_when_due(sqlite_small, at)
    assert not restoring.back_up_when_due(sqlite_small, at + 21 * HOUR)
    assert restoring.back_up_when_due(sqlite_small, at + DAY + 7 * HOUR), "late is not never"
    days = [f"{local(at) + n * DAY:%Y-%m-%d}" for n in (1, 0)]
    assert [path.name[11:21] for path in made()] == days


def test_a_demonstration_makes_none_by_itself_nor_who_said_none(sqlite_small, set_to):
    assert not restoring.back_up_when_due(sqlite_small, WINTER)
    set_to(CP_BACKUP_FOLDER="none")
    assert not restoring.back_up_when_due(real(sqlite_small), WINTER)
    assert not settings().cp_data_dir.exists()
    assert tile(sqlite_small, "restauration").level is Level.unknown


def test_a_folder_that_is_not_there_is_red_and_tried_again_an_hour_later(
    sqlite_small, set_to, tmp_path
):
    """A disk that is not mounted is not made up."""
    disk = tmp_path / "disque"
    set_to(CP_BACKUP_FOLDER=str(disk))
    done = tick.tick(rehearsed(sqlite_small), FROZEN)
    assert str(disk) in done.troubles[0] and not disk.exists()
    assert "FolderMissing" in tile(sqlite_small, "sauvegarde").remedy
    disk.mkdir()
    assert not restoring.back_up_when_due(sqlite_small, now() + MINUTE)
    assert restoring.back_up_when_due(sqlite_small, now() + 61 * MINUTE)
    assert kept_row(sqlite_small, Heartbeat, BACKUP).in_a_row == 0


# ── What is kept ──────────────────────────────────────────────────────────────────────────────────


def lay(folder: Path, at: datetime) -> Path:
    path = folder / file_name(at)
    path.write_bytes(b"")
    return path


def test_two_years_of_nights_keep_what_the_settings_say(tmp_path):
    """One at noon too on some days: the newest of a day counts."""
    first, rules = datetime(2024, 11, 27, 1, tzinfo=UTC), (14, 8, 12)
    for n in range(731):
        if n % 10 == 0:
            lay(tmp_path, first + n * DAY)
        newest = lay(tmp_path, first + n * DAY + 10 * HOUR)
        tidy(tmp_path, rules, first + n * DAY)
        assert newest.exists()
    last = date(2026, 11, 27)
    days = {last - n * DAY for n in range(14)}
    sundays = {date(2026, 11, 22) - 7 * n * DAY for n in range(7)}  # and the week that runs
    month_ends = {date(2025 + (m > 12), (m - 1) % 12 + 1, 1) - DAY for m in range(13, 24)}
    month_ends = {end for end in month_ends if end > date(2025, 12, 1)} | {date(2025, 12, 31)}
    expected = days | sundays | month_ends
    found = backups_in(tmp_path)
    assert {file.made_at.date() for file in found} == expected
    assert len(found) == len(expected), "one of each day"
    assert {file.made_at.hour for file in found} <= {12, 13}, "the one of noon"


def test_where_no_night_comes_any_more_none_goes(tmp_path):
    files = [lay(tmp_path, WINTER - n * DAY) for n in range(14)]
    tidy(tmp_path, (14, 0, 0), WINTER + 400 * DAY)
    assert all(path.exists() for path in files)
    tidy(tmp_path, (0, 0, 0), WINTER + 400 * DAY)
    assert [path for path in files if path.exists()] == files[:1], "the newest never goes"


def test_what_is_not_ours_stays(tmp_path):
    foreign = [
        "notes.txt",
        "c-possible-2020-01-01-020000.zip.bak",
        "avant-c-possible-2020-01-01-020000.zip",
        "c-possible-2020-13-45-020000.zip",
        "c-possible-vieux.zip",
        ".autre.zip.abc.part",
    ]
    for name in foreign:
        (tmp_path / name).write_text("à quelqu'un d'autre")
    (tmp_path / "c-possible-2020-01-02-020000.zip").mkdir()
    (tmp_path / "c-possible-2020-01-03-020000.zip").symlink_to(tmp_path / "notes.txt")
    ours = lay(tmp_path, WINTER - 900 * DAY)
    drafts = [tmp_path / f".{file_name(WINTER)}.{word}.part" for word in ("mort", "vivant")]
    for path in drafts:
        path.write_bytes(b"")
    long_ago = (WINTER - 2 * DAY).timestamp()
    for path in (drafts[0], *(tmp_path / name for name in foreign)):
        os.utime(path, (long_ago, long_ago))
    os.utime(drafts[1], ((WINTER - HOUR).timestamp(),) * 2)
    before, newest = names(tmp_path), lay(tmp_path, WINTER)
    assert tidy(tmp_path, (1, 0, 0), WINTER) == 1
    gone = {ours.name, drafts[0].name}
    assert names(tmp_path) == sorted({*before, newest.name} - gone)


# ── A second place ────────────────────────────────────────────────────────────────────────────────


def test_a_copy_that_fails_is_red_and_the_backup_stays(sqlite_small, set_to, tmp_path, monkeypatch):
    """Mended, the same backup is copied an hour later, and the copies are kept by the same rules."""
    share = tmp_path / "partage"
    set_to(CP_BACKUP_COPY=str(share))
    monkeypatch.setattr(restoring, "RETENTION", (14, 0, 0))
    done = tick.tick(rehearsed(sqlite_small), FROZEN)
    assert done.was_backed_up and str(share) in done.troubles[0]
    (file,) = made()
    found = tile(sqlite_small, "sauvegarde")
    assert found.level is Level.bad and "sa copie échoue (1 fois)" in found.message
    share.mkdir()
    for n in range(1, 16):
        lay(share, now() - n * DAY)
    restoring.copy_when_due(sqlite_small, now() + MINUTE, is_new=False)
    assert not (share / file.name).exists(), "not at every round"
    restoring.copy_when_due(sqlite_small, now() + 61 * MINUTE, is_new=False)
    assert (share / file.name).read_bytes() == file.read_bytes()
    assert len(backups_in(share)) == 14
    assert tile(sqlite_small, "sauvegarde").level is not Level.bad


def script(folder: Path, body: str) -> str:
    path = folder / "emporte d'ici.sh"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o700)
    return f"{shlex.quote(str(path))} --vers nuage:"


def test_a_command_is_given_the_path_and_nothing_of_ours(sqlite_small, set_to, tmp_path):
    body = f'cp "$3" "{tmp_path}/emporté.zip"; env > "{tmp_path}/env"; echo "$1 $2" >> "{tmp_path}/env"'
    set_to(CP_BACKUP_COMMAND=script(tmp_path, body), CP_SECRET_KEY="x" * 40)
    assert tick.tick(rehearsed(sqlite_small), FROZEN).troubles == []
    assert (tmp_path / "emporté.zip").read_bytes() == made()[0].read_bytes()
    told = (tmp_path / "env").read_text()
    assert "CP_SECRET_KEY" not in told and told.endswith("--vers nuage:\n")
    found = tile(sqlite_small, "sauvegarde")
    assert found.level is Level.good and "et copiée" in found.message


def test_a_command_that_fails_is_told_by_its_code_alone(sqlite_small, set_to, tmp_path, caplog):
    set_to(CP_BACKUP_COMMAND=script(tmp_path, f"echo '{SECRET}' >&2; exit 3"))
    done = tick.tick(rehearsed(sqlite_small), FROZEN)
    assert len(made()) == 1 and done.troubles == [
        "La commande de CP_BACKUP_COMMAND s'est terminée par 3."
    ]
    assert kept_row(sqlite_small, Heartbeat, COPY).failure == "CommandFailed 3"
    found = tile(sqlite_small, "sauvegarde")
    assert "CommandFailed 3" in found.remedy
    assert SECRET not in found.message + found.remedy + caplog.text


def test_a_command_says_where_the_path_stands(tmp_path):
    file = tmp_path / "c'est une; sauvegarde.zip"
    file.write_bytes(b"zip")
    hand_over(f"cp {{}} {tmp_path}/emporté", file, 1)
    assert (tmp_path / "emporté").read_bytes() == b"zip"


def test_a_command_that_does_not_end_is_stopped(tmp_path):
    refuses(
        hand_over, "sh -c 'sleep 3600'", tmp_path / "sauvegarde.zip", 0.001, error=CommandTooLong
    )


@pytest.mark.slow
def test_what_leaves_is_opened_by_one_key_alone(sqlite_small, set_to, tmp_path):
    """Folder and command get the same encrypted file; it comes back with the private key only."""
    key, other = x25519.Identity.generate(), x25519.Identity.generate()
    share = tmp_path / "partage"
    share.mkdir()
    set_to(
        CP_BACKUP_COPY=str(share),
        CP_BACKUP_COMMAND=f"cp {{}} {tmp_path}",
        CP_BACKUP_KEY=str(key.to_public()),
    )
    assert tick.tick(rehearsed(sqlite_small), FROZEN).troubles == []
    (plain,) = made()
    (copy,) = [file.path for file in backups_in(share)]
    assert copy.name == f"{plain.name}.age" and is_encrypted(copy)
    assert (tmp_path / copy.name).read_bytes() == copy.read_bytes()
    assert names(settings().cp_data_dir) == ["sauvegardes"], "what is in between is gone"
    set_to(CP_DATA_DIR=str(tmp_path / "ailleurs"))
    ours, theirs = tmp_path / "cle.txt", tmp_path / "autre.txt"
    ours.write_text(f"# created: 2026-11-27\n{key}\n")
    theirs.write_text(f"{other}\n")
    assert "--identity" in command("restore", str(copy))[2]
    assert "n'ouvre pas" in command("restore", str(copy), "--identity", str(theirs))[2]
    code, said, refused = command("restore", str(copy), "--identity", str(ours))
    assert code == 0 and "Sauvegarde restaurée" in said, refused
    assert not [name for name in names(tmp_path / "ailleurs") if "clair" in name]


def test_a_key_that_is_none_is_red_and_nothing_leaves(sqlite_small, set_to, tmp_path):
    share = tmp_path / "partage"
    share.mkdir()
    set_to(CP_BACKUP_COPY=str(share), CP_BACKUP_KEY="age1n'importe quoi")
    done = tick.tick(rehearsed(sqlite_small), FROZEN)
    assert "CP_BACKUP_KEY" in done.troubles[0] and names(share) == []
    assert tile(sqlite_small, "sauvegarde").level is Level.bad and len(made()) == 1


# ── Brought back on trial ─────────────────────────────────────────────────────────────────────────


def backed_up(on: Engine, at: datetime) -> Path:
    return restoring.make_in_folder(on, OPERATOR, at)[0]


@pytest.mark.slow
def test_a_restore_is_rehearsed_once_a_month(sqlite_small, set_to):
    real(sqlite_small)
    for at, expected in [
        (WINTER, date(2026, 11, 27)),
        (WINTER + DAY, date(2026, 11, 27)),
        (WINTER + 4 * DAY, date(2026, 12, 1)),
    ]:
        backed_up(sqlite_small, at)
        restoring.rehearse_when_due(sqlite_small, at)
        assert kept_row(sqlite_small, Heartbeat, REHEARSAL).good_on == expected


@pytest.mark.slow
def test_a_restore_that_does_not_hold_is_red_until_one_does(sqlite_small, set_to):
    """A database whose counts are wrong gives a backup that is as wrong: the trial says which."""
    execute(real(sqlite_small), text("UPDATE idea SET supports = supports + 1"))
    done = tick.tick(sqlite_small, FROZEN)
    assert done.was_backed_up and "ne tient pas : " in done.troubles[0]
    found = kept_row(sqlite_small, Heartbeat, REHEARSAL)
    assert found.in_a_row == 1 and found.failure
    shown = tile(sqlite_small, "restauration")
    assert shown.level is Level.bad and found.failure in shown.remedy
    assert tick.tick(sqlite_small, FROZEN).troubles == [], "once a day is enough"
    execute(sqlite_small, text("UPDATE idea SET supports = supports - 1"))
    backed_up(sqlite_small, now() + DAY)
    restoring.rehearse_when_due(sqlite_small, now() + DAY)
    assert kept_row(sqlite_small, Heartbeat, REHEARSAL).in_a_row == 0
    assert tile(sqlite_small, "restauration").level is Level.good


def test_a_file_that_is_cut_short_does_not_hold(sqlite_small, set_to):
    """Neither this trial nor one whose process died leaves anything behind."""
    file = backed_up(real(sqlite_small), WINTER)
    dead = settings().cp_data_dir / ".c-possible-essai-mort"
    dead.mkdir()
    (dead / "c-possible.db").write_bytes(b"des noms")
    file.write_bytes(file.read_bytes()[:-2000])
    refuses(
        restoring.rehearse_when_due,
        sqlite_small,
        WINTER,
        match="ne tient pas : Refused",
        error=Exception,
    )
    assert kept_row(sqlite_small, Heartbeat, REHEARSAL).in_a_row == 1
    assert names(settings().cp_data_dir) == ["sauvegardes"]


# ── Where it lies ─────────────────────────────────────────────────────────────────────────────────


def test_a_backup_on_the_disk_of_the_data_is_to_be_watched(sqlite_small, set_to, tmp_path):
    folder = Path(sqlite_small.url.database).parent / "sauvegardes"
    folder.mkdir()
    set_to(CP_BACKUP_FOLDER=str(folder))
    tick.tick(rehearsed(sqlite_small), FROZEN)
    found = tile(sqlite_small, "sauvegarde")
    assert found.level is Level.watch and "même disque" in found.message
    shutil.rmtree(folder)
    assert tile(sqlite_small, "sauvegarde").level is Level.good, "what is away cannot be told"


def test_what_cannot_be_compared_is_not_known(tmp_path, small_copy):
    assert on_one_disk(tmp_path, tmp_path) is True
    assert on_one_disk(tmp_path, Path("/proc")) is False
    assert on_one_disk(tmp_path, tmp_path / "nulle part") is None
    assert read_with(small_copy, heartbeats.backups_on_data_disk) is None, "there is no backup"


# ── The command ───────────────────────────────────────────────────────────────────────────────────


def test_the_command_writes_to_the_same_place(sqlite_small, set_to, tmp_path, monkeypatch):
    """Copy and tidying too; what a town asks for by `--out` lies where it says, and stays there."""
    share = tmp_path / "partage"
    share.mkdir()
    set_to(
        DATABASE_URL=str(sqlite_small.url),
        CP_BACKUP_COPY=str(share),
    )
    monkeypatch.setattr(restoring, "RETENTION", (1, 0, 0))
    for folder in (settings().cp_data_dir, settings().backup_folder):
        folder.mkdir(mode=0o700)
    old = lay(settings().backup_folder, now() - 2 * DAY)
    old.chmod(0o600)
    code, said, refused = command("backup")
    assert (
        code,
        "".join(line for line in refused.splitlines(True) if not line.startswith("… ")),
    ) == (0, "") and not old.exists()
    (file,) = made()
    assert str(file) in said and names(share) == [file.name]
    assert command("backup", "--out", str(tmp_path))[0] == 0
    assert len(made()) == 1 and len(backups_in(tmp_path)) == 1
    share.rename(tmp_path / "ailleurs")
    file.unlink()
    code, said, refused = command("backup")
    assert code == 1 and "Sauvegarde faite" in said and "CP_BACKUP_COPY" in refused
    assert kept_row(sqlite_small, Heartbeat, BACKUP).in_a_row == 0
    set_to(CP_BACKUP_FOLDER="none")
    code, _, refused = command("backup")
    assert code == 1 and "--out" in refused


# ── The data folder is its owner's alone ──────────────────────────────────────────────────────────
# Mended at each start, refused where it is not ours.


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def open_folder(data_folder):
    """A folder as an umask of 022, or a copy from elsewhere, leaves it."""
    assert run_command("seed", "reference").exit_code == 0
    (data_folder / "c-possible-2026-01-01.zip").write_bytes(b"une sauvegarde")
    (data_folder / "notes.txt").write_text("à quelqu'un d'autre")
    for one in (data_folder, *data_folder.iterdir()):
        one.chmod(0o755 if one.is_dir() else 0o644)
    return data_folder


@pytest.mark.slow
def test_a_start_closes_what_others_could_read_and_says_so_once(open_folder):
    first = run_command("check")
    assert "d'autres pouvaient les lire, ils ne le peuvent plus." in first.stderr
    assert mode(open_folder) == 0o700
    ours = [one for one in open_folder.iterdir() if one.name != "notes.txt"]
    assert {one.suffix for one in ours} >= {".db", ".zip"} and {mode(one) for one in ours} == {
        0o600
    }
    assert mode(open_folder / "notes.txt") == 0o644, "what is not ours is left alone"
    assert run_command("check").stderr == ""


def test_what_is_not_ours_to_change_is_refused_in_a_sentence(tmp_path, monkeypatch):
    folder = tmp_path / "partagé"
    folder.mkdir()
    folder.chmod(0o1777)
    refuses(private.close_to_others, folder, match="chmod 700")
    assert folder.stat().st_mode & 0o7777 == 0o1777
    folder.chmod(0o755)

    def denied(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chmod", denied)
    refuses(private.close_to_others, folder, match="n'est pas à vous seul")
