"""What runs beside the requests cannot die: whatever a round raises, the next one comes."""

import logging
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from sqlalchemy.exc import TimeoutError

from dashboard.web.answers import repeat_forever

ROUNDS = 6


class Over(BaseException):
    """The server ends."""


def rounds_of(work) -> None:
    """As many rounds as one watches, in a thread of their own: the loop of a browser may run in
    this one.
    """
    done = []

    async def pause() -> None:
        done.append(1)
        if len(done) == ROUNDS:
            raise Over
        await anyio.sleep(0)

    with ThreadPoolExecutor(1) as apart, pytest.raises(Over):
        apart.submit(anyio.run, repeat_forever, "rounds", work, pause).result()


def test_a_round_that_fails_is_told_and_the_next_one_comes(caplog):
    """A pool without a free connection is no error of the database for SQLAlchemy; a file of the
    lock that cannot be opened is none at all.
    """
    raised = [TimeoutError("QueuePool"), TimeoutError("QueuePool"), PermissionError(13), None]
    begun = []

    def work() -> None:
        begun.append(1)
        if error := raised[min(len(begun), len(raised)) - 1]:
            raise error

    with caplog.at_level(logging.WARNING):
        rounds_of(work)
    assert len(begun) == ROUNDS
    told = [record.getMessage().split(" ")[1] for record in caplog.records]
    assert told == ["TimeoutError", "TimeoutError", "PermissionError"]


def test_what_would_end_the_process_ends_no_rounds(caplog):
    """A library that calls `sys.exit`."""
    begun = []

    def work() -> None:
        begun.append(1)
        raise SystemExit(1)

    rounds_of(work)
    assert len(begun) == ROUNDS == len(caplog.records)
