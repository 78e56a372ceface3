"""Acts of an ambassador who passes answers on in person: « C'est transmis », and undoing it."""

from sqlalchemy import ColumnElement
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import note
from dashboard.queries.ideas.handover import BY_VOICE, answer_to_hand_over, key_of
from dashboard.scope import Scope
from models.clock import today
from models.errors import Refused
from models.ideas import Idea
from models.notices import Notice, NoticeState


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
    day = today(session)
    of_entry = select(Idea.id).where(Idea.number == number).scalar_subquery()
    notice = _own_notice(
        session,
        reader,
        Notice.kind == BY_VOICE,
        Notice.idea_id == of_entry,
        Notice.state == NoticeState.handed_over,
        Notice.sent_on == day,
    )
    if notice is None:
        raise Refused(
            "Il n'y a rien à annuler : seul s'annule ce que vous avez transmis aujourd'hui."
        )
    note(session, reader, day, "transmission", str(number), "de vive voix", "transmise", "annulée")
    notice.state = NoticeState.dropped
    notice.sent_on = None
    session.add(notice)


def _own_notice(session: Session, reader: Reader, *where: ColumnElement[bool]) -> Notice | None:
    return session.exec(
        select(Notice)
        .where(Notice.person_id == reader.person_id, *where)
        .order_by(Notice.id.desc())
        .with_for_update()
    ).first()
