"""Restoring (restaurer) a backup in one transaction, into an empty database or replacing the
present one.

Only for the operator, on the database's machine. The tables are created at the backup's migration
step, filled, then upgraded: an older backup needs nothing else.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    Table,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

# Not used here: it declares the figures that the checks look up.
from dashboard import figures  # noqa: F401
from dashboard.access import OPERATOR, Reader, require
from dashboard.actions.acts import note
from dashboard.actions.operations.heartbeats import kind, recording, recording_failure, write_ends
from dashboard.files.backup import Backup, RowProgress, open_backup, write_backup
from dashboard.files.backup_folder import (
    IN_BETWEEN,
    RETENTION,
    BackupFile,
    backup_folder,
    backups_in,
    copy_to,
    file_name,
    hand_over,
    is_stale,
    tidy,
    to_take_away,
)
from dashboard.french import counted
from dashboard.queries.operations import checks
from dashboard.queries.operations.backup import about, all_rows, count_rows, snapshot
from dashboard.queries.operations.health import BACKUP, COPY, REHEARSAL
from models.clock import local, local_day, today
from models.database import changing_tables, engine_for, reading, upgrade, writing
from models.ideas import Idea
from models.installation import Heartbeat, Installation, Revision
from models.ledger import write_words
from models.roadmap import Progress, between, without_progress
from models.schema import known_steps, reflecting, require_whole_links
from models.search import index_words
from models.settings import settings
from models.short_lived import Pulse, forget_all
from models.texts import Refused

_CHUNK = 2000
# Share of the progress bar for inserting the rows.
_FILLED = 0.8
_WORDS = "idea_words"
_STEP = "alembic_version"


def restore(
    on: Engine, backup: Backup, *, replace: bool = False, progress: Progress = without_progress
) -> int:
    """Restores a verified backup; returns the number of rows. Raises Refused, and then nothing is
    changed.

    `replace` discards the present content; a demonstration cannot replace a real database.
    """
    if backup.revision not in known_steps():
        raise Refused(
            "Cette sauvegarde vient d'une version plus récente du programme : mettez le programme à"
            " jour."
        )
    with changing_tables(on) as connection:
        # Against writes; SQLite's BEGIN IMMEDIATE already does.
        names = ", ".join(_quoted(connection, name) for name in _ours(connection))
        if connection.dialect.name == "postgresql" and names:
            connection.execute(text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"))
        _require_room(connection, backup, replace)
        before = _revisions(connection)
        cascade = " CASCADE" if connection.dialect.name == "postgresql" else ""
        for name in _ours(connection):
            connection.execute(text(f"DROP TABLE {_quoted(connection, name)}{cascade}"))
        # The backup's own step first: later steps move rows from old columns to new ones.
        upgrade(connection, backup.revision)
        written = _fill(connection, backup, between(progress, 0, _FILLED))
        upgrade(connection)
        _write_words(connection, between(progress, _FILLED, 1))
        _reset_sequences(connection)
        # An old sign-in would open whichever account now has its id.
        forget_all(connection)
        # Above the replaced ones, so that caches of running processes are not reused.
        now = _revisions(connection)
        raised = [{"subject": s, "n": now.get(s, 0) + n + 1} for s, n in before.items()]
        connection.execute(delete(Revision).where(Revision.subject.in_(before)))
        if raised:
            connection.execute(insert(Revision.__table__), raised)
        if connection.dialect.name == "sqlite":
            require_whole_links(connection)
    return written


def _ours(connection: Connection) -> list[str]:
    """The product's own existing tables; others in the same database are left alone."""
    existing = set(inspect(connection).get_table_names())
    return [name for name in (*SQLModel.metadata.tables, _WORDS, _STEP) if name in existing]


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)


def holds_data(connection: Connection) -> bool:
    """Whether any of the product's tables has a row."""
    tables = [
        SQLModel.metadata.tables[name] for name in _ours(connection) if name not in (_WORDS, _STEP)
    ]
    return any(
        connection.execute(select(text("1")).select_from(table).limit(1)).first()
        for table in tables
    )


def _require_room(connection: Connection, backup: Backup, replace: bool) -> None:
    if not holds_data(connection):
        return
    if not replace:
        raise Refused(
            "Cette base contient déjà des données : une sauvegarde se restaure dans une base vide "
            "(ou avec --remplacer, qui abandonne ce que la base contient)."
        )
    real = connection.execute(select(Installation.__table__.c.demonstration)).scalar() is False
    if real and backup.is_demonstration:
        raise Refused(
            "Cette sauvegarde est celle d'une démonstration : elle ne remplace pas une base réelle."
        )


# ── Filling ───────────────────────────────────────────────────────────────────────────────────────


def _fill(connection: Connection, backup: Backup, progress: Progress) -> int:
    # Reflected: the models describe the latest step, the backup may be of an earlier one.
    tables = MetaData()
    with reflecting():
        tables.reflect(connection)
    written = 0
    row_progress = RowProgress(progress, backup.row_count, "Restauration")
    links = _free_links(connection)
    for name in backup.tables:
        table = tables.tables.get(name)
        if table is None or not _fits(table, backup.tables[name].columns):
            raise Refused(
                f"Cette sauvegarde ne correspond pas à son étape (table {name}) : rien n'a été"
                " écrit."
            )
        names = list(backup.tables[table.name].columns)
        rows = 0
        read = backup.rows(table.name)
        while chunk := list(islice(read, _CHUNK)):
            try:
                connection.execute(
                    insert(table), [dict(zip(names, row, strict=True)) for row in chunk]
                )
            except (ValueError, DBAPIError) as error:
                raise Refused(
                    f"Une ligne de la table {table.name} ne peut pas être restaurée : rien n'a été"
                    " écrit."
                ) from error
            rows += len(chunk)
            row_progress(table.name, rows)
        row_progress.end(rows)
        written += rows
    _tie_links(connection, links)
    return written


def _fits(table: Table, columns: Mapping[str, str]) -> bool:
    """Whether the backup's columns match its step. A column added later to that step takes its
    default.
    """
    missing = set(table.columns.keys()) - set(columns)
    return set(columns) <= set(table.columns.keys()) and all(
        table.c[name].server_default is not None for name in missing
    )


def _free_links(connection: Connection) -> list[tuple[str, str]]:
    """PostgreSQL: drops the foreign keys until the end, since rows may refer to later ones."""
    if connection.dialect.name == "sqlite":
        return []
    links = [
        (table, key["name"])
        for table in _ours(connection)
        for key in inspect(connection).get_foreign_keys(table)
    ]
    for table, key in links:
        connection.execute(
            text(
                f"ALTER TABLE {_quoted(connection, table)} ALTER CONSTRAINT"
                f" {_quoted(connection, key)} DEFERRABLE INITIALLY DEFERRED"
            )
        )
    return links


def _tie_links(connection: Connection, links: list[tuple[str, str]]) -> None:
    if not links:
        return
    try:
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    except DBAPIError as error:
        raise Refused("Cette sauvegarde contient des liens cassés : rien n'a été écrit.") from error
    for table, key in links:
        connection.execute(
            text(
                f"ALTER TABLE {_quoted(connection, table)} ALTER CONSTRAINT"
                f" {_quoted(connection, key)} NOT DEFERRABLE"
            )
        )


def _write_words(connection: Connection, progress: Progress) -> None:
    """Rebuilds the search words, which differ by engine."""
    table = Idea.__table__
    last = 0
    done = 0
    total = connection.execute(select(func.count()).select_from(table)).scalar_one()
    with Session(connection) as session:
        # In pages of ids, to limit memory.
        while rows := connection.execute(
            select(table.c.id, table.c.title, table.c.body)
            .where(table.c.id > last)
            .order_by(table.c.id)
            .limit(_CHUNK)
        ).all():
            write_words(
                session,
                [{"id": id_, "words": index_words(title, body)} for id_, title, body in rows],
            )
            last = rows[-1].id
            done += len(rows)
            progress(done / total, f"Restauration : mots de recherche, {counted(done, 'idée')}")


def _reset_sequences(connection: Connection) -> None:
    """PostgreSQL: sets sequences past the inserted ids, and updates the planner's statistics."""
    if connection.dialect.name == "sqlite":
        return
    connection.execute(text("ANALYZE"))
    for table in SQLModel.metadata.sorted_tables:
        key = next(iter(table.primary_key))
        sequence = connection.execute(
            select(func.pg_get_serial_sequence(_quoted(connection, table.name), key.name))
        ).scalar()
        last = connection.execute(select(func.max(key))).scalar() if sequence else None
        if last is not None:
            connection.execute(select(func.setval(sequence, last)))


def _revisions(connection: Connection) -> dict[str, int]:
    """Subject → revision; none where the table is not there yet."""
    if Revision.__tablename__ not in _ours(connection):
        return {}
    return dict(connection.execute(select(Revision.subject, Revision.n)).all())


FROM_HOUR = 2  # local time from which the day's backup is made


# ── The backup of the day ─────────────────────────────────────────────────────────────────────────


def back_up_when_due(on: Engine, now: datetime) -> bool:
    """Makes the day's backup where it is due and missing; returns whether one was made."""
    with recording_failure(BACKUP, on):
        local_now, last = local(now), _newest()
        is_made = last is not None and last.made_at.date() >= local_now.date()
        if local_now.hour < FROM_HOUR or is_made:
            return False
        if not _makes_backups(on) or _failed_lately(on, BACKUP, now):
            return False
        make_in_folder(on, OPERATOR, now)
    return True


def make_in_folder(
    on: Engine, reader: Reader, now: datetime, progress: Progress = without_progress
) -> tuple[Path, dict[str, int]]:
    """Sauvegarder into the folder of the settings, and delete old ones: the file, and table → rows.
    Raises Refused.
    """
    require(reader, "backup.make")
    folder = backup_folder()
    path = folder / file_name(now)
    written = make_backup(on, reader, path, now, progress)
    with writing(on) as session:
        note_backup(session, reader, now, path)
    tidy(folder, RETENTION, now)
    return path, written


def _makes_backups(on: Engine) -> bool:
    """A demonstration makes no automatic backup."""
    if settings().backup_folder is None:
        return False
    with reading(on) as session:
        installation = session.get(Installation, 1)
    return installation is not None and not installation.demonstration


def _newest() -> BackupFile | None:
    folder = settings().backup_folder
    files = backups_in(folder) if folder else []
    return next((file for file in files if file.is_plain), None)


def _failed_lately(on: Engine, task: str, now: datetime) -> bool:
    with reading(on) as session:
        beat, pulse = session.get(Heartbeat, task), session.get(Pulse, task)
    if beat is None or not beat.in_a_row or pulse is None or pulse.failed_at is None:
        return False
    failed_at = pulse.failed_at.replace(tzinfo=pulse.failed_at.tzinfo or UTC)
    return now - failed_at < timedelta(hours=1)


# ── The second copy ───────────────────────────────────────────────────────────────────────────────


def copy_when_due(on: Engine, now: datetime, is_new: bool) -> None:
    """Copies the newest backup where it is new or its copy failed an hour ago. Raises Refused."""
    with reading(on) as session:
        beat = session.get(Heartbeat, COPY)
    has_failed = beat is not None and beat.in_a_row > 0
    if is_new or (has_failed and _makes_backups(on) and not _failed_lately(on, COPY, now)):
        copy_newest(on, now)


def copy_newest(on: Engine, now: datetime) -> None:
    """Copier to every second place of the settings, even where one of them fails. Raises
    Refused.
    """
    ours, newest = settings(), _newest()
    folder, command = ours.cp_backup_copy.strip(), ours.cp_backup_command.strip()
    if newest is None or not (folder or command):
        return
    with (
        recording(COPY, on),
        to_take_away(newest.path, ours.cp_backup_key.strip(), ours.cp_data_dir) as file,
    ):
        try:
            if folder and Path(folder).resolve() == backup_folder().resolve():
                raise Refused("CP_BACKUP_COPY est le dossier des sauvegardes : donnez-en un autre.")
            if folder:
                copy_to(Path(folder), file)
                tidy(Path(folder), RETENTION, now)
        finally:
            if command:
                hand_over(command, file, 30)


# ── The restore test ──────────────────────────────────────────────────────────────────────────────


def rehearse_when_due(on: Engine, now: datetime) -> None:
    """Essayer: test-restores the day's backup where none was tested this month, or the last test
    failed. Raises Refused where this one fails.
    """
    sweep(now)
    newest, day = _newest(), local_day(now)
    if newest is None or newest.made_at.date() != day or not _makes_backups(on):
        return
    with reading(on) as session:
        beat = session.get(Heartbeat, REHEARSAL)
    if beat and _was_rehearsed(beat, day):
        return
    with recording_failure(REHEARSAL, on):
        rows, failure = rehearse(newest.path)
    with writing(on) as session:
        write_ends(session, {REHEARSAL: failure}, now, amount=rows)
    if failure:
        raise Refused(f"La sauvegarde restaurée à l'essai ne tient pas : {failure}.")


def _was_rehearsed(beat: Heartbeat, day: date) -> bool:
    """Whether a restore held in this month, or failed today."""
    if beat.in_a_row:
        return beat.failed_on == day
    return beat.good_on is not None and beat.good_on.replace(day=1) == day.replace(day=1)


_SCRATCH = ".c-possible-essai-"


def rehearse(path: Path) -> tuple[int, str]:
    """Essayer: restores the file into an empty SQLite database and checks it. Returns the number of
    rows, and what failed (empty: nothing).
    """
    try:
        with scratch() as on, open_backup(path) as backup:
            rows = restore(on, backup)
            with on.connect() as connection:
                counted = count_rows(connection)
            with reading(on) as session:
                failed = [f.name for f in checks.everything(session, today(session)) if not f.holds]
            if counted != backup.row_count:
                failed = ["lignes", *failed]
            return rows, ", ".join(failed[:3])
    except Refused as refusal:
        return 0, kind(refusal)


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
    note(session, reader, "sauvegarde", f"c-possible-{day}", "faite", None, day)
