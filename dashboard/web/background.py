"""Background work repeated beside the requests (tâches de fond); an error in one round does not
stop the next.
"""

from collections.abc import Awaitable, Callable

import anyio.to_thread

from dashboard.actions.operations.heartbeats import log_failure


async def repeat_forever(
    name: str, work: Callable[[], object], pause: Callable[[], Awaitable[None]]
) -> None:
    """Runs the work in a thread, pauses, and so on until cancelled. A failure is logged with its
    kind and place.
    """
    while True:
        try:
            await anyio.to_thread.run_sync(_contained, work)
        except Exception as error:
            log_failure(name, error)
        await pause()


def _contained(work: Callable[[], object]) -> None:
    """Turns anything that would end the process from a thread (a library that calls `sys.exit`)
    into an ordinary failure.
    """
    try:
        work()
    except Exception:
        raise
    except BaseException as error:
        raise RuntimeError(type(error).__name__) from error
