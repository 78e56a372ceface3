"""The code that a mail of invitation brings: derived from the key of the installation, so that a
mail that leaves twice brings the same one, and kept as a hash.

Its second half proves that it is ours: so a link that was used can be told from one that was cut,
although nothing is kept of it.
"""

import hashlib

from models.signing import keyed_hash

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
