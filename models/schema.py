"""Compares the tables of a database with those of the models; differences in French."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Connection
from sqlalchemy.sql.schema import SchemaItem
from sqlmodel import SQLModel

SEARCH = "idea_words"
_MISSING, _SURPLUS = "manque", "est de trop"
_THINGS = {
    "table": "la table",
    "column": "la colonne",
    "index": "l'index",
    "constraint": "la contrainte",
    "fk": "le lien",
}
_CHANGES = {
    "modify_type": "n'est pas du type attendu",
    "modify_nullable": "n'accepte pas le vide comme attendu",
    "modify_default": "n'a pas la valeur par défaut attendue",
}


def is_compared(thing: object, name: str | None, kind: str, *_: object) -> bool:
    """Search tables differ by engine and are not models."""
    return not (kind == "table" and name and name.startswith(SEARCH))


def called(table: str) -> tuple[str, str]:
    """The French nouns for rows of a table: singular, plural."""
    return _called()[table]


@cache
def _called() -> dict[str, tuple[str, str]]:
    records = [mapper.class_ for mapper in SQLModel._sa_registry.mappers]
    return {record.__tablename__: record.called for record in records if hasattr(record, "called")}


@contextmanager
def reflecting() -> Iterator[None]:
    """Suppresses the warning about expression indexes, which SQLite cannot reflect."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*expression-based index")
        yield


def differences(connection: Connection) -> list[str]:
    """One sentence for each missing, extra or different object; the number of a step alone proves
    nothing.
    """
    # Alembic is imported only where steps are applied or compared, not by every server.
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "include_object": is_compared}
    )
    with reflecting():
        changes = compare_metadata(context, SQLModel.metadata)
    sentences = list(
        dict.fromkeys(sentence for change in changes for sentence in _sentences(change))
    )
    # An object with our name but other columns is reported once, not as one extra and one missing.
    other = {item.removesuffix(f" {_MISSING}") for item in sentences} & {
        item.removesuffix(f" {_SURPLUS}") for item in sentences
    }
    return [item for item in sentences if _thing(item) not in other] + [
        f"{name} n'est pas comme attendu" for name in sorted(other)
    ]


def _thing(sentence: str) -> str:
    return sentence.removesuffix(f" {_MISSING}").removesuffix(f" {_SURPLUS}")


def _sentences(change: Sequence) -> Iterator[str]:
    if not isinstance(change[0], str):  # differences of one column come as a list
        for item in change:
            kind, _schema, table, column = item[:4]
            yield f"la colonne {table}.{column} {_CHANGES.get(kind, 'diffère')}"
        return
    verb, _, thing = change[0].partition("_")
    what = change[-1]
    name = f"{change[2]}.{what.name}" if thing == "column" else _name(what)
    yield f"{_THINGS.get(thing, thing)} {name} {_MISSING if verb == 'add' else _SURPLUS}"


def _name(item: SchemaItem) -> str:
    """The name of a table or an index; an unnamed link or constraint is identified by its
    columns.
    """
    name = getattr(item, "name", None)
    if name:
        return str(name)
    columns = ", ".join(column.name for column in getattr(item, "columns", ()))
    return f"{item.table.name} ({columns})" if hasattr(item, "table") else columns
