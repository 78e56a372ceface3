"""Edit conflicts: refuses to overwrite what somebody else saved after the form was loaded."""

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
    current: Mapping[str, object],
    last: LastWrite,
    *,
    mark: str | None = None,
    did: str = "a écrit entre-temps",
) -> None:
    """Raises EditConflict where the record no longer matches the mark `read`; None skips the check
    (command line, imports).

    The record must be locked by then. `current` is its present content, by the form's fields; its
    mark is computed from that unless given.
    """
    now = mark_of(current) if mark is None else mark
    if read is None or read == now:
        return
    raise EditConflict(conflict_message(session, reader, last, did), current, now)


def conflict_message(session: Session, reader: Reader, last: LastWrite, did: str) -> str:
    """« Carine Delvaux (Cheffe) a écrit entre-temps (30 juin 2023) : rien n'est enregistré. »

    Without a name where an import or the command line made the change.
    """
    day = f" ({french.day_long(last.on)})" if last.on else ""
    if last.by is not None and last.by == reader.person_id:
        head = "Vous avez écrit entre-temps, dans une autre fenêtre"
    elif who := named(session, last.by):
        head = f"{who} {did}"
    else:
        head = "Ceci a changé entre-temps"
    return f"{head}{day} : rien n'est enregistré."
