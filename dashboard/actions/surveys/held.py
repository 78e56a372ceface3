"""A questionnaire that an act changes: locked until the act ends."""

from sqlmodel import Session

from models.errors import Refused
from models.questionnaires import Questionnaire, QuestionnaireState

SUBJECT = "questionnaire"
NO_SUCH = "Ce questionnaire n'existe pas."
NOT_A_DRAFT = "Ce questionnaire est ouvert ou fermé : ses questions ne changent plus."


def held(session: Session, questionnaire_id: int) -> Questionnaire:
    """The questionnaire, locked until the act ends."""
    found = session.get(
        Questionnaire, questionnaire_id, with_for_update=True, populate_existing=True
    )
    if found is None:
        raise Refused(NO_SUCH)
    return found


def drafted(session: Session, questionnaire_id: int) -> Questionnaire:
    """The same, where its questions may still change."""
    found = held(session, questionnaire_id)
    if found.state != QuestionnaireState.draft:
        raise Refused(NOT_A_DRAFT)
    return found
