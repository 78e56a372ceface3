"""The files that a page offers (/fichier/…): made when somebody asks, for the login that was
offered them alone.

Not Streamlit's download button: it makes the file with the rights that the page had, and leaves it
at an address that asks nobody's name. What a page offers lives in the state of its tab, and goes
with it.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote
from weakref import WeakValueDictionary

from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dashboard.access import NOBODY, Reader
from dashboard.actions.people import logins
from dashboard.queries.people.readers import reader_of
from dashboard.rendering import render
from models.clock import today
from models.database import reading
from models.errors import Refused
from models.faults import report_fault
from models.settings import settings

ADDRESS = "/fichier/"
NOT_YOURS = (
    "Ce fichier n'est plus offert, ou ne l'est pas à vous : "
    "revenez à l'écran qui le propose, rechargez-le et demandez-le à nouveau."
)
FAILED = "Le fichier n'a pas pu être préparé ; réessayez dans un instant."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class OfferedFile:
    """One file that a page offers: how it is made, what it is called, for whom."""

    make: Callable[[], bytes]
    name: str
    mime: str
    reader: Reader
    login: str | None  # SHA-256 of the token of the login; None for whoever has none
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))


# Weak: the tab holds its files, and they go with its state, without anybody having to clear them.
_offered: WeakValueDictionary[str, OfferedFile] = WeakValueDictionary()


def offer(offered: OfferedFile) -> str:
    """The address of the file, for as long as whoever offers it holds on to it."""
    _offered[offered.token] = offered
    return ADDRESS + offered.token


def withdraw(offered: OfferedFile) -> None:
    """The page does not offer this file any more."""
    _offered.pop(offered.token, None)


def routes() -> list[Route]:
    return [Route(f"{ADDRESS}{{token}}", send, methods=["GET"])]


async def send(request: Request) -> Response:
    """The file, for the login of the cookie; one answer for all who may not have it, whatever
    the reason.
    """
    offered = _offered.get(request.path_params["token"])
    cookie = request.cookies.get(settings().cookie_name)
    try:
        # In a thread: a PDF takes tenths of a second, in which every other request would wait.
        content = await run_in_threadpool(_made, offered, cookie) if offered else None
    except Refused as refused:
        return _sentence(403, str(refused))
    except DBAPIError as error:
        return _sentence(503, report_fault(error))
    except Exception:
        _log.exception("The file %s could not be made", offered.name)
        return _sentence(500, FAILED)
    if content is None:
        return _sentence(404, NOT_YOURS)
    return Response(content, media_type=offered.mime, headers=_headers(offered.name))


def _made(offered: OfferedFile, cookie: str | None) -> bytes | None:
    """The content, or None for whoever is not the reader to whom it was offered, with the same
    rights.
    """
    # The whole reader is compared, rights included: a role lost since takes the file with it.
    if _now(cookie) != (offered.login, offered.reader):
        return None
    return offered.make()


def _now(cookie: str | None) -> tuple[str | None, Reader]:
    login = logins.hash_of(cookie) if cookie else None
    with reading() as session:
        account = logins.login_of(session, login) if login else None
        if account is None:
            return None, NOBODY
        return login, reader_of(session, account, today(session))


def _headers(name: str) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
    }


def _sentence(status: int, text: str) -> Response:
    page = render("web/sentence.html", sentence=text)
    return HTMLResponse(
        page, status_code=status, headers={"Cache-Control": "no-store", "X-Sentence": quote(text)}
    )
