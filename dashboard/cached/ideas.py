"""What screens keep in memory of entries (idées): lists and counts, keyed by scope (rights
included) and by revisions.

A list that names authors is kept for its reader alone, and read anew as soon as a person or a right
changes.
"""

from collections import Counter
from datetime import date, timedelta

from dashboard.cached import ambitions
from dashboard.cached.memory import cached, shared, today, whole
from dashboard.queries import findings
from dashboard.queries.discussions.moderation import reported_contributions
from dashboard.queries.findings import Findings
from dashboard.queries.ideas import arrivals as idea_arrivals
from dashboard.queries.ideas import counts, moves, search_fallback
from dashboard.queries.ideas import handover as idea_handover
from dashboard.queries.ideas import records as idea_records
from dashboard.queries.ideas import waiting as idea_waiting
from dashboard.queries.ideas.comments import open_reports
from dashboard.queries.ideas.moves import Moves
from dashboard.queries.people import changed, own_space
from dashboard.queries.people.changed import IdeaNews
from dashboard.queries.readable import Readable
from dashboard.scope import Scope
from models.database import reading
from models.idea_states import IdeaKind, IdeaStatus
from models.ideas import Idea


def _looked_at(scope: Scope, *_more: object) -> date:
    """What is told of a day by what was so then: nothing that comes later changes it."""
    return scope.on


@cached("ideas", size=256, seen_as=shared, until=_looked_at)
def filed_by_month(scope: Scope, start: date) -> dict[date, int]:
    with reading() as session:
        return dict(idea_arrivals.by_month(session, scope, start, scope.on))


@cached("ideas", size=64, seen_as=shared, until=_looked_at)
def filed_by_place(scope: Scope, start: date) -> dict[tuple[int, date], int]:
    """(unit concerned, month) → entries filed, within the scope."""
    with reading() as session:
        return dict(idea_arrivals.by_place_and_month(session, scope, start, scope.on))


@cached("ideas", size=64, seen_as=shared, until=_looked_at)
def filed_and_done(scope: Scope) -> tuple[int, int]:
    """Of all directions: idées and suggestions filed in the twelve months to the day looked
    at, and those of them that are done.
    """
    with reading() as session:
        return counts.filed_and_done(session, scope, scope.on)


@cached("ideas", size=64, seen_as=shared, until=_looked_at)
def idea_cohort(scope: Scope) -> dict[str, int]:
    """Status → idées and suggestions filed in the twelve months to the day looked at."""
    with reading() as session:
        return dict(counts.cohort(session, scope, scope.on))


@cached("ideas", "people", "directions", size=512)
def late_ideas(scope: Scope) -> int:
    """How many entries the reader may see are past their promised day."""
    with reading() as session:
        return idea_waiting.count_late(session, scope)


@cached("ideas", "people", "directions", size=512)
def late_tomorrow(scope: Scope) -> int:
    """How many more are past it the day after, if nobody answers."""
    with reading() as session:
        tomorrow = idea_waiting.count_late(session, scope, scope.on + timedelta(days=1))
        return tomorrow - idea_waiting.count_late(session, scope)


@cached("ideas", "people", "directions", size=256)
def to_answer(scope: Scope, limit: int) -> list[Idea]:
    """The entries the reader may see that wait for a first answer, the nearest promise first."""
    with reading() as session:
        return idea_records.to_answer(session, scope, limit)


@cached("ideas", "people", "directions", size=64)
def findings_of(scope: Scope) -> Findings:
    """« Ce que vous nous avez dit », for one reader and scope."""
    with reading() as session:
        return findings.all_findings(session, scope)


@cached("ideas", "people", "directions", size=512)
def implemented(scope: Scope) -> Readable[tuple[Idea, str]]:
    """« Vous l'avez dit, c'est fait », among the entries the reader may see."""
    with reading() as session:
        return idea_records.implemented(session, scope)


@cached("ideas", "people", "directions", size=512)
def my_ideas(scope: Scope, limit: int) -> Readable[Idea]:
    """The entries the reader filed, newest first."""
    with reading() as session:
        return idea_records.my_ideas(session, scope, limit)


@cached("ideas", "people", "directions", size=256)
def idea_news(scope: Scope, since: date) -> list[IdeaNews]:
    """What became of the reader's entries and of those she follows or supports."""
    with reading() as session:
        return changed.idea_news(session, scope, since)


@cached("ideas", "people", "directions", size=256)
def entrusted(scope: Scope) -> list[Idea]:
    """The open entries whose answer the reader prepares."""
    with reading() as session:
        return own_space.entrusted(session, scope)


@cached("ideas", "people", "directions", size=256, daily=True)
def found_ideas(scope: Scope, filters: idea_records.Filters, page: int) -> search_fallback.Found:
    """One page of the list of entries, as the reader may see it."""
    with reading() as session:
        return search_fallback.find(session, scope, filters, page, today())


@cached("ideas", "people", "directions", size=256, daily=True)
def newest_of_kind(scope: Scope, kind: IdeaKind) -> Readable[Idea]:
    """The newest entries of a kind that the reader may see."""
    with reading() as session:
        wanted = idea_records.Filters(kind=kind)
        return idea_records.ideas_page(session, scope, wanted, 1, today()).rows


@cached("ideas", "people", "directions", size=256)
def last_answer_between(scope: Scope, first: date, last: date) -> date | None:
    """The newest day of a span on which an entry of the scope was answered."""
    with reading() as session:
        return idea_handover.last_answer_between(session, scope, first, last)


# ── What waits for those who answer ───────────────────────────────────────────────────────────────


@cached("ideas", "people", "directions", size=512, daily=True)
def ideas_counted(scope: Scope, filters: idea_records.Filters) -> int:
    """How many entries a list of work holds, one more than COUNTED_UP_TO for more."""
    with reading() as session:
        return idea_records.ideas_counted(session, scope, filters, today())


@cached("ideas", "people", "directions", size=256, daily=True)
def ideas_page(
    scope: Scope, filters: idea_records.Filters, page: int, total: int | None
) -> idea_records.IdeaPage:
    """One page of a list of work, as the reader may see it."""
    with reading() as session:
        return idea_records.ideas_page(session, scope, filters, page, today(), total)


@cached("ideas", "discussions", "people", "directions", size=64)
def reported(scope: Scope) -> int:
    """How many entries, comments and contributions were reported and wait to be looked at."""
    with reading() as session:
        ideas = open_reports(session, scope)
        return len(ideas) + len(reported_contributions(session, scope))


@cached("ideas", "people", "directions", size=512)
def to_read(scope: Scope) -> int:
    """How many entries wait for « Lue, publier »."""
    with reading() as session:
        return idea_waiting.to_read(session, scope)


@cached("ideas", size=64, seen_as=shared)
def idea_moves(scope: Scope, start: date, end: date) -> Moves:
    """What happened to the scope's entries between two days. Only the last of them is read again
    after each write, unless something of that day takes back what was done before.
    """
    eve = end - timedelta(days=1)
    with reading() as session:
        if eve <= start or moves.takes_back(session, eve, end):
            return moves.moves(session, scope, start, end)
        lately = moves.moves(session, scope, eve, end)
    return _moves_before(scope, start, eve).followed_by(lately)


@cached("ideas", size=64, seen_as=shared, until=lambda _scope, _start, end: end)
def _moves_before(scope: Scope, start: date, end: date) -> Moves:
    with reading() as session:
        return moves.moves(session, scope, start, end)


def ambition_counts(scope: Scope) -> dict[int, tuple[int, int]]:
    """Ambition → (entries of all kinds filed by the day looked at, those carried out), for the
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
def _stock_by_ambition(scope: Scope) -> dict[int, Counter]:
    with reading() as session:
        return counts.stock_by_ambition(session, scope, scope.on)
