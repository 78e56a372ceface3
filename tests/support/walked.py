"""What the steps send to an empty database, sent again to the next one: Alembic takes half a second of
a processor for what never differs.

The first walk of a process is Alembic's own, and so is every one on tables that are there.
"""

from collections.abc import Callable

from alembic.config import Config
from sqlalchemy import event

from models import schema
from models.schema import revision

Sent = list[tuple[str, object, bool]]

# What is only asked decides nothing on an empty database.
_ASKED = ("SELECT", "PRAGMA")


def remembering(walk: Callable[[Config, str], None]) -> Callable[[Config, str], None]:
    """`alembic.command.upgrade`, which walks from nothing to a step once for each engine."""
    known: dict[tuple, Sent] = {}

    def walked(config: Config, step: str) -> None:
        connection = config.attributes["connection"]
        if revision(connection) is not None:
            return walk(config, step)
        key = connection.dialect.name, step, schema.MIGRATIONS
        if key not in known:
            known[key] = _told(connection, lambda: walk(config, step))
            return None
        for statement, parameters, is_many in known[key]:
            cursor = connection.connection.cursor()
            (cursor.executemany if is_many else cursor.execute)(statement, parameters)
            cursor.close()
        return None

    return walked


def _told(connection: object, walk: Callable[[], None]) -> Sent:
    sent: Sent = []

    def note(_connection, _cursor, statement, parameters, _context, is_many) -> None:
        if not statement.lstrip().startswith(_ASKED):
            sent.append((statement, parameters, is_many))

    event.listen(connection, "before_cursor_execute", note)
    try:
        walk()
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return sent
