"""Reading the system (système): engine, step of the tables, size, room left. No path, no
address, no contents.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from dashboard.access import Reader, require
from models.database import is_sqlite, known_steps, revision
from models.settings import settings

LEAST_FREE = 500 * 2**20  # bytes: below this the disk is nearly full


@dataclass(frozen=True)
class System:
    """What the administrator reads first. Sizes in bytes."""

    engine: str
    step: str
    is_newest: bool
    size: int
    free: int

    @property
    def has_room(self) -> bool:
        return has_room(self.free, self.size)


def has_room(free: int, size: int) -> bool:
    """Room for the next backup too, which is never larger than the database."""
    return free > max(LEAST_FREE, size)


def system(session: Session, reader: Reader) -> System:
    """The state of the database and of the disk of the data folder. Raises Refused without the
    right.
    """
    require(reader, "system.check")
    here = revision(session.connection())
    folder = settings().cp_data_dir
    return System(
        "SQLite" if is_sqlite(session) else "PostgreSQL",
        here or "–",
        here == known_steps()[0],
        size_of(session),
        shutil.disk_usage(folder if folder.exists() else Path.cwd()).free,
    )


def size_of(session: Session) -> int:
    """Bytes of the database."""
    if is_sqlite(session):
        return (
            session.execute(text("PRAGMA page_count")).scalar_one()
            * session.execute(text("PRAGMA page_size")).scalar_one()
        )
    return session.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
