"""The code that a mail of invitation brings: derived from the key of the installation, so that a
mail that leaves twice brings the same one, and kept as a hash.

Its second half proves that it is ours: so a link that was used can be told from one that was cut,
although nothing is kept of it.
"""

import hashlib

from sqlmodel import Session

from models.keeping import Notice, NoticeKind
from models.questionnaires import Questionnaire, QuestionnaireInvitation
from models.signing import keyed_hash

_KEY, _AGAIN = "questionnaire-", "-rappel"

_HALF = 20


def code_for(questionnaire_id: int, person_id: int) -> str:
    """What the mail to this person brings."""
    drawn = keyed_hash(f"questionnaire:{questionnaire_id}:{person_id}")[:_HALF]
    return drawn + _proof(questionnaire_id, drawn)


def is_ours(questionnaire_id: int, code: str) -> bool:
    """Whether this code was made here for this questionnaire, used or not."""
    return code == code[:_HALF] + _proof(questionnaire_id, code[:_HALF])


def kept_as(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _proof(questionnaire_id: int, drawn: str) -> str:
    return keyed_hash(f"questionnaire:{questionnaire_id}:proof:{drawn}")[:_HALF]


# ── The mail that brings it ───────────────────────────────────────────────────────────────────────


def notice_key(questionnaire_id: int, again: bool = False) -> str:
    """By what a person is invited once, and reminded once."""
    return f"{_KEY}{questionnaire_id}" + _AGAIN * again


def is_wanted(session: Session, notice: Notice) -> bool:
    """Whether what waits is still to be sent: an invitation that was used, or whose questionnaire
    has closed, is not.
    """
    if notice.kind != NoticeKind.questionnaire:
        return True
    code = kept_as(code_for(_number_of(notice), notice.person_id))
    return session.get(QuestionnaireInvitation, code) is not None


def href_of(session: Session, notice: Notice) -> str:
    """Where the mail leads, made as it leaves."""
    number = _number_of(notice)
    key = session.get(Questionnaire, number).key
    return f"/questionnaire?q={key}&invitation={code_for(number, notice.person_id)}"


def _number_of(notice: Notice) -> int:
    return int(notice.key.removeprefix(_KEY).removesuffix(_AGAIN))
