"""A material of a training (/document/…): sent, or led to where it is an address of the web, for
who may open it; one answer for all others.
"""

from urllib.parse import quote

from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.actions.people import logins
from dashboard.queries.academy.materials import material
from dashboard.queries.people.readers import reader_of
from models.academy import TrainingMaterial
from models.clock import today
from models.database import reading
from models.faults import report_fault
from models.settings import settings

ADDRESS = "/document/"
_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'",
}


def routes() -> list[Route]:
    return [Route(f"{ADDRESS}{{ident}}", send, methods=["GET"])]


async def send(request: Request) -> Response:
    """The file or the way to the address, for the login of the cookie."""
    token = request.cookies.get(settings().cookie_name)
    try:
        found = None
        if token:
            found = await run_in_threadpool(_wanted, token, request.path_params["ident"])
    except DBAPIError as error:
        return _sentence(503, report_fault(error))
    if found is None:
        return _sentence(404, "Ce support n'est pas là, ou ne vous est pas ouvert.")
    if found.href:
        return RedirectResponse(found.href, status_code=302, headers=_HEADERS)
    name = f"attachment; filename*=UTF-8''{quote(found.name)}"
    return Response(
        found.content,
        media_type=found.mime,
        headers={**_HEADERS, "Content-Disposition": name, "X-Content-Type-Options": "nosniff"},
    )


def _sentence(status: int, text: str) -> Response:
    return PlainTextResponse(
        text, status_code=status, headers={**_HEADERS, "X-Sentence": quote(text)}
    )


def _wanted(token: str, ident: str) -> TrainingMaterial | None:
    with reading() as session:
        account = logins.login_of(session, logins.hash_of(token))
        if account is None:
            return None
        return material(session, reader_of(session, account, today(session)), ident)
