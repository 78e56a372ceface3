"""Automatic backups (sauvegardes du serveur): one a day, its copy to a second place, and a monthly
restore test.

A round does each where it is due and records its outcome separately. A failure is retried an hour
later, a restore test the next day.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from dashboard.access import OPERATOR, Reader, require
from dashboard.actions.operations.backups import make_backup, note_backup
from dashboard.actions.operations.heartbeats import (
    recording,
    recording_failure,
    write_ends,
)
from dashboard.actions.operations.rehearsing import rehearse, sweep
from dashboard.files.backup_copies import copy_to, hand_over, to_take_away
from dashboard.files.backup_folder import (
    RETENTION,
    BackupFile,
    backup_folder,
    backups_in,
    file_name,
    tidy,
)
from dashboard.queries.operations.health import BACKUP, COPY, REHEARSAL
from models.clock import local, local_day
from models.database import reading, writing
from models.errors import Refused
from models.heartbeats import Heartbeat
from models.installation import Installation
from models.progress import Progress, without_progress
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
