"""Backups: taken while others write, restored on either engine, whole or not at all, without
secrets.
"""

import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, select, text
from sqlmodel import Session, SQLModel
from support.scripts import end_of
from support.transactions import (
    add_rows,
    contents,
    read_with,
    refuses,
    write_with,
)
from typer.testing import CliRunner

import models.database as house
from dashboard.__main__ import app
from dashboard.access import OPERATOR
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.actions.operations.restoring import restore
from dashboard.files.backup import open_backup, write_backup
from dashboard.queries.operations import record_checks
from dashboard.queries.operations.backup import LEFT_OUT, about, all_rows, snapshot
from models.database import migrate, reading, writing
from models.ideas import Idea
from models.jobs import Installation, Job, Revision
from models.people import Account, Person
from models.revisions import raise_revisions
from models.settings import ROOT, settings
from models.short_lived import Attempt, DayKey, Login, SignOfLife, Ticket
from models.sign_on import FormToken

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
    assert record_checks.current_values(session).holds


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
        middle = len(raw) // 2
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


def command(*words: str, typed: str = "") -> tuple[int, str, str]:
    found = CliRunner().invoke(app, list(words), input=typed)
    return found.exit_code, found.stdout, found.stderr


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
