"""Reads the system (système): engine, revision of the tables, size; no path, address or
contents.
"""

from sqlalchemy import Connection, text
from sqlmodel import Session

from dashboard.access import Reader, require
from models.database import is_sqlite
from models.steps import revision

LEAST_FREE = 500 * 2**20  # bytes: below this the disk is nearly full


def has_room(free: int, size: int) -> bool:
    """Whether there is room for the next backup, which is not larger than the database."""
    return free > max(LEAST_FREE, size)


def system(session: Session, reader: Reader) -> tuple[str, str, int]:
    """Engine, migration step of the tables, and bytes of the database. Raises Refused without the
    right.
    """
    require(reader, "system.check")
    engine = "SQLite" if is_sqlite(session) else "PostgreSQL"
    return engine, revision(session.connection()) or "–", size_of(session)


def size_of(on: Session | Connection) -> int:
    """The size of the database in bytes."""
    dialect = (on if isinstance(on, Connection) else on.get_bind()).dialect
    if dialect.name == "postgresql":
        return on.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    pages, page_size = (
        on.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("page_count", "page_size")
    )
    return pages * page_size
