"""A town that sets nothing up has backups: the server makes one a day, keeps those that the settings
say, takes each to a second place, and brings one back on trial every month.
"""

import os
import shlex
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pyrage import x25519
from sqlalchemy import Engine, text
from support.transactions import (
    add_rows,
    execute,
    read_with,
    refuses,
)
from support.troupe import FROZEN
from typer.testing import CliRunner

import models.database as house
from dashboard.__main__ import app
from dashboard.access import OPERATOR
from dashboard.actions.operations import heartbeats, restoring, tick
from dashboard.files import private
from dashboard.files.backup import is_encrypted, open_backup
from dashboard.files.backup_folder import (
    CommandTooLong,
    backups_in,
    file_name,
    hand_over,
    on_one_disk,
    tidy,
)
from dashboard.queries.operations.health import BACKUP, COPY, REHEARSAL, HealthState, Level
from models.clock import local, local_day, now
from models.database import reading, writing
from models.jobs import Heartbeat, Installation
from models.settings import settings

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


def command(*words: str) -> tuple[int, str, str]:
    found = CliRunner().invoke(app, list(words))
    return found.exit_code, found.stdout, found.stderr


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
