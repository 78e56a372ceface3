"""Building blocks of acts: locking a record, adding a dated fact, journalling changes."""

from collections.abc import Mapping
from typing import TypeVar

from sqlmodel import Session, SQLModel

from dashboard.access import Reader
from dashboard.actions.journal import note
from models.clock import today
from models.errors import Refused
from models.facts import Fact

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


def add_fact(session: Session, reader: Reader, fact: F) -> F:
    """Stores a fact recorded today by the reader; without a date of its own it takes effect
    today.
    """
    fact.recorded_on = today(session)
    fact.on = fact.on or fact.recorded_on
    fact.by = reader.person_id
    session.add(fact)
    session.flush()
    return fact


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
        note(session, reader, today(session), *about, name, was, values[name])
        setattr(record, name, values[name])
    session.add(record)
    session.flush()
    return before
