"""Reading what an upgrade (mise à jour) would do: each step that the tables have
still to take, in one French sentence.

A step says it itself, in `told` of its file. Those that landed before any did are
not edited: what they change is seen on an empty database that takes every step, and
told by the names of tables.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from dashboard.french import counted
from models.database import changing_tables, engine_for, upgrade
from models.schema import SEARCH, reflecting
from models.steps import alembic_config, pending_steps, revision

Shape = Mapping[str, frozenset[str]]  # table → its columns
_UNKNOWN = "Ne se laisse pas essayer sur une base vide."
_NAMED = 4  # tables or columns that one sentence names


def steps_to_take(connection: Connection) -> dict[str, str]:
    """Number of each step that is pending → what it does in one French sentence, the next one
    first.
    """
    # Alembic is loaded by who takes or reads steps, not by every server.
    from alembic.script import ScriptDirectory

    pending = pending_steps(connection)
    script = ScriptDirectory.from_config(alembic_config())
    sentences = {step: getattr(script.get_revision(step).module, "told", "") for step in pending}
    seen = {} if all(sentences.values()) else _seen(revision(connection), pending)
    return {step: sentences[step] or seen.get(step, _UNKNOWN) for step in pending}


def _seen(here: str | None, pending: Sequence[str]) -> dict[str, str]:
    """What each of these steps changes, as an empty database shows it."""
    found = {}
    with _empty() as connection:
        if here is not None:
            upgrade(connection, here)
        before = _shape(connection)
        for step in pending:
            try:
                upgrade(connection, step)
            except Exception:  # told by the trial on a copy, or by the upgrade
                break
            after = _shape(connection)
            found[step] = _sentence(before, after)
            before = after
    return found


@contextmanager
def _empty() -> Iterator[Connection]:
    with tempfile.TemporaryDirectory(prefix="c-possible-") as folder:
        on = engine_for(f"sqlite:///{Path(folder) / 'c-possible.db'}")
        try:
            with changing_tables(on) as connection:
                yield connection
        finally:
            on.dispose()


def _shape(connection: Connection) -> Shape:
    with reflecting():
        here = inspect(connection)
        return {
            name: frozenset(column["name"] for column in here.get_columns(name))
            for name in here.get_table_names()
            if not name.startswith(SEARCH)
        }


def _sentence(before: Shape, after: Shape) -> str:
    both = sorted(before.keys() & after.keys())
    changes = [
        ("ajoute", "table", sorted(after.keys() - before.keys())),
        ("retire", "table", sorted(before.keys() - after.keys())),
        ("ajoute", "colonne", [f"{t}.{c}" for t in both for c in sorted(after[t] - before[t])]),
        ("retire", "colonne", [f"{t}.{c}" for t in both for c in sorted(before[t] - after[t])]),
    ]
    parts = [
        f"{verb} {counted(len(names), thing)} ({_listed(names)})"
        for verb, thing, names in changes
        if names
    ]
    sentence = (
        ", ".join(parts) or "revoit index ou contenus, sans table ni colonne de plus ou de moins"
    )
    return f"{sentence[0].upper()}{sentence[1:]}."


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")


def rows_of(connection: Connection) -> int:
    """How many rows all tables hold, whatever their step."""
    preparer = connection.dialect.identifier_preparer
    names = [name for name in inspect(connection).get_table_names() if not name.startswith(SEARCH)]
    return sum(
        connection.execute(text(f"SELECT count(*) FROM {preparer.quote_identifier(name)}")).scalar()
        for name in names
    )
