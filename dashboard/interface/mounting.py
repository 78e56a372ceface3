"""Mounts the read API in the served application. Its modules are imported with the first request: a
server without callers spends neither time nor memory on them.
"""

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

ADDRESS = "/api/v1"


def routes() -> list[BaseRoute]:
    return [
        Route(ADDRESS, lambda _request: RedirectResponse(f"{ADDRESS}/", 308)),
        Mount(ADDRESS, app=_import_and_answer),
    ]


async def _import_and_answer(scope: Scope, receive: Receive, send: Send) -> None:
    # In a thread: the import takes some tenths of a second and must not block other requests.
    application = await run_in_threadpool(_imported)
    await application(scope, receive, send)


def _imported() -> ASGIApp:
    from dashboard.interface.application import application

    return application()
