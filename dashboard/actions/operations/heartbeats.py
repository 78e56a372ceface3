"""Heartbeats of tasks (signes de vie): last success, last failure, failures in a row, and what a
backup or a restore test left.

No person is named, and an error is stored by its kind only.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete
from sqlmodel import Session, SQLModel, select

from models.clock import local_day, now as clock_now
from models.database import engine, writing
from models.faults import reason_of
from models.inserts import insert_new
from models.jobs import Heartbeat
from models.short_lived import Pulse


@contextmanager
def recording_failure(task: str, on: Engine | None = None) -> Iterator[None]:
    """Records a failure of the block and re-raises it."""
    try:
        yield
    except Exception as error:
        record_ends({task: kind(error)}, on)
        raise


@contextmanager
def recording(task: str, on: Engine | None = None) -> Iterator[None]:
    """The same, and records a success."""
    with recording_failure(task, on):
        yield
    record_ends({task: ""}, on)


def record_ends(ends: Mapping[str, str], on: Engine | None = None) -> bool:
    """Records task → kind of failure (empty: success) in one transaction. Returns whether it could
    be recorded; a database error is logged.
    """
    try:
        with writing(on or engine()) as session:
            write_ends(session, ends, clock_now())
    except Exception as error:
        log_failure("noting", error)
        return False
    return True


def write_ends(session: Session, ends: Mapping[str, str], now: datetime, **left: object) -> None:
    """The same in an open transaction; `left`: what the tasks left (`amount`, `place`)."""
    tasks = sorted(ends)
    # Unique by key: a command and a round may record at once.
    insert_new(session, Heartbeat, [{"task": t, "failure": "", "in_a_row": 0} for t in tasks])
    insert_new(session, Pulse, [{"task": t, "heard_at": now} for t in tasks])
    for beat in _locked_rows(session, Heartbeat, tasks):
        failure = ends[beat.task]
        if failure:
            beat.failed_on, beat.failure = local_day(now), failure
            beat.in_a_row += 1
        else:
            beat.good_on, beat.in_a_row = local_day(now), 0
        session.add(beat.sqlmodel_update(left))
    for pulse in _locked_rows(session, Pulse, tasks):
        pulse.heard_at = now
        if ends[pulse.task]:
            pulse.failed_at = now
        else:
            pulse.good_at = now


def _locked_rows(session: Session, table: type[SQLModel], tasks: list[str]) -> list:
    return list(
        session.exec(
            select(table).where(table.task.in_(tasks)).order_by(table.task).with_for_update()
        ).all()
    )


def purge(session: Session, now: datetime | None = None) -> None:
    """Deletes the hours that are no longer needed; the days remain."""
    # Afterwards the day is precise enough.
    session.execute(delete(Pulse).where(Pulse.heard_at <= (now or clock_now()) - timedelta(days=2)))


_log = logging.getLogger("c-possible")


def log_failure(task: str, error: BaseException, with_trace: bool = False) -> None:
    """Logs the failure; `with_trace` adds the stack trace, whose texts may hold personal data."""
    why = reason_of(error) or type(error).__name__
    _log.error(
        "%s: %s (%s); it is tried again",
        task,
        why,
        place(error),
        exc_info=error if with_trace else None,
    )


def kind(error: BaseException) -> str:
    """The error's type, a database's error code or a command's exit code; not its message, which
    may hold personal data.
    """
    name = type(getattr(error, "orig", None) or error).__name__
    code = getattr(error, "exit_code", None)
    return name if code is None else f"{name} {code}"


def place(error: BaseException) -> str:
    """The line that raised it: « tick.py:131 »."""
    raised = error.__traceback__
    if raised is None:
        return "?"
    while raised.tb_next:
        raised = raised.tb_next
    return f"{raised.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{raised.tb_lineno}"
