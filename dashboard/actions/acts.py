"""Building blocks of acts: locking and adding a record, a dated fact, the journal, refusing a form
that somebody else overtook.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import delete
from sqlmodel import Session, SQLModel, select

from dashboard import french
from dashboard.access import Reader
from dashboard.actions.operations.mixing import ShortAct, in_batches
from dashboard.queries.journal import OF_PERSONS, LastWrite, mark_of, named
from models.clock import add_months, today
from models.facts import Fact
from models.ledger import Change
from models.settings import settings
from models.texts import EditConflict, Refused

R = TypeVar("R", bound=SQLModel)
F = TypeVar("F", bound=Fact)


def lock_record(session: Session, table: type[R], record_id: object, gone: str) -> R:
    """The record, re-read and locked until the transaction ends. Raises Refused(`gone`) where it is
    missing.
    """
    record = session.get(table, record_id, with_for_update=True, populate_existing=True)
    if record is None:
        raise Refused(gone)
    return record


def add_record(session: Session, record: R) -> R:
    """Stores a new record, which has its id then."""
    session.add(record)
    session.flush()
    return record


def add_fact(session: Session, reader: Reader, fact: F) -> F:
    """Stores a fact recorded today by the reader; without a date of its own it takes effect
    today.
    """
    fact.recorded_on = today(session)
    fact.on = fact.on or fact.recorded_on
    fact.by = reader.person_id
    return add_record(session, fact)


def write_changes(
    session: Session,
    reader: Reader,
    about: tuple[str, str],
    record: SQLModel,
    values: Mapping[str, object],
) -> dict[str, object]:
    """Writes the values that differ, each with a line in the journal; returns the previous values.
    `about` is the journal's subject and the name of the record.
    """
    before = {name: getattr(record, name) for name in values}
    before = {name: was for name, was in before.items() if was != values[name]}
    for name, was in before.items():
        note(session, reader, *about, name, was, values[name])
        setattr(record, name, values[name])
    add_record(session, record)
    return before


# ── The journal ─────────────────────────────────────────────────────────────────────────────────

# Lines deleted per round; the rest follows in the next one.
_MOST_A_ROUND = 10_000


def note(
    session: Session,
    reader: Reader,
    subject: str,
    record: str,
    field: str,
    before: object,
    after: object,
    on: date | None = None,
) -> None:
    """Adds one line of today, or of the day that an import asked once; None before or after means
    no value.
    """
    session.add(
        Change(
            on=on or today(session),
            by=reader.person_id,
            subject=subject,
            record=record,
            field=field,
            before=_text(before),
            after=_text(after),
        )
    )


def note_reading(session: Session, reader: Reader, what: str) -> None:
    """Records who read which list of names."""
    note(session, reader, "lecture", "liste nominative", "lue", None, what)


def note_export(session: Session, reader: Reader, what: str, details: str) -> None:
    """Records who exported which names, and how many."""
    note(session, reader, "export", what, "emporté", None, details)


def forget_old(session: Session, day: date) -> Iterable[ShortAct]:
    """Deletes lines about persons after the retention setting; texts and references retain their
    history. A task of the round.
    """
    if not settings().cp_journal_months:
        return ()
    before = add_months(day, -settings().cp_journal_months)
    old = select(Change.id).where(Change.on < before, Change.subject.in_(OF_PERSONS))
    return in_batches(session.exec(old.limit(_MOST_A_ROUND)).all(), _forget)


def _forget(session: Session, batch: Sequence[int]) -> int:
    return session.execute(delete(Change).where(Change.id.in_(batch))).rowcount


def _text(value: object) -> str | None:
    return None if value is None else str(value)


# ── What somebody else wrote meanwhile ──────────────────────────────────────────────────────────


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
