"""Acts on jobs (travaux): requesting one, running it in a process of its own, deleting results
after a day.

One mechanism for every kind (a report, an import, a backup, a check). The right is checked at the
request, in the process, and when the result is fetched; the process builds the reader again from
the account, so that a right lost meanwhile applies to the job too.
"""

import json
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine, delete, or_, select, update
from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.files.matching.fields import NONE, Correspondence
from dashboard.files.processes import environment
from dashboard.queries.operations.jobs import (
    LOST,
    OPEN,
    RETENTION,
    count_open,
    file_of,
    folder,
    ids_and_states,
    is_imported,
    same_under_way,
    trial,
)
from dashboard.queries.people.readers import account_by_login, reader_of
from models.clock import now as clock_now, today
from models.database import engine, reading, writing
from models.jobs import JOBS, Job, JobState
from models.people import Person
from models.roadmap import Paced
from models.short_lived import SignOfLife
from models.texts import Invalid, Refused

MOST_AT_ONCE = 2
FILE_MB = 5  # largest file imported on screen, in megabytes
FILE_ROWS = 20_000  # most rows on screen; the command has no limit
MEMORY_MB = 2048  # memory limit of a job's process, in megabytes
OFTEN = 1.0  # seconds between two progress updates
SURPRISE = "Ce travail a échoué ; si cela se répète, prévenez l'équipe du programme."
NOTHING: Mapping[str, object] = {}


# ── Requesting ────────────────────────────────────────────────────────────────────────────────────


def ask(
    session: Session,
    reader: Reader,
    kind: str,
    params: Mapping[str, object],
    now: datetime | None = None,
    upload: bytes | None = None,
) -> Job:
    """Demander un travail: queues a job. Raises Refused without the right, or with two
    under way.
    """
    if kind not in JOBS:
        raise Refused("Ce genre de travail n'existe pas.")
    require(reader, JOBS[kind].right)
    if not reader.is_known:
        raise Refused("Un travail de ce genre se demande avec un compte.")
    now = now or clock_now()
    wanted = json.dumps({"login": reader.login} | dict(params), ensure_ascii=False)
    # Locked: two clicks at once are counted one after the other.
    session.get(Person, reader.person_id, with_for_update=True)
    existing = (
        same_under_way(session, reader.person_id, kind, wanted, now) if JOBS[kind].once else None
    )
    if existing:
        return existing
    if count_open(session, reader.person_id, now) >= MOST_AT_ONCE:
        raise Refused("Deux de vos travaux sont déjà en cours : attendez que l'un soit fini.")
    job = Job(
        id=secrets.token_hex(16),
        kind=kind,
        asked_by=reader.person_id,
        asked_on=now.date(),
        state=JobState.waiting,
        params=wanted,
        upload=upload,
    )
    session.add_all([job, SignOfLife(job_id=job.id, asked_at=now)])
    session.flush()
    return job


def ask_trial(
    session: Session,
    reader: Reader,
    kind: str,
    content: bytes,
    name: str,
    given: Correspondence = NONE,
    chosen: Mapping[str, object] = NOTHING,
) -> Job:
    """Demander l'essai d'un import: a dry run that reports what the import would do; `given` maps
    columns to fields, `chosen` holds what this kind asks for beside its file.
    """
    if kind not in JOBS or not JOBS[kind].is_import:
        raise Refused("Ce genre d'import n'existe pas.")
    if len(content) > FILE_MB << 20:
        raise Refused(f"Ce fichier dépasse {FILE_MB} Mo : l'administrateur l'importe par commande.")
    params = {
        "essai": "",
        "fichier": name,
        "empreinte": sha256(content).hexdigest(),
        "colonnes": "" if given == NONE else in_params(given),
    }
    return ask(session, reader, kind, params | dict(chosen), upload=content)


def ask_again(session: Session, reader: Reader, trial_id: str, changes: Mapping[str, str]) -> Job:
    """Demander un nouvel essai of the same file with other choices. Raises Refused where the file
    was deleted.
    """
    tried, params = _tried(session, reader, trial_id)
    return ask(session, reader, tried.kind, params | changes, upload=tried.upload)


def ask_import(session: Session, reader: Reader, trial_id: str) -> Job:
    """Demander l'import of a dry run: same file, same choices. Raises Refused where it was already
    done.
    """
    tried, params = _tried(session, reader, trial_id)
    # Locked: of two clicks at once, the second finds the import of the first.
    session.get(Person, reader.person_id, with_for_update=True)
    if is_imported(session, reader, tried.kind, trial_id, clock_now()):
        raise Refused("L'import de cet essai est déjà demandé.")
    return ask(session, reader, tried.kind, params | {"essai": trial_id}, upload=tried.upload)


def _tried(session: Session, reader: Reader, trial_id: str) -> tuple[Job, dict[str, object]]:
    """A dry run and its choices. Raises Refused where its file was deleted."""
    tried = trial(session, reader, trial_id)
    if tried is None or tried.upload is None:
        raise Refused("Cet essai n'est plus là : choisissez le fichier une nouvelle fois.")
    params = json.loads(tried.params)
    del params["login"]
    return tried, params


def in_params(given: Correspondence) -> str:
    """A correspondence as stored among a trial's parameters."""
    return json.dumps(given.as_json(), ensure_ascii=False)


# ── Starting ──────────────────────────────────────────────────────────────────────────────────────


def start(*job_ids: str) -> None:
    """Starts a process for committed jobs, one after the other, without waiting for it.

    It runs in the current folder, which may hold a `.env`. Unexpected errors go to the server's
    log.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "job", *job_ids],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        # A session of its own: closing the server's terminal does not end a job.
        start_new_session=True,
    )
    threading.Thread(
        target=_watch, args=(process, *job_ids), name=f"job {job_ids[0][:8]}", daemon=True
    ).start()


def _watch(process: subprocess.Popen, *job_ids: str) -> None:
    """Marks the jobs of a killed process as failed; where the server was killed too, the missing
    heartbeat does.
    """
    if process.wait():
        for job_id in job_ids:
            mark_lost(job_id)


def mark_lost(job_id: str, on: Engine | None = None) -> None:
    """Marks an unfinished job whose process is gone as failed."""
    with writing(on) as session:
        session.execute(
            update(Job)
            .filter_by(id=job_id)
            .where(Job.state.in_(OPEN))
            .values(state=JobState.failed, said=LOST)
        )
        sweep(session)


# ── Running ───────────────────────────────────────────────────────────────────────────────────────


@dataclass
class JobRun:
    """One job in its process: its parameters, its requester and its progress.

    Progress is written in a transaction of its own, to be visible meanwhile. SQLite has one writer
    at a time: inside `writing` no progress can be written, so prepare everything before.
    """

    on: Engine
    id: str
    kind: str
    params: Mapping[str, str]
    asked_by: int | None
    upload: bytes | None
    is_finished: bool = False
    _writes: bool = False
    _paced: Paced = field(init=False)

    def __post_init__(self) -> None:
        self._paced = Paced(self._write, OFTEN)

    def reader(self, session: Session) -> Reader:
        """The requester with present rights. Raises Refused where the account or the right
        is gone.
        """
        account = account_by_login(session, self.params["login"])
        is_hers = account is not None and account.person_id == self.asked_by
        if not is_hers or not account.is_open(today(session)):
            raise Refused("Le compte qui a demandé ce travail n'est plus ouvert.")
        requester = reader_of(session, account, today(session))
        require(requester, JOBS[self.kind].right)
        return requester

    def report_progress(self, share: float, message: str) -> None:
        """Stores the progress, at most once a second."""
        if not (self._writes and self.on.dialect.name == "sqlite"):
            self._paced(share, message)

    def _write(self, share: float, message: str) -> None:
        with writing(self.on) as session:
            # 100 % is written by `finish`, together with the result.
            _set(session, self.id, progress=min(int(share * 100), 99), said=message)
            _record_heartbeat(session, self.id)

    @contextmanager
    def writing(self, share: float, message: str) -> Iterator[Session]:
        """The job's one writing transaction; `finish` is to be called in it."""
        self._paced.at_once(share, message)
        with writing(self.on) as session:
            self._writes = True
            try:
                yield session
            finally:
                self._writes = False

    def finish(self, session: Session, name: str, result: bytes | None = None) -> None:
        """Ends the job, in the transaction of its changes. Raises Refused if it was marked
        as lost.
        """
        if not session.execute(
            update(Job)
            .filter_by(id=self.id, state=JobState.running)
            .values(state=JobState.done, progress=100, said="", file_name=name, result=result)
        ).rowcount:
            raise Refused(LOST)
        _record_heartbeat(session, self.id)
        self.is_finished = True

    def discard_upload(self, session: Session) -> None:
        """Deletes an imported file, from its dry run too."""
        session.execute(
            update(Job)
            .where(Job.id.in_([self.id, self.params.get("essai", "")]))
            .values(upload=None)
        )


# Runs a job: returns its result and file name, or None where it has finished the job itself.
Make = Callable[[JobRun], tuple[bytes, str] | None]


def run_job(job_id: str, makers: Mapping[str, Make], on: Engine | None = None) -> None:
    """Runs a pending job, once, and stores its result or a sentence on its failure. Raises Refused
    for any other job.
    """
    on = on or engine()
    with writing(on) as session:
        # One statement checks and claims: two processes cannot run the same job.
        if not session.execute(
            update(Job)
            .filter_by(id=job_id, state=JobState.waiting)
            .values(state=JobState.running, said="Le travail commence")
        ).rowcount:
            raise Refused("Ce travail n'existe pas, ou il a déjà commencé.")
        _record_heartbeat(session, job_id)
        job = session.get(Job, job_id)
        work = JobRun(on, job_id, job.kind, json.loads(job.params), job.asked_by, job.upload)
    try:
        with reading(work.on) as session:
            # Checked again: the account may have been closed since the request.
            work.reader(session)
        made = makers[work.kind](work)
        if not work.is_finished:
            content, name = made
            with writing(work.on) as session:
                work.finish(session, name, content)
    except (Refused, Invalid) as error:
        _fail(on, job_id, str(error))
    except MemoryError:
        _fail(on, job_id, too_much())
    except Exception:
        _fail(on, job_id, SURPRISE)
        raise


def too_much() -> str:
    """The message of a job that exceeded its memory limit."""
    return (
        f"Ce travail demande plus de {MEMORY_MB} Mo de mémoire, plus qu'un"
        " travail n'en reçoit : partagez le fichier en plusieurs, ou enregistrez-le en CSV."
    )


def _fail(on: Engine, job_id: str, message: str) -> None:
    with writing(on) as session:
        _set(session, job_id, state=JobState.failed, said=message)


def _set(session: Session, job_id: str, **values: object) -> None:
    # A job marked as lost remains so, even if its process resumes.
    session.execute(update(Job).filter_by(id=job_id).where(Job.state.in_(OPEN)).values(**values))


def _record_heartbeat(session: Session, job_id: str) -> None:
    """Records that the process is alive."""
    session.execute(update(SignOfLife).filter_by(job_id=job_id).values(heard_at=clock_now()))


# ── Stored files ──────────────────────────────────────────────────────────────────────────────────


def private_file(job_id: str) -> Path:
    """The path of a result too large for a row, in a folder that only its owner may read."""
    folder().mkdir(parents=True, mode=0o700, exist_ok=True)
    return file_of(job_id)


def purge(session: Session, now: datetime | None = None) -> None:
    """Deletes jobs, uploads and results after a day."""
    oldest = (now or clock_now()) - RETENTION
    lapsed = select(SignOfLife.job_id).where(SignOfLife.asked_at <= oldest)
    session.execute(delete(Job).where(or_(Job.id.in_(lapsed), Job.asked_on < oldest.date())))
    session.execute(delete(SignOfLife).where(SignOfLife.asked_at <= oldest))
    sweep(session)


def sweep(session: Session) -> None:
    """Deletes files of deleted jobs, and temporary files of killed processes, on this machine."""
    states = ids_and_states(session)
    for file in folder().glob("*") if folder().is_dir() else ():
        state = states.get(file.name.lstrip(".")[:32])
        wanted = state in OPEN or (state == JobState.done and file.suffix != ".part")
        if not wanted:
            file.unlink(missing_ok=True)
