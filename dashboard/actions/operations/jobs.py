"""Acts on jobs (travaux): asking for one, running it in a process of its own, letting results go
after a day.

One mechanism for every kind (a report, an import, a backup, a check). The right is asked for when
the job is asked for, in its process, and when its result is fetched; the process makes the reader
anew from the account, so that a right lost meanwhile is lost for the job too.
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
from dashboard.files.matching.correspondences import NONE, Correspondence
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
from models.clock import now as clock_now
from models.clock import today
from models.database import engine, reading, writing
from models.errors import Invalid, Refused
from models.jobs import JOBS, Job, JobState
from models.people import Person
from models.progress import Paced
from models.short_lived import SignOfLife

MOST_AT_ONCE = 2
FILE_MB = 5  # megabytes of a file that is imported on the screen
FILE_ROWS = 20_000  # its rows; the command has no limit
MEMORY_MB = 2048  # megabytes that the process of a job may take
OFTEN = 1.0  # seconds between two written words on how far a job is
SURPRISE = "Ce travail a échoué ; si cela se répète, prévenez l'équipe du programme."
_GONE = "Cet essai n'est plus là : choisissez le fichier une nouvelle fois."
_OVER = "Ce travail n'existe pas, ou il a déjà commencé."


# ── Asking ────────────────────────────────────────────────────────────────────────────────────────


def ask(
    session: Session,
    reader: Reader,
    kind: str,
    params: Mapping[str, str],
    now: datetime | None = None,
    upload: bytes | None = None,
) -> Job:
    """Demander un travail: the row that a process will fill. Raises Refused without the right,
    or with two under way.
    """
    if kind not in JOBS:
        raise Refused("Ce genre de travail n'existe pas.")
    require(reader, JOBS[kind].right)
    if not reader.is_known:
        raise Refused("Un travail de ce genre se demande avec un compte.")
    now = now or clock_now()
    asked = json.dumps({"login": reader.login} | dict(params), ensure_ascii=False)
    # Two clicks at once are counted one after the other.
    session.get(Person, reader.person_id, with_for_update=True)
    same = same_under_way(session, reader.person_id, kind, asked, now) if JOBS[kind].once else None
    if same:
        return same
    if count_open(session, reader.person_id, now) >= MOST_AT_ONCE:
        raise Refused("Deux de vos travaux sont déjà en cours : attendez que l'un soit fini.")
    job = Job(
        id=secrets.token_hex(16),
        kind=kind,
        asked_by=reader.person_id,
        asked_on=now.date(),
        state=JobState.waiting,
        params=asked,
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
    source: str = "",
    agents: bool = False,
    given: Correspondence = NONE,
    year: int | None = None,
    more: Mapping[str, str] | None = None,
) -> Job:
    """Demander l'essai d'un import: a dry run of a file, whose report says what the import would
    do; `given` says which column is which field, `year` the year of months without one, `more`
    what this kind alone wants to know.
    """
    if kind not in JOBS or not JOBS[kind].is_import:
        raise Refused("Ce genre d'import n'existe pas.")
    if len(content) > FILE_MB << 20:
        raise Refused(f"Ce fichier dépasse {FILE_MB} Mo : l'administrateur l'importe par commande.")
    params = {
        "essai": "",
        "fichier": name,
        "source": source,
        "agents": "oui" if agents else "",
        "empreinte": sha256(content).hexdigest(),
        "colonnes": "" if given == NONE else in_params(given),
        "annee": str(year or ""),
    } | dict(more or {})
    return ask(session, reader, kind, params, upload=content)


def ask_again(session: Session, reader: Reader, trial_id: str, changes: Mapping[str, str]) -> Job:
    """Demander un nouvel essai of the same file with other choices. Raises Refused where the file
    is no longer there.
    """
    tried = trial(session, reader, trial_id)
    if tried is None or tried.upload is None:
        raise Refused(_GONE)
    params = json.loads(tried.params) | dict(changes)
    del params["login"]
    return ask(session, reader, tried.kind, params, upload=tried.upload)


def in_params(given: Correspondence) -> str:
    """A correspondence among the choices of a trial."""
    return json.dumps(given.as_json(), ensure_ascii=False)


def ask_import(session: Session, reader: Reader, trial_id: str) -> Job:
    """Demander l'import that a dry run has shown: the same file, the same choices. Raises
    Refused where it was done already.
    """
    tried = trial(session, reader, trial_id)
    if tried is None or tried.upload is None:
        raise Refused(_GONE)
    # Two clicks at once: the second one waits here, and then finds the import of the first.
    session.get(Person, reader.person_id, with_for_update=True)
    params = json.loads(tried.params) | {"essai": trial_id}
    del params["login"]
    if is_imported(session, reader, tried.kind, trial_id, clock_now()):
        raise Refused("L'import de cet essai est déjà demandé.")
    return ask(session, reader, tried.kind, params, upload=tried.upload)


# ── Starting ──────────────────────────────────────────────────────────────────────────────────────


def start(*job_ids: str) -> None:
    """Starts the process of jobs that are committed, one after the other, and does not wait for it.

    It keeps the current folder, where a `.env` may stand; the project is found by its path. What
    surprises it goes to the server's own log.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "job", *job_ids],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        # Of its own: what ends the server's terminal does not end a job half-way.
        start_new_session=True,
    )
    threading.Thread(
        target=_watch, args=(process, *job_ids), name=f"job {job_ids[0][:8]}", daemon=True
    ).start()


def _watch(process: subprocess.Popen, *job_ids: str) -> None:
    """Marks the jobs of a process that was killed; where the server was killed too, the missing
    sign of life does.
    """
    if process.wait():
        for job_id in job_ids:
            mark_lost(job_id)


def mark_lost(job_id: str, on: Engine | None = None) -> None:
    """Marks a job whose process is gone as failed; a job that has ended stays as it is."""
    with writing(on) as session:
        session.execute(
            update(Job)
            .where(Job.id == job_id, Job.state.in_(OPEN))
            .values(state=JobState.failed, said=LOST)
        )
        sweep(session)


# ── Running ───────────────────────────────────────────────────────────────────────────────────────


@dataclass
class JobRun:
    """One job in the hands of its process: what was asked, by whom, and how to tell how far it is.

    What is told is written in a transaction of its own, so that it is seen while the work goes on.
    SQLite has one writer at a time: inside `writing` nothing can be told there, so that all that
    can be prepared is prepared before.
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
        """The one who asked, with the rights of now. Raises Refused where the account or the
        right is gone.
        """
        account = account_by_login(session, self.params["login"])
        is_hers = account is not None and account.person_id == self.asked_by
        if not is_hers or not account.is_open(today(session)):
            raise Refused("Le compte qui a demandé ce travail n'est plus ouvert.")
        found = reader_of(session, account, today(session))
        require(found, JOBS[self.kind].right)
        return found

    def report_progress(self, share: float, message: str) -> None:
        """How far it is; written once a second at most."""
        if not (self._writes and self.on.dialect.name == "sqlite"):
            self._paced(share, message)

    def _write(self, share: float, message: str) -> None:
        with writing(self.on) as session:
            # 100 % is written by `finish` alone, together with the result.
            _set(session, self.id, progress=min(int(share * 100), 99), said=message)
            _hear(session, self.id)

    @contextmanager
    def writing(self, share: float, message: str) -> Iterator[Session]:
        """The one transaction of a job that writes, announced before it begins; `finish` is called
        in it.
        """
        self._paced.at_once(share, message)
        with writing(self.on) as session:
            self._writes = True
            try:
                yield session
            finally:
                self._writes = False

    def finish(self, session: Session, name: str, result: bytes | None = None) -> None:
        """The end of the job, in the transaction of what it did: both are there, or neither is.
        Raises Refused if it was given up.
        """
        if not session.execute(
            update(Job)
            .where(Job.id == self.id, Job.state == JobState.running)
            .values(state=JobState.done, progress=100, said="", file_name=name, result=result)
        ).rowcount:
            raise Refused(LOST)
        _hear(session, self.id)
        self.is_finished = True

    def discard_upload(self, session: Session) -> None:
        """A file that is imported is of no more use, neither here nor on the dry run."""
        session.execute(
            update(Job)
            .where(Job.id.in_([self.id, self.params.get("essai", "")]))
            .values(upload=None)
        )


# What does a job: its result and the name of the file, unless it has finished the job in a
# transaction of its own.
Make = Callable[[JobRun], tuple[bytes, str] | None]


def run_job(job_id: str, makers: Mapping[str, Make], on: Engine | None = None) -> None:
    """Runs a waiting job, once: its result, or one sentence on why there is none. Raises Refused
    for any other job.
    """
    on = on or engine()
    with writing(on) as session:
        # One statement looks and takes: of two processes with one job, the second finds it begun.
        if not session.execute(
            update(Job)
            .where(Job.id == job_id, Job.state == JobState.waiting)
            .values(state=JobState.running, said="Le travail commence")
        ).rowcount:
            raise Refused(_OVER)
        _hear(session, job_id)
        job = session.get(Job, job_id)
        work = JobRun(on, job_id, job.kind, json.loads(job.params), job.asked_by, job.upload)
    try:
        _do(work, makers)
    except (Refused, Invalid) as error:
        _fail(on, job_id, str(error))
    except MemoryError:
        _fail(on, job_id, too_much())
    except Exception:
        _fail(on, job_id, SURPRISE)
        raise


def too_much() -> str:
    """What is said of a job that asked for more memory than a job may take."""
    return (
        f"Ce travail demande plus de {MEMORY_MB} Mo de mémoire, plus qu'un"
        " travail n'en reçoit : partagez le fichier en plusieurs, ou enregistrez-le en CSV."
    )


def _do(work: JobRun, makers: Mapping[str, Make]) -> None:
    with reading(work.on) as session:
        # The rights of now: between the asking and the running an account may have been closed.
        work.reader(session)
    made = makers[work.kind](work)
    if not work.is_finished:
        content, name = made
        with writing(work.on) as session:
            work.finish(session, name, content)


def _fail(on: Engine, job_id: str, message: str) -> None:
    with writing(on) as session:
        _set(session, job_id, state=JobState.failed, said=message)


def _set(session: Session, job_id: str, **values: object) -> None:
    # A job that was told as lost keeps that end, even if its process comes back to life.
    session.execute(update(Job).where(Job.id == job_id, Job.state.in_(OPEN)).values(**values))


def _hear(session: Session, job_id: str) -> None:
    """The process gives a sign of life."""
    session.execute(
        update(SignOfLife).where(SignOfLife.job_id == job_id).values(heard_at=clock_now())
    )


# ── Files that are kept ───────────────────────────────────────────────────────────────────────────


def private_file(job_id: str) -> Path:
    """Where the result of a job is put when it is too large for a row: a folder that its owner
    alone may read.
    """
    folder().mkdir(parents=True, mode=0o700, exist_ok=True)
    return file_of(job_id)


def purge(session: Session, now: datetime | None = None) -> None:
    """Jobs, their uploads and their results go after a day."""
    oldest = (now or clock_now()) - RETENTION
    lapsed = select(SignOfLife.job_id).where(SignOfLife.asked_at <= oldest)
    session.execute(delete(Job).where(or_(Job.id.in_(lapsed), Job.asked_on < oldest.date())))
    session.execute(delete(SignOfLife).where(SignOfLife.asked_at <= oldest))
    sweep(session)


def sweep(session: Session) -> None:
    """Files whose job is gone, and drafts that a killed process left, go from this machine."""
    states = ids_and_states(session)
    for file in folder().glob("*") if folder().is_dir() else ():
        state = states.get(file.name.lstrip(".")[:32])
        wanted = state in OPEN or (state == JobState.done and file.suffix != ".part")
        if not wanted:
            file.unlink(missing_ok=True)
