"""Restoring (restaurer) a backup in one transaction, into an empty database or replacing the
present one.

Only for the operator, on the database's machine. The tables are created at the backup's migration
step, filled, then upgraded: an older backup needs nothing else.
"""

from collections.abc import Iterator, Mapping
from itertools import islice

from sqlalchemy import Connection, Engine, MetaData, Table, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from dashboard.files.backup import Backup, RowProgress
from dashboard.french import counted
from models.database import changing_tables, upgrade
from models.errors import Refused
from models.ideas import Idea
from models.installation import Installation, Revision
from models.ledger import write_words
from models.progress import Progress, between, without_progress
from models.schema import reflecting
from models.search import index_words
from models.short_lived import forget_all
from models.steps import known_steps, require_whole_links

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
    _require_known(backup)
    with changing_tables(on) as connection:
        _hold(connection)
        _require_room(connection, backup, replace)
        before = _revisions(connection)
        _drop_all(connection)
        # The backup's own step first: later steps move rows from old columns to new ones.
        upgrade(connection, backup.revision)
        written = _fill(connection, backup, between(progress, 0, _FILLED))
        upgrade(connection)
        _write_words(connection, between(progress, _FILLED, 1))
        _reset_sequences(connection)
        # An old sign-in would open whichever account now has its id.
        forget_all(connection)
        _raise_revisions(connection, before)
        if connection.dialect.name == "sqlite":
            require_whole_links(connection)
    return written


def _require_known(backup: Backup) -> None:
    if backup.revision not in known_steps():
        raise Refused(
            "Cette sauvegarde vient d'une version plus récente du programme : mettez le programme à"
            " jour."
        )


def _ours(connection: Connection) -> list[str]:
    """The product's own existing tables; others in the same database are left alone."""
    existing = set(inspect(connection).get_table_names())
    return [name for name in (*SQLModel.metadata.tables, _WORDS, _STEP) if name in existing]


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)


def _hold(connection: Connection) -> None:
    """Locks the tables against writes; SQLite's BEGIN IMMEDIATE already does."""
    names = ", ".join(_quoted(connection, name) for name in _ours(connection))
    if connection.dialect.name == "postgresql" and names:
        connection.execute(text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"))


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


def _drop_all(connection: Connection) -> None:
    cascade = " CASCADE" if connection.dialect.name == "postgresql" else ""
    for name in _ours(connection):
        connection.execute(text(f"DROP TABLE {_quoted(connection, name)}{cascade}"))


# ── Filling ───────────────────────────────────────────────────────────────────────────────────────


def _fill(connection: Connection, backup: Backup, progress: Progress) -> int:
    # Reflected: the models describe the latest step, the backup may be of an earlier one.
    tables = MetaData()
    with reflecting():
        tables.reflect(connection)
    written = 0
    row_progress = RowProgress(progress, backup.row_count, "Restauration")
    links = _free_links(connection)
    for name in backup.manifest["tables"]:
        table = tables.tables.get(name)
        if table is None or not _fits(table, backup.columns(name)):
            raise Refused(
                f"Cette sauvegarde ne correspond pas à son étape (table {name}) : rien n'a été"
                " écrit."
            )
        rows = _fill_table(connection, table, backup, row_progress)
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


def _fill_table(
    connection: Connection, table: Table, backup: Backup, row_progress: RowProgress
) -> int:
    names = list(backup.columns(table.name))
    written = 0
    for chunk in _chunks(backup.rows(table.name)):
        try:
            connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in chunk])
        except (ValueError, DBAPIError) as error:
            raise Refused(
                f"Une ligne de la table {table.name} ne peut pas être restaurée : rien n'a été"
                " écrit."
            ) from error
        written += len(chunk)
        row_progress(table.name, written)
    return written


def _chunks(rows: Iterator[list]) -> Iterator[list]:
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


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
    """Subject → revision in the database about to be replaced."""
    if Revision.__tablename__ not in _ours(connection):
        return {}
    return dict(
        connection.execute(select(Revision.__table__.c.subject, Revision.__table__.c.n)).all()
    )


def _raise_revisions(connection: Connection, before: dict[str, int]) -> None:
    """Raises the revisions above the replaced ones, so that caches of running processes are not
    reused.
    """
    table = Revision.__table__
    now = dict(connection.execute(select(table.c.subject, table.c.n)).all())
    for subject, n in before.items():
        raised = {"n": now.get(subject, 0) + n + 1}
        statement = (
            table.update().where(table.c.subject == subject) if subject in now else insert(table)
        )
        connection.execute(statement.values(subject=subject, **raised))
