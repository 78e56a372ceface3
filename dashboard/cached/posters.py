"""Cached reads of posters (affiches): the words in force, reread as soon as one is made, renewed or
revoked.
"""

from dashboard.cached.memory import cached_query
from dashboard.queries.meetings import posters
from models.meetings import Site

words_in_use = cached_query(posters.words_in_use, "meetings", size=1)

site = cached_query(
    lambda session, site_id: session.get(Site, site_id), "meetings", "directions", size=64
)
