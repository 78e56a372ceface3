"""Reading what waits (ce qui attend), in counts alone, for those who watch."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as core_select
from sqlmodel import Session

from dashboard.queries.keeping.jobs import OPEN
from dashboard.queries.notices.records import UNSENT
from models.heartbeats import Heartbeat
from models.keeping import Job, Notice
from models.short_lived import Pulse


@dataclass(frozen=True)
class End:
    """Fin d'une tâche: when it last ended well, where the hour is known; failures in a row."""

    task: str
    good_at: datetime | None
    in_a_row: int


@dataclass(frozen=True)
class Waiting:
    """Ce qui attend: jobs by state, notices unsent, ends of tasks."""

    jobs: dict[str, int]
    mails: int
    ends: list[End]


def waiting(session: Session) -> Waiting:
    """Counts; nobody and no text. The door asks who may read them."""
    by_state = core_select(Job.state, func.count()).where(Job.state.in_(OPEN)).group_by(Job.state)
    unsent = core_select(func.count()).select_from(Notice).where(Notice.state.in_(UNSENT))
    ends = core_select(Heartbeat.task, Pulse.good_at, Heartbeat.in_a_row).outerjoin(
        Pulse, Pulse.task == Heartbeat.task
    )
    return Waiting(
        dict.fromkeys(OPEN, 0) | dict(session.execute(by_state).all()),
        session.execute(unsent).scalar_one(),
        [End(*row) for row in session.execute(ends.order_by(Heartbeat.task)).all()],
    )
