"""Work that is done again and again beside the requests (tâches de fond): whatever one round
raises, the next one comes.
"""

from collections.abc import Awaitable, Callable

import anyio.to_thread

from dashboard.actions.operations.failures import log_failure


async def repeat_forever(
    name: str, work: Callable[[], object], pause: Callable[[], Awaitable[None]]
) -> None:
    """Does the work in a thread, pauses, and so on until it is cancelled. A failure is logged with
    its kind and place.
    """
    while True:
        try:
            await anyio.to_thread.run_sync(_contained, work)
        except Exception as error:
            log_failure(name, error)
        await pause()


def _contained(work: Callable[[], object]) -> None:
    """What would end the process from within a thread (a library that calls `sys.exit`) is a
    failure like any other.
    """
    try:
        work()
    except Exception:
        raise
    except BaseException as error:
        raise RuntimeError(type(error).__name__) from error
