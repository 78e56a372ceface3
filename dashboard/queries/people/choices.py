"""How a list of persons offers each of them: two agents of one name are told apart."""

from collections.abc import Collection

from sqlmodel import Session, select

from dashboard.queries.academy.registrations import services_at
from dashboard.scope import Scope
from models.people import Person


def person_labels(session: Session, scope: Scope, ids: Collection[int]) -> dict[int, str]:
    """Person → her label, by family name; she is known already to whoever asks."""
    persons = session.exec(
        select(Person)
        .where(Person.id.in_(sorted(ids)))
        .order_by(Person.family_name, Person.given_name, Person.id)
    ).all()
    services = services_at(session, scope.on, ids)
    return {
        person.id: person.label(scope.tree.name_of(services.get(person.id))) for person in persons
    }
