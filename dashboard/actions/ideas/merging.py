"""Merging entries (fusion) by proposal: both authors are asked, no reply within ten days counts as
consent, and it can be undone.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sqlmodel import Session, or_, select

from dashboard.access import Reader, require
from dashboard.actions.ideas.facts import idea_to_change, life_of, undo, write_fact
from dashboard.actions.ideas.showing import recount_supports
from dashboard.actions.notices.ideas import notify_merge, notify_state
from dashboard.actions.operations.short_acts import ShortAct, in_batches
from models.clock import today
from models.errors import Refused, refuse
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import IdeaStatus
from models.ideas import CONSENT_DAYS, Idea, Merge
from models.texts import clean_text

# Merges are recorded in the name of the proposal's author.
_REFUSED = "refusée par l'auteur"


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
    target = select(Idea).where(Idea.number == into_number).with_for_update()
    into = session.exec(target).first() if into_number else None
    why = "Dites aux auteurs pourquoi : ils en décident."
    refuse({"into": _wrong_target(idea, into), "reason": not reason and why})
    if not idea.can_become(IdeaStatus.merged):
        raise Refused(f"Une idée « {IdeaStatus(idea.status).label} » ne fusionne plus.")
    if session.exec(_open().where(or_(Merge.idea_id == idea.id, Merge.into_id == idea.id))).first():
        raise Refused("Une fusion est déjà proposée pour cette idée.")
    day = today(session)
    merge = Merge(
        idea_id=idea.id,
        into_id=into.id,
        on=day,
        by=reader.person_id,
        reason=reason,
        due_on=day + timedelta(days=CONSENT_DAYS),
        before=idea.status,
    )
    session.add(merge)
    session.flush()
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
    merge = _pending(session, merge_id)
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
    day = today(session)
    if not agrees:
        merge.ended_on = day
        merge.ended_why = _REFUSED
    session.flush()
    if merge.one_says and merge.other_says:
        _merge(session, merge)
    return merge


def withdraw_merge(session: Session, reader: Reader, merge_id: int) -> None:
    """Withdraws a proposal that is not done yet."""
    require(reader, "idea.merge")
    merge = _pending(session, merge_id)
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
    merge = session.exec(
        select(Merge)
        .where(Merge.idea_id == idea.id, Merge.done_on.is_not(None), Merge.ended_on.is_(None))
        .order_by(Merge.id.desc())
    ).first()
    facts = [fact for fact in life_of(session, idea) if fact.to_status == IdeaStatus.merged]
    if idea.status != IdeaStatus.merged or not facts:
        raise Refused("Cette idée n'est pas fusionnée.")
    # Locked too: its supports are recounted below.
    survivor = session.get(Idea, idea.merged_into, with_for_update=True)
    idea.merged_into = None
    undo(session, reader, idea, facts)
    _keep_hidden(session, reader, idea, facts)
    if merge is not None:
        merge.ended_on = today(session)
        merge.ended_why = "défaite"
    for item in (idea, survivor):
        recount_supports(session, item)
    return idea


def _keep_hidden(session: Session, reader: Reader, idea: Idea, undone: Sequence[IdeaEvent]) -> None:
    """Restores what was hidden or shown while merged: that act was not part of the merge."""
    shown_or_hidden = [
        fact for fact in undone if fact.what in (EventKind.hidden, EventKind.published)
    ]
    if shown_or_hidden:
        write_fact(
            session,
            reader,
            idea,
            EventKind(shown_or_hidden[-1].what),
            reason=shown_or_hidden[-1].reason,
        )


def _open():
    return select(Merge).where(Merge.done_on.is_(None), Merge.ended_on.is_(None))


def _pending(session: Session, merge_id: int) -> Merge:
    # Locked: both authors may answer at once.
    merge = session.exec(_open().where(Merge.id == merge_id).with_for_update()).first()
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
