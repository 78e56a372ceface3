"""Tokens (jetons): of a form, which is processed once, and of a program that reads.

Only hashes are stored, those of forms for their day.
"""

import hashlib
import secrets
from datetime import date

from sqlalchemy import delete, or_, update
from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.acts import note
from dashboard.actions.people.logins import hash_of
from models.clock import today
from models.directions import Direction, UnitKind
from models.inserts import insert_new
from models.sign_on import FormToken, ReaderToken
from models.texts import Refused, clean_title, refuse, too_long


def spend(session: Session, token: str, day: date | None = None) -> bool:
    """Whether this token is used for the first time; a double click, a reload or a reconnection
    sends it again. Of two at once, one is refused.
    """
    digest = hashlib.sha256(token.encode()).hexdigest()
    return insert_new(session, FormToken, [{"token": digest, "day": day or today(session)}]) == 1


def purge(session: Session) -> None:
    """Deletes tokens of earlier days, which no open form needs."""
    session.execute(delete(FormToken).where(FormToken.day < today(session)))


# ── Reading tokens ──────────────────────────────────────────────────────────────────────────────

SUBJECT = "jeton de lecture"
LONGEST_NAME = 80
# Makes a leaked token recognisable.
PREFIX = "cpl_"


def make_token(
    session: Session,
    reader: Reader,
    name: str,
    unit_id: int | None = None,
    last_day: date | None = None,
) -> str:
    """Créer un jeton for a program, on a unit (None: the whole administration); returns the secret,
    once. Raises Invalid, one sentence per field.
    """
    require(reader, "token.manage")
    day = today(session)
    name = clean_title(name)
    unit = session.get(Direction, unit_id) if unit_id else None
    is_part = unit is not None and unit.kind != UnitKind.root
    which = "Dites quel programme lira, par exemple « Power BI du cabinet »."
    refuse(
        {
            "name": too_long(name, LONGEST_NAME, "Le nom") if name else which,
            "unit_id": unit_id and unit is None and "Cette direction n'existe pas.",
            "last_day": last_day and last_day < day and "Le dernier jour est déjà passé.",
        }
    )
    secret = PREFIX + secrets.token_urlsafe(32)
    session.add(
        ReaderToken(
            name=name,
            key=hash_of(secret),
            direction_id=unit.id if is_part else None,
            made_on=day,
            until=last_day,
        )
    )
    whom = unit.code if is_part else "toute l'administration"
    note(session, reader, SUBJECT, name, "créé", None, whom)
    session.flush()
    return secret


def revoke_token(session: Session, reader: Reader, token_id: int) -> str:
    """Révoquer: invalidates the token at once; returns its name. Raises Refused where it is not
    active.
    """
    require(reader, "token.manage")
    token = session.get(ReaderToken, token_id, with_for_update=True)
    if token is None or token.revoked_on is not None:
        raise Refused("Ce jeton n'existe pas, ou est déjà révoqué.")
    token.revoked_on = today(session)
    note(session, reader, SUBJECT, token.name, "révoqué", None, token.name)
    session.flush()
    return token.name


def note_use(session: Session, token_id: int, day: date) -> None:
    """Records the last day of use, once a day."""
    session.execute(
        update(ReaderToken)
        .filter_by(id=token_id)
        .where(or_(ReaderToken.used_on.is_(None), ReaderToken.used_on < day))
        .values(used_on=day)
    )
