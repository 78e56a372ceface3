"""What acts are made of: a record that is held, a dated fact, what changed and its journal."""

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


def held(session: Session, table: type[R], record_id: object, gone: str) -> R:
    """The record, held until the act is over and read anew. Raises Refused where there is none."""
    found = session.get(table, record_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refused(gone)
    return found


def add_fact(session: Session, reader: Reader, fact: F) -> F:
    """Writes a fact as recorded today by the reader; without a day of its own it is true from
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
    """Writes the values that differ, each with its line in the journal (`about`: its subject and
    the name of the record). What they were before.
    """
    before = {name: getattr(record, name) for name in values}
    before = {name: was for name, was in before.items() if was != values[name]}
    for name, was in before.items():
        note(session, reader, today(session), *about, name, was, values[name])
        setattr(record, name, values[name])
    session.add(record)
    session.flush()
    return before
