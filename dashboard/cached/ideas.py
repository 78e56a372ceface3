"""Cached reads of entries (idées): lists and counts, keyed by scope (rights included) and by
revisions.

A list that names authors is cached for its reader only, and reread as soon as a person or a right
changes.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from dashboard.cached import ambitions
from dashboard.cached.memory import Cache, cached, cached_query, remembering, today, whole
from dashboard.queries import voices
from dashboard.queries.discussions import threads
from dashboard.queries.ideas import (
    clusters,
    counts,
    records as idea_records,
    search_fallback,
    waiting as idea_handover,
    waiting as idea_waiting,
)
from dashboard.queries.people import accounts, readers
from dashboard.scope import Scope
from models.clock import month_ends
from models.idea_states import IdeaStatus

# What a list of entries depends on: the entries, their authors, the rights of the reader.
_OF_IDEAS = ("ideas", "people", "directions")


filed_by_month = cached_query(
    lambda session, scope, start: counts.arrivals_by_month(session, scope, start, scope.on),
    "ideas",
    seen_as=Scope.impersonal,
)

# Day looked at and ends of the twelve months before → outcome → idées and suggestions.
outcomes_by_month = cached_query(
    lambda session, scope: {
        on: counts.by_outcome(counts.stock(session, scope, on)) for on in month_ends(scope.on, 13)
    },
    "ideas",
    seen_as=Scope.impersonal,
)

pending_by_age = cached_query(idea_waiting.pending_by_age, *_OF_IDEAS)

# Of all directions: idées and suggestions filed in the twelve months to the day looked at, and the
# number of them that are done.
filed_and_done = cached_query(
    lambda session, scope: counts.filed_and_done(session, scope, scope.on),
    "ideas",
    seen_as=Scope.impersonal,
)

# Status → idées and suggestions filed in the twelve months to the day looked at.
idea_cohort = cached_query(
    lambda session, scope: dict(+counts.cohort(session, scope, scope.on)),
    "ideas",
    seen_as=Scope.impersonal,
)

late_ideas = cached_query(idea_waiting.count_late, *_OF_IDEAS)


# How many are late the day after, if nobody answers.
late_next_day = cached_query(
    lambda session, scope: idea_waiting.count_late(session, scope, scope.on + timedelta(days=1)),
    *_OF_IDEAS,
)

to_answer = cached_query(idea_records.to_answer, *_OF_IDEAS)

findings_of = cached_query(voices.all_findings, *_OF_IDEAS)

implemented = cached_query(idea_records.implemented, *_OF_IDEAS)

my_ideas = cached_query(idea_records.my_ideas, *_OF_IDEAS)

idea_news = cached_query(readers.idea_news, *_OF_IDEAS)

entrusted = cached_query(accounts.entrusted, *_OF_IDEAS)

found_ideas = cached_query(
    lambda session, scope, filters, page: search_fallback.find(
        session, scope, filters, page, today()
    ),
    *_OF_IDEAS,
)


# The newest entries of a kind that the reader may see.
newest_of_kind = cached_query(
    lambda session, scope, kind: (
        idea_records.ideas_page(session, scope, idea_records.Filters(kind=kind), 1, today()).rows
    ),
    *_OF_IDEAS,
)


last_answer_between = cached_query(idea_handover.last_answer_between, *_OF_IDEAS)


# ── Pending for those who answer ───────────────────────────────────────────────────────────────


ideas_counted = cached_query(
    lambda session, scope, filters: idea_records.ideas_counted(session, scope, filters, today()),
    *_OF_IDEAS,
)

ideas_page = cached_query(
    lambda session, scope, filters, page, total: idea_records.ideas_page(
        session, scope, filters, page, today(), total
    ),
    *_OF_IDEAS,
)


# How many reported entries, comments and contributions are pending review.
reported = cached_query(
    lambda session, scope: len(threads.reported(session, scope)), *_OF_IDEAS, "discussions"
)


to_read = cached_query(idea_waiting.to_read, *_OF_IDEAS)


_PAIRS = Cache[list[clusters.Pair]](4)


def near_pairs() -> list[clusters.Pair]:
    """The pairs of entries that seem to say the same, of any direction: compared again once one is
    published.
    """
    with remembering() as session:
        ids = clusters.newest(session, today())
        return _PAIRS.find((), (ids, today()), lambda: clusters.near_pairs(session, ids))


def likely_themes(scope: Scope, codings: int, text: str) -> list[int]:
    """The themes that a text is likely to have, likeliest first, once so many codings teach it."""
    if codings < _LEARNS_FROM:
        return []
    return _theme_model(scope.whole().of_every_ambition(), codings // _LEARNS_EVERY)(text)


_LEARNS_FROM, _LEARNS_EVERY = 100, 25


@cached()
def _theme_model(scope: Scope, _learned: int) -> Callable[[str], list[int]]:
    # Imported here because NumPy takes 15 MiB, which a server without coders saves.
    from dashboard.queries.ideas.theme_model import learned

    with remembering() as session:
        return learned(clusters.coded_entries(session, scope))


# The events of the scope's entries between two days.
idea_moves = cached_query(counts.moves, "ideas", seen_as=Scope.impersonal)


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


_stock_by_ambition = cached_query(
    lambda session, scope: counts.stock_by_ambition(session, scope, scope.on),
    "ideas",
    seen_as=whole,
)
