"""Work that is done again and again beside the requests (tâches de fond): whatever one round
raises, the next one comes.
"""

import logging
from collections.abc import Awaitable, Callable

import anyio.to_thread

_log = logging.getLogger(__name__)


async def again_and_again(
    name: str, work: Callable[[], object], pause: Callable[[], Awaitable[None]]
) -> None:
    """Does the work in a thread, pauses, and so on until it is cancelled. A failure is told once,
    with its cause; the same one is not repeated, and its end is told.
    """
    failure = ""
    while True:
        try:
            await anyio.to_thread.run_sync(work)
        except Exception as error:
            # Its kind and place: what it says may hold what somebody wrote.
            now_failing = f"{type(error).__name__} ({_place(error)})"
            if now_failing != failure:
                _log.error("%s: %s; it is tried again", name, now_failing)
            failure = now_failing
        else:
            if failure:
                _log.warning("%s: works again", name)
            failure = ""
        await pause()


def _place(error: BaseException) -> str:
    """The line that raised it: « tick.py:131 »."""
    raised = error.__traceback__
    while raised.tb_next:
        raised = raised.tb_next
    return f"{raised.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{raised.tb_lineno}"
