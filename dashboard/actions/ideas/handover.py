"""Acts of an ambassador who carries answers: « C'est transmis »."""

from sqlmodel import Session

from dashboard.access import require
from dashboard.queries.ideas.handover import BY_VOICE, answer_to_hand_over, key_of
from dashboard.scope import Scope
from models.clock import today
from models.errors import Refused
from models.keeping import Notice, NoticeState
from models.ledger import bump


def hand_over_answer(session: Session, scope: Scope, number: int) -> None:
    """« C'est transmis »: the answer to this entry has been told in person. Raises Refused where it
    is not hers to tell.

    Kept as a notice that needs no sending: its day, and who told it.
    """
    require(scope.reader, "answer.carry")
    day = today(session)
    answer = answer_to_hand_over(session, scope, day, number)
    if answer is None:
        raise Refused("Cette réponse est déjà transmise, ou n'est pas à transmettre par vous.")
    session.add(
        Notice(
            person_id=scope.reader.person_id,
            key=key_of(answer.idea_id, answer.seq),
            kind=BY_VOICE,
            on=day,
            idea_id=answer.idea_id,
            title=answer.title,
            state=NoticeState.told,
            sent_on=day,
        )
    )
    session.flush()
    bump(session, "ideas")
