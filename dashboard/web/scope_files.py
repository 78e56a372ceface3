"""Files addressed by their name and the scope in the query (/donnees/…).

Unlike those of `files`, they need no open tab: a cached page may link to them, and the rights are
those of the reader at the request.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard import cached
from dashboard.access import may
from dashboard.cached import memory
from dashboard.web.answers import attachment, file_answer, reader_by_cookie
from models.database import fetch

ADDRESS = "/donnees/"
NOT_YOURS = "Ce fichier n'existe pas, ou ne vous est pas ouvert : connectez-vous et redemandez-le."


@dataclass(frozen=True)
class ScopeFile:
    """One file: its name, the right it needs, and how it is made for a scope and further parameters
    (`asks`); None if there is no such file.
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
        params = dict(request.query_params)

        def made(cookie: str) -> Response | None:
            reader = fetch(reader_by_cookie, cookie)
            if reader is None or not may(reader, file.right):
                return None
            with memory.one_run():
                scope = cached.scope_of(reader, params)
                content = file.make(scope, **{name: params.get(name, "") for name in file.asks})
            if content is None:
                return None
            return Response(content, media_type=file.mime, headers=attachment(file.name))

        return await file_answer(request, made, file.name, NOT_YOURS)

    return send
