"""Where the read interface is mounted in the served application. What it is made of is imported
with the first request: a server that no program reads pays neither time nor memory for it.
"""

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

ADDRESS = "/api/v1"
# The application, once somebody has asked for it.
_made: list[ASGIApp] = []


def routes() -> list[BaseRoute]:
    return [
        Route(ADDRESS, lambda _request: RedirectResponse(f"{ADDRESS}/", 308)),
        Mount(ADDRESS, app=_when_asked),
    ]


async def _when_asked(scope: Scope, receive: Receive, send: Send) -> None:
    if not _made:
        # In a thread: the import takes some tenths of a second, in which all others would wait.
        await run_in_threadpool(_make)
    await _made[0](scope, receive, send)


def _make() -> None:
    from dashboard.interface.application import application

    _made.append(application())
