"""The direction that a reader chose last (dernière direction choisie), remembered for the next
visit.
"""

from contextlib import suppress

from sqlalchemy.exc import OperationalError

from dashboard.access import Reader
from dashboard.actions.people.preferences import DIRECTION, remember
from dashboard.queries.people.readers import preference
from models.database import reading, writing
from models.errors import Refused


def remember_direction(reader: Reader, codes: str) -> None:
    """Stores the reader's choice, if she has an account; skipped if the database is busy."""
    if not reader.is_known:
        return
    with suppress(OperationalError, Refused), writing() as session:
        remember(session, reader, DIRECTION, codes)


def last_direction(reader: Reader) -> str:
    """The codes of the directions this reader chose last, or nothing."""
    with reading() as session:
        return preference(session, reader, DIRECTION)
