"""Files offered by a page (/fichier/…): made at the request, for the login they were offered to.

Not Streamlit's download button: it makes the file with the rights that the page had, at an address
without access control. An offer is stored in the state of its tab, and ends with it.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.access import NOBODY, Reader
from dashboard.actions.people import logins
from dashboard.cached import memory
from dashboard.web.answers import attachment, file_answer, reader_by_cookie
from models.database import fetch

ADDRESS = "/fichier/"
NOT_YOURS = (
    "Ce fichier n'est plus offert, ou ne l'est pas à vous : "
    "revenez à l'écran qui le propose, rechargez-le et demandez-le à nouveau."
)


@dataclass(frozen=True, eq=False)
class OfferedFile:
    """One file offered by a page: how it is made, its name, and for whom."""

    make: Callable[[], bytes]
    name: str
    mime: str
    reader: Reader
    login: str | None  # SHA-256 of the login token; None for a visitor
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))


# Weak: the offers are removed with the state of their tab.
_offered: WeakValueDictionary[str, OfferedFile] = WeakValueDictionary()


def offer(offered: OfferedFile) -> str:
    """Registers the file and returns its address, valid as long as the caller holds the offer."""
    _offered[offered.token] = offered
    return ADDRESS + offered.token


def withdraw(offered: OfferedFile) -> None:
    """Removes an offer."""
    _offered.pop(offered.token, None)


def routes() -> list[Route]:
    return [Route(f"{ADDRESS}{{token}}", send, methods=["GET"])]


async def send(request: Request) -> Response:
    """The file, for the login of the cookie."""
    offered = _offered.get(request.path_params["token"])

    def made(cookie: str) -> Response | None:
        # The whole reader is compared, rights included: a lost role makes the file unavailable.
        if offered is None or _current_reader(cookie) != (offered.login, offered.reader):
            return None
        with memory.one_run():
            content = offered.make()
        return Response(content, media_type=offered.mime, headers=attachment(offered.name))

    return await file_answer(request, made, offered.name if offered else "", NOT_YOURS)


def _current_reader(cookie: str) -> tuple[str | None, Reader]:
    reader = fetch(reader_by_cookie, cookie)
    return (logins.hash_of(cookie), reader) if reader else (None, NOBODY)
