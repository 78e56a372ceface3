"""Making a backup (sauvegarder): one file, read again once written, and noted in the journal."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.journal import note
from dashboard.actions.operations.heartbeats import save_last_backup
from dashboard.files.backup import open_backup, write_backup
from dashboard.queries.operations.backup import about, all_rows, count_rows, snapshot
from dashboard.queries.operations.jobs import BACKUP_SUBJECT
from models.clock import today
from models.progress import Progress, between, without_progress


def make_backup(
    on: Engine, reader: Reader, path: Path, now: datetime, progress: Progress = without_progress
) -> dict[str, int]:
    """Sauvegarder: writes the file while everybody works, and reads it again; table → rows. Raises
    Refused.

    The journal learns of it by `note_backup`, in a transaction of the caller's.
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
        # Read again from the disk: a backup that cannot be read is told on the day it is made.
        pass
    return written


def note_backup(session: Session, reader: Reader, now: datetime, path: Path) -> None:
    """That a backup was made, by whom and on which day; and where it lies, for those who watch."""
    save_last_backup(session, path, now)
    day = now.date().isoformat()
    note(session, reader, today(session), BACKUP_SUBJECT, f"c-possible-{day}", "faite", None, day)
