"""Reads jobs (travaux): a reader's own only, newest first; a result is loaded on request."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Select, bindparam, func
from sqlmodel import Session, select

from dashboard.access import Reader, may, require
from dashboard.queries.readable import readable
from models.jobs import JOBS, Job, JobState
from models.settings import settings
from models.short_lived import SignOfLife

RETENTION = timedelta(days=1)
# A process without a sign of life for so long is dead.
LOST_AFTER = timedelta(minutes=5)
LOST = (
    "Ce travail s'est arrêté avant la fin, sans rien laisser à moitié : demandez-le une nouvelle"
    " fois."
)
OPEN = (str(JobState.waiting), str(JobState.running))
_HEARD = func.coalesce(SignOfLife.heard_at, SignOfLife.asked_at)
# The parameter of a dry run, or of the import that follows one.
_TRIAL = "essai"


@dataclass(frozen=True)
class JobLine:
    """One job as its requester sees it; one whose process died is shown as failed. `params` are its
    parameters.
    """

    id: str
    kind: str
    asked_at: datetime
    state: JobState
    progress: int
    message: str
    file_name: str
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


def kinds_open_to(reader: Reader) -> list[str]:
    """The kinds of job that this reader may request, run and fetch."""
    return [kind for kind, job in JOBS.items() if reader.is_known and may(reader, job.right)]


def recent(
    session: Session,
    reader: Reader,
    now: datetime,
    limit: int = 8,
    kinds: Collection[str] | None = None,
) -> list[JobLine]:
    """The reader's jobs of the last day, newest first; limited to `kinds` if passed."""
    allowed = [kind for kind in kinds_open_to(reader) if kinds is None or kind in kinds]
    if not allowed:
        return []
    params = {"person": reader.person_id, "since": now - RETENTION, "kinds": allowed, "most": limit}
    rows = session.execute(_recent(), params).all()
    return readable(
        rows,
        lambda row: _line(JobLine(*row[:7], params=json.loads(row.params)), row.heard_at, now),
        lambda row: f"job {row.id}",
    )


def ready(
    session: Session,
    reader: Reader,
    kinds: Collection[str],
    params: Mapping[str, str],
    now: datetime,
) -> list[str]:
    """The reader's last finished job of each kind with these parameters."""
    wanted = {"login": reader.login} | dict(params)
    lines = recent(session, reader, now, 100, kinds)
    done = [line for line in lines if line.state == JobState.done and line.params == wanted]
    return list({line.kind: line.id for line in reversed(done)}.values())


@cache
def _recent() -> Select:
    # Cached: a screen of jobs reads several lists, and building the statement is most of the work.
    return (
        select(
            Job.id,
            Job.kind,
            SignOfLife.asked_at,
            Job.state,
            Job.progress,
            Job.said,
            Job.file_name,
            Job.params,
            SignOfLife.heard_at,
        )
        .join(SignOfLife, SignOfLife.job_id == Job.id)
        .where(
            Job.asked_by == bindparam("person"),
            SignOfLife.asked_at > bindparam("since"),
            Job.kind.in_(bindparam("kinds", expanding=True)),
        )
        .order_by(SignOfLife.asked_at.desc(), Job.id)
        .limit(bindparam("most"))
    )


def _line(line: JobLine, heard_at: datetime | None, now: datetime) -> JobLine:
    if _is_lost(line.state, heard_at or line.asked_at, now):
        return replace(line, state=JobState.failed, message=LOST)
    return replace(line, state=JobState(line.state))


def _is_lost(state: str, heard_at: datetime, now: datetime) -> bool:
    return state in OPEN and heard_at <= now - LOST_AFTER


def count_open(session: Session, person_id: int, now: datetime) -> int:
    """The number of a person's jobs that are pending or running."""
    return session.exec(
        select(func.count())
        .select_from(Job)
        .join(SignOfLife, SignOfLife.job_id == Job.id)
        .where(Job.asked_by == person_id, Job.state.in_(OPEN), now - LOST_AFTER < _HEARD)
    ).one()


def same_under_way(
    session: Session, person_id: int, kind: str, params: str, now: datetime
) -> Job | None:
    """A person's pending or running job of this kind with these parameters."""
    return session.exec(
        select(Job)
        .join(SignOfLife, SignOfLife.job_id == Job.id)
        .where(
            Job.asked_by == person_id,
            Job.kind == kind,
            Job.params == params,
            Job.state.in_(OPEN),
            now - LOST_AFTER < _HEARD,
        )
    ).first()


# ── Results ───────────────────────────────────────────────────────────────────────────────────────


def result(session: Session, reader: Reader, job_id: str) -> bytes | None:
    """The bytes of a finished job, only for the person who requested it and still has the right."""
    return session.exec(select(Job.result).where(*_own_and_done(reader, job_id))).first()


def last_looked_over(
    session: Session, reader: Reader, now: datetime
) -> tuple[datetime, int, int] | None:
    """The reader's last finished verification of the day: when it was requested, number of failed
    checks, number of checks.
    """
    for line in recent(session, reader, now, kinds=["verification"]):
        if line.state == JobState.done:
            found = json.loads(result(session, reader, line.id) or b"[]")
            failed = sum(not finding["holds"] for finding in found)
            return line.asked_at, failed, len(found)
    return None


def result_file(session: Session, reader: Reader, job_id: str) -> tuple[Path, str] | None:
    """(file, download name) of a finished job, only for the person who requested it; None too if
    the file is on another machine.
    """
    name = session.exec(select(Job.file_name).where(*_own_and_done(reader, job_id))).first()
    return (file_of(job_id), name) if name and file_of(job_id).is_file() else None


def _own_and_done(reader: Reader, job_id: str) -> tuple:
    return (
        Job.id == job_id,
        Job.asked_by == reader.person_id,
        Job.kind.in_(kinds_open_to(reader)),
        Job.state == JobState.done,
    )


def folder() -> Path:
    """The folder of results too large for a row, on the machine that made them."""
    return settings().cp_data_dir / "travaux"


def file_of(job_id: str) -> Path:
    return folder() / f"{job_id}.zip"


def ids_and_states(session: Session) -> dict[str, str]:
    """Job → its state, of everybody: tells which files are still needed."""
    return dict(session.execute(select(Job.id, Job.state)).all())


# ── Imports ───────────────────────────────────────────────────────────────────────────────────────


def trial(session: Session, reader: Reader, job_id: str) -> Job | None:
    """A finished dry run of this reader, with its file."""
    job = session.exec(select(Job).where(*_own_and_done(reader, job_id))).first()
    return job if job and json.loads(job.params).get(_TRIAL) == "" else None


def is_imported(session: Session, reader: Reader, kind: str, trial_id: str, now: datetime) -> bool:
    """Whether the import after a dry run is done or running."""
    return any(
        line.params.get(_TRIAL) == trial_id and line.state != JobState.failed
        for line in recent(session, reader, now, 100, [kind])
    )


# ── The state of the system ───────────────────────────────────────────────────────────────────────


def counts(session: Session, reader: Reader, now: datetime) -> Counter[tuple[str, str]]:
    """(kind, state) → number of jobs of the last day, where a state is a code of JobState or «
    perdu »; without persons or parameters. Raises Refused without the right.
    """
    require(reader, "system.check")
    rows = session.execute(
        select(Job.kind, Job.state, _HEARD)
        .join(SignOfLife, SignOfLife.job_id == Job.id)
        .where(SignOfLife.asked_at > now - RETENTION)
    ).all()
    return Counter(
        (kind, "perdu" if _is_lost(state, heard, now) else str(state))
        for kind, state, heard in rows
    )
