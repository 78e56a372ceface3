"""The steps of the database (étapes): those that this code knows, the one the tables are at."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from models.errors import Refused

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).with_name("migrations")


def alembic_config() -> "Config":
    # Alembic weighs 8 MiB with what it brings: only who takes a step needs it.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def revision(connection: Connection) -> str | None:
    """The step (étape) the tables are at; None where there are none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def known_steps() -> list[str]:
    """The steps this code knows, the newest first."""
    files = (MIGRATIONS / "versions").glob("[0-9]*_*.py")
    # A file is named after its step, and each step follows the one before.
    return sorted((file.stem.partition("_")[0] for file in files), reverse=True)


def pending_steps(connection: Connection) -> list[str]:
    """The steps that the tables have still to take, the next one first; none where this code does
    not know their step.
    """
    steps, here = known_steps(), revision(connection)
    if here is None:
        return steps[::-1]
    return steps[: steps.index(here)][::-1] if here in steps else []


def require_whole_links(connection: Connection) -> None:
    """SQLite, with its foreign keys off: raises Refused where a link points at nothing."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise Refused(f"La migration laisserait {len(broken)} liens cassés : rien n'a été changé.")
