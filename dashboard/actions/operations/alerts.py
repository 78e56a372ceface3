"""Alerts (alertes): checks the installation's health and notifies administrators once a day while
something is wrong.
"""

import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from sqlmodel import Session

from dashboard.actions.notices.records import Notification, notify_all
from dashboard.actions.notices.sending import can_send_mails, mail_problem
from dashboard.actions.operations.mixing import ShortAct, in_batches
from dashboard.files.backup_folder import on_one_disk
from dashboard.files.certificate import good_until, known_until
from dashboard.files.mail import smtp
from dashboard.queries.notices.recipients import administrators
from dashboard.queries.operations.health import BACKUP, HealthInputs, HealthState, Level, health
from models.clock import now
from models.database import is_sqlite
from models.jobs import Heartbeat
from models.notices import NoticeKind
from models.settings import settings
from models.texts import Refused


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
        smtp.server()
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
