"""Acts of an ambassador who carries answers: « C'est transmis », and taking that back."""

from sqlalchemy import ColumnElement
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.journal import note
from dashboard.queries.ideas.handover import BY_VOICE, answer_to_hand_over, key_of
from dashboard.scope import Scope
from models.clock import today
from models.errors import Refused
from models.ideas import Idea
from models.notices import Notice, NoticeState


def hand_over_answer(session: Session, scope: Scope, number: int) -> None:
    """« C'est transmis »: the answer to this entry has been told in person. Raises Refused where it
    is not hers to tell.

    Kept as a notice that needs no sending: its day, and who told it.
    """
    require(scope.reader, "answer.carry")
    day = today(session)
    found = answer_to_hand_over(session, scope, day, number)
    if found is None:
        raise Refused("Cette réponse est déjà transmise, ou n'est pas à transmettre par vous.")
    idea, answer = found
    key = key_of(idea.id, answer.seq)
    # Told, taken back, and told after all: it is one notice still.
    notice = _hers(session, scope.reader, Notice.key == key) or Notice(
        person_id=scope.reader.person_id, key=key, kind=BY_VOICE, on=day, idea_id=idea.id
    )
    notice.title = idea.title
    notice.state = NoticeState.handed_over
    notice.sent_on = day
    session.add(notice)


def take_back_handover(session: Session, reader: Reader, number: int) -> None:
    """Annuler « C'est transmis »: one's own of today; the answer waits to be told again. Raises
    Refused where there is none.

    The notice stays, given up, and the journal says who took it back, and when.
    """
    require(reader, "answer.carry")
    day = today(session)
    of_entry = select(Idea.id).where(Idea.number == number).scalar_subquery()
    found = _hers(
        session,
        reader,
        Notice.kind == BY_VOICE,
        Notice.idea_id == of_entry,
        Notice.state == NoticeState.handed_over,
        Notice.sent_on == day,
    )
    if found is None:
        raise Refused(
            "Il n'y a rien à annuler : seul s'annule ce que vous avez transmis aujourd'hui."
        )
    note(session, reader, day, "transmission", str(number), "de vive voix", "transmise", "annulée")
    found.state = NoticeState.dropped
    found.sent_on = None
    session.add(found)


def _hers(session: Session, reader: Reader, *asked: ColumnElement[bool]) -> Notice | None:
    return session.exec(
        select(Notice)
        .where(Notice.person_id == reader.person_id, *asked)
        .order_by(Notice.id.desc())
        .with_for_update()
    ).first()
