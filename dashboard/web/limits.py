"""What a request must be before anything is done for it: for this host, and an upload that its
address may still send.

Plain ASGI, as `serving.py`. The counts of uploads are those of this process, in its memory: no
address is written anywhere.
"""

import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.actions.ideas.photos import HEAVIEST, MOST
from dashboard.actions.limits import after, hour_of, of_hour
from dashboard.actions.people import logins
from dashboard.queries.people.tries import network
from models.clock import now
from models.database import reading
from models.settings import settings

UPLOADS = "/_stcore/upload_file/"
FILING = "deposer"  # the light form, whose photos come with its words
MEGABYTE = 2**20
# What stands around a file in the body that a browser sends.
_AROUND = MEGABYTE
# What comes with a light form without photos, at most: 50 000 signs as a browser writes them.
WORDS = MEGABYTE // 4
# Files that one session without a sign-in may hold: more than the form takes, since a photo that
# was taken back goes a moment after the next one has come.
_HELD_BY_ONE = 8
# From one address in a clock hour, without a sign-in: files, and bytes.
UPLOADS_OF_HOUR, UPLOADED = 600, 3000 * MEGABYTE
# Bytes in memory beyond which strangers wait; as much apart from them for those signed in.
AT_ONCE = 768 * MEGABYTE
_ACCOUNTS = 8  # so many accounts at least share the room of those who are signed in

Held = Mapping[str, Collection[int]]  # session → the bytes of each file that it holds


def middleware(held: Callable[[], Held], owner: Callable[[str], int | None]) -> list[Middleware]:
    """Ours, outermost first. `held` tells which files the sessions hold, `owner` whose account one
    of them is.
    """
    return [
        Middleware(TrustedHostMiddleware, allowed_hosts=_hosts(), www_redirect=False),
        Middleware(UploadQuota, held=held, owner=owner),
    ]


def _hosts() -> list[str]:
    """As a request names them. A page of an attacker whose name leads to this address is refused,
    and so is a name that would be written into our links.
    """
    return [f"[{name}]" if ":" in name else name for name in settings().hosts or ["*"]]


class TooMuch(Exception):
    """An upload that is not taken: status and sentence."""

    def __init__(self, status: int, sentence: str):
        super().__init__(sentence)
        self.status = status


_ANOTHERS = TooMuch(403, "Cette page n'est plus la vôtre : rechargez-la.")
_TOO_MANY = TooMuch(429, "Vous avez envoyé trop de fichiers : rechargez la page.")


def announced(scope: Scope) -> int | None:
    """The length of the body; None also where it comes in chunks, as long as it likes."""
    headers = Headers(scope=scope)
    length = headers.get("content-length", "")
    is_number = length.isascii() and length.isdecimal() and len(length) < 16
    return int(length) if is_number and "transfer-encoding" not in headers else None


class UploadQuota:
    """Says no to an upload before its body is read: too big for anybody, into the page of another,
    too much at once; for who is not signed in also too many.

    Who sends is an account or an address. Accounts share one room, addresses another.
    """

    def __init__(
        self, app: ASGIApp, held: Callable[[], Held], owner: Callable[[str], int | None]
    ) -> None:
        self.app = app
        self.held = held
        self.owner = owner
        self.hour: datetime | None = None
        self.files: Counter[str] = Counter()  # by address, in this clock hour
        self.bytes: Counter[str] = Counter()
        self.coming: dict[str, list[int]] = defaultdict(list)  # by session, being sent now
        self.whose: dict[str, int | str] = {}  # session → who sends into it

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        upload = _upload(scope)
        if upload is None:
            return await self.app(scope, receive, send)
        session, heaviest = upload
        size = announced(scope)
        try:
            _check_size(size, heaviest)
            # In a thread: a look into the database would hold up every other request.
            account = await run_in_threadpool(_account, scope)
            if self.owner(session) not in (None, account):
                raise _ANOTHERS
            self._take(_address(scope) if account is None else account, session, size)
        except TooMuch as refusal:
            answer = PlainTextResponse(str(refusal), refusal.status)
            return await answer(scope, receive, send)
        self.coming[session].append(size)
        try:
            await self.app(scope, receive, send)
        finally:
            self._has_come(session, size)

    def _take(self, who: int | str, session: str, size: int) -> None:
        """Counts an upload. Raises TooMuch."""
        held = self.held()
        self._check_memory(who, session, size, held)
        if isinstance(who, str):
            self._count(who, session, size, held)
        # Sessions that hold nothing any more are forgotten, and who sent into them.
        still_there = held.keys() | self.coming.keys()
        self.whose = {item: by for item, by in self.whose.items() if item in still_there}
        self.whose[session] = who

    def _count(self, address: str, session: str, size: int, held: Held) -> None:
        """Counts an upload of a stranger. Raises TooMuch."""
        if len(held.get(session, ())) + len(self.coming.get(session, ())) >= _HELD_BY_ONE:
            raise _TOO_MANY
        hour = hour_of(now())
        if self.hour != hour:
            self.hour = hour
            self.files.clear()
            self.bytes.clear()
        too_many = self.files[address] >= of_hour(UPLOADS_OF_HOUR)
        too_much = self.bytes[address] + size > of_hour(UPLOADED)
        if too_many or too_much:
            raise TooMuch(429, f"Trop de fichiers de votre réseau : réessayez {after(hour)}.")
        self.files[address] += 1
        self.bytes[address] += size

    def _check_memory(self, who: int | str, session: str, size: int, held: Held) -> None:
        """What is held and what is coming, of one and of all of her kind. Raises TooMuch."""
        sizes = Counter()
        for item, files in [*held.items(), *self.coming.items()]:
            by = self.whose.get(item, "")
            if type(by) is type(who):
                sizes[by] += sum(files)
        most = AT_ONCE
        # So that others still find room: an address may be a whole town hall, an account is one.
        share = most // 2 if isinstance(who, str) else most // _ACCOUNTS
        if sizes[who] + size > share and isinstance(who, int):
            raise _TOO_MANY
        if sizes.total() + size > most or sizes[who] + size > share:
            raise TooMuch(429, "Beaucoup de fichiers arrivent : réessayez dans quelques minutes.")

    def _has_come(self, session: str, size: int) -> None:
        self.coming[session].remove(size)
        if not self.coming[session]:
            del self.coming[session]


def _upload(scope: Scope) -> tuple[str, int] | None:
    """Of a request that brings files: the session that will hold them, and how many bytes it may
    bring; None for any other. A light page has no session: each of its forms is one by itself.
    """
    if scope["type"] != "http":
        return None
    if scope["method"] == "PUT" and scope["path"].startswith(UPLOADS):
        return scope["path"].removeprefix(UPLOADS).partition("/")[0], HEAVIEST + _AROUND
    is_form = scope["method"] == "POST" and scope["path"].strip("/") == FILING
    size = announced(scope)
    if is_form and (size is None or size > WORDS):
        return secrets.token_hex(8), MOST * HEAVIEST + _AROUND
    return None


def _check_size(size: int | None, heaviest: int) -> None:
    if size is None:
        raise TooMuch(411, "La taille de ce fichier n'est pas annoncée.")
    if size > heaviest:
        raise TooMuch(413, "Ce fichier est trop lourd.")


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return network(client[0] if client else None)


def _account(scope: Scope) -> int | None:
    """Who is signed in by the cookie."""
    token = Request(scope).cookies.get(settings().cookie_name)
    if not token:
        return None
    with reading() as session:
        found = logins.login_of(session, logins.hash_of(token))
        return found.id if found else None
