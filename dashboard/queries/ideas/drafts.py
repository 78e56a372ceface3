"""Reading drafts (brouillons): only their author's."""

import json
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader
from models.comments import Draft


@dataclass(frozen=True)
class DraftBegun:
    """One draft: the form it belongs to, its first words, its day."""

    form: str
    title: str
    on: date


def draft(session: Session, reader: Reader, form: str) -> dict[str, object] | None:
    """What the reader has begun to write in a form, or None."""
    found = session.get(Draft, (reader.person_id, form)) if reader.is_known else None
    return json.loads(found.content) if found else None


def drafts(session: Session, reader: Reader) -> list[DraftBegun]:
    """The reader's drafts of ideas, the last first."""
    if not reader.is_known:
        return []
    rows = session.exec(
        select(Draft)
        .where(Draft.person_id == reader.person_id)
        .order_by(Draft.on.desc(), Draft.form)
    ).all()
    return [
        DraftBegun(row.form, _title(json.loads(row.content)), row.on)
        for row in rows
        if not row.form.startswith("atelier-")
    ]


def _title(fields: dict[str, object]) -> str:
    lines = str(fields.get("title") or fields.get("body") or "").strip().splitlines()
    return lines[0][:120] if lines else "Sans titre"
