"""« /metriques »: metrics of this process for Prometheus; open to the addresses of
CP_METRICS_ADDRESSES only, 404 for all others. Problems to fix are in « /sante ».

Metrics are per process, and not by page, act or person: a count that rises as somebody files would
date the entry to the second.
"""

from collections.abc import Callable
from ipaddress import ip_address, ip_network

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    generate_latest,
)
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.settings import settings

registry = CollectorRegistry()
ProcessCollector(registry=registry)
_requests = Counter(
    "c_possible_requests", "Requests, by the class of their status", ["status"], registry=registry
)
_sessions = Gauge("c_possible_sessions", "Sessions that are open", registry=registry)
_by_class = {n: _requests.labels(f"{n}xx") for n in range(1, 6)}


class CountedRequests:
    """Counts the requests."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        status = 500

        async def count_and_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, count_and_send)
        finally:
            _by_class[status // 100].inc()


def middleware() -> Middleware:
    return Middleware(CountedRequests)


def routes(sessions: Callable[[], int]) -> list[Route]:
    """`sessions`: the number of open sessions, which only the server knows."""
    _sessions.set_function(sessions)

    def answer(request: Request) -> Response:
        if not _may_read(request):
            return PlainTextResponse("Introuvable.", status_code=404)
        return Response(
            generate_latest(registry),
            headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"},
        )

    return [Route("/metriques", answer)]


def _may_read(request: Request) -> bool:
    allowed = [ip_network(network, strict=False) for network in settings().metrics_addresses]
    try:
        client = ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    return any(client in network for network in allowed)
