"""Restoring (restaurer) a backup: one transaction, into an empty database, or in the place of the
one that is there.

The operator alone does this, at the machine that holds the database. The tables are made again at
the step the backup was made at, filled, then brought to the newest step: an older backup needs
nothing else.
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
# The share of a restoration that is done when its rows are there.
_FILLED = 0.8
_WORDS = "idea_words"
_STEP = "alembic_version"


def restore(
    on: Engine, backup: Backup, *, replace: bool = False, progress: Progress = without_progress
) -> int:
    """Restores a verified backup; the number of rows written. Raises Refused, and then nothing is
    changed.

    `replace` gives up what the database holds; a demonstration never takes the place of a real one.
    """
    _require_known(backup)
    with changing_tables(on) as connection:
        _hold(connection)
        _require_room(connection, backup, replace)
        before = _revisions(connection)
        _drop_all(connection)
        # The tables as they were when the backup was made; only once they are filled do the later
        # steps run, which move rows from old columns to new ones.
        upgrade(connection, backup.revision)
        written = _fill(connection, backup, between(progress, 0, _FILLED))
        upgrade(connection)
        _write_words(connection, between(progress, _FILLED, 1))
        _reset_sequences(connection)
        # A sign-in would open the account that now bears its number.
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
    """Our own tables that are there; whatever else shares the database is left alone."""
    there = set(inspect(connection).get_table_names())
    return [name for name in (*SQLModel.metadata.tables, _WORDS, _STEP) if name in there]


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)


def _hold(connection: Connection) -> None:
    """Nobody writes between the look at the tables and their end; SQLite's BEGIN IMMEDIATE sees
    to it already.
    """
    names = ", ".join(_quoted(connection, name) for name in _ours(connection))
    if connection.dialect.name == "postgresql" and names:
        connection.execute(text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"))


def holds_data(connection: Connection) -> bool:
    """Whether any of our tables has a row."""
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
    # Read from the database: our models know the latest step, the backup may be of an earlier one.
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
    """The columns of a backup are those of its step. A step that was edited once may have given
    a column since: its default fills it.
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
    """PostgreSQL: the foreign keys wait until the end, since an idea may be merged into one that
    comes later.
    """
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
    """The search words differ by engine and are made again from the texts."""
    table = Idea.__table__
    last = 0
    done = 0
    known = connection.execute(select(func.count()).select_from(table)).scalar_one()
    with Session(connection) as session:
        # By pages of ids: the texts of all entries together need not fit into memory.
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
            progress(done / known, f"Restauration : mots de recherche, {counted(done, 'idée')}")


def _reset_sequences(connection: Connection) -> None:
    """PostgreSQL's sequences do not see ids that were given: the next one must be free; and its
    planner counts the rows.
    """
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
    """Subject → revision of what is about to go."""
    if Revision.__tablename__ not in _ours(connection):
        return {}
    return dict(
        connection.execute(select(Revision.__table__.c.subject, Revision.__table__.c.n)).all()
    )


def _raise_revisions(connection: Connection, before: dict[str, int]) -> None:
    """A process that serves the replaced database keeps what it read by revision: none may come
    back.
    """
    table = Revision.__table__
    now = dict(connection.execute(select(table.c.subject, table.c.n)).all())
    for subject, n in before.items():
        raised = {"n": now.get(subject, 0) + n + 1}
        statement = (
            table.update().where(table.c.subject == subject) if subject in now else insert(table)
        )
        connection.execute(statement.values(subject=subject, **raised))
