"""The journal in French; the history (historique) of a reference table: its changes in the journal,
under the current names of its rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.queries.journal import OPERATOR
from dashboard.queries.reference_tables import (
    REFERENCE_TABLES,
    REGISTERED,
    ReferenceTable,
    from_journal,
    texts,
)
from models.ledger import Change
from models.people import Person

PAGE = 20
_TABLES = tuple(REFERENCE_TABLES.values()) + tuple(REGISTERED.values())
_SUBJECTS = {table.subject: table.one for table in _TABLES} | {
    "account": "compte",
    "decision": "décision",
    "idea": "idée",
    "ideas": "idée",
    "lecture": "liste de noms",
    "mandate": "mandat",
    "outbox": "avis",
    "person": "personne",
    "survey": "enquête",
}
# The fields that no table has, as their forms name them.
_FIELDS = {
    "answer": "réponse",
    "asks_direction": "demande la direction",
    "body": "texte",
    "by_link": "par un lien",
    "campaign_id": "campagne",
    "citizens": "pour les citoyens",
    "closes_on": "dernier jour",
    "concerns_id": "direction concernée",
    "definition": "définition",
    "direction_id": "direction",
    "directions": "directions",
    "dropped_on": "abandonné le",
    "enrols": "inscriptions",
    "fiche : concerned": "fiche : qui est concerné",
    "fiche : cost": "fiche : coût estimé",
    "fiche : fte": "fiche : équivalents temps plein",
    "fiche : problem": "fiche : problème",
    "first_day": "premier jour",
    "group_id": "groupe de progrès",
    "last_day": "dernier jour",
    "opens_on": "premier jour",
    "outcome": "suite",
    "series": "série",
    "site_id": "site",
    "sponsor_id": "commanditaire",
    "status": "statut",
    "until": "jusqu'au",
    "voices": "voix",
}


def subject_in_french(subject: str) -> str:
    """« Jalon », « Compte »: what a line of the journal is about."""
    return _SUBJECTS.get(subject, subject).capitalize()


def line_in_french(line: Change) -> tuple[str, str, str]:
    """The field of a line of the journal, its value before and after, as a table or form shows
    them.
    """
    own = [table for table in _TABLES if table.subject == line.subject] or _TABLES
    columns = (column for table in own for column in table.columns)
    column = next((column for column in columns if column.in_journal == line.field), None)
    name = column.title if column else _FIELDS.get(line.field) or from_journal(None, line.field)
    return name, from_journal(column, line.before), from_journal(column, line.after)


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change: day, author, row (by its current name), field, before, after."""

    on: date
    who: str
    row: str
    field: str
    before: str
    after: str


def history(
    session: Session,
    reader: Reader,
    table: ReferenceTable,
    on: date,
    row: str = "",
    page: int = 1,
    size: int = PAGE,
) -> list[ChangeLine]:
    """Page `page` (from 1) of the changes of a table or of one row, newest first. Raises Refused
    without the right.
    """
    require(reader, table.right)
    current_rows = rows_by_key(session, reader, table, on)
    changes = session.execute(
        _matching(session, table, table.record_of(row, current_rows.get(row)))
        .order_by(Change.id.desc())
        .offset((page - 1) * size)
        .limit(size)
    ).all()
    renames = _renames(session, table)
    return [_line(table, change, person, current_rows, renames) for change, person in changes]


def history_length(
    session: Session, reader: Reader, table: ReferenceTable, on: date, row: str = ""
) -> int:
    """The number of changes. Raises Refused without the right."""
    require(reader, table.right)
    cells = rows_by_key(session, reader, table, on).get(row) if row else None
    found = (
        _matching(session, table, table.record_of(row, cells))
        .with_only_columns(Change.id)
        .subquery()
    )
    return session.execute(select(func.count()).select_from(found)).scalar_one()


def rows_by_key(
    session: Session, reader: Reader, table: ReferenceTable, on: date
) -> dict[str, tuple[str, ...]]:
    """Key → current cells of the row. Raises Refused without the right."""
    return {table.key_of(cells): cells for cells in texts(session, reader, table, on)}


def _renames(session: Session, table: ReferenceTable) -> Sequence[Change]:
    """The changes of keys, oldest first."""
    if not table.former:
        return []
    keys = [column.in_journal for column in table.columns if column.is_key]
    return session.exec(
        select(Change)
        .where(Change.subject == table.subject, Change.field.in_(keys), Change.before.is_not(None))
        .order_by(Change.id)
    ).all()


def names_of(session: Session, table: ReferenceTable, name: str) -> set[str]:
    """The names of a row in the journal: the current one and the former ones."""
    names = {name}
    for rename in reversed(_renames(session, table)):
        if rename.after in names:
            names.add(rename.before)
    return names


def _matching(session: Session, table: ReferenceTable, row: str) -> Select:
    statement = select(Change, Person).outerjoin(Person, Person.id == Change.by)
    statement = statement.where(Change.subject == table.subject)
    if row:
        names = names_of(session, table, row)
        statement = statement.where(Change.record.in_(sorted(names)))
    return statement


def _line(
    table: ReferenceTable,
    change: Change,
    person: Person | None,
    current_rows: dict[str, tuple[str, ...]],
    renames: Sequence[Change],
) -> ChangeLine:
    # The journal has the name that the row had then; later renames lead to its current name.
    name = change.record
    for rename in renames:
        if rename.id >= change.id and rename.before == name:
            name = rename.after or name
    keys = (key for key, cells in current_rows.items() if table.record_of(key, cells) == name)
    who = person.name if person else OPERATOR
    return ChangeLine(change.on, who, next(keys, name), *line_in_french(change))
