"""Making a backup (sauvegarder): one file, verified after writing, and journalled."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.journal import note
from dashboard.actions.operations.heartbeats import write_ends
from dashboard.files.backup import open_backup, write_backup
from dashboard.queries.operations.backup import about, all_rows, count_rows, snapshot
from dashboard.queries.operations.health import BACKUP
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
    """Journals a backup, and records its size and its folder for the health checks."""
    folder = str(path.resolve().parent)
    write_ends(session, {BACKUP: ""}, now, amount=path.stat().st_size, place=folder)
    day = now.date().isoformat()
    note(session, reader, today(session), "sauvegarde", f"c-possible-{day}", "faite", None, day)
