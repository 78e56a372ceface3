"""Acts on one's calendar key (clé d'agenda): the secret part of a phone's calendar address; shown
once, stored hashed.
"""

import secrets

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.people.logins import hash_of
from models.access_keys import CalendarKey
from models.errors import Refused

_BYTES = 16  # 128 bits


def make_key(session: Session, reader: Reader) -> str:
    """Créer ou remplacer son adresse; the previous one is no longer valid. Returns the secret,
    once.
    """
    require(reader, "seat.register")
    secret = secrets.token_urlsafe(_BYTES)
    row = session.get(CalendarKey, reader.person_id, with_for_update=True) or CalendarKey(
        person_id=reader.person_id, key=""
    )
    row.key = hash_of(secret)
    session.add(row)
    session.flush()
    return secret


def withdraw_key(session: Session, reader: Reader) -> None:
    """Retirer son adresse. Raises Refused where there is none."""
    require(reader, "seat.register")
    row = session.get(CalendarKey, reader.person_id, with_for_update=True)
    if row is None:
        raise Refused("Votre calendrier n'a pas d'adresse.")
    session.delete(row)
