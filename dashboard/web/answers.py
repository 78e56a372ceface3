"""Answers of our own routes: who asks by the cookie of a login, a sentence where there is nothing
to send, the headers of a file.
"""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.access import Reader
from dashboard.actions.people import logins
from dashboard.queries.people.readers import reader_of
from dashboard.rendering import render
from models.clock import today
from models.database import reading
from models.faults import report_fault
from models.settings import settings

T = TypeVar("T")
NO_STORE = {"Cache-Control": "no-store"}


def cookie_of(request: Request) -> str:
    """The token of a login that the browser shows; empty without one."""
    return request.cookies.get(settings().cookie_name, "")


def reader_by_cookie(session: Session, cookie: str) -> Reader | None:
    """Who is signed in by this cookie, with the rights of now."""
    account = logins.login_of(session, logins.hash_of(cookie)) if cookie else None
    return reader_of(session, account, today(session)) if account else None


def protected_route(
    address: str,
    find: Callable[[Session, Reader, str], T | None],
    answer: Callable[[T], Response],
    missing: str,
) -> Route:
    """A file under `address`/{key} for whoever may have it: `find` reads it with the rights of the
    reader. One sentence for all others, whatever the reason.
    """

    def found(cookie: str, key: str) -> T | None:
        with reading() as session:
            reader = reader_by_cookie(session, cookie)
            return find(session, reader, key) if reader else None

    async def send(request: Request) -> Response:
        try:
            content = await run_in_threadpool(found, cookie_of(request), request.path_params["key"])
        except DBAPIError as error:
            return sentence(503, report_fault(error))
        return sentence(404, missing) if content is None else answer(content)

    return Route(f"{address}{{key}}", send, methods=["GET"])


def sentence(status: int, text: str) -> Response:
    """A page that says one sentence; a script finds it in a header."""
    page = render("web/sentence.html", sentence=text)
    return HTMLResponse(page, status, headers={**NO_STORE, "X-Sentence": quote(text)})


def plain_sentence(status: int, text: str) -> Response:
    """The same for a script of ours, which shows it."""
    return PlainTextResponse(text, status, headers=NO_STORE)


def attachment(name: str) -> dict[str, str]:
    """The headers of a file that is saved under this name, and kept by no cache."""
    return {**NO_STORE, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}


async def body_of(request: Request, most: int) -> bytes | None:
    """The body; None where it is longer than `most` bytes, whatever its headers announce."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            return None
    return bytes(body)
