"""Cached reads of threads (fils): the links of a record, its remarks and objections. Cached per
reader, and dependent on nearly everything that is written.
"""

from dashboard.cached.memory import EVERYTHING, cached_query
from dashboard.queries.decisions import sheets
from dashboard.queries.discussions import threads as discussions
from dashboard.queries.ideas import threads

origins = cached_query(threads.origins, *EVERYTHING, size=64)

open_objections = cached_query(sheets.open_objections, *EVERYTHING, size=64)

discussion = cached_query(
    lambda session, scope, subject, key: discussions.discussion(
        session, scope, subject, key, scope.on
    ),
    *EVERYTHING,
    size=512,
)
