"""Files that follow from an address alone (/donnees/…): a name, and the scope as a page's address
writes it.

Unlike those of `files`, they need no tab that offers them: a page that is kept for many readers may
link to them, and the rights are those of whoever follows the link, asked at that moment.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard import cached
from dashboard.access import may
from dashboard.cached import memory
from dashboard.scope import Scope
from dashboard.web.answers import attachment, file_answer, reader_by_cookie
from models.database import reading

ADDRESS = "/donnees/"
NOT_YOURS = "Ce fichier n'existe pas, ou ne vous est pas ouvert : connectez-vous et redemandez-le."


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
        asked = dict(request.query_params)

        def made(cookie: str) -> Response | None:
            content = _made(file, cookie, asked)
            if content is None:
                return None
            return Response(content, media_type=file.mime, headers=attachment(file.name))

        return await file_answer(request, made, file.name, NOT_YOURS)

    return send


def _made(file: ScopeFile, cookie: str, asked: dict[str, str]) -> bytes | None:
    """The content, or None for whoever may not have it."""
    with reading() as session:
        reader = reader_by_cookie(session, cookie)
    if reader is None or not may(reader, file.right):
        return None
    with memory.one_run():
        scope = Scope.for_reader(
            reader, asked, cached.today(), cached.tree_at, cached.ambitions(), cached.programmes()
        )
        return file.make(scope, **{name: asked.get(name, "") for name in file.asks})
