"""The preview of a questionnaire (aperçu): an address that its office is given, and
that nobody else can make.
"""

import hmac

from sqlmodel import Session

from dashboard.access import Reader, require
from models.questionnaires import Questionnaire
from models.signing import keyed_hash

_LETTERS = 24


def preview_of(reader: Reader, questionnaire_id: int) -> str:
    """What the address of the preview says. Raises Refused without the right."""
    require(reader, "survey.make")
    return f"{questionnaire_id}-{_proof(str(questionnaire_id))}"


def previewed(session: Session, asked: str) -> Questionnaire | None:
    """The questionnaire of such an address; None for one that was not made here."""
    number, _, proof = asked.partition("-")
    if not hmac.compare_digest(proof.encode(), _proof(number).encode()):
        return None
    return session.get(Questionnaire, int(number))


def _proof(number: str) -> str:
    return keyed_hash(f"questionnaire-preview:{number}")[:_LETTERS]
