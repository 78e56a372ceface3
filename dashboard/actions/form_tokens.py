"""Form tokens (jetons de formulaire): a form is processed once.

Only a hash of a token is stored, for its day.
"""

import hashlib
from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete
from sqlmodel import Session

from models.clock import today
from models.form_tokens import FormToken
from models.inserts import insert_new


def spend(session: Session, token: str, day: date | None = None) -> bool:
    """Whether this token is used for the first time; a double click, a reload or a reconnection
    sends it again. Of two at once, one is refused.
    """
    return spend_all(session, [token], day)


def spend_all(session: Session, tokens: Iterable[str], day: date | None = None) -> bool:
    """The same for several: whether all are used for the first time."""
    day = day or today(session)
    rows = [{"token": hashlib.sha256(token.encode()).hexdigest(), "day": day} for token in tokens]
    return insert_new(session, FormToken, rows) == len(rows)


def purge(session: Session) -> None:
    """Deletes tokens of earlier days, which no open form needs."""
    session.execute(delete(FormToken).where(FormToken.day < today(session)))
