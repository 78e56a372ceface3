"""Figures of the ideas (idées): filed, answered, what became of them. Source: the facts of the
ideas' life.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import date

from dashboard.figures.kinds import (
    EVERY_AMBITION,
    Breakdown,
    Point,
    Reads,
    Theme,
    Unit,
    Value,
    Window,
    figure,
)
from dashboard.figures.persons import (
    Parts,
    Share,
    ambition_shares,
    at_month_end,
    hides_origin,
    parts_of,
    rates_by_workplace,
    share_of,
    shares,
    workplace_values,
)
from dashboard.formulas import Rate, quantile_nearest
from dashboard.queries import directions
from dashboard.queries.figures import figure_rows, late_facts
from dashboard.queries.ideas import counts as idea_counts
from dashboard.scope import Scope
from models.clock import month_ends, month_start, window_start
from models.idea_states import OPEN
from models.roadmap import TargetKind

_SOURCE = "dépôts, réponses et changements d'état des idées"
_SUBJECTS = ("ideas", "directions")
SMALLEST_P90 = 10


@figure(
    "idees",
    "Idées déposées",
    Value(
        "idees.pour-100",
        "Idées déposées pour 100 agents",
        Unit.per_hundred,
        TargetKind.follow,
        "Idées et suggestions déposées, fusionnées ou non, pour 100 agents, selon le service de"
        " l'auteur. Suivi sans cible : une cible serait un quota.",
        ("idées et suggestions", "agents"),
        ambitions=EVERY_AMBITION,
    ),
    Value(
        "idees.auteurs",
        "Agents qui ont déposé une idée",
        Unit.percent,
        TargetKind.follow,
        "Auteurs distincts d'idées et de suggestions, divisés par les agents, à la dernière fin de"
        " mois.",
        ("auteurs", "agents"),
        of_persons=True,
    ),
    *workplace_values("idees.auteurs", "Agents qui ont déposé une idée", ("auteurs", "agents")),
    Value(
        "idees.non-attribuables",
        "Dépôts non attribuables",
        Unit.number,
        TargetKind.follow,
        "Dépôts, de tous genres, dont le service de l'auteur n'est pas connu : anonymes ou notés en"
        " réunion.",
        formula="nombre de dépôts sans service connu",
    ),
    theme=Theme.ideas,
    window=Window.twelve_months,
    cut=Breakdown.origin,
    reader="managers",
    source=_SOURCE,
    facts=(late_facts.ideas, late_facts.headcounts),
    rows=figure_rows.filed,
    subjects=_SUBJECTS,
    workstream="ambassadeurs",
)
def filed(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    fresh = reads.read(idea_counts.last_fact, scope, on)
    agents = directions.agents_of(reads.read(directions.headcounts_at, scope, on))
    among = sum(n for service, n in agents.items() if scope.has(service))
    if hides_origin(scope, agents):
        per_hundred = Point.hidden(on, among, fresh) if among else Point(on, None, fresh_on=fresh)
    else:
        count = idea_counts.filed(reads.session, scope, on)
        per_hundred = Point.of_rate(on, Rate(count, among), fresh_on=fresh)
    # Entries of unknown origin belong to no direction: no data by direction.
    nameless = idea_counts.unattributed(reads.session, scope, on) if scope.is_whole else None
    return {
        "idees.pour-100": per_hundred,
        "idees.non-attribuables": Point(on, nameless, fresh_on=fresh),
        **at_month_end(reads, scope, on, _authors),
    }


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
    "Réponse aux idées",
    Value(
        "reponse.ouvertes",
        "Idées à décider",
        Unit.number,
        TargetKind.follow,
        "Idées et suggestions dans un de ces états : "
        f"{', '.join(status.label for status in OPEN)}.",
        rows=figure_rows.open_ideas,
        formula="nombre d'idées et de suggestions à décider",
        ambitions=EVERY_AMBITION,
        window=Window.stock,
    ),
    Value(
        "reponse.tenue",
        "Réponses données dans le délai",
        Unit.percent,
        TargetKind.rise,
        "Réponses données au plus tard le jour annoncé, divisées par les réponses échues dans la"
        " période.",
        ("dans le délai", "échues"),
        rows=figure_rows.promises,
        ambitions=EVERY_AMBITION,
    ),
    Value(
        "reponse.mediane",
        "Délai médian de première réponse",
        Unit.working_days,
        TargetKind.fall,
        "Médiane des jours ouvrables entre le dépôt et la première réponse, sur les réponses"
        " données dans la période ; celles qui attendent encore sont comptées à côté.",
        rows=figure_rows.answers,
        formula="médiane des délais : celui du milieu, une fois rangés",
        ambitions=EVERY_AMBITION,
    ),
    Value(
        "reponse.p90",
        "Neuf réponses sur dix en moins de",
        Unit.working_days,
        TargetKind.fall,
        "Neuvième décile des mêmes délais ; n.d. sous 10 réponses.",
        rows=figure_rows.answers,
        formula="neuvième décile des délais : neuf sur dix ne le dépassent pas",
    ),
    theme=Theme.ideas,
    window=Window.twelve_months,
    cut=Breakdown.concerns,
    reader="managers, agents",
    source=_SOURCE,
    facts=(late_facts.ideas,),
    rows=None,
    subjects=_SUBJECTS,
    workstream="groupes",
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
@figure(
    "reponse.ancienne",
    "Plus ancienne idée à décider",
    Value(
        "reponse.ancienne",
        "Plus ancienne idée à décider",
        Unit.days,
        TargetKind.follow,
        "Jours depuis le dépôt de la plus ancienne idée à décider.",
        formula="date regardée − jour du plus ancien dépôt à décider",
    ),
    theme=Theme.ideas,
    window=Window.stock,
    cut=Breakdown.concerns,
    reader="managers, agents",
    source=_SOURCE,
    facts=(late_facts.ideas,),
    rows=figure_rows.open_ideas,
    subjects=_SUBJECTS,
    workstream="groupes",
)
def oldest(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    filed_on = idea_counts.oldest_open(reads.session, scope, on)
    age = (on - filed_on).days if filed_on else None
    fresh = reads.read(idea_counts.last_fact, scope, on)
    return {"reponse.ancienne": Point(on, age, fresh_on=fresh)}


@figure(
    "idees-issue",
    "Issue des idées",
    Value(
        "idees-issue.retenues",
        "Idées retenues parmi les décidées",
        Unit.percent,
        TargetKind.follow,
        "Retenues et réalisées, divisées par les décidées (retenues, réalisées, déjà en place, non"
        " retenues), sur les idées et suggestions déposées dans la période.",
        ("retenues", "décidées"),
        ambitions=EVERY_AMBITION,
    ),
    Value(
        "idees-issue.realisees",
        "Idées réalisées parmi les retenues",
        Unit.percent,
        TargetKind.follow,
        "Réalisées, divisées par les retenues et réalisées, sur les mêmes dépôts.",
        ("réalisées", "retenues"),
        ambitions=EVERY_AMBITION,
    ),
    theme=Theme.ideas,
    window=Window.twelve_months,
    cut=Breakdown.concerns,
    reader="CODIR, agents",
    source=_SOURCE,
    facts=(late_facts.ideas,),
    rows=figure_rows.decided_ideas,
    subjects=_SUBJECTS,
    workstream="groupes",
)
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
