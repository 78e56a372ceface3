"""Acts on drafts (brouillons): kept, brought back, let go."""

import json
from datetime import date, timedelta

from sqlalchemy import ColumnElement, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.operations.short_acts import ShortAct
from models import retention
from models.clock import today
from models.database import is_sqlite, leave_no_trace
from models.ideas import BODY_MAX, Draft

_MOST = 4 * BODY_MAX


def keep_draft(session: Session, reader: Reader, form: str, fields: dict[str, object]) -> None:
    """What a signed-in person has written so far in one form; too long a text, or nothing, is
    not kept.
    """
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
    """The draft of one form goes, from the database's log too: it is sent, or its author lets it
    go.
    """
    gone = session.execute(_DROPPED, {"whose": reader.person_id, "where": form})
    # The words of a draft that was dropped would otherwise stay in the log of the database.
    if gone.rowcount:
        leave_no_trace(session)


# Put together once: each filing asks it.
_DROPPED = delete(Draft.__table__).where(
    Draft.person_id == bindparam("whose"), Draft.form == bindparam("where")
)


def forget_drafts(session: Session, day: date) -> list[ShortAct]:
    """Drafts that nobody took up again for the days of the setting go. A task of the round."""
    old = Draft.on < day - timedelta(days=retention.DRAFT_DAYS)
    if session.execute(select(Draft.on).where(old).limit(1)).first() is None:
        return []
    return [lambda session: _forget(session, old)]


def _forget(session: Session, old: ColumnElement[bool]) -> int:
    gone = session.execute(delete(Draft).where(old)).rowcount
    if gone:
        leave_no_trace(session)
    return gone
