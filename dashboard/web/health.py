"""« /sante »: whether all is well, for the proxy, the container and monitoring.
JSON that names nobody, no folder and no version; the states are those of « État du système ».

503 where what is written to the database cannot be read back, or where what this process does
beside the requests has ended: whoever watches should restart it. What an administrator must put
right is 200.

What was seen counts for some seconds: whoever asks again and again costs no more than one who does.
"""

from asyncio import Task
from collections.abc import Callable, Mapping
from time import monotonic

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard.actions.operations.alerts import read_health
from dashboard.queries.operations.health import HealthState, Level, late_after
from models.database import reading
from models.location import is_writable
from models.settings import settings

# Its own places: requests that wait for the database may have taken all the others.
_PLACES = 4
_PATIENCE = 5.0  # seconds
_GOOD_FOR = 5.0  # seconds
_NO_DATABASE = "base de données inaccessible"
_NOT_WRITABLE = "base de données non inscriptible"
_DEAD = "tâche arrêtée"


# What one look has seen: the states, or what is missing of the database.
Seen = tuple[list[HealthState], str]


class Watch:
    """Looks when somebody asks, and keeps for a moment what was seen."""

    def __init__(self) -> None:
        self._places = anyio.CapacityLimiter(_PLACES)
        self._seen: Seen | None = None
        self._seen_at = 0.0

    async def seen(self) -> Seen:
        """A look is repeated where something was missing, so that the end of a failure shows at
        once, or where the last one is too old.
        """
        is_fresh = self._seen is not None and monotonic() - self._seen_at < _GOOD_FOR
        return self._seen if is_fresh and not self._seen[1] else await self._look()

    async def _look(self) -> Seen:
        try:
            with anyio.fail_after(_PATIENCE):
                # In a thread that may be left alone: a database that does not answer must hold up
                # neither the other requests nor this one.
                seen = await anyio.to_thread.run_sync(
                    _look, abandon_on_cancel=True, limiter=self._places
                )
        except Exception:
            seen = [], _NO_DATABASE
        self._seen, self._seen_at = seen, monotonic()
        return seen


def routes(running: Callable[[], Mapping[str, Task]]) -> list[Route]:
    """`running` gives what is done beside the requests, by name."""
    begun, watch = monotonic(), Watch()

    async def answer(_request: Request) -> JSONResponse:
        states, missing = await watch.seen()
        if missing:
            return _answer(missing, 503)
        if _is_dead(running(), states, monotonic() - begun):
            return _answer(_DEAD, 503, states)
        return _answer(_worst(states), 200, states)

    return [Route("/sante", answer)]


def _look() -> Seen:
    if not is_writable():
        return [], _NOT_WRITABLE
    with reading() as session:
        return read_health(session, may_wait=False), ""


def _is_dead(running: Mapping[str, Task], states: list[HealthState], up: float) -> bool:
    """A task of this process that has ended; or its rounds that stand still, once it has had the
    time to make one.
    """
    if any(task.done() for task in running.values()):
        return True
    by_code = {state.code: state for state in states}
    if by_code["horloge"].level is Level.bad:
        # No round is made: a restart would not mend it.
        return False
    rounds = by_code["passages"]
    makes_rounds = bool(settings().cp_tick_minutes) and "rounds" in running
    return makes_rounds and rounds.level is Level.bad and up > late_after().total_seconds()


def _worst(states: list[HealthState]) -> str:
    return "a-corriger" if any(state.level is Level.bad for state in states) else "ok"


def _answer(word: str, status: int, states: list[HealthState] | None = None) -> JSONResponse:
    by_code = {"etats": {state.code: str(state.level) for state in states}} if states else {}
    return JSONResponse(
        {"etat": word, **by_code}, status_code=status, headers={"Cache-Control": "no-store"}
    )
