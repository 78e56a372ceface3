"""A new entry (nouvelle entrée): what the form, the workshop and the survey file becomes one record
with its number, its dated filing, its promise of an answer and its search words.

Imports bring states and dates of their own: `imported_rows` makes theirs.
"""

import secrets
from collections.abc import Iterator
from datetime import date
from functools import cache

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session

from models import standing
from models.errors import Refused
from models.facts import random_id
from models.idea_events import EventKind
from models.ideas import DETAILS, Idea, IdeaInput, IdeaStatus
from models.ledger import Ledger, event_row
from models.settings import settings
from models.workdays import workdays

_DRAWS = 8
_SHORTEST, _LONGEST = 5, 9  # digits


def promised_day(session: Session, day: date) -> date:
    """The day by which what is filed today is answered."""
    return workdays(session).add(day, settings().cp_answer_days)


def new_entry(
    session: Session,
    ledger: Ledger,
    idea: IdeaInput,
    *,
    by: int | None,
    day: date,
    due_on: date,
    **circumstances: object,
) -> Idea:
    """Adds the entry and its filing to the open transaction; `circumstances` are the other columns
    of `Idea` (author, relay, channel, origin, meeting). The caller writes the ledger.
    """
    record = Idea(
        id=random_id(day),
        number=0,
        kind=idea.kind,
        title=idea.title,
        body=idea.body,
        ambition_id=idea.ambition_id,
        concerns_id=idea.concerns_id,
        good=idea.good,
        **{detail.column: getattr(idea, detail.column) for detail in DETAILS},
        filed_on=day,
        status=IdeaStatus.received,
        due_on=due_on,
        **circumstances,
    )
    _add_numbered(session, record)
    ledger.add(
        event_row(
            record,
            id=random_id(day),
            on=day,
            recorded_on=day,
            seq=1,
            what=EventKind.filed,
            by=by,
            to_status=IdeaStatus.received,
            due_on=due_on,
        )
    )
    ledger.index(record.id, record.title, record.body)
    return record


def _add_numbered(session: Session, record: Idea) -> None:
    """Under a free number: the statement that adds the entry says whether it was."""
    adding = _adding(session.get_bind().dialect.name)
    values = record.model_dump()
    for number in _drawn_numbers():
        values["number"] = number
        if session.execute(adding, values).first() is not None:
            record.number = number
            standing.written(session, [values])
            return
    raise Refused("Aucun numéro libre n'a été trouvé : réessayez.")


@cache
def _adding(dialect: str) -> ReturningInsert:
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(Idea.__table__)
    new = insert.values({column.name: bindparam(column.name) for column in Idea.__table__.columns})
    return new.on_conflict_do_nothing(index_elements=["number"]).returning(Idea.__table__.c.id)


def _drawn_numbers() -> Iterator[int]:
    """Random numbers: a sequence would tell the order in which anonymous entries came. Longer ones
    where the shorter are mostly taken.
    """
    for digits in range(_SHORTEST, _LONGEST + 1):
        first = 10 ** (digits - 1)
        for _ in range(_DRAWS):
            yield first + secrets.randbelow(9 * first)
