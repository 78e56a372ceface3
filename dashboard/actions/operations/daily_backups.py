"""Automatic backups (sauvegardes du serveur): one a day, its copy to a second place, and a monthly
restore test.

A round does each where it is due and records its outcome separately. A failure is retried an hour
later, a restore test the next day.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from dashboard.access import OPERATOR, Reader, require
from dashboard.actions.acts import note
from dashboard.actions.operations.heartbeats import kind, recording, recording_failure, write_ends
from dashboard.actions.operations.restoring import restore
from dashboard.files.backup import Backup, open_backup, write_backup
from dashboard.files.backup_folder import (
    IN_BETWEEN,
    RETENTION,
    BackupFile,
    backup_folder,
    backups_in,
    copy_to,
    file_name,
    hand_over,
    is_stale,
    tidy,
    to_take_away,
)
from dashboard.queries.operations import checks
from dashboard.queries.operations.backup import about, all_rows, count_rows, snapshot
from dashboard.queries.operations.health import BACKUP, COPY, REHEARSAL
from models.clock import local, local_day, today
from models.database import engine_for, reading, writing
from models.errors import Refused
from models.heartbeats import Heartbeat
from models.installation import Installation
from models.progress import Progress, between, without_progress
from models.settings import settings
from models.short_lived import Pulse

_PATIENCE = timedelta(hours=1)
_COMMAND_MINUTES = 30
FROM_HOUR = 2  # local time from which the day's backup is made


# ── The backup of the day ─────────────────────────────────────────────────────────────────────────


def back_up_when_due(on: Engine, now: datetime) -> bool:
    """Makes the day's backup where it is due and missing; returns whether one was made."""
    with recording_failure(BACKUP, on):
        if not _makes_backups(on) or not _lacks_today(now) or _failed_lately(on, BACKUP, now):
            return False
        make_in_folder(on, OPERATOR, now)
    return True


def make_in_folder(
    on: Engine, reader: Reader, now: datetime, progress: Progress = without_progress
) -> tuple[Path, dict[str, int]]:
    """Sauvegarder into the folder of the settings, and delete old ones: the file, and table → rows.
    Raises Refused.
    """
    require(reader, "backup.make")
    folder = backup_folder()
    path = folder / file_name(now)
    written = make_backup(on, reader, path, now, progress)
    with writing(on) as session:
        note_backup(session, reader, now, path)
    tidy(folder, RETENTION, now)
    return path, written


def _makes_backups(on: Engine) -> bool:
    """A demonstration makes no automatic backup."""
    if settings().backup_folder is None:
        return False
    with reading(on) as session:
        installation = session.get(Installation, 1)
    return installation is not None and not installation.demonstration


def _lacks_today(now: datetime) -> bool:
    local_now, last = local(now), _newest()
    if local_now.hour < FROM_HOUR:
        return False
    return last is None or last.made_at.date() < local_now.date()


def _newest() -> BackupFile | None:
    folder = settings().backup_folder
    files = backups_in(folder) if folder else []
    return next((file for file in files if file.is_plain), None)


def _failed_lately(on: Engine, task: str, now: datetime) -> bool:
    with reading(on) as session:
        beat, pulse = session.get(Heartbeat, task), session.get(Pulse, task)
    if beat is None or not beat.in_a_row or pulse is None or pulse.failed_at is None:
        return False
    failed_at = pulse.failed_at.replace(tzinfo=pulse.failed_at.tzinfo or UTC)
    return now - failed_at < _PATIENCE


# ── The second copy ───────────────────────────────────────────────────────────────────────────────


def copy_when_due(on: Engine, now: datetime, is_new: bool) -> None:
    """Copies the newest backup where it is new or its copy failed an hour ago. Raises Refused."""
    with reading(on) as session:
        beat = session.get(Heartbeat, COPY)
    has_failed = beat is not None and beat.in_a_row > 0
    if is_new or (has_failed and _makes_backups(on) and not _failed_lately(on, COPY, now)):
        copy_newest(on, now)


def copy_newest(on: Engine, now: datetime) -> None:
    """Copier to every second place of the settings, even where one of them fails. Raises
    Refused.
    """
    ours, newest = settings(), _newest()
    if newest is None or not (ours.cp_backup_copy.strip() or ours.cp_backup_command.strip()):
        return
    troubles: list[Refused] = []
    with (
        recording(COPY, on),
        to_take_away(newest.path, ours.cp_backup_key.strip(), ours.cp_data_dir) as file,
    ):
        if folder := ours.cp_backup_copy.strip():
            _collect_refusal(troubles, lambda: _copy(Path(folder), file, now))
        if command := ours.cp_backup_command.strip():
            _collect_refusal(troubles, lambda: hand_over(command, file, _COMMAND_MINUTES))
        if troubles:
            raise troubles[0]


def _copy(folder: Path, file: Path, now: datetime) -> None:
    if folder.resolve() == backup_folder().resolve():
        raise Refused("CP_BACKUP_COPY est le dossier des sauvegardes : donnez-en un autre.")
    copy_to(folder, file)
    tidy(folder, RETENTION, now)


def _collect_refusal(troubles: list[Refused], act: Callable[[], None]) -> None:
    try:
        act()
    except Refused as refusal:
        troubles.append(refusal)


# ── The restore test ──────────────────────────────────────────────────────────────────────────────


def rehearse_when_due(on: Engine, now: datetime) -> None:
    """Essayer: test-restores the day's backup where none was tested this month, or the last test
    failed. Raises Refused where this one fails.
    """
    sweep(now)
    newest, day = _newest(), local_day(now)
    if newest is None or newest.made_at.date() != day or not _makes_backups(on):
        return
    with reading(on) as session:
        beat = session.get(Heartbeat, REHEARSAL)
    if beat and _was_rehearsed(beat, day):
        return
    with recording_failure(REHEARSAL, on):
        rows, failure = rehearse(newest.path)
    with writing(on) as session:
        write_ends(session, {REHEARSAL: failure}, now, amount=rows)
    if failure:
        raise Refused(f"La sauvegarde restaurée à l'essai ne tient pas : {failure}.")


def _was_rehearsed(beat: Heartbeat, day: date) -> bool:
    """Whether a restore held in this month, or failed today."""
    if beat.in_a_row:
        return beat.failed_on == day
    return beat.good_on is not None and beat.good_on.replace(day=1) == day.replace(day=1)


_SCRATCH = ".c-possible-essai-"
_NAMED = 3  # failed checks that are reported
_OTHER_COUNT = "lignes"


def rehearse(path: Path) -> tuple[int, str]:
    """Essayer: restores the file into an empty SQLite database and checks it. Returns the number of
    rows, and what failed (empty: nothing).
    """
    try:
        with scratch() as on, open_backup(path) as backup:
            rows = restore(on, backup)
            return rows, ", ".join(_faults(on, backup)[:_NAMED])
    except Refused as refusal:
        return 0, kind(refusal)


def _faults(on: Engine, backup: Backup) -> list[str]:
    """The names of the failed checks of the restored database."""
    with on.connect() as connection:
        counted = count_rows(connection)
    with reading(on) as session:
        failed = [f.name for f in checks.everything(session, today(session)) if not f.holds]
    return failed if counted == backup.row_count else [_OTHER_COUNT, *failed]


@contextmanager
def scratch() -> Iterator[Engine]:
    """A temporary SQLite database. In the data folder: /tmp may be in memory, and leftovers must
    not be readable by others.
    """
    settings().cp_data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=settings().cp_data_dir) as folder:
        on = engine_for(f"sqlite:///{Path(folder) / 'c-possible.db'}")
        try:
            yield on
        finally:
            on.dispose()


def sweep(now: datetime) -> None:
    """Deletes files left by killed processes: of a restore test at once, since rounds are
    exclusive; of a copy, which a command may be making, a day later.
    """
    data = settings().cp_data_dir
    dead = [folder for folder in data.glob(f"{IN_BETWEEN}*") if is_stale(folder, now)]
    for folder in (*data.glob(f"{_SCRATCH}*"), *dead):
        shutil.rmtree(folder, ignore_errors=True)


def make_backup(
    on: Engine, reader: Reader, path: Path, now: datetime, progress: Progress = without_progress
) -> dict[str, int]:
    """Sauvegarder: writes the file without blocking users, and reads it again; returns table →
    rows. Raises Refused.

    The caller journals it with `note_backup`, in its own transaction.
    """
    require(reader, "backup.make")
    with snapshot(on) as connection:
        written = write_backup(
            path,
            about(connection, now),
            all_rows(connection),
            between(progress, 0, 0.5),
            count_rows(connection),
        )
    with open_backup(path, between(progress, 0.5, 1)):
        # Read back from the disk: an unreadable backup is reported at once.
        pass
    return written


def note_backup(session: Session, reader: Reader, now: datetime, path: Path) -> None:
    """Journals a backup, and records its size and its folder for the health checks."""
    folder = str(path.resolve().parent)
    write_ends(session, {BACKUP: ""}, now, amount=path.stat().st_size, place=folder)
    day = now.date().isoformat()
    note(session, reader, today(session), "sauvegarde", f"c-possible-{day}", "faite", None, day)
