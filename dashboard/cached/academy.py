"""What is kept in memory of one reader's place in the academy (académie): what she registered for,
what she must follow; and of what colleagues can teach each other.
"""

from dashboard.cached.memory import cached, today
from dashboard.queries import offers
from dashboard.queries.academy import approvals, obligations, registrations
from dashboard.queries.academy.obligations import Obligation
from dashboard.queries.academy.registrations import Mine
from dashboard.queries.offers import Offered, Revealed
from dashboard.scope import Scope
from models.academy import RegistrationStatus
from models.database import reading


@cached("academy", "people", "directions", size=512, daily=True)
def obligations_of(person_id: int) -> list[Obligation]:
    """What a person must follow, and what she followed that lapses, today."""
    with reading() as session:
        return obligations.own_obligations(session, person_id, today())


@cached("academy", "people", size=512)
def registrations_of(person_id: int) -> list[Mine]:
    """Those of a person, the latest session first."""
    with reading() as session:
        return registrations.of_person(session, person_id)


@cached("academy", "people", size=512, daily=True)
def standing_of(person_id: int) -> dict[int, RegistrationStatus]:
    """Session to come → where a person stands on it."""
    with reading() as session:
        return registrations.standing_on(session, person_id, today())


@cached("academy", "people", "directions", size=256)
def approvals_count(scope: Scope, units: frozenset[int] | None) -> int:
    """How many approvals wait in these services (None: in all)."""
    with reading() as session:
        return approvals.count_approvals(session, scope, units)


@cached("academy", "people", size=2)
def open_skills() -> list[Offered]:
    """What is taught and asked for at present."""
    with reading() as session:
        return offers.open_skills(session)


@cached("academy", "people", "ideas", "directions", "roadmap", size=128)
def revealed_skills(scope: Scope) -> list[Revealed]:
    """What entries say that is missing, as far as the reader may see them."""
    with reading() as session:
        return offers.revealed(session, scope)
