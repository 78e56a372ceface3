"""Who reads by a token, and how often: asked at each request, so that a token that is revoked opens
nothing from the next one on.
"""

import base64
import binascii
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request

from dashboard import cached
from dashboard.access import NOBODY, Reader, require
from dashboard.actions.limits import after, hour_of, of_hour
from dashboard.actions.people.logins import hash_of
from dashboard.actions.reader_tokens import note_use
from dashboard.cached import memory
from dashboard.interface.problems import Problem
from dashboard.queries.reader_tokens import active_token, reader_of
from models.clock import now
from models.database import reading, writing
from models.errors import Refused

NO_TOKEN = (
    "Cette adresse se lit avec un jeton : envoyez-le dans l'en-tête « Authorization: Bearer … », ou"
    " comme mot de passe. Un administrateur en crée un sur l'écran « État du système »."
)
NOT_GOOD = "Ce jeton n'ouvre rien : il est inconnu, révoqué ou arrivé à son terme."
TOO_MANY = "Ce jeton a déjà lu {} fois en cette heure : réessayez {}."
_HOUR = 3600  # seconds
READS = 1000  # answers to one token in a clock hour


@dataclass(frozen=True)
class Caller:
    """Who reads: the reader and, of a token for one unit, the code of that unit; and the moment of
    which all that she is told is.
    """

    reader: Reader
    unit: str
    moment: dict[str, int] = field(compare=False, repr=False)


class _Counts:
    """How often each token has read in this clock hour, in the memory of this process."""

    def __init__(self) -> None:
        self.hour: datetime | None = None
        self.times: Counter[int] = Counter()
        self.guard = Lock()

    def add(self, token_id: int, moment: datetime) -> None:
        """Raises Problem where the hour is used up."""
        hour, most = hour_of(moment), of_hour(READS)
        with self.guard:
            if self.hour != hour:
                self.hour = hour
                self.times.clear()
            self.times[token_id] += 1
            is_too_many = self.times[token_id] > most
        if is_too_many:
            left = _HOUR - int((moment - hour).total_seconds())
            sentence = TOO_MANY.format(most, after(hour))
            raise Problem(429, sentence, {"Retry-After": str(max(left, 1))})


_counts = _Counts()


def caller_of(request: Request) -> Caller:
    """Whoever holds the token of this request. Raises Problem where there is none that opens
    something.
    """
    secret = _secret(request.headers.get("authorization", ""))
    if not secret:
        raise Problem(401, NO_TOKEN)
    moment = memory.every_revision()
    with memory.one_run(moment):
        day = cached.today()
    with reading() as session:
        token = active_token(session, hash_of(secret), day)
    if token is None:
        raise Problem(401, NOT_GOOD)
    _counts.add(token.id, now())
    _note_use(token, day)
    reader = reader_of(token)
    require(reader, "data.read")
    return Caller(reader, token.unit or "", moment)


def anybody() -> Caller:
    """Whoever reads what was published."""
    return Caller(NOBODY, "", memory.every_revision())


def _secret(header: str) -> str:
    """The token, whether it was sent as such (Bearer) or as a password (Basic), which Excel and
    Power BI keep beside the query rather than in it.
    """
    kind, _, sent = header.strip().partition(" ")
    if kind.lower() == "bearer":
        return sent.strip()
    if kind.lower() == "basic":
        with suppress(binascii.Error, UnicodeDecodeError):
            plain = base64.b64decode(sent.strip(), validate=True).decode()
            return plain.partition(":")[2]
    return ""


def _note_use(token: Row, day: date) -> None:
    if token.used_on == day:
        return
    # A database that is being written, or cannot be, is no reason not to read it.
    with suppress(DBAPIError, Refused), writing() as session:
        note_use(session, token.id, day)
