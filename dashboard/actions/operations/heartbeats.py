"""Heartbeats of tasks (signes de vie) and the alerts about them: last success, last failure,
failures in a row, and what a backup or a restore test left.

No person is named, and an error is stored by its kind only.
"""

import logging
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, delete
from sqlmodel import Session, SQLModel, select

from dashboard.actions.notices.records import Notification, notify_all
from dashboard.actions.notices.sending import can_send_mails, mail_problem
from dashboard.actions.operations.mixing import ShortAct, in_batches
from dashboard.files import mail
from dashboard.files.backup_folder import on_one_disk
from dashboard.files.certificate import good_until, known_until
from dashboard.queries.notices.records import administrators
from dashboard.queries.operations.health import BACKUP, HealthInputs, HealthState, Level, health
from models.clock import local_day, now, now as clock_now
from models.database import engine, is_sqlite, writing
from models.faults import reason_of
from models.inserts import insert_new
from models.installation import Heartbeat
from models.notices import NoticeKind
from models.settings import settings
from models.short_lived import Pulse
from models.texts import Refused


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
        )
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


def read_health(session: Session, may_wait: bool = True) -> list[HealthState]:
    """Every health state now; `may_wait`: also fetches the certificate if unknown."""
    origin, folder = settings().public_origin, settings().cp_data_dir
    disk = shutil.disk_usage(folder if folder.exists() else Path.cwd())
    around = HealthInputs(
        now(),
        disk.total,
        disk.free,
        origin.startswith("https://"),
        good_until(origin) if may_wait else known_until(origin),
        mail_problem(session),
        _settings_are_wrong(),
        backups_on_data_disk(session),
    )
    return health(session, around)


def backups_on_data_disk(session: Session) -> bool | None:
    """Whether the last backup and its copy are on the database's disk; None where that is unknown,
    as with PostgreSQL.
    """
    last = session.get(Heartbeat, BACKUP)
    database = session.get_bind().url.database
    if (
        not is_sqlite(session)
        or not database
        or not last
        or not last.place
        or settings().cp_backup_command
    ):
        return None
    place = settings().cp_backup_copy.strip() or last.place
    return on_one_disk(Path(place), Path(database).resolve().parent)


def _settings_are_wrong() -> bool:
    try:
        mail.server()
    except Refused:
        return True
    return False


def alert(session: Session, day: date) -> Iterable[ShortAct]:
    """Alerter: one notice a day per administrator, with every problem. A task of the round."""
    if not can_send_mails(session):
        return ()
    problems = [state for state in read_health(session) if state.level is Level.bad]
    # A round that runs cannot report that no round runs.
    problems = [state for state in problems if state.code != "passages"]
    if not problems:
        return ()
    names = ", ".join(state.name.lower() for state in problems)
    notification = Notification(
        administrators(session),
        f"sante-{day}",
        NoticeKind.alert,
        f"C-Possible demande votre attention : {names}",
        "\n".join(f"{state.name} : {state.message} {state.remedy}".strip() for state in problems),
        "/etat-du-systeme",
        urgent=True,
    )
    return in_batches([notification], notify_all)
