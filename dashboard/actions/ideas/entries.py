"""A new entry (nouvelle entrée): what the form, the workshop and the survey file becomes one record
with its number, its dated filing, its promise of an answer and its search words.

Imports bring states and dates of their own: `imported_rows` makes theirs.
"""

import secrets
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from models.errors import Refused
from models.facts import random_id
from models.idea_events import EventKind
from models.ideas import DETAILS, Idea, IdeaInput, IdeaStatus
from models.ledger import Ledger, event_row
from models.settings import settings
from models.workdays import workdays

_DRAWS = 8


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
    """Under a free number; one that somebody else takes at this very moment is drawn again."""
    for _ in range(_DRAWS):
        record.number = free_number(session)
        try:
            # A savepoint: PostgreSQL would otherwise refuse whatever follows in this act.
            with session.begin_nested():
                session.add(record)
                session.flush()
            return
        except IntegrityError:
            continue
    raise Refused("Aucun numéro libre n'a été trouvé : réessayez.")


def free_number(session: Session) -> int:
    """A random number nobody has yet: a sequence would tell the order in which anonymous entries
    came.
    """
    digits = 5
    while True:
        for _ in range(8):
            number = 10 ** (digits - 1) + secrets.randbelow(9 * 10 ** (digits - 1))
            if session.exec(select(Idea.id).where(Idea.number == number)).first() is None:
                return number
        # The range is filling up.
        digits += 1
