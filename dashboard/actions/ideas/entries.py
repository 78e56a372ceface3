"""New entries (nouvelles entrées): gives a filing its number, its dated event, its promised day and
its search words.

Imports bring their own states and dates: see `imported_rows`.
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
    """Nouvelle entrée: a record that was just inserted, with the columns of `Idea`. Not a mapped
    object: creating one is too slow for large filings.
    """


def promised_day(session: Session, day: date) -> date:
    """The day by which an entry filed on `day` is to be answered."""
    return workdays(session).add(day, settings().cp_answer_days)


def drafted(idea: IdeaInput, day: date, due_on: date, **circumstances: object) -> dict:
    """The row of a filed entry without its number; `circumstances` are further columns of `Idea`
    (author, relay, channel, origin, meeting).
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
    """The default columns of an entry."""
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
    """Adds entries and their filing events (`by`: one author per row) to the open transaction. The
    caller writes the ledger.
    """
    _add_numbered(session, rows)
    records = [NewEntry(**row) for row in rows]
    for record, author in zip(records, by, strict=True):
        ledger.add(_filing(record, author))
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
    """Inserts the rows under random free numbers, drawing again for those already taken."""
    remaining = list(rows)
    for digits in _lengths():
        for row in remaining:
            row["number"] = _drawn_number(digits)
        if insert_new(session, Idea, remaining, "number") < len(remaining):
            ids = [row["id"] for row in remaining]
            inserted = set(session.exec(select(Idea.id).where(Idea.id.in_(ids))))
            remaining = [row for row in remaining if row["id"] not in inserted]
        else:
            return
    raise Refused("Aucun numéro libre n'a été trouvé : réessayez.")


def _drawn_number(digits: int) -> int:
    """A random number: a sequence would reveal the order of anonymous entries."""
    first = 10 ** (digits - 1)
    return first + secrets.randbelow(9 * first)


def _lengths() -> Iterator[int]:
    """Number of digits of each draw: longer once the shorter numbers are mostly taken."""
    for digits in range(_SHORTEST, _LONGEST + 1):
        yield from [digits] * _DRAWS
