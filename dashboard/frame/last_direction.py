"""The direction that a reader looked at last (dernière direction choisie), found again the next
time.

It is written beside the page, a moment later, and once for whoever goes on choosing: its commit
would take half of the run that shows the choice. Until then it is known here.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import sleep

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from dashboard.access import Reader
from dashboard.actions.keeping.failures import Failures
from dashboard.actions.people.preferences import DIRECTION, remember
from dashboard.queries.people.readers import preference
from models.database import engine, reading, writing
from models.errors import Refused

_MOMENT = 0.2  # seconds
_TASK = "remembering a direction"
_failures = Failures(logging.getLogger(__name__))
_writer = ThreadPoolExecutor(1, thread_name_prefix="last-direction")
_lock = Lock()
# What was chosen and is not written yet, by the database of the run and its reader.
_chosen: dict[tuple[Engine, Reader], str] = {}


def remember_direction(reader: Reader, codes: str) -> None:
    """Keeps the reader's choice, if she has an account."""
    if not reader.is_known:
        return
    with _lock:
        if not _chosen:
            _writer.submit(_write_chosen)
        _chosen[engine(), reader] = codes


def last_direction(reader: Reader) -> str:
    """The codes of the directions this reader chose the last time, or nothing."""
    if codes := _chosen.get((engine(), reader)):
        return codes
    with reading() as session:
        return preference(session, reader, DIRECTION)


def write_all() -> None:
    """Returns once what was chosen so far is written or given up. For a server that stops: a signal
    ends its process as soon as it answers nobody any more, without waiting for threads.
    """
    _writer.submit(lambda: None).result()


def _write_chosen() -> None:
    sleep(_MOMENT)
    while _chosen:
        (on, reader), codes = next(iter(_chosen.items()))
        is_free = _write(on, reader, codes)
        with _lock:
            if not is_free:
                # Each would wait as long as this one, and a server that stops for all of them.
                _chosen.clear()
            # What was chosen meanwhile is written in its turn.
            elif _chosen[on, reader] == codes:
                del _chosen[on, reader]


def _write(on: Engine, reader: Reader, codes: str) -> bool:
    """Whether the database was free; one that is busy may cost the memory of a filter."""
    try:
        with writing(on) as session:
            remember(session, reader, DIRECTION, codes)
    except OperationalError:
        return False
    except Refused:
        return True
    except Exception as error:
        _failures.failed(_TASK, error)
    else:
        _failures.went_well(_TASK)
    return True
