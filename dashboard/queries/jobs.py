"""Reading jobs (travaux): a reader's own only, the latest first; the bytes of a result are read when they are asked for."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard.access import Reader, may
from models.keeping import Job, JobState

KEPT = timedelta(days=1)
LOST_AFTER = timedelta(minutes=10)  # a process that has said nothing for so long has died
LOST = "La préparation s'est arrêtée avant la fin : demandez le rapport une nouvelle fois."
_OPEN = (JobState.waiting, JobState.running)


@dataclass(frozen=True)
class JobLine:
    """One job as its asker sees it; one whose process died is shown as failed."""

    id: str
    kind: str
    asked_at: datetime
    state: JobState
    progress: int
    said: str
    file_name: str

    @property
    def is_open(self) -> bool:
        return self.state in _OPEN


def recent(session: Session, reader: Reader, now: datetime, limit: int = 8) -> list[JobLine]:
    """The reader's jobs of the last day, the latest first."""
    if not reader.is_known or not may(reader, "report.make"):
        return []
    rows = session.execute(
        select(Job.id, Job.kind, Job.asked_at, Job.state, Job.progress, Job.said, Job.file_name)
        .where(Job.asked_by == reader.person_id, Job.asked_at > now - KEPT).order_by(Job.asked_at.desc(), Job.id).limit(limit)).all()
    return [_line(JobLine(*row), now) for row in rows]


def _line(line: JobLine, now: datetime) -> JobLine:
    state = JobState(line.state)
    if state in _OPEN and line.asked_at <= now - LOST_AFTER:
        return JobLine(line.id, line.kind, line.asked_at, JobState.failed, line.progress, LOST, line.file_name)
    return JobLine(line.id, line.kind, line.asked_at, state, line.progress, line.said, line.file_name)


def count_open(session: Session, person_id: int, now: datetime) -> int:
    """How many of a person's jobs wait or run."""
    return session.exec(select(func.count()).select_from(Job).where(
        Job.asked_by == person_id, Job.state.in_([str(s) for s in _OPEN]), Job.asked_at > now - LOST_AFTER)).one()


def result(session: Session, reader: Reader, job_id: str) -> bytes | None:
    """The bytes of a job that is done, for the person who asked for it and nobody else."""
    if not reader.is_known or not may(reader, "report.make"):
        return None
    return session.exec(select(Job.result).where(Job.id == job_id, Job.asked_by == reader.person_id,
                                                 Job.state == JobState.done)).first()
