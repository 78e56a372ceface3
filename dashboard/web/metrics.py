"""« /metriques »: what this process does, for Prometheus; closed but to the addresses of
CP_METRICS_ADDRESSES, and 404 for all others.

Each process tells of itself. Nothing is told by page, act or person: a count that rises by one as
somebody files would date what she files to the second.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
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
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.queries.keeping.waiting import Waiting, waiting
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


@dataclass(eq=False)  # a registry keeps it by what it is
class AtScrape(Collector):
    """Ce qui est lu au passage: the open sessions, and what waits in the database.

    Without `found` the database was not read.
    """

    sessions: int
    found: Waiting | None = None

    def told(self) -> bytes:
        own = CollectorRegistry()
        own.register(self)
        return generate_latest(own)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _gauge("sessions", "Sessions that are open", self.sessions)
        yield _gauge("database_up", "1: the database was read", int(self.found is not None))
        if self.found is not None:
            yield from _of_database(self.found)


def _of_database(found: Waiting) -> Iterator[GaugeMetricFamily]:
    jobs = GaugeMetricFamily("c_possible_jobs", "Jobs that are not done", labels=["state"])
    for state, n in sorted(found.jobs.items()):
        jobs.add_metric([state], n)
    yield jobs
    yield _gauge("mails_waiting", "Notices that are to be told", found.mails)
    ages = GaugeMetricFamily(
        "c_possible_task_age_seconds", "Time since a task last ended well", labels=["task"]
    )
    failures = GaugeMetricFamily(
        "c_possible_task_failures", "Failures in a row of a task", labels=["task"]
    )
    for end in found.ends:
        if end.good_at is not None:
            ages.add_metric([end.task], max(0.0, (now() - _aware(end.good_at)).total_seconds()))
        failures.add_metric([end.task], end.in_a_row)
    yield ages
    yield failures


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=at.tzinfo or UTC)


def _gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"c_possible_{name}", told, value=value)


# ── The address ───────────────────────────────────────────────────────────────────────────────────


def routes(sessions: Callable[[], int]) -> list[Route]:
    """`sessions`: how many are open, which the server alone knows."""
    places = anyio.CapacityLimiter(_PLACES)

    def look() -> AtScrape:
        with reading() as session:
            return AtScrape(sessions(), waiting(session))

    async def answer(request: Request) -> Response:
        if not _may_read(request):
            return PlainTextResponse("Introuvable.", status_code=404)
        found = AtScrape(sessions())
        # What the process tells of itself is told whatever becomes of the database, which is asked
        # in a thread that may be left alone, as for « /sante ».
        with anyio.move_on_after(_PATIENCE), suppress(SQLAlchemyError, OSError):
            found = await anyio.to_thread.run_sync(look, abandon_on_cancel=True, limiter=places)
        return Response(
            generate_latest(registry) + found.told(),
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
