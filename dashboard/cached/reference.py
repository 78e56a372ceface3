"""Cached reads for those who maintain the programme (tenue du programme): its projects, and the
revisions proposed by decisions.
"""

from dashboard.cached.memory import cached_query, today
from dashboard.queries import reference
from dashboard.queries.decisions import moves

projects = cached_query(
    lambda session, reader: reference.projects(session, reader, today()),
    "roadmap",
    size=32,
    daily=True,
)

proposed_revisions = cached_query(moves.proposed_revisions, "decisions", "roadmap", size=32)
