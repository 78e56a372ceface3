"""The routes of the session: a ticket becomes the login cookie, the cookie is removed (`/session`);
those of the single sign-on, imported with the first request.

Only an HTTP answer can set or remove an HttpOnly cookie, Streamlit's websocket cannot: hence these
routes.
"""

import json
from collections.abc import Awaitable, Callable
from importlib import import_module
from urllib.parse import urlsplit

from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.actions.people import logins
from dashboard.web.answers import NO_STORE, HttpRefused, body_of, cookie_of, plain_sentence
from models.database import writing
from models.faults import report_fault
from models.settings import settings
from models.sign_on import configured
from models.texts import Refused


def routes() -> list[Route]:
    """The routes of the session and of the single sign-on."""
    return [
        Route("/session", open_session, methods=["POST"]),
        Route("/session", close_session, methods=["DELETE"]),
        Route("/connexion/commune", _if_configured("redirect_to_issuer"), methods=["GET"]),
        Route("/connexion/retour", _if_configured("callback"), methods=["GET"]),
        Route("/connexion/fin", _if_configured("end_session"), methods=["GET"]),
        Route("/connexion/fin-de-session", _if_configured("backchannel_logout"), methods=["POST"]),
    ]


def _if_configured(act: str) -> Callable[[Request], Awaitable[Response]]:
    """An act of the single sign-on; 404 without an issuer in the settings, and nothing is
    imported.
    """

    async def answered(request: Request) -> Response:
        rules = configured()
        if rules is None:
            return Response("Not Found", status_code=404)
        # In a thread: the first import takes some tenths of a second and must not block others.
        acts = await run_in_threadpool(import_module, "dashboard.web.sign_on")
        return await getattr(acts, act)(request, rules)

    return answered


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
    answer = Response(status_code=204, headers=NO_STORE)
    put_cookie(answer, cookie, max_age)
    name = settings().device_cookie
    known = logins.cookie_after(request.cookies.get(name, ""), login)
    set_cookie(answer, name, known, int(logins.DEVICE_LIFE.total_seconds()))
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
    answer = Response(status_code=204, headers=NO_STORE)
    put_cookie(answer, "", 0)
    return answer


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
    body = await body_of(request, 1024)
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


def put_cookie(answer: Response, value: str, max_age: int | None) -> None:
    """The cookie of a login. Without Max-Age it ends with the browser, and its login after twelve
    hours in any case.
    """
    set_cookie(answer, settings().cookie_name, value, max_age)


def set_cookie(
    answer: Response, name: str, value: str, max_age: int | None, samesite: str = "strict"
) -> None:
    """Sets a cookie that scripts cannot read. Strict: a link on or a frame of another site is
    opened without it; lax: it comes with the redirect from the issuer.
    """
    # On plain HTTP (a test, the machine itself) a browser would drop a Secure cookie.
    secure = settings().cp_https
    answer.set_cookie(name, value, max_age, secure=secure, httponly=True, samesite=samesite)
