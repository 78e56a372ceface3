"""Cached reads of the communities (communautés): members, who are public by their consent, and whom
they reach; reread as soon as a person, a membership or a direction changes.
"""

from dashboard.cached.memory import cached, cached_query, shared
from dashboard.queries import communities
from dashboard.queries.meetings import records as meeting_records
from dashboard.queries.people import readers as people
from dashboard.scope import Scope
from models.database import reading
from models.meetings import Site

_SUBJECTS = ("communities", "people", "directions")

members = cached_query(communities.members, *_SUBJECTS, size=64)

growth = cached_query(communities.growth, *_SUBJECTS, size=64, seen_as=shared)

coverage = cached_query(communities.coverage_map, *_SUBJECTS, size=64)

loads = cached_query(communities.load, *_SUBJECTS, size=64)


@cached("meetings", "directions", size=64)
def sites_without_meeting(scope: Scope) -> list[Site]:
    """The sites of the scope where no meeting has been held by its day."""
    with reading() as session:
        sites = meeting_records.sites_without_meeting(session, scope.on)
    return [site for site in sites if scope.has(site.direction_id)]


manages = cached_query(
    lambda session, scope: people.manages(session, scope.reader.person_id, scope.on),
    "people",
    "directions",
    size=512,
)
