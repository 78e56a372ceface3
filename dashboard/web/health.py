"""« /sante »: whether all is well, for the proxy, the container and monitoring.
JSON that names nobody, no folder and no version; the states are those of « État du système ».

503 where the database cannot be read or written, or where what this process does beside the
requests has ended: whoever watches should restart it. What an administrator must put right is 200.
"""

from asyncio import Task
from collections.abc import Callable, Mapping
from time import monotonic

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard.actions.keeping.alerts import look
from dashboard.queries.keeping.health import HealthState, Level, late_after
from models.database import is_writable, reading
from models.settings import settings

# Its own places: requests that wait for the database may have taken all the others.
_PLACES = 4
_PATIENCE = 5.0  # seconds
_NO_DATABASE = "base de données inaccessible"
_NOT_WRITABLE = "base de données non inscriptible"
_DEAD = "tâche arrêtée"


def routes(running: Callable[[], Mapping[str, Task]]) -> list[Route]:
    """`running` gives what is done beside the requests, by name."""
    begun, places = monotonic(), anyio.CapacityLimiter(_PLACES)

    async def answer(_request: Request) -> JSONResponse:
        try:
            with anyio.fail_after(_PATIENCE):
                # In a thread that may be left alone: a database that does not answer must hold up
                # neither the other requests nor this one.
                states = await anyio.to_thread.run_sync(
                    _look, abandon_on_cancel=True, limiter=places
                )
        except Exception:
            return _said(_NO_DATABASE, 503)
        if states is None:
            return _said(_NOT_WRITABLE, 503)
        if _is_dead(running(), states, monotonic() - begun):
            return _said(_DEAD, 503, states)
        return _said(_worst(states), 200, states)

    return [Route("/sante", answer)]


def _look() -> list[HealthState] | None:
    """The states; None where nothing can be written."""
    if not is_writable():
        return None
    with reading() as session:
        return look(session, may_wait=False)


def _is_dead(running: Mapping[str, Task], states: list[HealthState], up: float) -> bool:
    """A task of this process that has ended; or its rounds that stand still, once it has had the
    time to make one.
    """
    if any(task.done() for task in running.values()):
        return True
    by_code = {state.code: state for state in states}
    if by_code["horloge"].level is Level.bad:
        # No round is made on a day that is in doubt: a restart would not mend it.
        return False
    rounds = by_code["passages"]
    makes_rounds = bool(settings().cp_tick_minutes) and "rounds" in running
    return makes_rounds and rounds.level is Level.bad and up > late_after().total_seconds()


def _worst(states: list[HealthState]) -> str:
    return "a-corriger" if any(state.level is Level.bad for state in states) else "ok"


def _said(word: str, status: int, states: list[HealthState] | None = None) -> JSONResponse:
    told = {"etats": {state.code: str(state.level) for state in states}} if states else {}
    return JSONResponse(
        {"etat": word, **told}, status_code=status, headers={"Cache-Control": "no-store"}
    )
