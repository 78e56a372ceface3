"""Reading the system (système): engine, step of the tables, size. No path, no address, no
contents."""

from sqlalchemy import Connection, text
from sqlmodel import Session

from dashboard.access import Reader, require
from models.database import is_sqlite
from models.steps import revision

LEAST_FREE = 500 * 2**20  # bytes: below this the disk is nearly full


def has_room(free: int, size: int) -> bool:
    """Room for the next backup too, which is never larger than the database."""
    return free > max(LEAST_FREE, size)


def system(session: Session, reader: Reader) -> tuple[str, str, int]:
    """Engine, step of the tables and bytes of the database. Raises Refused without the right."""
    require(reader, "system.check")
    engine = "SQLite" if is_sqlite(session) else "PostgreSQL"
    return engine, revision(session.connection()) or "–", size_of(session)


def size_of(on: Session | Connection) -> int:
    """Bytes of the database."""
    dialect = (on if isinstance(on, Connection) else on.get_bind()).dialect
    if dialect.name == "postgresql":
        return on.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    pages, each = (
        on.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("page_count", "page_size")
    )
    return pages * each
