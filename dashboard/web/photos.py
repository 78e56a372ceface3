"""A photo of an entry (/photo/…): sent to whoever may see the entry and this photo of it; one
answer for all others.
"""

from datetime import date

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dashboard import cached
from dashboard.actions.people import logins
from dashboard.queries.ideas.around import photo_content
from dashboard.queries.people.readers import reader_of
from dashboard.scope import Scope
from models.clock import today
from models.database import reading
from models.faults import report_fault
from models.settings import settings

_HEADERS = {"Cache-Control": "private, no-store", "Content-Security-Policy": "default-src 'none'"}


def routes() -> list[Route]:
    return [Route("/photo/{photo}", send, methods=["GET"])]


async def send(request: Request) -> Response:
    """The picture, for the login of the cookie."""
    token = request.cookies.get(settings().cookie_name)
    try:
        found = None
        if token:
            found = await run_in_threadpool(_wanted, token, request.path_params["photo"])
    except DBAPIError as error:
        return PlainTextResponse(report_fault(error), status_code=503, headers=_HEADERS)
    if found is None:
        return PlainTextResponse(
            "Cette photo n'est pas là, ou ne vous est pas ouverte.",
            status_code=404,
            headers=_HEADERS,
        )
    return Response(found, media_type="image/jpeg", headers=_HEADERS)


def _wanted(token: str, photo: str) -> bytes | None:
    with reading() as session:
        day = today(session)
        account = logins.login_of(session, logins.hash_of(token))
        if account is None:
            return None
        return photo_content(session, _scope(session, account, day), photo)


def _scope(session: Session, account: object, day: date) -> Scope:
    return Scope.for_reader(
        reader_of(session, account, day),
        {},
        day,
        cached.tree_at,
        cached.ambitions(),
        cached.programmes(),
    )
