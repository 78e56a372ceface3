"""New entries (nouvelles entrées): gives a filing its number, its dated event, its promised day and
its search words.

Imports bring their own states and dates: see `imported_rows`.
"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from types import SimpleNamespace

from sqlalchemy import ColumnElement, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.operations.short_acts import ShortAct
from models import retention
from models.clock import today
from models.database import is_sqlite, leave_no_trace
from models.errors import Refused
from models.facts import random_id
from models.idea_events import EventKind
from models.idea_states import DETAILS, IdeaStatus
from models.ideas import BODY_MAX, Draft, Idea, IdeaInput
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


_MOST = 4 * BODY_MAX


def keep_draft(session: Session, reader: Reader, form: str, fields: dict[str, object]) -> None:
    """Saves what a signed-in person has typed in one form; not beyond a maximum length."""
    content = json.dumps(fields, ensure_ascii=False)
    if not reader.is_known or len(content) > _MOST:
        return
    values = {"person_id": reader.person_id, "form": form, "content": content, "on": today(session)}
    insert = (sqlite if is_sqlite(session) else postgresql).insert(Draft).values(values)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["person_id", "form"], set_={"content": content, "on": values["on"]}
        )
    )


def drop_draft(session: Session, reader: Reader, form: str) -> None:
    """Deletes the draft of one form, from the database's log too."""
    result = session.execute(_DROPPED, {"whose": reader.person_id, "where": form})
    # The deleted text would otherwise stay in the database's log.
    if result.rowcount:
        leave_no_trace(session)


# Built once: every filing runs it.
_DROPPED = delete(Draft.__table__).where(
    Draft.person_id == bindparam("whose"), Draft.form == bindparam("where")
)


def forget_drafts(session: Session, day: date) -> list[ShortAct]:
    """Deletes drafts older than the retention setting. A task of the round."""
    old = Draft.on < day - timedelta(days=retention.DRAFT_DAYS)
    if session.execute(select(Draft.on).where(old).limit(1)).first() is None:
        return []
    return [lambda session: _forget(session, old)]


def _forget(session: Session, old: ColumnElement[bool]) -> int:
    deleted = session.execute(delete(Draft).where(old)).rowcount
    if deleted:
        leave_no_trace(session)
    return deleted
