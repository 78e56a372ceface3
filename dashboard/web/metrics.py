"""« /metriques »: what this process does, for Prometheus; closed but to the addresses of
CP_METRICS_ADDRESSES, and 404 for all others.

Each process tells of itself. Nothing is told by page, act or person: a count that rises by one as
somebody files would date what she files to the second.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from time import perf_counter

import anyio
import anyio.to_thread
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.queries.keeping.waiting import Waiting, waiting
from models.clock import now
from models.database import engine, reading
from models.settings import settings
from models.statements import asked

_PLACES, _PATIENCE = 2, 5.0  # looks at once, seconds
_BUCKETS = (0.025, 0.1, 0.5, 2.0, 10.0)
Family = CounterMetricFamily | GaugeMetricFamily

registry = CollectorRegistry()
ProcessCollector(registry=registry)
_requests = Counter(
    "c_possible_requests", "Requests, by the class of their status", ["status"], registry=registry
)
_request_seconds = Histogram(
    "c_possible_request_seconds", "Time until an answer ends", buckets=_BUCKETS, registry=registry
)
_sockets = Counter("c_possible_sockets", "Websockets that were opened", registry=registry)
_run_seconds = Histogram(
    "c_possible_script_run_seconds",
    "Time of a run of a screen's script, but for its fragments",
    buckets=_BUCKETS,
    registry=registry,
)
_by_class = {n: _requests.labels(f"{n}xx") for n in range(1, 6)}


@contextmanager
def script_run() -> Iterator[None]:
    """One run of the script of a screen."""
    begun = perf_counter()
    try:
        yield
    finally:
        _run_seconds.observe(perf_counter() - begun)


class CountedRequests:
    """Counts the requests and what they take."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            _sockets.inc()
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        status, begun = 500, perf_counter()

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, seen)
        finally:
            _by_class[status // 100].inc()
            _request_seconds.observe(perf_counter() - begun)


def middleware() -> Middleware:
    return Middleware(CountedRequests)


# ── What is looked at when somebody asks ──────────────────────────────────────────────────────────


@dataclass(eq=False)  # a registry keeps it by what it is
class AtScrape(Collector):
    """Ce qui est lu au passage: the counts of the process, and what waits in the database.

    Without `found` the database was not read.
    """

    sessions: int
    found: Waiting | None = None
    are_figures_ready: bool = False

    def told(self) -> bytes:
        own = CollectorRegistry()
        own.register(self)
        return generate_latest(own)

    def collect(self) -> Iterator[Family]:
        yield _counter("statements", "Statements that the database was asked", asked.statements)
        yield _counter("statement_seconds", "Time that they took", asked.seconds)
        yield _counter("slow_statements", "Those that took a second or more", asked.slow)
        yield _gauge("connections", "Connections to the database in use", _connections())
        yield _gauge("sessions", "Sessions that are open", self.sessions)
        yield _gauge("database_up", "1: the database was read", int(self.found is not None))
        if self.found is not None:
            ready = int(self.are_figures_ready)
            yield _gauge("figures_are_ready", "1: computed from what stands now", ready)
            yield from _of_database(self.found)


def _of_database(found: Waiting) -> Iterator[Family]:
    jobs = GaugeMetricFamily("c_possible_jobs", "Jobs that are not done", labels=["state"])
    for state, n in sorted(found.jobs.items()):
        jobs.add_metric([state], n)
    yield jobs
    yield _gauge("mails_waiting", "Notices that are to be told", found.mails)
    if found.locks is not None:
        yield _gauge("locks_waited_for", "Locks not granted yet (PostgreSQL)", found.locks)
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


def _counter(name: str, told: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"c_possible_{name}", told, value=value)


def _gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"c_possible_{name}", told, value=value)


def _connections() -> int:
    return engine().pool.checkedout()


# ── The address ───────────────────────────────────────────────────────────────────────────────────


def routes(sessions: Callable[[], int], are_figures_ready: Callable[[], bool]) -> list[Route]:
    """Two things that the server alone knows: how many sessions are open, and whether its figures
    were computed from what stands now.
    """
    places = anyio.CapacityLimiter(_PLACES)

    def look() -> AtScrape:
        with reading() as session:
            return AtScrape(sessions(), waiting(session), are_figures_ready())

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
