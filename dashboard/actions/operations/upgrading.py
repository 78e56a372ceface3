"""Upgrading (mettre à jour) a database: what it would change and need, and the upgrade itself,
after a backup.

All steps are one transaction on both engines: a failure undoes them all. The message is based on a
new read of the database.
"""

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.notices.records import queue_mail
from dashboard.actions.notices.sending import mail_problem
from dashboard.actions.operations.heartbeats import kind
from dashboard.actions.operations.restoring import make_backup, note_backup
from dashboard.actions.people.accounts import remember
from dashboard.files.backup_folder import backups_in, required
from dashboard.queries.operations.backup import count_rows
from dashboard.queries.operations.health import BACKUP_LASTS
from dashboard.queries.operations.setup import LATER, RIGHT, size_of
from models.clock import local
from models.database import migrate, writing
from models.faults import identity
from models.notices import NoticeKind
from models.people import Person
from models.roadmap import Progress, between
from models.schema import alembic_config, known_steps, pending_steps, revision
from models.settings import settings
from models.texts import Refused

# A step that rewrites every row is no slower than a restore: 2,800 rows a second measured on
# PostgreSQL, 8,100 on SQLite; plus a fixed time per step.
ROWS_A_SECOND, SECONDS_A_STEP = 2_000, 0.2
_NAMED = "avant-mise-a-jour-%Y-%m-%d-%H%M%S.zip"


@dataclass(frozen=True)
class Plan:
    """Ce qu'une mise à jour fera: sizes in bytes; `backup` is the local time (or day) of the last
    backup and its path.
    """

    engine: str
    here: str
    steps: dict[str, str]
    size: int
    free: int
    rows: int
    backup: str
    is_backup_fresh: bool

    @property
    def newest(self) -> str:
        return known_steps()[0]


# ── The plan ──────────────────────────────────────────────────────────────────────────────────────


def plan(on: Engine, reader: Reader, now: datetime) -> Plan:
    """What an upgrade would do, read-only. Raises Refused for a database of another product or a
    newer version.
    """
    require(reader, "system.check")
    with on.connect() as connection:
        present = revision(connection)
        if present is None:
            raise Refused("Cette base n'a encore aucune table : « c-possible init » ou « run ».")
        if present not in known_steps():
            raise Refused(
                "La base de données est plus récente que ce programme : mettez le programme à jour."
            )
        last_backup, fresh = _last_backup(connection, now)
        # Imported here, so that a server does not load Alembic.
        from alembic.script import ScriptDirectory

        script = ScriptDirectory.from_config(alembic_config())
        return Plan(
            "SQLite" if on.dialect.name == "sqlite" else "PostgreSQL",
            present,
            {
                step: getattr(script.get_revision(step).module, "told", "")
                for step in pending_steps(connection)
            },
            size_of(connection),
            _free(settings().cp_data_dir),
            count_rows(connection),
            last_backup,
            fresh,
        )


def _free(folder: Path) -> int:
    # With PostgreSQL the data folder may not exist yet.
    return shutil.disk_usage(folder if folder.exists() else Path.cwd()).free


def _last_backup(connection: Connection, now: datetime) -> tuple[str, bool]:
    """The newest backup, by its file, else by the journal."""
    folder = settings().backup_folder
    files = [*backups_in(folder)] if folder else []
    if files:
        made_at = files[0].made_at
        age = local(now).replace(tzinfo=None) - made_at
        fresh = age < BACKUP_LASTS
        return f"{made_at:%d/%m/%Y à %H:%M}, dans {folder}", fresh
    journalled = "SELECT after FROM change WHERE subject = 'sauvegarde' ORDER BY id DESC LIMIT 1"
    day = connection.execute(text(journalled)).scalar()
    return f"du {day}" if day else "", False


# ── The upgrade ───────────────────────────────────────────────────────────────────────────────────


def upgrade(
    on: Engine, reader: Reader, found: Plan, folder: Path, now: datetime, progress: Progress
) -> Path:
    """Mettre à jour: a backup, then every step; returns the backup's path. Raises Refused, and then
    the database is unchanged.
    """
    require(reader, "backup.make")
    count = others_on(on)
    if count:
        raise Refused(
            f"La base est encore ouverte ailleurs ({count}) : arrêtez d'abord le service et ses"
            " minuteurs (systemctl stop c-possible). Rien n'a été fait."
        )
    required(folder, "CP_BACKUP_FOLDER")
    # A backup is at most as large as the database; SQLite also writes its changes beside it.
    needed = found.size if found.engine == "PostgreSQL" else 3 * found.size
    free = min(found.free, _free(folder))
    if free < needed:
        raise Refused(
            f"Il faut {needed // 2**20 + 1} Mio libres, il y en a {free // 2**20} : libérez de la"
            " place. Rien n'a été fait."
        )
    path = folder / local(now).strftime(_NAMED)
    make_backup(on, reader, path, now, between(progress, 0, 0.5))
    progress(0.5, "Étapes de la base")
    taken = ["–"]
    try:
        migrate(on, taken.append)
    except Exception as error:
        # A database's message may hold personal data: its kind alone is told.
        cause = error.__cause__ if isinstance(error.__cause__, DBAPIError) else error
        why = str(error) if isinstance(cause, Refused) else f"{kind(cause)}."
        state = _state_after_failure(on, found.here, path)
        raise Refused(f"L'étape {taken[-1]} a échoué : {why} {state}") from error
    with writing(on) as session:
        note_backup(session, reader, now, path)
    return path


def _state_after_failure(on: Engine, here: str, path: Path) -> str:
    """What the database contains now, read again, and what to do."""
    try:
        with on.connect() as connection:
            is_unchanged = revision(connection) == here
    except Exception:
        is_unchanged = False
    if not is_unchanged:
        return f"La base est dans un état inattendu : restaurez {path} dans une base vide."
    return (
        f"La base est restée à l'étape {here}, rien n'y a changé : remettez les sources d'avant,"
        f" démarrez le service, et signalez cette phrase. La sauvegarde d'avant est {path}."
    )


def others_on(on: Engine) -> int:
    """How many other programs have the database open, as far as this process can see."""
    if on.dialect.name == "postgresql":
        with on.connect() as connection:
            return connection.execute(text(_OTHERS)).scalar_one()
    file = identity(Path(on.url.database))
    if file is None:
        return 0
    return sum(
        _has_open(process, file)
        for process in Path("/proc").glob("[0-9]*")
        if process.name != str(os.getpid())
    )


_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND usename = current_user AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


def _has_open(process: Path, file: tuple[int, int]) -> bool:
    try:
        files = list((process / "fd").iterdir())
    except OSError:  # another user's process, or an ended one
        return False
    return any(identity(item) == file for item in files)


def send_test_mail(session: Session, reader: Reader) -> str:
    """Envoyer un courriel d'essai to oneself through the outbox; returns the address. Raises
    Refused with the reason where no mail can be sent, or without an address.
    """
    require(reader, RIGHT)
    if why := mail_problem(session):
        raise Refused(why)
    person = session.get(Person, reader.person_id)
    if not person.email:
        raise Refused("Vous n'avez pas d'adresse de courriel : donnez-la dans « Mon espace ».")
    text = "Les courriels de C-Possible vous parviennent."
    title, href = "Courriel d'essai", "/mise-en-route"
    queue_mail(session, person, NoticeKind.task, title, text, href, person.email)
    return person.email


def leave_for_later(session: Session, reader: Reader, steps: frozenset[str]) -> None:
    """Stores the steps the reader skipped; they remain listed."""
    require(reader, RIGHT)
    remember(session, reader, LATER, ",".join(sorted(steps)))
