"""What a request must be before anything is done for it: for this host, with a body that comes in
time, and an upload that its address may still send.

Plain ASGI, as `serving.py`. The counts of uploads are those of this process, in its memory: no
address is written anywhere.
"""

import asyncio
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.actions.ideas.photos import HEAVIEST, MOST
from dashboard.actions.keeping.limits import after, hour_of, of_hour
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
NEXT_PIECE = 20  # seconds until the next piece of a body
WHOLE_BODY = 300  # seconds for the whole of it

Held = Mapping[str, Collection[int]]  # session → the bytes of each file that it holds


def middleware(held: Callable[[], Held], owner: Callable[[str], int | None]) -> list[Middleware]:
    """Ours, outermost first. `held` tells which files the sessions hold, `owner` whose account one
    of them is.
    """
    return [
        Middleware(AcceptedHosts),
        Middleware(TimelyBodies),
        Middleware(UploadQuota, held=held, owner=owner),
    ]


class TooMuch(Exception):
    """A request that is not taken: status and sentence."""

    def __init__(self, status: int, sentence: str):
        super().__init__(sentence)
        self.status = status


_LATE = TooMuch(408, "L'envoi s'est arrêté en route : réessayez.")
_LONG = TooMuch(413, "Cet envoi est plus long qu'annoncé.")
_ELSEWHERE = TooMuch(421, "C-Possible n'est pas servi sous ce nom : ouvrez son adresse habituelle.")
_ANOTHERS = TooMuch(403, "Cette page n'est plus la vôtre : rechargez-la.")
_TOO_MANY = TooMuch(429, "Vous avez envoyé trop de fichiers : rechargez la page.")
_NO_MORE: Message = {"type": "http.disconnect"}


# ── Hosts ─────────────────────────────────────────────────────────────────────────────────────────


class AcceptedHosts:
    """Refuses what is asked of another host: a page of an attacker whose name leads to this
    address, or a request that would have its own name written into our links.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        accepted = settings().hosts
        if scope["type"] == "lifespan" or accepted is None or _host(scope) in accepted:
            return await self.app(scope, receive, send)
        if scope["type"] == "websocket":
            await receive()  # the handshake, which a close answers with 403
            return await send({"type": "websocket.close", "code": 1008})
        await _say(_ELSEWHERE, scope, receive, send)


def _host(scope: Scope) -> str:
    """The name that was asked for, without its port. Two different ones are none."""
    hosts = {value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"}
    if len(hosts) != 1:
        return ""
    (whole,) = hosts
    if whole.startswith("["):
        return whole[1:].partition("]")[0]
    return whole.partition(":")[0].rstrip(".")


# ── Bodies ────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class _Body:
    """The body of one request as it comes: how much was announced, how much has come since when,
    and why no more of it is read.
    """

    receive: Receive
    announced: int | None
    began: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    came: int = 0
    is_whole: bool = False
    refused: TooMuch | None = None

    async def next(self) -> Message:
        """The next piece, or the end of it all where the body comes too slowly or too long."""
        if self.refused:
            return _NO_MORE
        if self.is_whole:
            return await self.receive()
        try:
            async with asyncio.timeout(self._patience()):
                message = await self.receive()
        except TimeoutError:
            self.refused = _LATE
            return _NO_MORE
        self.came += len(message.get("body", b""))
        if self.announced is not None and self.came > self.announced:
            self.refused = _LONG
            return _NO_MORE
        self.is_whole = not message.get("more_body", False)
        return message

    def _patience(self) -> float:
        passed = asyncio.get_running_loop().time() - self.began
        return max(0.0, min(NEXT_PIECE, WHOLE_BODY - passed))


class TimelyBodies:
    """Ends a request whose body stops coming, and cuts one that is longer than was announced."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            return await self.app(scope, receive, send)
        body = _Body(receive, announced(scope))
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        with suppress(ClientDisconnect):
            await self.app(scope, body.next, send_and_note)
        # Once an answer has begun there is no place for another.
        if body.refused and not started:
            await _say(body.refused, scope, receive, send)


async def _say(refusal: TooMuch, scope: Scope, receive: Receive, send: Send) -> None:
    """Only a body that has stopped coming closes the connection: another sender reads the sentence
    first, and what she still sends is passed over (`connections.py`).
    """
    headers = {"Connection": "close"} if refusal is _LATE else None
    await PlainTextResponse(str(refusal), refusal.status, headers)(scope, receive, send)


def announced(scope: Scope) -> int | None:
    length = Headers(scope=scope).get("content-length", "")
    is_number = length.isascii() and length.isdecimal() and len(length) < 16
    return int(length) if is_number else None


# ── Uploads ───────────────────────────────────────────────────────────────────────────────────────


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
            return await _say(refusal, scope, receive, send)
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
