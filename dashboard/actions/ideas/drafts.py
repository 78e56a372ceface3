"""Acts on drafts (brouillons) and answer templates (modèles): kept, brought back, let go."""

import json
from datetime import date, timedelta

from sqlalchemy import ColumnElement, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.journal import note
from dashboard.actions.operations.short_acts import ShortAct
from dashboard.queries.edit_conflicts import last_change
from models import retention
from models.clock import today
from models.comments import AnswerTemplate, Draft
from models.database import is_sqlite, leave_no_trace
from models.errors import Invalid, Refused
from models.idea_states import IdeaStatus
from models.ideas import BODY_MAX, TITLE_MAX
from models.texts import clean_text, clean_title

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


def template_stands(template: AnswerTemplate | None) -> dict[str, object]:
    """What a template says, as its form shows it."""
    if template is None:
        return {"name": "", "text": "", "status": ""}
    return {"name": template.name, "text": template.text, "status": template.status or ""}


def save_template(
    session: Session,
    reader: Reader,
    template_id: int | None,
    name: str,
    text: str,
    status: IdeaStatus | None = None,
    *,
    read: str | None = None,
) -> AnswerTemplate:
    """A template of an answer, new or changed, for one state or for any. Raises Invalid per field,
    EditConflict.
    """
    require(reader, "template.write")
    template = AnswerTemplate(name="")
    if template_id:
        template = _template_read(session, reader, template_id, read)
    name = clean_title(name)
    text = clean_text(text)
    errors = {}
    if not name or len(name) > TITLE_MAX:
        errors["name"] = "Donnez un nom au modèle, de 255 caractères au plus."
    elif session.exec(
        select(AnswerTemplate.id).where(
            AnswerTemplate.name == name, AnswerTemplate.id != (template_id or 0)
        )
    ).first():
        errors["name"] = "Un modèle porte déjà ce nom."
    if not text or len(text) > BODY_MAX:
        errors["text"] = "Écrivez le texte du modèle."
    if errors:
        raise Invalid(errors)
    note(session, reader, today(session), "template", name, "texte", template.text or None, text)
    for_state = str(status) if status else None
    if template.status != for_state:
        states = [IdeaStatus(s).label if s else None for s in (template.status, for_state)]
        note(session, reader, today(session), "template", name, "état", *states)
    template.name = name
    template.text = text
    template.status = for_state
    session.add(template)
    session.flush()
    return template


def _template_read(
    session: Session, reader: Reader, template_id: int, read: str | None
) -> AnswerTemplate:
    """The template, held, as the reader has read it. Raises Refused, EditConflict."""
    found = session.get(AnswerTemplate, template_id, with_for_update=True)
    if found is None:
        raise Refused("Ce modèle n'existe plus.")
    last = last_change(session, "template", found.name)
    refuse_conflict(session, reader, read, template_stands(found), last)
    return found


def delete_template(
    session: Session, reader: Reader, template_id: int, *, read: str | None = None
) -> None:
    """The template goes; answers made from it stay. Raises Refused, EditConflict."""
    require(reader, "template.write")
    template = _template_read(session, reader, template_id, read)
    note(session, reader, today(session), "template", template.name, "texte", template.text, None)
    session.delete(template)
    session.flush()
