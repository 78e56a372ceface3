"""Cached reads of the communities (communautés): members, who are public by their consent, and whom
they reach; reread as soon as a person, a membership or a direction changes.
"""

from dashboard.cached.memory import cached_query
from dashboard.queries import communities
from dashboard.queries.meetings import records as meeting_records
from dashboard.queries.people import readers as people
from dashboard.scope import Scope

_SUBJECTS = ("communities", "people", "directions")

members = cached_query(communities.members, *_SUBJECTS)

growth = cached_query(communities.growth, *_SUBJECTS, seen_as=Scope.impersonal)

coverage = cached_query(communities.coverage_map, *_SUBJECTS)

loads = cached_query(communities.load, *_SUBJECTS)


# The sites of the scope where no meeting has been held by its day.
sites_without_meeting = cached_query(
    lambda session, scope: [
        site
        for site in meeting_records.sites_without_meeting(session, scope.on)
        if scope.has(site.direction_id)
    ],
    "meetings",
    "directions",
)


manages = cached_query(
    lambda session, scope: people.manages(session, scope.reader.person_id, scope.on),
    "people",
    "directions",
)
