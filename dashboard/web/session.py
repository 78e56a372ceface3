"""The two requests of `/session.js`: a ticket becomes the login cookie; the cookie is removed. No
Streamlit here.

Only an HTTP answer can set or remove an HttpOnly cookie, Streamlit's websocket cannot: hence these
routes.
"""

import json
from urllib.parse import urlsplit

from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.actions.people import devices, logins
from dashboard.web.answers import NO_STORE, HttpRefused, body_of, cookie_of, plain_sentence
from models.database import writing
from models.faults import report_fault
from models.settings import settings
from models.texts import Refused

MOST_BYTES = 1024


def routes() -> list[Route]:
    """The routes of `/session`, for `st.App`."""
    return [
        Route("/session", open_session, methods=["POST"]),
        Route("/session", close_session, methods=["DELETE"]),
    ]


async def open_session(request: Request) -> Response:
    """POST {"ticket": …}: sets the cookie of the login behind the ticket, and marks the browser as
    a known device of its account.
    """
    try:
        _check_origin(request)
        ticket = await _ticket(request)
        cookie, max_age, login = await run_in_threadpool(_redeem, ticket)
    except HttpRefused as unfit:
        return plain_sentence(unfit.status, str(unfit))
    except Refused as refused:
        return plain_sentence(410, str(refused))
    except DBAPIError as error:
        return plain_sentence(503, report_fault(error))
    answer = _with_cookie(cookie, max_age)
    name = settings().device_cookie
    known = devices.cookie_after(request.cookies.get(name, ""), login)
    _put(answer, name, known, int(devices.LIFE.total_seconds()))
    return answer


async def close_session(request: Request) -> Response:
    """DELETE: closes the login of the cookie, and removes the cookie."""
    try:
        _check_origin(request)
        if token := cookie_of(request):
            await run_in_threadpool(_close, token)
    except HttpRefused as unfit:
        return plain_sentence(unfit.status, str(unfit))
    except DBAPIError as error:
        return plain_sentence(503, report_fault(error))
    return _with_cookie("", 0)


def _check_origin(request: Request) -> None:
    """Refuses a POST or DELETE of another site or of a client that is no browser: browsers send
    their origin.
    """
    origin = request.headers.get("origin", "")
    host = request.headers.get("host", "")
    if not host or urlsplit(origin).netloc.lower() != host.lower():
        raise HttpRefused(403, "Cette demande ne vient pas de cette application.")


async def _ticket(request: Request) -> str:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise HttpRefused(415, "Le ticket est attendu en JSON.")
    body = await body_of(request, MOST_BYTES)
    if body is None:
        raise HttpRefused(413, "Cette demande est trop longue.")
    try:
        ticket = json.loads(body).get("ticket")
    except (ValueError, AttributeError, RecursionError) as error:
        raise HttpRefused(400, "Cette demande n'est pas lisible.") from error
    if not isinstance(ticket, str) or not ticket.isascii() or not ticket:
        raise HttpRefused(400, "Le ticket manque.")
    return ticket


def _redeem(ticket: str) -> tuple[str, int | None, str]:
    with writing() as session:
        cookie, max_age = logins.redeem_ticket(session, ticket)
        return cookie, max_age, logins.login_of(session, logins.hash_of(cookie)).login


def _close(token: str) -> None:
    with writing() as session:
        logins.close_login(session, logins.hash_of(token))


def _with_cookie(value: str, max_age: int | None) -> Response:
    """Without Max-Age the cookie ends with the browser, and its login after twelve hours in any
    case.
    """
    answer = Response(status_code=204, headers=NO_STORE)
    put_cookie(answer, value, max_age)
    return answer


def put_cookie(answer: Response, value: str, max_age: int | None) -> None:
    """The cookie of a login."""
    _put(answer, settings().cookie_name, value, max_age)


def _put(answer: Response, name: str, value: str, max_age: int | None) -> None:
    """Sets a cookie that scripts and other sites cannot read."""
    answer.set_cookie(
        name,
        value,
        max_age=max_age,
        path="/",
        # On plain HTTP (a test, the machine itself) a browser would drop a Secure cookie.
        secure=settings().cp_https,
        httponly=True,
        # Strict: a link on or a frame of another site is opened without the sign-in.
        samesite="strict",
    )
