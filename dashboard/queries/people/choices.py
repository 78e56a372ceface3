"""Where persons work, which of them a reader may register, and how a list labels each: namesakes
are distinguished.
"""

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import or_
from sqlmodel import Session, select

from dashboard.access import Reader, idea_conditions, registered_units
from dashboard.queries.people.readers import preference
from dashboard.scope import Scope
from models.discussions import SubjectFollow, SubjectSupport, ideas_marked
from models.facts import last_values, live
from models.idea_events import EventKind, IdeaEvent
from models.ideas import Idea
from models.people import Assignment, Person
from models.preferences import LAST_VISIT


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


_SHOWN_KINDS = (EventKind.status, EventKind.answered, EventKind.held, EventKind.merged)
_MOST = 20


def last_visit(session: Session, reader: Reader, today: date) -> date | None:
    """The day of the reader's last visit before today; None if unknown."""
    days = [date.fromisoformat(day) for day in preference(session, reader, LAST_VISIT).split()]
    return next((day for day in days if day < today), None)


def visits_today(session: Session, reader: Reader, today: date) -> bool:
    """Whether today's visit is already recorded."""
    return preference(session, reader, LAST_VISIT).startswith(today.isoformat())


def idea_news(session: Session, scope: Scope, since: date) -> list[tuple[IdeaEvent, Idea]]:
    """The last event of each of those entries since that day, newest first."""
    me = scope.reader.person_id
    if me is None:
        return []
    is_concerned = or_(
        Idea.author_id == me, ideas_marked(SubjectFollow, me), ideas_marked(SubjectSupport, me)
    )
    rows = session.exec(
        select(IdeaEvent, Idea)
        .join(Idea, Idea.id == IdeaEvent.idea_id)
        .where(
            idea_conditions(scope.reader, scope.tree),
            is_concerned,
            live(IdeaEvent, scope.on),
            IdeaEvent.on >= since,
            IdeaEvent.what.in_([str(kind) for kind in _SHOWN_KINDS]),
        )
        .order_by(IdeaEvent.on.desc(), IdeaEvent.idea_id.desc(), IdeaEvent.seq.desc())
        .limit(_MOST)
    ).all()
    last: dict[int, tuple[IdeaEvent, Idea]] = {}
    for event, idea in rows:
        last.setdefault(idea.id, (event, idea))
    return list(last.values())
