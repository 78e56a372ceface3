"""New entries (nouvelles entrées): gives a filing its number, its dated event, its promised day and
its search words. Besides: drafts, merges (fusions), and answers passed on in person.

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
from sqlmodel import Session, or_, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_record, note
from dashboard.actions.ideas.facts import idea_to_change, life_of, undo, write_fact
from dashboard.actions.ideas.photos import recount_supports
from dashboard.actions.notices.events import notify_merge, notify_state
from dashboard.actions.operations.mixing import ShortAct, in_batches
from dashboard.queries.ideas.waiting import BY_VOICE, answer_to_hand_over, key_of
from dashboard.scope import Scope
from models import installation
from models.clock import today, workdays
from models.database import is_sqlite, leave_no_trace
from models.facts import random_id
from models.idea_events import EventKind
from models.idea_states import IdeaStatus
from models.ideas import BODY_MAX, CONSENT_DAYS, DETAILS, Draft, Idea, IdeaInput, Merge
from models.inserts import insert_new
from models.ledger import Ledger, event_row
from models.notices import Notice, NoticeState
from models.settings import settings
from models.texts import Refused, clean_text, refuse

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
        ledger.add(
            event_row(
                record,
                id=random_id(record.filed_on),
                on=record.filed_on,
                recorded_on=record.filed_on,
                seq=1,
                what=EventKind.filed,
                by=author,
                to_status=record.status,
                due_on=record.due_on,
            )
        )
        ledger.index(record.id, record.title, record.body)
    return records


def _add_numbered(session: Session, rows: Sequence[dict]) -> None:
    """Inserts the rows under random free numbers, drawing again for those already taken."""
    remaining = list(rows)
    # Longer numbers once the shorter ones are mostly taken.
    for draw in range(_DRAWS * (_LONGEST - _SHORTEST + 1)):
        first = 10 ** (_SHORTEST + draw // _DRAWS - 1)
        for row in remaining:
            # Random: a sequence would reveal the order of anonymous entries.
            row["number"] = first + secrets.randbelow(9 * first)
        if insert_new(session, Idea, remaining, "number") < len(remaining):
            ids = [row["id"] for row in remaining]
            inserted = set(session.exec(select(Idea.id).where(Idea.id.in_(ids))))
            remaining = [row for row in remaining if row["id"] not in inserted]
        else:
            return
    raise Refused("Aucun numéro libre n'a été trouvé : réessayez.")


# ── Drafts ──────────────────────────────────────────────────────────────────────────────────────

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
    old = Draft.on < day - timedelta(days=installation.DRAFT_DAYS)
    if session.execute(select(Draft.on).where(old).limit(1)).first() is None:
        return []
    return [lambda session: _forget(session, old)]


def _forget(session: Session, old: ColumnElement[bool]) -> int:
    deleted = session.execute(delete(Draft).where(old)).rowcount
    if deleted:
        leave_no_trace(session)
    return deleted


# ── Merges ──────────────────────────────────────────────────────────────────────────────────────
# They are recorded in the name of the proposal's author.


def propose_merge(
    session: Session, reader: Reader, number: int, into_number: int | None, reason: str
) -> Merge:
    """Proposer une fusion of `number` into `into_number`. Raises Invalid per field, Refused where
    it is not possible.
    """
    require(reader, "idea.merge")
    idea = idea_to_change(session, number)
    reason = clean_text(reason)
    # Both are locked, so that neither is merged or withdrawn meanwhile.
    target = select(Idea).filter_by(number=into_number).with_for_update()
    into = session.scalar(target) if into_number else None
    why = "Dites aux auteurs pourquoi : ils en décident."
    refuse({"into": _wrong_target(idea, into), "reason": not reason and why})
    if not idea.can_become(IdeaStatus.merged):
        raise Refused(f"Une idée « {IdeaStatus(idea.status).label} » ne fusionne plus.")
    if session.scalar(_open().where(or_(Merge.idea_id == idea.id, Merge.into_id == idea.id))):
        raise Refused("Une fusion est déjà proposée pour cette idée.")
    day = today(session)
    merge = add_record(
        session,
        Merge(
            idea_id=idea.id,
            into_id=into.id,
            on=day,
            by=reader.person_id,
            reason=reason,
            due_on=day + timedelta(days=CONSENT_DAYS),
            before=idea.status,
        ),
    )
    for item in (idea, into):
        notify_merge(session, merge, item)
    return merge


def _wrong_target(idea: Idea, into: Idea | None) -> str:
    """Why an idea cannot be merged into this one; empty where it can."""
    if into is None:
        return "Choisissez l'autre idée."
    if into.id == idea.id:
        return "Une idée ne fusionne pas avec elle-même."
    if IdeaStatus(into.status).is_off_path:
        return f"L'idée n° {into.number} est « {IdeaStatus(into.status).label} »."
    return "" if into.published and idea.published else "Seules des idées publiées fusionnent."


def answer_merge(session: Session, reader: Reader, merge_id: int, agrees: bool) -> Merge:
    """The author of one of the two entries accepts or refuses. Raises Refused for anybody else."""
    require(reader, "idea.take_part")
    merge = pending_merge(session, merge_id)
    own_sides = [
        side
        for side, idea in zip(("one_says", "other_says"), _both(session, merge), strict=True)
        if idea.author_id == reader.person_id
    ]
    if not own_sides:
        raise Refused("Seuls les auteurs des deux idées répondent à cette proposition.")
    return answer_proposed_merge(session, merge, own_sides, agrees)


def answer_proposed_merge(session: Session, merge: Merge, sides: list[str], agrees: bool) -> Merge:
    """Records an author's answer; the last agreement merges, one refusal ends the proposal."""
    for side in sides:
        setattr(merge, side, agrees)
    if not agrees:
        merge.ended_on = today(session)
        merge.ended_why = "refusée par l'auteur"
    session.flush()
    if merge.one_says and merge.other_says:
        _merge(session, merge)
    return merge


def withdraw_merge(session: Session, reader: Reader, merge_id: int) -> None:
    """Withdraws a proposal that is not done yet."""
    require(reader, "idea.merge")
    merge = pending_merge(session, merge_id)
    merge.ended_on = today(session)
    merge.ended_why = "retirée"


def settle_merges(session: Session, day: date) -> Iterator[ShortAct]:
    """Merges proposals that nobody refused by their day. A task of the round."""
    due = session.exec(_open().where(Merge.due_on < day).order_by(Merge.id)).all()
    return in_batches([merge.id for merge in due], _merge_batch, at_once=1)


def _merge_batch(session: Session, batch: Sequence[int]) -> int:
    still_open = session.exec(_open().where(Merge.id.in_(batch))).all()
    for merge in still_open:
        _merge(session, merge)
    return sum(merge.done_on is not None for merge in still_open)


def undo_merge(session: Session, reader: Reader, number: int) -> Idea:
    """Défaire la fusion: separates the entry again, in the state it had before."""
    require(reader, "idea.merge")
    idea = idea_to_change(session, number)
    merge = session.scalar(
        select(Merge)
        .filter_by(idea_id=idea.id, ended_on=None)
        .where(Merge.done_on.is_not(None))
        .order_by(Merge.id.desc())
    )
    facts = [fact for fact in life_of(session, idea) if fact.to_status == IdeaStatus.merged]
    if idea.status != IdeaStatus.merged or not facts:
        raise Refused("Cette idée n'est pas fusionnée.")
    # Locked too: its supports are recounted below.
    survivor = session.get(Idea, idea.merged_into, with_for_update=True)
    idea.merged_into = None
    undo(session, reader, idea, facts)
    shown_or_hidden = [f for f in facts if f.what in (EventKind.hidden, EventKind.published)]
    if shown_or_hidden:
        # Done while it was merged, it was not part of the merge.
        last = shown_or_hidden[-1]
        write_fact(session, reader, idea, EventKind(last.what), reason=last.reason)
    if merge is not None:
        merge.ended_on = today(session)
        merge.ended_why = "défaite"
    for item in (idea, survivor):
        recount_supports(session, item)
    return idea


def _open():
    return select(Merge).filter_by(done_on=None, ended_on=None)


def pending_merge(session: Session, merge_id: int) -> Merge:
    """The open proposal, locked: both authors may answer at once. Raises Refused."""
    merge = session.scalar(_open().filter_by(id=merge_id).with_for_update())
    if merge is None:
        raise Refused("Cette proposition de fusion n'est plus ouverte.")
    return merge


def _both(session: Session, merge: Merge) -> tuple[Idea, Idea]:
    return session.get(Idea, merge.idea_id), session.get(Idea, merge.into_id)


def _merge(session: Session, merge: Merge) -> None:
    """Merges, unless one of the two has since been withdrawn or changed."""
    idea, into = _both(session, merge)
    day = today(session)
    if not idea.can_become(IdeaStatus.merged) or IdeaStatus(into.status).is_off_path:
        merge.ended_on = day
        merge.ended_why = "l'une des deux idées a changé d'état"
    else:
        merge.done_on = day
        # The state now, not when the merge was proposed: undoing restores it.
        merge.before = idea.status
        idea.merged_into = into.id
        write_fact(
            session,
            Reader(merge.by),
            idea,
            EventKind.merged,
            to=IdeaStatus.merged,
            text=f"Fusionnée avec l'idée n° {into.number}. {merge.reason}",
        )
        notify_state(
            session,
            idea,
            merge.before,
            f"Elle se lit maintenant avec l'idée n° {into.number}.",
            by=merge.by,
        )
        recount_supports(session, into)


# ── Answers passed on in person ─────────────────────────────────────────────────────────────────


def hand_over_answer(session: Session, scope: Scope, number: int) -> None:
    """« C'est transmis »: records that the answer was passed on in person. Raises Refused where the
    reader is not the one to do so.

    Stored as a notice that needs no sending, with its day and person.
    """
    require(scope.reader, "answer.carry")
    day = today(session)
    pending = answer_to_hand_over(session, scope, day, number)
    if pending is None:
        raise Refused("Cette réponse est déjà transmise, ou n'est pas à transmettre par vous.")
    idea, answer = pending
    key = key_of(idea.id, answer.seq)
    # Recorded, undone and recorded again, it remains one notice.
    notice = _own_notice(session, scope.reader, Notice.key == key) or Notice(
        person_id=scope.reader.person_id, key=key, kind=BY_VOICE, on=day, idea_id=idea.id
    )
    notice.title = idea.title
    notice.state = NoticeState.handed_over
    notice.sent_on = day
    session.add(notice)


def take_back_handover(session: Session, reader: Reader, number: int) -> None:
    """Undoes « C'est transmis » recorded today by the reader. Raises Refused where there is none.

    The notice is marked as dropped; the journal records who undid it.
    """
    require(reader, "answer.carry")
    of_entry = select(Idea.id).filter_by(number=number).scalar_subquery()
    notice = _own_notice(
        session,
        reader,
        Notice.kind == BY_VOICE,
        Notice.idea_id == of_entry,
        Notice.state == NoticeState.handed_over,
        Notice.sent_on == today(session),
    )
    if notice is None:
        raise Refused(
            "Il n'y a rien à annuler : seul s'annule ce que vous avez transmis aujourd'hui."
        )
    note(session, reader, "transmission", str(number), "de vive voix", "transmise", "annulée")
    notice.state = NoticeState.dropped
    notice.sent_on = None


def _own_notice(session: Session, reader: Reader, *where: ColumnElement[bool]) -> Notice | None:
    return session.scalar(
        select(Notice)
        .filter_by(person_id=reader.person_id)
        .where(*where)
        .order_by(Notice.id.desc())
        .with_for_update()
    )
