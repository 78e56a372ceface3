"""Where persons work, which of them a reader may register, and how a list labels each: namesakes
are distinguished.
"""

from collections.abc import Collection, Iterable
from datetime import date

from sqlmodel import Session, select

from dashboard.access import registered_units
from dashboard.scope import Scope
from models.facts import last_values
from models.people import Assignment, Person


def person_labels(session: Session, scope: Scope, ids: Collection[int]) -> dict[int, str]:
    """Person → her label, by family name. No right is checked: the caller already knows these
    persons.
    """
    persons = session.exec(
        select(Person)
        .where(Person.id.in_(sorted(ids)))
        .order_by(Person.family_name, Person.given_name, Person.id)
    ).all()
    services = services_at(session, scope.on, ids)
    return {
        person.id: person.label(scope.tree.name_of(services.get(person.id))) for person in persons
    }


def services_at(
    session: Session, on: date, person_ids: Iterable[int] | None = None
) -> dict[int, int]:
    """Person → the service where she works at `on`."""
    ids = [] if person_ids is None else [Assignment.person_id.in_(sorted(set(person_ids)))]
    places = last_values(session, Assignment.service_id, on, *ids)
    return {person: service for person, service in places.items() if service}


def colleagues(session: Session, scope: Scope) -> dict[int, str]:
    """Person → label of the agents of the services that the reader is responsible for or covers, by
    name; all agents for the programme office.
    """
    units = registered_units(scope.reader, scope.tree)
    if units is not None and not units:
        return {}
    services = services_at(session, scope.on)
    wanted = [person for person, service in services.items() if units is None or service in units]
    rows = session.exec(
        select(Person)
        .where(Person.id.in_(wanted), Person.erased_on.is_(None))
        .order_by(Person.family_name, Person.given_name, Person.id)
    ).all()
    return {
        person.id: person.label(scope.tree.name_of(services[person.id]))
        for person in rows
        if person.id != scope.reader.person_id
    }
