"""Work that is done again and again beside the requests (tâches de fond): whatever one round
raises, the next one comes.
"""

import logging
from collections.abc import Awaitable, Callable

import anyio.to_thread

from dashboard.actions.operations.failures import Failures

_log = logging.getLogger(__name__)
_PAUSE = 60.0  # seconds, where the pause itself failed


async def repeat_forever(
    name: str, work: Callable[[], object], pause: Callable[[], Awaitable[None]]
) -> None:
    """Does the work in a thread, pauses, and so on until it is cancelled. A failure is logged once,
    with its kind and place; repeats are counted, and its end is logged.
    """
    failures = Failures(_log)
    while True:
        try:
            await anyio.to_thread.run_sync(_contained, work)
        except Exception as error:
            failures.failed(name, error)
        else:
            failures.succeeded(name)
        try:
            await pause()
        except Exception as error:
            failures.failed(f"pause of {name}", error)
            await anyio.sleep(_PAUSE)


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
