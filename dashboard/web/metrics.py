"""« /metriques »: what this process does, for Prometheus; closed but to the addresses of
CP_METRICS_ADDRESSES, and 404 for all others.

Each process tells of itself. Nothing is told by page, act or person: a count that rises by one as
somebody files would date what she files to the second.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC
from ipaddress import ip_address, ip_network

import anyio
import anyio.to_thread
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.queries.operations.waiting import waiting
from models.clock import now
from models.database import reading
from models.settings import settings

_PLACES, _PATIENCE = 2, 5.0  # looks at once, seconds

registry = CollectorRegistry()
ProcessCollector(registry=registry)
_requests = Counter(
    "c_possible_requests", "Requests, by the class of their status", ["status"], registry=registry
)
_by_class = {n: _requests.labels(f"{n}xx") for n in range(1, 6)}


class CountedRequests:
    """Counts the requests."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        status = 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, seen)
        finally:
            _by_class[status // 100].inc()


def middleware() -> Middleware:
    return Middleware(CountedRequests)


# ── What is looked at when somebody asks ──────────────────────────────────────────────────────────


class _Gauges(Collector):
    """What was read when somebody asked."""

    def __init__(self, gauges: list[GaugeMetricFamily]) -> None:
        self.gauges = gauges

    def collect(self) -> list[GaugeMetricFamily]:
        return self.gauges


def _of_process(sessions: int, has_database: bool) -> list[GaugeMetricFamily]:
    return [
        _gauge("sessions", "Sessions that are open", sessions),
        _gauge("database_up", "1: the database was read", int(has_database)),
    ]


def _of_database(session: Session) -> list[GaugeMetricFamily]:
    by_state, unsent, tasks = waiting(session)
    jobs = GaugeMetricFamily("c_possible_jobs", "Jobs that are not done", labels=["state"])
    for state, n in sorted(by_state.items()):
        jobs.add_metric([state], n)
    ages = GaugeMetricFamily(
        "c_possible_task_age_seconds", "Time since a task last ended well", labels=["task"]
    )
    failures = GaugeMetricFamily(
        "c_possible_task_failures", "Failures in a row of a task", labels=["task"]
    )
    for task, good_at, in_a_row in tasks:
        if good_at is not None:
            good_at = good_at.replace(tzinfo=good_at.tzinfo or UTC)
            ages.add_metric([task], max(0.0, (now() - good_at).total_seconds()))
        failures.add_metric([task], in_a_row)
    return [jobs, _gauge("mails_waiting", "Notices that are to be told", unsent), ages, failures]


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"c_possible_{name}", about, value=value)


# ── The address ───────────────────────────────────────────────────────────────────────────────────


def routes(sessions: Callable[[], int]) -> list[Route]:
    """`sessions`: how many are open, which the server alone knows."""
    places = anyio.CapacityLimiter(_PLACES)

    def look() -> list[GaugeMetricFamily]:
        with reading() as session:
            return _of_database(session)

    async def answer(request: Request) -> Response:
        if not _may_read(request):
            return PlainTextResponse("Introuvable.", status_code=404)
        found = None
        # What the process tells of itself is told whatever becomes of the database, which is asked
        # in a thread that may be left alone, as for « /sante ».
        with anyio.move_on_after(_PATIENCE), suppress(SQLAlchemyError, OSError):
            found = await anyio.to_thread.run_sync(look, abandon_on_cancel=True, limiter=places)
        read = CollectorRegistry()
        read.register(_Gauges([*_of_process(sessions(), found is not None), *(found or ())]))
        return Response(
            generate_latest(registry) + generate_latest(read),
            headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"},
        )

    return [Route("/metriques", answer)]


def _may_read(request: Request) -> bool:
    allowed = [ip_network(one, strict=False) for one in settings().metrics_addresses]
    try:
        here = ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    return any(here in network for network in allowed)
