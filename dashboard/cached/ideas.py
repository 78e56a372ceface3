"""Cached reads of entries (idées): lists and counts, keyed by scope (rights included) and by
revisions.

A list that names authors is cached for its reader only, and reread as soon as a person or a right
changes.
"""

from collections import Counter
from datetime import date, timedelta

from dashboard.cached import ambitions, remembering
from dashboard.cached.memory import cached, cached_query, shared, today, whole
from dashboard.queries import findings
from dashboard.queries.discussions import moderation
from dashboard.queries.ideas import counts, moves, search_fallback
from dashboard.queries.ideas import handover as idea_handover
from dashboard.queries.ideas import records as idea_records
from dashboard.queries.ideas import waiting as idea_waiting
from dashboard.queries.ideas.moves import Moves
from dashboard.queries.people import changed, own_space
from dashboard.queries.readable import Readable
from dashboard.scope import Scope
from models.clock import month_ends
from models.database import reading
from models.idea_states import IdeaKind, IdeaStatus
from models.ideas import Idea


def _looked_at(scope: Scope, *_more: object) -> date:
    """The last day the result depends on: nothing written later changes it."""
    return scope.on


@cached("ideas", size=256, seen_as=shared, until=_looked_at)
def filed_by_month(scope: Scope, start: date) -> dict[date, int]:
    with remembering() as session:
        return counts.arrivals_by_month(session, scope, start, scope.on)


@cached("ideas", size=64, seen_as=shared, until=_looked_at)
def outcomes_by_month(scope: Scope) -> dict[date, Counter]:
    """Day looked at and ends of the twelve months before → outcome → idées and suggestions."""
    days = month_ends(scope.on, 13)
    with remembering() as session:
        return dict(zip(days, counts.outcomes_of_all(session, scope, days), strict=True))


pending_by_age = cached_query(idea_waiting.pending_by_age, "ideas", "people", "directions", size=64)


@cached("ideas", size=64, seen_as=shared, until=_looked_at)
def filed_and_done(scope: Scope) -> tuple[int, int]:
    """Of all directions: idées and suggestions filed in the twelve months to the day looked at, and
    the number of them that are done.
    """
    with remembering() as session:
        return counts.filed_and_done(session, scope, scope.on)


@cached("ideas", size=64, seen_as=shared, until=_looked_at)
def idea_cohort(scope: Scope) -> dict[str, int]:
    """Status → idées and suggestions filed in the twelve months to the day looked at."""
    with remembering() as session:
        return dict(counts.cohort(session, scope, scope.on))


late_ideas = cached_query(idea_waiting.count_late, "ideas", "people", "directions", size=512)


@cached("ideas", "people", "directions", size=512)
def late_tomorrow(scope: Scope) -> int:
    """How many more become late the day after, if nobody answers."""
    with reading() as session:
        tomorrow = idea_waiting.count_late(session, scope, scope.on + timedelta(days=1))
        return tomorrow - idea_waiting.count_late(session, scope)


to_answer = cached_query(idea_records.to_answer, "ideas", "people", "directions", size=256)

findings_of = cached_query(findings.all_findings, "ideas", "people", "directions", size=64)

implemented = cached_query(idea_records.implemented, "ideas", "people", "directions", size=512)

my_ideas = cached_query(idea_records.my_ideas, "ideas", "people", "directions", size=512)

idea_news = cached_query(changed.idea_news, "ideas", "people", "directions", size=256)

entrusted = cached_query(own_space.entrusted, "ideas", "people", "directions", size=256)

found_ideas = cached_query(
    lambda session, scope, filters, page: search_fallback.find(
        session, scope, filters, page, today()
    ),
    "ideas",
    "people",
    "directions",
    size=256,
    daily=True,
)


@cached("ideas", "people", "directions", size=256, daily=True)
def newest_of_kind(scope: Scope, kind: IdeaKind) -> Readable[Idea]:
    """The newest entries of a kind that the reader may see."""
    with reading() as session:
        wanted = idea_records.Filters(kind=kind)
        return idea_records.ideas_page(session, scope, wanted, 1, today()).rows


last_answer_between = cached_query(
    idea_handover.last_answer_between, "ideas", "people", "directions", size=256
)


# ── Pending for those who answer ───────────────────────────────────────────────────────────────


ideas_counted = cached_query(
    lambda session, scope, filters: idea_records.ideas_counted(session, scope, filters, today()),
    "ideas",
    "people",
    "directions",
    size=512,
    daily=True,
)

ideas_page = cached_query(
    lambda session, scope, filters, page, total: idea_records.ideas_page(
        session, scope, filters, page, today(), total
    ),
    "ideas",
    "people",
    "directions",
    size=256,
    daily=True,
)


@cached("ideas", "discussions", "people", "directions", size=64)
def reported(scope: Scope) -> int:
    """How many reported entries, comments and contributions are pending review."""
    with reading() as session:
        return len(moderation.reported(session, scope))


to_read = cached_query(idea_waiting.to_read, "ideas", "people", "directions", size=512)


@cached("ideas", size=64, seen_as=shared)
def idea_moves(scope: Scope, start: date, end: date) -> Moves:
    """The events of the scope's entries between two days. Only the last day is reread after each
    write, unless one of its events undoes an earlier one.
    """
    eve = end - timedelta(days=1)
    with reading() as session:
        if eve <= start or moves.takes_back(session, eve, end):
            return moves.moves(session, scope, start, end)
        lately = moves.moves(session, scope, eve, end)
    return _moves_before(scope, start, eve).followed_by(lately)


_moves_before = cached_query(
    moves.moves, "ideas", size=64, seen_as=shared, until=lambda _scope, _start, end: end
)


def ambition_counts(scope: Scope) -> dict[int, tuple[int, int]]:
    """Ambition → (entries of all kinds filed by the day looked at, entries carried out), for the
    whole administration.
    """
    stocks, none = _stock_by_ambition(scope), Counter()
    return {
        a.id: (
            sum(stocks.get(a.id, none).values()),
            stocks.get(a.id, none)[IdeaStatus.implemented],
        )
        for a in ambitions()
    }


@cached("ideas", size=64, seen_as=whole, until=_looked_at)
def _stock_by_ambition(scope: Scope) -> dict[int | None, Counter]:
    with remembering() as session:
        return counts.stock_by_ambition(session, scope, scope.on)
