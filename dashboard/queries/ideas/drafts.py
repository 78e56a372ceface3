"""Reads drafts (brouillons), of their author only."""

import json

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.queries.readable import readable
from models.ideas import Draft


def draft(session: Session, reader: Reader, form: str) -> dict[str, object] | None:
    """The reader's draft of a form, or None."""
    found = session.get(Draft, (reader.person_id, form)) if reader.is_known else None
    stored = [found] if found else []
    return next(iter(readable(stored, lambda row: json.loads(row.content), _name)), None)


def drafts(session: Session, reader: Reader) -> list[tuple[Draft, str]]:
    """The reader's drafts of ideas, each with its first words, newest first."""
    if not reader.is_known:
        return []
    rows = session.exec(
        select(Draft)
        .where(Draft.person_id == reader.person_id)
        .order_by(Draft.on.desc(), Draft.form)
    ).all()
    return readable(
        [row for row in rows if not row.form.startswith("atelier-")],
        lambda row: (row, _title(json.loads(row.content))),
        _name,
    )


def _name(row: Draft) -> str:
    return f"draft {row.form} of person {row.person_id}"


def _title(fields: dict[str, object]) -> str:
    lines = str(fields.get("title") or fields.get("body") or "").strip().splitlines()
    return lines[0][:120] if lines else "Sans titre"
