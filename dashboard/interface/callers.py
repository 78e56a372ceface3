"""Callers of the read API, authenticated by a token at each request, so that a revoked token stops
working at once; the hourly limit.
"""

import base64
import binascii
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from sqlalchemy.exc import DBAPIError
from starlette.requests import Request

from dashboard import cached
from dashboard.access import NOBODY, Reader, require
from dashboard.actions.limits import after, hour_of, of_hour
from dashboard.actions.people.logins import hash_of
from dashboard.actions.tokens import note_use
from dashboard.cached import memory
from dashboard.interface.problems import Problem
from dashboard.queries.reader_tokens import active_token, reader_of
from models.clock import now
from models.database import fetch, writing
from models.texts import Refused

READS = 1000  # requests per token and clock hour


@dataclass(frozen=True)
class Caller:
    """The reader, the code of the unit if the token is limited to one, and the revisions that the
    whole request is answered from.
    """

    reader: Reader
    unit: str
    moment: dict[str, int] = field(compare=False, repr=False)


class _Counts:
    """Requests per token in this clock hour, in the memory of this process."""

    def __init__(self) -> None:
        self.hour: datetime | None = None
        self.times: Counter[int] = Counter()
        self.guard = Lock()

    def add(self, token_id: int, moment: datetime) -> None:
        """Counts a request. Raises Problem if the hourly limit is used up."""
        hour, most = hour_of(moment), of_hour(READS)
        with self.guard:
            if self.hour != hour:
                self.hour = hour
                self.times.clear()
            self.times[token_id] += 1
            is_too_many = self.times[token_id] > most
        if is_too_many:
            seconds_left = 3600 - int((moment - hour).total_seconds())
            sentence = f"Ce jeton a déjà lu {most} fois en cette heure : réessayez {after(hour)}."
            raise Problem(429, sentence, {"Retry-After": str(max(seconds_left, 1))})


_counts = _Counts()


def caller_of(request: Request) -> Caller:
    """The caller with the token of this request. Raises Problem for a missing or invalid token."""
    secret = _secret(request.headers.get("authorization", ""))
    if not secret:
        raise Problem(
            401,
            "Cette adresse se lit avec un jeton : envoyez-le dans l'en-tête « Authorization: Bearer"
            " … », ou comme mot de passe. Un administrateur en crée un sur l'écran « État du"
            " système ».",
        )
    moment = memory.every_revision()
    with memory.one_run(moment):
        day = cached.today()
    token = fetch(active_token, hash_of(secret), day)
    if token is None:
        raise Problem(401, "Ce jeton n'ouvre rien : il est inconnu, révoqué ou arrivé à son terme.")
    _counts.add(token.id, now())
    if token.used_on != day:
        # A busy or read-only database must not stop reading.
        with suppress(DBAPIError, Refused), writing() as session:
            note_use(session, token.id, day)
    reader = reader_of(token)
    require(reader, "data.read")
    return Caller(reader, token.unit or "", moment)


def anybody() -> Caller:
    """A caller without a token, for published data."""
    return Caller(NOBODY, "", memory.every_revision())


def _secret(header: str) -> str:
    """The token, sent as Bearer or as the password of Basic, which Excel and Power BI store outside
    the query.
    """
    kind, _, sent = header.strip().partition(" ")
    if kind.lower() == "bearer":
        return sent.strip()
    if kind.lower() == "basic":
        with suppress(binascii.Error, UnicodeDecodeError):
            plain = base64.b64decode(sent.strip(), validate=True).decode()
            return plain.partition(":")[2]
    return ""
