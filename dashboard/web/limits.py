"""Checks requests before any work: the host name, and upload limits per address.

Plain ASGI, as `serving.py`. Uploads are counted in the memory of this process: no address is
stored.
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
from dashboard.queries.people.readers import network
from dashboard.web.answers import HttpRefused, cookie_of
from models.clock import now
from models.database import fetch
from models.settings import settings

UPLOADS = "/_stcore/upload_file/"
FILING = "deposer"  # the light form, whose photos come with its text
MEGABYTE = 2**20
# What a browser sends around a file in the body.
_MULTIPART_OVERHEAD = MEGABYTE
# The largest light form without photos: 50 000 characters as encoded by a browser.
FORM_BYTES = MEGABYTE // 4
# Per address and clock hour, without a sign-in: files, and bytes.
UPLOADS_OF_HOUR, UPLOADED = 600, 3000 * MEGABYTE
# Bytes in memory above which visitors must wait; signed-in users have the same amount for
# themselves.
AT_ONCE = 768 * MEGABYTE

HeldFiles = Mapping[str, Collection[int]]  # session → the bytes of each file that it holds


def middleware(
    held: Callable[[], HeldFiles], owner: Callable[[str], int | None]
) -> list[Middleware]:
    """The middleware, outermost first. `held` returns the files of each session, `owner` the
    account of one of them.
    """
    # A page of an attacker whose name resolves to this address is refused, and so is a name that
    # would be copied into our links.
    hosts = [f"[{name}]" if ":" in name else name for name in settings().hosts or ["*"]]
    return [
        Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
        Middleware(UploadQuota, held=held, owner=owner),
    ]


_TOO_MANY = HttpRefused(429, "Vous avez envoyé trop de fichiers : rechargez la page.")


def announced(scope: Scope) -> int | None:
    """The announced length of the body; None also for a chunked body of unknown length."""
    headers = Headers(scope=scope)
    length = headers.get("content-length", "")
    is_number = length.isascii() and length.isdecimal() and len(length) < 16
    return int(length) if is_number and "transfer-encoding" not in headers else None


class UploadQuota:
    """Refuses an upload before its body is read: too large, into the page of another user, too much
    in memory; for visitors also too many.

    The sender is an account or an address; accounts share one memory budget, addresses another.
    """

    def __init__(
        self, app: ASGIApp, held: Callable[[], HeldFiles], owner: Callable[[str], int | None]
    ) -> None:
        self.app = app
        self.held = held
        self.owner = owner
        self.hour: datetime | None = None
        self.files: Counter[str] = Counter()  # by address, in this clock hour
        self.bytes: Counter[str] = Counter()
        self.coming: dict[str, list[int]] = defaultdict(list)  # by session, in transfer
        self.senders: dict[str, int | str] = {}  # session → its sender

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        upload = _upload(scope)
        if upload is None:
            return await self.app(scope, receive, send)
        session, heaviest = upload
        size = announced(scope)
        try:
            if size is None:
                raise HttpRefused(411, "La taille de ce fichier n'est pas annoncée.")
            if size > heaviest:
                raise HttpRefused(413, "Ce fichier est trop lourd.")
            # In a thread: a database query would block other requests.
            account = await run_in_threadpool(_account, scope)
            if self.owner(session) not in (None, account):
                raise HttpRefused(403, "Cette page n'est plus la vôtre : rechargez-la.")
            client = scope.get("client")
            address = network(client[0] if client else None)
            self._take(address if account is None else account, session, size)
        except HttpRefused as refusal:
            answer = PlainTextResponse(str(refusal), refusal.status)
            return await answer(scope, receive, send)
        self.coming[session].append(size)
        try:
            await self.app(scope, receive, send)
        finally:
            self.coming[session].remove(size)
            if not self.coming[session]:
                del self.coming[session]

    def _take(self, sender: int | str, session: str, size: int) -> None:
        """Registers an upload. Raises HttpRefused."""
        held = self.held()
        self._check_memory(sender, session, size, held)
        if isinstance(sender, str):
            self._count(sender, session, size, held)
        # Sessions without files are removed, and their sender.
        active = held.keys() | self.coming.keys()
        self.senders = {item: by for item, by in self.senders.items() if item in active}
        self.senders[session] = sender

    def _count(self, address: str, session: str, size: int, held: HeldFiles) -> None:
        """Counts an upload of a visitor. Raises HttpRefused."""
        # More than the form accepts: a removed photo may still be in memory when the next arrives.
        if len(held.get(session, ())) + len(self.coming.get(session, ())) >= 8:
            raise _TOO_MANY
        hour = hour_of(now())
        if self.hour != hour:
            self.hour = hour
            self.files.clear()
            self.bytes.clear()
        too_many = self.files[address] >= of_hour(UPLOADS_OF_HOUR)
        too_much = self.bytes[address] + size > of_hour(UPLOADED)
        if too_many or too_much:
            raise HttpRefused(429, f"Trop de fichiers de votre réseau : réessayez {after(hour)}.")
        self.files[address] += 1
        self.bytes[address] += size

    def _check_memory(self, sender: int | str, session: str, size: int, held: HeldFiles) -> None:
        """Checks the bytes held and in transfer, of one sender and of all of her kind. Raises
        HttpRefused.
        """
        sizes = Counter()
        for item, files in [*held.items(), *self.coming.items()]:
            by = self.senders.get(item, "")
            if type(by) is type(sender):
                sizes[by] += sum(files)
        # So that others still have room: an address may be a whole town hall, an account is one
        # person.
        share = AT_ONCE // (2 if isinstance(sender, str) else 8)
        if sizes[sender] + size > share and isinstance(sender, int):
            raise _TOO_MANY
        if sizes.total() + size > AT_ONCE or sizes[sender] + size > share:
            raise HttpRefused(
                429, "Beaucoup de fichiers arrivent : réessayez dans quelques minutes."
            )


def _upload(scope: Scope) -> tuple[str, int] | None:
    """For a request with files: the session that will hold them, and how many bytes it may send;
    None for any other. A light page has no session: each form counts alone.
    """
    if scope["type"] != "http":
        return None
    if scope["method"] == "PUT" and scope["path"].startswith(UPLOADS):
        return scope["path"].removeprefix(UPLOADS).partition("/")[0], HEAVIEST + _MULTIPART_OVERHEAD
    is_form = scope["method"] == "POST" and scope["path"].strip("/") == FILING
    size = announced(scope)
    if is_form and (size is None or size > FORM_BYTES):
        return secrets.token_hex(8), MOST * HEAVIEST + _MULTIPART_OVERHEAD
    return None


def _account(scope: Scope) -> int | None:
    """The account signed in by the cookie."""
    token = cookie_of(Request(scope))
    found = fetch(logins.login_of, logins.hash_of(token)) if token else None
    return found.id if found else None
