"""Reading what came since a backup (depuis une sauvegarde): the database beside what
the backup holds, both at the newest step, table by table and row by row.

What can be made again from other rows (roll-ups, revisions) is not told. What is
secret, or is its author's alone until she sends it, is counted and never shown.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b

from sqlalchemy import Connection, Row, Table, select

from dashboard.queries.figures.small_cells import SMALLEST
from dashboard.queries.keeping.backup import stored_tables
from models import rollups
from models.keeping import Installation, Revision

_CHUNK = 2000
# Made again from the facts, or of this database and not of what people did.
DERIVED = frozenset(
    table.__tablename__
    for table in (
        *(rollups.IdeaFlow, rollups.IdeaDelay, rollups.IdeaDue, rollups.IdeaCohort),
        *(rollups.IdeaFiled, rollups.IdeaAuthor, rollups.IdeaWaiting, rollups.IdeaSaid),
        *(Revision, Installation),
    )
)
# Codes, keys and their hashes; who has not answered yet; what was only begun; who was told what.
COUNTED = frozenset(
    (
        *("receipt", "recovery_code", "calendar_key", "invitation", "questionnaire_invitation"),
        "reader_token",
        *(
            "erased_key",
            "waiting_sheets",
            "draft",
            "preference",
            "outbox",
            "guest_notice",
        ),
    )
)
SECRET = {
    "account": ("password_hash", "second_factor", "issuer", "subject"),
    "poster": ("nonce",),
    "guest": ("seed", "code"),
}
# The order in which people ask for them: these first, then all others.
_FIRST = (
    *("idea", "idea_event", "comment", "photo", "support", "decision", "decision_event"),
    *("registration", "registration_event", "meeting", "meeting_seat", "attendance", "measure"),
    *("target", "milestone_report", "rebaseline", "project_report", "survey_answer"),
)
Key = tuple
Values = dict[str, object]


@dataclass
class TableSince:
    """Ce qu'une table a reçu: rows that are new and rows that are other, as they are
    now; how many are gone, which the backup would bring back.
    """

    name: str
    new: list[Values] = field(default_factory=list)
    other: list[Values] = field(default_factory=list)
    gone: int = 0

    @property
    def is_shown(self) -> bool:
        return self.name not in COUNTED and bool(self.new or self.other)


def since(now: Connection, then: Connection) -> Iterator[TableSince]:
    """Each table where something is new, other or gone, those that people ask for first."""
    tables = {table.name: table for table in stored_tables() if table.name not in DERIVED}
    for name in sorted(tables, key=lambda name: _FIRST.index(name) if name in _FIRST else 99):
        found = _compared(tables[name], now, then)
        if found.new or found.other or found.gone:
            yield found


def _compared(table: Table, now: Connection, then: Connection) -> TableSince:
    before = {_key(table, row): _digest(row) for row in _rows(table, then)}
    found = TableSince(table.name)
    for row in _rows(table, now):
        digest = before.pop(_key(table, row), None)
        if digest is None:
            found.new.append(_shown(table, row))
        elif digest != _digest(row):
            found.other.append(_shown(table, row))
    found.gone = len(before)
    if table.name == "survey_answer":
        _hide_small_cells([*found.new, *found.other])
    return found


def _rows(table: Table, connection: Connection) -> Iterator[Row]:
    """In the order of their keys, which is not that of their coming."""
    statement = select(*table.columns).order_by(*table.primary_key)
    yield from connection.execute(statement, execution_options={"yield_per": _CHUNK})


def _key(table: Table, row: Row) -> Key:
    return tuple(row._mapping[column] for column in table.primary_key)


def _digest(row: Sequence[object]) -> bytes:
    """The same for the same row on either engine."""
    return blake2b(repr([_plain(value) for value in row]).encode(), digest_size=16).digest()


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return bytes(value) if isinstance(value, memoryview) else value


def _shown(table: Table, row: Row) -> Values:
    hidden = SECRET.get(table.name, ())
    return {
        column.name: value
        for column, value in zip(table.columns, row, strict=True)
        if column.name not in hidden
    }


def _hide_small_cells(answers: list[Values]) -> None:
    """A direction or a family that fewer sheets share than may be shown is left empty."""
    for name, nothing in (("direction_id", None), ("family", "")):
        sheets = defaultdict(set)
        for answer in answers:
            sheets[answer["survey_id"], answer[name]].add(answer["sheet"])
        sizes = Counter({cell: len(found) for cell, found in sheets.items()})
        for answer in answers:
            if sizes[answer["survey_id"], answer[name]] < SMALLEST:
                answer[name] = nothing


# ── Names in the place of numbers ─────────────────────────────────────────────────────────────────

_NAMES = ("number", "name", "title", "code")


def names_of(connection: Connection, table: str) -> dict[object, str]:
    """Key → what people call each record of a table; nothing where it has no such word."""
    found = next(one for one in stored_tables() if one.name == table)
    if table == "person":
        columns = [found.c.given_name, found.c.family_name]
    else:
        columns = [found.c[name] for name in _NAMES if name in found.c][:1]
    if not columns or len(found.primary_key) != 1:
        return {}
    rows = connection.execute(select(*found.primary_key, *columns))
    return {key: " ".join(str(word) for word in words if word) for key, *words in rows}


def links_of(table: str) -> dict[str, str]:
    """Column → the table that it points at."""
    found = next(one for one in stored_tables() if one.name == table)
    return {
        column.name: next(iter(column.foreign_keys)).column.table.name
        for column in found.columns
        if column.foreign_keys
    }
