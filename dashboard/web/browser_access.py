"""The trial of the way (essai de l'accès): a browser says what it sees, the server answers with the
tiles of « État du système » that tell whether both agree. No Streamlit here.
"""

import json
from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dashboard import french, theme
from dashboard.queries.operations.browser_access import Connection, reached
from dashboard.queries.operations.health import HealthState, Level
from dashboard.rendering import render
from dashboard.web.answers import NO_STORE, body_of, cookie_of, plain_sentence, reader_by_cookie
from models.clock import now
from models.database import reading
from models.errors import Refused
from models.faults import report_fault

ADDRESS = "/session/acces"
# Streamlit's own: a proxy may have rules for its folder alone.
SOCKET = "/_stcore/stream"
_MOST_BYTES = 2048
_NO_COOKIE = (
    "Le cookie de connexion n'est pas revenu : ce navigateur le refuse ou, derrière HTTP, le"
    " cookie d'une installation en HTTPS (CP_HTTPS). Cet onglet reste connecté, le suivant ne le"
    " sera pas."
)
_UNREADABLE = "Cette demande n'est pas lisible."


def routes() -> list[Route]:
    return [Route(ADDRESS, answer, methods=["POST"])]


async def answer(request: Request) -> Response:
    """POST {"origin", "clock", "socket"}: the tiles as HTML; a sentence where there are none."""
    if not (cookie := cookie_of(request)):
        return plain_sentence(401, _NO_COOKIE)
    try:
        states = await run_in_threadpool(_states, cookie, await _connection(request))
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        return plain_sentence(400, _UNREADABLE)
    except Refused as refused:
        return plain_sentence(403, str(refused))
    except DBAPIError as error:
        return plain_sentence(503, report_fault(error))
    return HTMLResponse(_page(states), headers=NO_STORE)


async def _connection(request: Request) -> Connection:
    found = json.loads(await body_of(request, _MOST_BYTES) or b"")
    socket = found.get("socket")
    return Connection(
        origin=str(found.get("origin")),
        clock=datetime.fromtimestamp(int(found.get("clock")) / 1000, UTC),
        socket_ms=None if socket is None else int(socket),
        host=request.headers.get("host", ""),
        scheme=request.url.scheme,
        address=request.client.host if request.client else "",
        forwarded_for=request.headers.get("x-forwarded-for", ""),
        forwarded_proto=request.headers.get("x-forwarded-proto", ""),
        now=now(),
    )


def _states(cookie: str, seen: Connection) -> list[HealthState]:
    with reading() as session:
        reader = reader_by_cookie(session, cookie)
    if reader is None:
        raise Refused(_NO_COOKIE)
    return reached(reader, seen)


def _page(states: list[HealthState]) -> str:
    """Folded while there is nothing to put right; what is comes first."""
    to_mend = [state for state in states if state.level in (Level.bad, Level.watch)]
    in_order = sorted(states, key=lambda state: state not in to_mend)
    summary = (
        french.counted(len(to_mend), "point à revoir", "points à revoir")
        if to_mend
        else "Rien à corriger vu d'ici"
    )
    return render(
        "system/seen_from_here.html",
        summary=summary,
        is_open=bool(to_mend),
        tiles=render("system/vitals.html", tiles=in_order, statuses=theme.STATUSES),
    )
