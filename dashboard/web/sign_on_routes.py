"""The routes of the single sign-on. Their modules are imported with the first request: without an
issuer nothing is imported.
"""

from collections.abc import Awaitable, Callable
from types import ModuleType

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from models.sign_on import SignOn, configured

_Answer = Callable[[Request, SignOn], Awaitable[Response]]


def routes() -> list[Route]:
    return [
        Route("/connexion/commune", _if_on(lambda acts: acts.redirect_to_issuer), methods=["GET"]),
        Route("/connexion/retour", _if_on(lambda acts: acts.callback), methods=["GET"]),
        Route("/connexion/fin", _if_on(lambda acts: acts.end_session), methods=["GET"]),
        Route(
            "/connexion/fin-de-session",
            _if_on(lambda acts: acts.backchannel_logout),
            methods=["POST"],
        ),
    ]


def _if_on(
    answer: Callable[[ModuleType], _Answer],
) -> Callable[[Request], Awaitable[Response]]:
    async def answered(request: Request) -> Response:
        rules = configured()
        if rules is None:
            return Response("Not Found", status_code=404)
        # In a thread: the first import takes some tenths of a second and must not block other
        # requests.
        return await answer(await run_in_threadpool(_acts))(request, rules)

    return answered


def _acts() -> ModuleType:
    from dashboard.web import sign_on

    return sign_on
