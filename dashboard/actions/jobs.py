"""Acts on jobs (travaux): asking for one, running it in a process of its own, letting results go after a day.

The process makes the reader anew from the account, so that a right lost meanwhile is lost for the report too.
"""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Engine, delete, update
from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.queries.jobs import KEPT, count_open
from dashboard.queries.people import account_by_login, reader_of
from models.clock import now as clock_now
from models.clock import today
from models.database import engine, reading, writing
from models.errors import Invalid, Refused
from models.keeping import Job, JobState
from models.people import Person
from models.settings import ROOT

MOST_AT_ONCE = 2
SURPRISE = "La préparation a échoué ; si cela se répète, prévenez l'équipe du programme."
# What makes a job: given a session that reads, the reader, the parameters and a way to tell how far it is.
Tell = Callable[[int, str], None]
Make = Callable[[Session, Reader, Mapping[str, str], Tell], tuple[bytes, str]]


def ask(session: Session, reader: Reader, kind: str, params: Mapping[str, str], now: datetime | None = None) -> Job:
    """Demander un travail: the row that a process will fill. Raises Refused without the right, or with two under way."""
    require(reader, "report.make")
    if not reader.is_known:
        raise Refused("Un rapport se demande avec un compte.")
    now = now or clock_now()
    session.get(Person, reader.person_id, with_for_update=True)  # two clicks at once are counted one after the other
    if count_open(session, reader.person_id, now) >= MOST_AT_ONCE:
        raise Refused("Deux de vos rapports se préparent déjà : attendez que l'un soit prêt.")
    job = Job(id=secrets.token_hex(16), kind=kind, asked_by=reader.person_id, asked_at=now, state=JobState.waiting,
              params=json.dumps({"login": reader.login} | dict(params), ensure_ascii=False))
    session.add(job)
    session.flush()
    return job


def start(job_id: str) -> None:
    """Starts the process of a job that is committed, and does not wait for it.

    It keeps the current folder, where a `.env` may stand; the project is found by its path. What surprises it goes to
    the server's own log.
    """
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    subprocess.Popen([sys.executable, "-m", "dashboard", "job", job_id], env=os.environ | {"PYTHONPATH": path},
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)


def run_job(job_id: str, makers: Mapping[str, Make], on: Engine | None = None) -> None:
    """Runs a waiting job, once: its result, or one sentence on why there is none. Raises Refused for any other job."""
    on = on or engine()
    with writing(on) as session:
        taken = session.execute(update(Job).where(Job.id == job_id, Job.state == JobState.waiting)
                                .values(state=JobState.running, progress=10, said="Les chiffres se réunissent")).rowcount
    if not taken:
        raise Refused("Ce travail n'existe pas, ou il a déjà commencé.")
    try:
        content, name = _made(job_id, makers, on)
    except (Refused, Invalid) as error:
        _set(on, job_id, state=JobState.failed, said=str(error))
    except Exception:
        _set(on, job_id, state=JobState.failed, said=SURPRISE)
        raise
    else:
        _set(on, job_id, state=JobState.done, progress=100, said="", file_name=name, result=content)


def _made(job_id: str, makers: Mapping[str, Make], on: Engine) -> tuple[bytes, str]:
    with reading(on) as session:
        job = session.get(Job, job_id)
        if job.kind not in makers:
            raise Refused("Ce genre de rapport n'existe pas.")
        params = json.loads(job.params)
        reader = _reader(session, params.pop("login"), job.asked_by)
        return makers[job.kind](session, reader, params, lambda progress, said: _set(on, job_id, progress=progress, said=said))


def _reader(session: Session, login: str, person_id: int | None) -> Reader:
    account = account_by_login(session, login)
    if account is None or account.disabled or account.person_id != person_id:
        raise Refused("Le compte qui a demandé ce rapport n'est plus ouvert.")
    found = reader_of(session, account, today(session))
    require(found, "report.make")
    return found


def _set(on: Engine, job_id: str, **values: object) -> None:
    with writing(on) as session:
        session.execute(update(Job).where(Job.id == job_id).values(**values))


def purge(session: Session, now: datetime | None = None) -> None:
    """Jobs and their results go after a day."""
    session.execute(delete(Job).where(Job.asked_at <= (now or clock_now()) - KEPT))
