"""Files that follow from an address alone (/donnees/…): a name, and the scope as a page's address
writes it.

Unlike those of `files`, they need no tab that offers them: a page that is kept for many readers may
link to them, and the rights are those of whoever follows the link, asked at that moment.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dashboard import cached
from dashboard.access import Reader, may
from dashboard.actions.people import logins
from dashboard.rendering import render
from dashboard.scope import Scope
from models.database import reading
from models.faults import report_fault
from models.settings import settings

ADDRESS = "/donnees/"
NOT_YOURS = "Ce fichier n'existe pas, ou ne vous est pas ouvert : connectez-vous et redemandez-le."
FAILED = "Le fichier n'a pas pu être préparé ; réessayez dans un instant."

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ScopeFile:
    """One file: what it is called, the right that opens it, how it is made for a scope and for what
    it `asks` of the address besides (None: there is no such file).
    """

    name: str
    mime: str
    right: str
    make: Callable[..., bytes | None]
    asks: tuple[str, ...] = ()

    @property
    def href(self) -> str:
        return ADDRESS + self.name


def routes(files: Iterable[ScopeFile]) -> list[Route]:
    return [Route(file.href, _sending(file), methods=["GET"]) for file in files]


def _sending(file: ScopeFile) -> Callable:
    async def send(request: Request) -> Response:
        """The file, for the login of the cookie."""
        token = request.cookies.get(settings().cookie_name)
        asked = dict(request.query_params)
        try:
            # In a thread: a picture takes tenths of a second, in which all others would wait.
            content = await run_in_threadpool(_made, file, token, asked) if token else None
        except DBAPIError as error:
            return _sentence(503, report_fault(error))
        except Exception:
            _log.exception("The file %s could not be made", file.name)
            return _sentence(500, FAILED)
        if content is None:
            return _sentence(404, NOT_YOURS)
        return Response(content, media_type=file.mime, headers=_headers(file.name))

    return send


def _made(file: ScopeFile, token: str, asked: dict[str, str]) -> bytes | None:
    """The content, or None for whoever may not have it."""
    reader = _reader(token)
    if reader is None or not may(reader, file.right):
        return None
    scope = Scope.for_reader(
        reader, asked, cached.today(), cached.tree_at, cached.ambitions(), cached.programmes()
    )
    return file.make(scope, **{name: asked.get(name, "") for name in file.asks})


def _reader(token: str) -> Reader | None:
    with reading() as session:
        account = logins.login_of(session, logins.hash_of(token))
    return cached.reader(account, cached.today()) if account else None


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
