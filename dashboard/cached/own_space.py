"""Cached reads of what one reader follows, is asked for, and passes on to others; each list is
cached for her alone.
"""

from dashboard.access import may
from dashboard.cached.memory import cached_query, today
from dashboard.queries import following, interests
from dashboard.queries.decisions import sheets
from dashboard.queries.ideas import waiting
from dashboard.queries.people import accounts

followed = cached_query(accounts.followed, "ideas", "people", "directions")

supported = cached_query(accounts.supported, "ideas", "people", "directions")

merges_to_answer = cached_query(accounts.merges_to_answer, "ideas", "people", "directions")

to_execute = cached_query(
    lambda session, scope: sheets.to_execute(session, scope, today()),
    "decisions",
    "people",
    "directions",
)

subjects_followed = cached_query(
    lambda session, scope: following.followed_by(session, scope.reader, today()),
    *("academy", "decisions", "directions", "discussions", "groups", "people", "roadmap"),
)


# How many were not contacted by the promised day; 0 without the right.
interests_late = cached_query(
    lambda session, scope: (
        len(interests.late(session, scope)) if may(scope.reader, "interest.follow") else 0
    ),
    *("interests", "people", "directions", "meetings"),
)


# ── For ambassadors ────────────────────────────────────────────────────────────────────


answers_to_hand_over = cached_query(
    lambda session, scope, limit: waiting.answers_to_hand_over(session, scope, today(), limit),
    "ideas",
    "people",
    "directions",
    "notices",
)

filed_for_others = cached_query(
    lambda session, scope, limit: waiting.filed_for_others(session, scope.reader, limit),
    "ideas",
    "people",
    "notices",
)
