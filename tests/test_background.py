"""What runs beside the requests cannot die: whatever a round raises, the next one comes."""

import logging
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, TimeoutError

from dashboard.web.background import repeat_forever
from models.database import writing

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


def test_a_round_that_fails_is_told_once_and_the_next_one_comes(caplog):
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
    told = [record.getMessage() for record in caplog.records]
    assert [message.split(" ")[1] for message in told] == [
        "TimeoutError",
        "PermissionError",
        "works",
    ]
    assert "2 times" in told[1] and "after 1 failures" in told[2]


def test_what_would_end_the_process_or_the_pause_ends_no_rounds(caplog, monkeypatch):
    """A library that calls `sys.exit`, and a pause that fails."""
    monkeypatch.setattr("dashboard.web.background._PAUSE", 0.0)
    begun, pauses = [], []

    def work() -> None:
        begun.append(1)
        raise SystemExit(1)

    async def pause() -> None:
        pauses.append(1)
        if len(pauses) == ROUNDS:
            raise Over
        raise RuntimeError

    with ThreadPoolExecutor(1) as apart, pytest.raises(Over):
        apart.submit(anyio.run, repeat_forever, "rounds", work, pause).result()
    assert len(begun) == ROUNDS
    assert len(caplog.records) == 2, "one of the work, one of the pause"


def test_an_error_of_a_statement_is_told_without_what_was_written(database, caplog):
    """Also where it is logged with its words."""
    with pytest.raises(DBAPIError) as caught, writing(database) as session:
        session.execute(
            text("INSERT INTO nowhere (words) VALUES (:words)"), {"words": "On me harcèle"}
        )
    assert "harcèle" not in str(caught.value)
    assert "harcèle" not in repr(caught.value)
