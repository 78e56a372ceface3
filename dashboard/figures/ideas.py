"""Figures of the ideas (idées): filed, answered, what became of them. Source: the facts of the
ideas' life.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import date

from dashboard.figures.kinds import (
    Point,
    Reads,
    figure,
)
from dashboard.figures.persons import (
    Parts,
    Share,
    ambition_shares,
    at_month_end,
    parts_of,
    rates_by_workplace,
    share_of,
    shares,
)
from dashboard.formulas import Rate, quantile_nearest
from dashboard.queries import directions
from dashboard.queries.figures import figure_rows, late_facts
from dashboard.queries.ideas import counts as idea_counts
from dashboard.scope import Scope
from models.clock import month_ends, month_start, window_start
from models.idea_states import OPEN

SMALLEST_P90 = 10


@figure("idees", late_facts.ideas, late_facts.headcounts, rows=figure_rows.filed)
def filed(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    fresh = reads.read(idea_counts.last_fact, scope, on)
    count = idea_counts.filed(reads.session, scope, on)
    per_hundred = Rate(count, _agents(reads, scope, on))
    # Entries of unknown origin belong to no direction: no data by direction.
    nameless = idea_counts.unattributed(reads.session, scope, on) if scope.is_whole else None
    return {
        "idees.pour-100": Point.of_rate(on, per_hundred, fresh_on=fresh),
        "idees.non-attribuables": Point(on, nameless, fresh_on=fresh),
        **at_month_end(reads, scope, on, _authors),
    }


def _agents(reads: Reads, scope: Scope, on: date) -> int:
    """Agents of the scope at a day."""
    by_service = directions.agents_of(reads.read(directions.headcounts_at, scope, on))
    return sum(n for service, n in by_service.items() if scope.has(service))


def _authors(reads: Reads, scope: Scope, month_end: date) -> dict[str, Point]:
    """The authors among the agents, in all and by workplace."""
    fresh = reads.read(idea_counts.last_fact, scope, month_end)
    parts = reads.derive(_authors_in_all, scope, month_end).within(scope)
    return rates_by_workplace(reads, scope, month_end, "idees.auteurs", parts, fresh)


def _authors_in_all(reads: Reads, scope: Scope, month_end: date) -> Parts[Share]:
    agents = directions.agents_of(reads.read(directions.headcounts_at, scope, month_end))
    of_all = scope.of_every_ambition()
    persons = reads.derive(_of_twelve_months, of_all, month_end, idea_counts.authors)
    by_ambition = None
    if scope.ambition:
        by_ambition = ambition_shares(
            reads.derive(_of_twelve_months, of_all, month_end, idea_counts.authors_by_ambition),
            sum(agents.values()),
        )
    return parts_of(scope, share_of, shares(persons, agents), by_ambition)


def _of_twelve_months(
    reads: Reads, scope: Scope, month_end: date, authors: Callable[..., dict[int, frozenset[int]]]
) -> dict[int, frozenset[int]]:
    """Place → authors of the twelve months up to a month end; a month is read once for all windows
    that hold it.
    """
    if scope.as_known_then:
        return reads.read(authors, scope, month_end, window_start(month_end))
    found: dict[int, set[int]] = defaultdict(set)
    for end in month_ends(month_end, 12):
        for place, persons in reads.read(authors, scope, end, month_start(end)).items():
            found[place] |= persons
    return {place: frozenset(persons) for place, persons in found.items()}


@figure(
    "reponse",
    late_facts.ideas,
    rows_of={
        "reponse.ouvertes": figure_rows.open_ideas,
        "reponse.tenue": figure_rows.promises,
        "reponse.mediane": figure_rows.answers,
        "reponse.p90": figure_rows.answers,
    },
)
def answers(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    fresh = reads.read(idea_counts.last_fact, scope, on)
    histogram = idea_counts.delays(reads.session, scope, on)
    n = sum(count for _, count in histogram)
    p90 = quantile_nearest(histogram, 0.9) if n >= SMALLEST_P90 else None
    in_time = Rate(*idea_counts.promises(reads.session, scope, on))
    stock = idea_counts.stock(reads.session, scope, on)
    return {
        "reponse.ouvertes": Point(on, sum(stock[str(s)] for s in OPEN), fresh_on=fresh),
        "reponse.tenue": Point.of_rate(on, in_time, fresh_on=fresh),
        "reponse.mediane": Point(on, quantile_nearest(histogram, 0.5), n=n, fresh_on=fresh),
        "reponse.p90": Point(on, p90, n=n, fresh_on=fresh),
    }


# A figure of its own: its query costs more than all others of the answers together.
@figure("reponse.ancienne", late_facts.ideas, rows=figure_rows.open_ideas)
def oldest(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    filed_on = idea_counts.oldest_open(reads.session, scope, on)
    age = (on - filed_on).days if filed_on else None
    fresh = reads.read(idea_counts.last_fact, scope, on)
    return {"reponse.ancienne": Point(on, age, fresh_on=fresh)}


@figure("idees-issue", late_facts.ideas, rows=figure_rows.decided_ideas)
def issue(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    fresh = reads.read(idea_counts.last_fact, scope, on)
    count = idea_counts.by_outcome(idea_counts.cohort(reads.session, scope, on))
    accepted = count["retenue"] + count["realisee"]
    decided = Rate(accepted, accepted + count["autre"])
    done = Rate(count["realisee"], accepted)
    return {
        "idees-issue.retenues": Point.of_rate(on, decided, fresh_on=fresh),
        "idees-issue.realisees": Point.of_rate(on, done, fresh_on=fresh),
    }
