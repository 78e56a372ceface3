"""Chooses between light pages and Streamlit at the same addresses: visitors get the light pages,
signed-in users get Streamlit.

The login cookie decides and is checked at each request, so that signing in or out takes effect
immediately.
"""

import logging
from collections.abc import Callable, Collection, Mapping

from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.actions.ideas.photos import MOST
from dashboard.actions.people import logins
from dashboard.cached import memory
from dashboard.frame.embedding import AGENDA
from dashboard.light.page import Visit
from dashboard.visit.signin import ASKED_FOR
from dashboard.web.answers import cookie_of, sentence
from dashboard.web.limits import FILING, FORM_BYTES, MEGABYTE, announced
from models.database import fetch
from models.faults import report_fault

FAILED = "Cette page n'a pas pu être préparée : réessayez dans un instant."
ELSEWHERE = "Cet envoi ne vient pas de cette application."
ANSWERING = "questionnaire"
UNREADABLE = "Cet envoi n'est pas lisible : il est trop long, ou coupé en route."
# A questionnaire: forty questions, each possibly a grid; several long texts.
_MOST_FIELDS, _MOST_ANSWERS = 60, 1000

Handler = Callable[[Visit], Response]

_log = logging.getLogger(__name__)


class LightDoor:
    """Serves light pages to visitors who are not signed in, and the page for unknown addresses.

    `pages` holds one handler per address, without its slash. `screens` are the addresses that
    Streamlit serves; a light page at any other address is served to everybody, signed in or not.
    `missing` handles addresses that nothing else answers.
    """

    def __init__(
        self,
        app: ASGIApp,
        pages: Mapping[str, Handler],
        screens: Collection[str],
        missing: Handler,
    ) -> None:
        self.app = app
        self.pages = pages
        self.screens = frozenset(screens)
        self.missing = missing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD", "POST"):
            return await self.app(scope, receive, send)
        address = scope["path"].strip("/")
        handler = self.pages.get(address)
        if handler is None:
            # Below the root only routes answer, with their own error pages.
            is_routes = "/" in address or scope["method"] == "POST"
            if address in self.screens or is_routes:
                return await self.app(scope, receive, send)
            return await self._or_missing(scope, receive, send)
        request = Request(scope, receive)
        # What is posted to a light page is anonymous, even in a browser that is signed in.
        is_screen = address in self.screens and scope["method"] != "POST"
        # The agenda in a frame is the same for everybody, signed in or not.
        is_framed = request.query_params.get("embed") == "true"
        is_screen = is_screen and not (is_framed and address == AGENDA)
        if is_screen and (ASKED_FOR in request.query_params or await _is_signed_in(request)):
            return await self.app(scope, receive, send)
        answer = await self._answer(handler, request)
        await answer(scope, receive, send)

    async def _answer(self, handler: Handler, request: Request) -> Response:
        try:
            form = await _form(request) if request.method == "POST" else FormData()
            # A file field left empty arrives as a file without a name.
            files = [item for item in form.getlist("photos") if not isinstance(item, str)]
            uploads = [await item.read() for item in files if item.filename]
            is_known = await _is_signed_in(request)
            whose = logins.sign_in_mark(logins.hash_of(cookie_of(request))) if is_known else ""
            visit = Visit(request, form, uploads, whose)
            return await run_in_threadpool(memory.one_run()(handler), visit)
        except HTTPException as refused:
            return sentence(refused.status_code, str(refused.detail))
        except DBAPIError as error:
            return sentence(503, report_fault(error))
        except Exception:
            # Without the code that may follow the name of the page.
            name = request.scope["path"].strip("/").partition("/")[0]
            _log.exception("The light page /%s could not be made", name)
            return sentence(500, FAILED)

    async def _or_missing(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The answer of the wrapped application, or our page where it answers 404."""
        is_missing = False

        async def send_unless_missing(message: Message) -> None:
            nonlocal is_missing
            if message["type"] == "http.response.start" and message["status"] == 404:
                kind = Headers(raw=message["headers"]).get("content-type", "")
                is_page = kind.startswith("text/html")
                is_missing = is_page and not await _is_signed_in(Request(scope))
            if not is_missing:
                await send(message)

        await self.app(scope, receive, send_unless_missing)
        if is_missing:
            answer = await self._answer(self.missing, Request(scope, receive))
            await answer(scope, receive, send)


async def _is_signed_in(request: Request) -> bool:
    token = cookie_of(request)
    if not token:
        return False
    try:
        return await run_in_threadpool(fetch, logins.login_of, logins.hash_of(token)) is not None
    except DBAPIError:
        # Streamlit shows the database error itself, and retries.
        return True


async def _form(request: Request) -> FormData:
    """The posted form. Raises HTTPException if another site sent it, or if it cannot be read."""
    origin = request.headers.get("origin")
    if origin and origin.partition("://")[2] != request.headers.get("host"):
        raise HTTPException(403, ELSEWHERE)
    # Only the filing form carries files; their limits are in `web/limits.py`.
    size = announced(request.scope)
    address = request.scope["path"].strip("/")
    is_answers = address == ANSWERING
    if address != FILING and (size is None or size > (2 * MEGABYTE if is_answers else FORM_BYTES)):
        raise HTTPException(413, UNREADABLE)
    fields = _MOST_ANSWERS if is_answers else _MOST_FIELDS
    try:
        return await request.form(max_files=2 * MOST, max_fields=fields, max_part_size=MEGABYTE)
    except (MultiPartException, HTTPException) as error:
        raise HTTPException(413, UNREADABLE) from error
