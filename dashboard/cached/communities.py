"""What screens keep in memory of the communities (communautés): members, who are public by their
consent, and whom they reach; read anew as soon as a person, a membership or a direction changes.
"""

from dashboard.cached.memory import cached, shared
from dashboard.queries import communities
from dashboard.queries.communities import Growth, Load, Member, Reached
from dashboard.queries.meetings import records as meeting_records
from dashboard.queries.people import readers as people
from dashboard.scope import Scope
from models.communities import Community
from models.database import reading
from models.meetings import Site

_SUBJECTS = ("communities", "people", "directions")


@cached(*_SUBJECTS, size=64)
def members(scope: Scope, community: Community) -> list[Member]:
    """The members within the scope, in the order of the chart."""
    with reading() as session:
        return communities.members(session, scope, community)


@cached(*_SUBJECTS, size=64, seen_as=shared)
def growth(scope: Scope, community: Community) -> list[Growth]:
    """Members month by month."""
    with reading() as session:
        return communities.growth(session, scope, community)


@cached(*_SUBJECTS, size=64)
def coverage(scope: Scope) -> list[Reached]:
    """The services of the scope, with who reaches them."""
    with reading() as session:
        return communities.coverage_map(session, scope)


@cached(*_SUBJECTS, size=64)
def loads(scope: Scope) -> list[Load]:
    """What each ambassador of the scope carries."""
    with reading() as session:
        return communities.load(session, scope)


@cached("meetings", "directions", size=64)
def unmet_sites(scope: Scope) -> list[Site]:
    """The sites of the scope where no meeting has been held by its day."""
    with reading() as session:
        found = meeting_records.unmet_sites(session, scope.on)
    return [site for site in found if scope.is_whole or site.direction_id in scope.counted]


@cached("people", "directions", size=512)
def manages(scope: Scope) -> bool:
    """Whether the reader holds a mandate on the day looked at."""
    with reading() as session:
        return people.manages(session, scope.reader.person_id, scope.on)
