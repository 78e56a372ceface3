"""What somebody wrote since the form was drawn is not written over: one question, for every act
that changes a record which two people may edit.
"""

from collections.abc import Mapping

from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader
from dashboard.queries.edit_conflicts import LastWrite, mark_of, named
from models.errors import EditConflict


def refuse_conflict(
    session: Session,
    reader: Reader,
    read: str | None,
    stands: Mapping[str, object],
    last: LastWrite,
    *,
    mark: str | None = None,
    did: str = "a écrit entre-temps",
) -> None:
    """Raises EditConflict where the record is no longer the one of the mark `read` (None: the
    command line and imports, which do not look).

    The record is locked by then. `stands` is what it holds, by the fields of the form; its mark is
    made of that where none is given.
    """
    now = mark_of(stands) if mark is None else mark
    if read is None or read == now:
        return
    raise EditConflict(told(session, reader, last, did), stands, now)


def told(session: Session, reader: Reader, last: LastWrite, did: str) -> str:
    """« Carine Delvaux (Cheffe) a écrit entre-temps (30 juin 2023) : rien n'est enregistré. »

    Without a name where a file or the command line wrote.
    """
    day = f" ({french.day_long(last.on)})" if last.on else ""
    if last.by is not None and last.by == reader.person_id:
        head = "Vous avez écrit entre-temps, dans une autre fenêtre"
    elif who := named(session, last.by):
        head = f"{who} {did}"
    else:
        head = "Ceci a changé entre-temps"
    return f"{head}{day} : rien n'est enregistré."
