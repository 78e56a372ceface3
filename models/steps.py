"""The steps of the database (étapes): those known to this code, and the current one of the
tables.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from models.texts import Refused

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).with_name("migrations")


def alembic_config() -> "Config":
    # Alembic takes 8 MiB: imported only where steps are applied.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def revision(connection: Connection) -> str | None:
    """The step (étape) of the tables; None if there are none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def known_steps() -> list[str]:
    """The steps known to this code, the newest first."""
    files = (MIGRATIONS / "versions").glob("[0-9]*_*.py")
    # A file is named after its step; each step follows the previous one.
    return sorted((file.stem.partition("_")[0] for file in files), reverse=True)


def pending_steps(connection: Connection) -> list[str]:
    """The steps still to be applied, the next one first; none if this code does not know the
    current step.
    """
    steps, current = known_steps(), revision(connection)
    if current is None:
        return steps[::-1]
    return steps[: steps.index(current)][::-1] if current in steps else []


def require_whole_links(connection: Connection) -> None:
    """SQLite, with foreign keys off: raises Refused for a broken link."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise Refused(f"La migration laisserait {len(broken)} liens cassés : rien n'a été changé.")
