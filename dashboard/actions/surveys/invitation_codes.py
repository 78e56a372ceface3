"""The code that a mail of invitation brings: derived from the key of the installation, so that a
mail that leaves twice brings the same one, and kept as a hash.

Its second half proves that it is ours: so a link that was used can be told from one that was cut,
although nothing is kept of it.
"""

import hashlib

from sqlmodel import Session, select

from models.notices import Notice, NoticeKind
from models.signing import keyed_hash
from models.surveys import Survey, SurveyInvitation

_KEY, _AGAIN = "questionnaire-", "-rappel"

_HALF = 20


def code_for(survey: Survey, person_id: int) -> str:
    """What the mail to this person brings."""
    drawn = keyed_hash(f"questionnaire:{survey.reference}:{person_id}")[:_HALF]
    return drawn + _proof(survey, drawn)


def is_ours(survey: Survey, code: str) -> bool:
    """Whether this code was made here for this survey, used or not."""
    return code == code[:_HALF] + _proof(survey, code[:_HALF])


def kept_as(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _proof(survey: Survey, drawn: str) -> str:
    return keyed_hash(f"questionnaire:{survey.reference}:proof:{drawn}")[:_HALF]


# ── The mail that brings it ───────────────────────────────────────────────────────────────────────


def notice_key(survey: Survey, again: bool = False) -> str:
    """By what a person is invited once, and reminded once."""
    return f"{_KEY}{survey.reference}" + _AGAIN * again


def is_wanted(session: Session, notice: Notice) -> bool:
    """Whether what waits is still to be sent: an invitation that was used, or whose survey has
    closed, is not.
    """
    if notice.kind != NoticeKind.questionnaire:
        return True
    code = kept_as(code_for(_survey_of(session, notice), notice.person_id))
    return session.get(SurveyInvitation, code) is not None


def href_of(session: Session, notice: Notice) -> str:
    """Where the mail leads, made as it leaves."""
    survey = _survey_of(session, notice)
    return f"/questionnaire?q={survey.key}&invitation={code_for(survey, notice.person_id)}"


def _survey_of(session: Session, notice: Notice) -> Survey:
    reference = notice.key.removeprefix(_KEY).removesuffix(_AGAIN)
    return session.exec(select(Survey).where(Survey.reference == reference)).one()
