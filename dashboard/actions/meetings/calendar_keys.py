"""Acts on one's calendar key (clé d'agenda): the secret part of the address that a phone
subscribes to; shown once, kept hashed.
"""

import secrets

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.people.logins import hash_of
from models.access_keys import CalendarKey
from models.errors import Refused

_BYTES = 16  # 128 bits


def make_key(session: Session, reader: Reader) -> str:
    """Créer ou remplacer son adresse: the one before opens nothing any more. The secret, this
    once.
    """
    require(reader, "seat.register")
    secret = secrets.token_urlsafe(_BYTES)
    found = session.get(CalendarKey, reader.person_id, with_for_update=True) or CalendarKey(
        person_id=reader.person_id, key=""
    )
    found.key = hash_of(secret)
    session.add(found)
    session.flush()
    return secret


def withdraw_key(session: Session, reader: Reader) -> None:
    """Retirer son adresse. Raises Refused where there is none."""
    require(reader, "seat.register")
    found = session.get(CalendarKey, reader.person_id, with_for_update=True)
    if found is None:
        raise Refused("Votre calendrier n'a pas d'adresse.")
    session.delete(found)
