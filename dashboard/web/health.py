"""« /sante »: the health check for the proxy, the container and monitoring. JSON without names,
folders or versions; the states are those of « État du système ».

503 if the database cannot write and read back, or if a background task of this process has ended:
restart it. A problem that an administrator must fix is 200.

The result is cached for some seconds, so that frequent requests cost no more than one.
"""

from asyncio import Task
from collections.abc import Callable, Mapping
from time import monotonic

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard.actions.operations.heartbeats import read_health
from dashboard.queries.operations.health import HealthState, Level, late_after
from models.database import reading
from models.location import is_writable
from models.settings import settings

_PATIENCE = 5.0  # seconds
_GOOD_FOR = 5.0  # seconds
_NO_DATABASE = "base de données inaccessible"

# The result of a check: the states, or what the database is missing.
CheckResult = tuple[list[HealthState], str]


class CachedCheck:
    """Checks on request and caches the result for a moment."""

    def __init__(self) -> None:
        # Its own threads: requests waiting for the database may have taken all others.
        self._places = anyio.CapacityLimiter(4)
        self._seen: CheckResult = [], _NO_DATABASE
        self._seen_at = 0.0

    async def result(self) -> CheckResult:
        """The cached result; checked again if something was missing, so that recovery shows at
        once, or if it is too old.
        """
        _, missing = self._seen
        if not missing and monotonic() - self._seen_at < _GOOD_FOR:
            return self._seen
        try:
            with anyio.fail_after(_PATIENCE):
                # In an abandonable thread: an unresponsive database must block neither this request
                # nor others.
                self._seen = await anyio.to_thread.run_sync(
                    _look, abandon_on_cancel=True, limiter=self._places
                )
        except Exception:
            self._seen = [], _NO_DATABASE
        self._seen_at = monotonic()
        return self._seen


def routes(running: Callable[[], Mapping[str, Task]]) -> list[Route]:
    """`running` returns the background tasks by name."""
    begun, watch = monotonic(), CachedCheck()

    async def answer(_request: Request) -> JSONResponse:
        states, missing = await watch.result()
        if missing:
            return _answer(missing, 503)
        if _is_dead(running(), states, monotonic() - begun):
            return _answer("tâche arrêtée", 503, states)
        is_bad = any(state.level is Level.bad for state in states)
        return _answer("a-corriger" if is_bad else "ok", 200, states)

    return [Route("/sante", answer)]


def _look() -> CheckResult:
    if not is_writable():
        return [], "base de données non inscriptible"
    with reading() as session:
        return read_health(session, may_wait=False), ""


def _is_dead(running: Mapping[str, Task], states: list[HealthState], up: float) -> bool:
    """Whether a task of this process has ended, or its rounds have stopped although there was time
    for one.
    """
    if any(task.done() for task in running.values()):
        return True
    by_code = {state.code: state for state in states}
    if by_code["horloge"].level is Level.bad:
        # Rounds are disabled: a restart would not help.
        return False
    rounds = by_code["passages"]
    makes_rounds = bool(settings().cp_tick_minutes) and "rounds" in running
    return makes_rounds and rounds.level is Level.bad and up > late_after().total_seconds()


def _answer(word: str, status: int, states: list[HealthState] | None = None) -> JSONResponse:
    by_code = {"etats": {state.code: str(state.level) for state in states}} if states else {}
    return JSONResponse(
        {"etat": word, **by_code}, status_code=status, headers={"Cache-Control": "no-store"}
    )
