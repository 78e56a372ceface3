"""Restore tests (essayer): the backup is restored into a scratch database, counted and checked like
`check`. Nothing of the installation is changed.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from dashboard.actions.operations.failures import kind
from dashboard.actions.operations.restoring import restore
from dashboard.files.backup import Backup, open_backup
from dashboard.files.backup_copies import IN_BETWEEN
from dashboard.files.backup_folder import is_stale
from dashboard.queries.operations import checks
from dashboard.queries.operations.backup import count_rows
from models.clock import today
from models.database import engine_for, reading
from models.errors import Refused
from models.settings import settings

_SCRATCH = ".c-possible-essai-"
_NAMED = 3  # failed checks that are reported
_OTHER_COUNT = "lignes"


def rehearse(path: Path) -> tuple[int, str]:
    """Essayer: restores the file into an empty SQLite database and checks it. Returns the number of
    rows, and what failed (empty: nothing).
    """
    try:
        with scratch() as on, open_backup(path) as backup:
            rows = restore(on, backup)
            return rows, ", ".join(_faults(on, backup)[:_NAMED])
    except Refused as refusal:
        return 0, kind(refusal)


def _faults(on: Engine, backup: Backup) -> list[str]:
    """The names of the failed checks of the restored database."""
    with on.connect() as connection:
        counted = count_rows(connection)
    with reading(on) as session:
        failed = [f.name for f in checks.everything(session, today(session)) if not f.holds]
    return failed if counted == backup.row_count else [_OTHER_COUNT, *failed]


@contextmanager
def scratch() -> Iterator[Engine]:
    """A temporary SQLite database. In the data folder: /tmp may be in memory, and leftovers must
    not be readable by others.
    """
    settings().cp_data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=settings().cp_data_dir) as folder:
        on = engine_for(f"sqlite:///{Path(folder) / 'c-possible.db'}")
        try:
            yield on
        finally:
            on.dispose()


def sweep(now: datetime) -> None:
    """Deletes files left by killed processes: of a restore test at once, since rounds are
    exclusive; of a copy, which a command may be making, a day later.
    """
    data = settings().cp_data_dir
    dead = [folder for folder in data.glob(f"{IN_BETWEEN}*") if is_stale(folder, now)]
    for folder in (*data.glob(f"{_SCRATCH}*"), *dead):
        shutil.rmtree(folder, ignore_errors=True)
