"""The steps of the database (étapes): which this code knows, at which one the tables stand."""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from models.errors import Refused

MIGRATIONS = Path(__file__).with_name("migrations")


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def revision(connection: Connection) -> str | None:
    """The step (étape) the tables stand at; None where there are none yet."""
    return MigrationContext.configure(connection).get_current_revision()


def known_steps() -> list[str]:
    """The steps this code knows, the newest first."""
    return list(_steps_in(str(MIGRATIONS)))


@cache
def _steps_in(_folder: str) -> tuple[str, ...]:
    """Each is a file that is run to be known: once in a process."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return tuple(item.revision for item in scripts.walk_revisions())


def pending_steps(connection: Connection) -> list[str]:
    """The steps that the tables have still to take, the next one first; none where this code does
    not know the step they stand at.
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
