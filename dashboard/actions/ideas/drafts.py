"""Acts on drafts (brouillons): saved, deleted, purged."""

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
