"""New entries (nouvelles entrées): what the form, the workshop and the survey file becomes a record
with its number, its dated filing, its promise of an answer and its search words.

Imports bring states and dates of their own: `imported_rows` makes theirs.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from types import SimpleNamespace

from sqlmodel import Session, select

from models.errors import Refused
from models.facts import random_id
from models.idea_events import EventKind
from models.idea_states import DETAILS, IdeaStatus
from models.ideas import Idea, IdeaInput
from models.inserts import insert_new
from models.ledger import Ledger, event_row
from models.settings import settings
from models.workdays import workdays

_DRAWS = 8
_SHORTEST, _LONGEST = 5, 9  # digits


class NewEntry(SimpleNamespace):
    """Nouvelle entrée: a record as it was just written, with the columns of `Idea`. No object of
    the mapper, which takes as long to make as much else of a filing.
    """


def promised_day(session: Session, day: date) -> date:
    """The day by which what is filed today is answered."""
    return workdays(session).add(day, settings().cp_answer_days)


def drafted(idea: IdeaInput, day: date, due_on: date, **circumstances: object) -> dict:
    """The row of an entry that is filed, but for its number; `circumstances` are the other columns
    of `Idea` (author, relay, channel, origin, meeting).
    """
    return (
        _blank()
        | {detail.column: getattr(idea, detail.column) for detail in DETAILS}
        | {
            "id": random_id(day),
            "kind": idea.kind.value,
            "title": idea.title,
            "body": idea.body,
            "ambition_id": idea.ambition_id,
            "concerns_id": idea.concerns_id,
            "good": idea.good,
            "filed_on": day,
            "due_on": due_on,
        }
        | circumstances
    )


@cache
def _blank() -> Mapping[str, object]:
    """The columns of an entry of which nothing is said."""
    return Idea(
        id=0,
        number=0,
        kind="",
        title="",
        channel="",
        filed_on=date.min,
        status=IdeaStatus.received.value,
    ).model_dump()


def new_entries(
    session: Session, ledger: Ledger, rows: Sequence[dict], by: Sequence[int | None]
) -> list[NewEntry]:
    """Adds entries and their filings, each by whom, to the open transaction. The caller writes the
    ledger.
    """
    _add_numbered(session, rows)
    records = [NewEntry(**row) for row in rows]
    for record, who in zip(records, by, strict=True):
        ledger.add(_filing(record, who))
        ledger.index(record.id, record.title, record.body)
    return records


def _filing(record: NewEntry, by: int | None) -> dict:
    return event_row(
        record,
        id=random_id(record.filed_on),
        on=record.filed_on,
        recorded_on=record.filed_on,
        seq=1,
        what=EventKind.filed,
        by=by,
        to_status=record.status,
        due_on=record.due_on,
    )


def _add_numbered(session: Session, rows: Sequence[dict]) -> None:
    """Under free numbers: the statement that adds entries says how many were free."""
    left = list(rows)
    for digits in _lengths():
        for row in left:
            row["number"] = _drawn_number(digits)
        if insert_new(session, Idea, left, "number") < len(left):
            there = set(session.exec(select(Idea.id).where(Idea.id.in_([r["id"] for r in left]))))
            left = [row for row in left if row["id"] not in there]
        else:
            return
    raise Refused("Aucun numéro libre n'a été trouvé : réessayez.")


def _drawn_number(digits: int) -> int:
    """A random number: a sequence would tell the order in which anonymous entries came."""
    first = 10 ** (digits - 1)
    return first + secrets.randbelow(9 * first)


def _lengths() -> Iterator[int]:
    """How many digits the next number is to have: more where the shorter are mostly taken."""
    for digits in range(_SHORTEST, _LONGEST + 1):
        yield from [digits] * _DRAWS
