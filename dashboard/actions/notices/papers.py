"""The files that leave with the mail of a meeting (pièces jointes): jobs of who sent it, named in
the key of the notice, read when the mail leaves; nothing is stored a second time.
"""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, may
from dashboard.queries.notices.records import reader_of_person
from models.jobs import Job, JobState
from models.notices import Notice
from models.people import Person

FILES_MB = 7  # together; a mail server takes ten, and a mail makes them a third larger
_SITTING, _MARK = "seance-", "+"
_TOO_LARGE = (
    "Les fichiers sont trop lourds pour un courriel : préparez-les sur la page de la séance."
)
Files = list[tuple[str, bytes]]  # name and content


def key_of(meeting_id: int, what: str, day: date, job_ids: Sequence[str]) -> str:
    """The key of a notice about a meeting, whose mail carries the results of these jobs."""
    return _MARK.join([f"{_SITTING}{meeting_id}-{what}-{day}", *job_ids])


def attached(
    session: Session, person: Person, notices: Sequence[Notice], day: date
) -> tuple[Files, str]:
    """The files for this person, and what her mail says of them. None for who may not read all that
    a dossier holds, or once they are deleted.
    """
    keys = [notice.key for notice in notices if notice.key.startswith(_SITTING)]
    ids = [ident for key in keys for ident in key.split(_MARK)[1:]]
    reader = reader_of_person(session, person, day) if ids else None
    if reader is None or not reads_dossier(reader):
        return [], ""
    ready = select(Job).where(Job.id.in_(ids), Job.state == JobState.done).order_by(Job.kind)
    files = [(job.file_name, job.result) for job in session.exec(ready) if job.result]
    if sum(len(content) for _, content in files) > FILES_MB << 20:
        return [], _TOO_LARGE
    names = ", ".join(name for name, _ in files)
    return files, f"Joints à ce courriel : {names}." if files else ""


def reads_dossier(reader: Reader) -> bool:
    """Whether she may read all that a dossier of the whole administration holds, which has the
    points of the CODIR.
    """
    return may(reader, "codir.read")
