"""Codes in invitation mails: derived from the installation's key, so that a mail sent twice holds
the same one, and stored as a hash.

The second half authenticates the code: a used link can be distinguished from a truncated one
without storing it.
"""

import hashlib

from sqlmodel import Session, select

from models.notices import Notice, NoticeKind
from models.signing import keyed_hash
from models.surveys import Survey, SurveyInvitation

_KEY, _AGAIN = "questionnaire-", "-rappel"

_HALF = 20


def code_for(survey: Survey, person_id: int) -> str:
    """The code in the mail to this person."""
    drawn = keyed_hash(f"questionnaire:{survey.reference}:{person_id}")[:_HALF]
    return drawn + _proof(survey, drawn)


def is_ours(survey: Survey, code: str) -> bool:
    """Whether this code was made here for this survey, used or not."""
    return code == code[:_HALF] + _proof(survey, code[:_HALF])


def stored_hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _proof(survey: Survey, drawn: str) -> str:
    return keyed_hash(f"questionnaire:{survey.reference}:proof:{drawn}")[:_HALF]


# ── The mail ──────────────────────────────────────────────────────────────────────────────────────


def notice_key(survey: Survey, again: bool = False) -> str:
    """The key of the one invitation, or of the one reminder, of a person."""
    return f"{_KEY}{survey.reference}" + _AGAIN * again


def is_wanted(session: Session, notice: Notice) -> bool:
    """Whether a pending notice is still to be sent: not once its invitation is used or its survey
    closed.
    """
    if notice.kind != NoticeKind.questionnaire:
        return True
    code = stored_hash(code_for(_survey_of(session, notice), notice.person_id))
    return session.get(SurveyInvitation, code) is not None


def href_of(session: Session, notice: Notice) -> str:
    """The link of the mail, created when it is sent."""
    survey = _survey_of(session, notice)
    return f"/questionnaire?q={survey.key}&invitation={code_for(survey, notice.person_id)}"


def _survey_of(session: Session, notice: Notice) -> Survey:
    reference = notice.key.removeprefix(_KEY).removesuffix(_AGAIN)
    return session.exec(select(Survey).where(Survey.reference == reference)).one()
