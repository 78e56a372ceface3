"""Making a backup (sauvegarder): one file, verified after writing, and journalled."""

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
    """Journals a backup and stores its path for the health checks."""
    save_last_backup(session, path, now)
    day = now.date().isoformat()
    note(session, reader, today(session), BACKUP_SUBJECT, f"c-possible-{day}", "faite", None, day)
