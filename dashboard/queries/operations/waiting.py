"""Reading what waits (ce qui attend), in counts alone, for those who watch."""

from collections.abc import Sequence

from sqlalchemy import Row, func
from sqlalchemy import select as core_select
from sqlmodel import Session

from dashboard.queries.notices.records import UNSENT
from dashboard.queries.operations.jobs import OPEN
from models.heartbeats import Heartbeat
from models.jobs import Job
from models.notices import Notice
from models.short_lived import Pulse


def waiting(session: Session) -> tuple[dict[str, int], int, Sequence[Row]]:
    """Jobs by state, notices that are unsent, and of each task when it last ended well (`good_at`,
    where the hour is known) and its failures in a row (`in_a_row`). Counts; nobody and no text. The
    door asks who may read them.
    """
    by_state = core_select(Job.state, func.count()).where(Job.state.in_(OPEN)).group_by(Job.state)
    unsent = core_select(func.count()).select_from(Notice).where(Notice.state.in_(UNSENT))
    tasks = core_select(Heartbeat.task, Pulse.good_at, Heartbeat.in_a_row).outerjoin(
        Pulse, Pulse.task == Heartbeat.task
    )
    return (
        dict.fromkeys(OPEN, 0) | dict(session.execute(by_state).all()),
        session.execute(unsent).scalar_one(),
        session.execute(tasks.order_by(Heartbeat.task)).all(),
    )
