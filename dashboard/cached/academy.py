"""Cached reads of one reader's training (académie): her registrations, what she must follow, and
what colleagues can teach each other.
"""

from dashboard.cached.memory import cached_query, today
from dashboard.queries import interests
from dashboard.queries.academy import attendance, obligations
from dashboard.queries.seats import records as seats

obligations_of = cached_query(
    lambda session, person_id: obligations.own_obligations(session, person_id, today()),
    "academy",
    "people",
    "directions",
)

registrations_of = cached_query(seats.of_person, "academy", "people")

own_seats = cached_query(seats.own, "academy", "meetings", "people")

approvals_count = cached_query(attendance.count_approvals, "academy", "people", "directions")

open_skills = cached_query(interests.open_skills, "academy", "people")

revealed_skills = cached_query(
    interests.revealed, "academy", "people", "ideas", "directions", "roadmap"
)
