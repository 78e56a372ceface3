"""Helpers for our own routes: the reader of the login cookie, error sentences, file headers."""

import json
import logging
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import anyio.to_thread
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.access import Reader
from dashboard.actions.operations.heartbeats import log_failure
from dashboard.actions.people import logins
from dashboard.queries.people.readers import reader_of
from dashboard.rendering import render
from models.clock import today
from models.database import reading
from models.faults import report_fault
from models.settings import settings
from models.texts import Refused

T = TypeVar("T")
NO_STORE = {"Cache-Control": "no-store"}
FAILED = "Le fichier n'a pas pu être préparé ; réessayez dans un instant."
_log = logging.getLogger(__name__)


def cookie_of(request: Request) -> str:
    """The login token in the cookie of the request; empty without one."""
    return request.cookies.get(settings().cookie_name, "")


def reader_by_cookie(session: Session, cookie: str) -> Reader | None:
    """The reader signed in by this cookie, with current rights."""
    account = logins.login_of(session, logins.hash_of(cookie)) if cookie else None
    return reader_of(session, account, today(session)) if account else None


class HttpRefused(Exception):
    """A refused request: status and sentence."""

    def __init__(self, status: int, sentence: str):
        super().__init__(sentence)
        self.status = status


async def file_answer(
    request: Request, make: Callable[[str], Response | None], name: str, missing: str
) -> Response:
    """A file, made for the cookie of the request with current rights; one same sentence for a
    reader who may not have it (None), whatever the reason, and if it cannot be made.
    """
    try:
        # In a thread: a PDF takes tenths of a second and must not block other requests.
        answer = await run_in_threadpool(make, cookie_of(request))
    except Refused as refused:
        return sentence(403, str(refused))
    except DBAPIError as error:
        return sentence(503, report_fault(error))
    except Exception:
        _log.exception("The file %s could not be made", name)
        return sentence(500, FAILED)
    return sentence(404, missing) if answer is None else answer


def protected_route(
    address: str,
    find: Callable[[Session, Reader, str], T | None],
    answer: Callable[[T], Response],
    missing: str,
) -> Route:
    """A file under `address`/{key}; `find` reads it with the rights of the reader."""

    async def send(request: Request) -> Response:
        def made(cookie: str) -> Response | None:
            with reading() as session:
                reader = reader_by_cookie(session, cookie)
                content = find(session, reader, request.path_params["key"]) if reader else None
            return None if content is None else answer(content)

        return await file_answer(request, made, address, missing)

    return Route(f"{address}{{key}}", send, methods=["GET"])


def sentence(status: int, text: str, title: str = "C-Possible") -> Response:
    """An error page with one sentence, also in a header for scripts."""
    page = render("web/sentence.html", title=title, sentence=text)
    return HTMLResponse(page, status, headers={**NO_STORE, "X-Sentence": quote(text)})


def plain_sentence(status: int, text: str) -> Response:
    """The same as plain text, for a script of ours that shows it."""
    return PlainTextResponse(text, status, headers=NO_STORE)


def attachment(name: str) -> dict[str, str]:
    """The headers of a download with this name that must not be cached."""
    return {**NO_STORE, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}


async def body_of(request: Request, most: int) -> bytes | None:
    """The body; None if it is longer than `most` bytes, whatever its headers announce."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            return None
    return bytes(body)


_COLOURS = ("primaryColor", "backgroundColor", "secondaryBackgroundColor", "textColor")
# Without these two the client looks for its server below the address of the page, waits a tenth of
# a second, tries the root, and only then opens its socket. By itself it accepts messages of windows
# of Streamlit's cloud: here of none.
_WHERE = """Object.assign(window.__streamlit, {
  BACKEND_BASE_URL: location.origin,
  HOST_CONFIG: { allowedOrigins: [location.origin], useExternalAuthToken: false },
});
"""


def script() -> str:
    """The theme of config.toml until the server has sent it, and the address of that server.

    Without the theme the first frame has Streamlit's colours and loads its text font, 171 kB that
    is not used again.
    """
    config = Path(__file__).resolve().parent.parent / ".streamlit" / "config.toml"
    ours = tomllib.loads(config.read_text(encoding="utf-8"))["theme"]
    shared = {
        "bodyFont": ours["font"],
        "headingFont": ours["headingFont"],
        "fontFaces": ours["fontFaces"],
    }
    themes = {
        "LIGHT_THEME": shared | {name: ours["light"][name] for name in _COLOURS},
        "DARK_THEME": shared | {name: ours["dark"][name] for name in _COLOURS},
    }
    return f"window.__streamlit = {json.dumps(themes, ensure_ascii=False)};\n{_WHERE}"


async def repeat_forever(
    name: str, work: Callable[[], object], pause: Callable[[], Awaitable[None]]
) -> None:
    """Runs the work in a thread, pauses, and so on until cancelled. A failure is logged with its
    kind and place.
    """

    def contained() -> None:
        try:
            work()
        except Exception:
            raise
        except BaseException as error:
            # A library that calls `sys.exit` must not end the process from a thread.
            raise RuntimeError(type(error).__name__) from error

    while True:
        try:
            await anyio.to_thread.run_sync(contained)
        except Exception as error:
            log_failure(name, error)
        await pause()
