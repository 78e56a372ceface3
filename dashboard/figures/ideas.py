"""Figures of the ideas (idées): filed, answered, what became of them. Source: the facts of the
ideas' life.
"""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from dashboard.figures.kinds import (
    EVERY_AMBITION,
    Breakdown,
    Point,
    Points,
    Theme,
    Unit,
    Value,
    Window,
    figure,
)
from dashboard.figures.persons import (
    FIELD,
    OFFICE,
    ambition_shares,
    parts_of,
    rate_of_persons,
    share_of,
    shares,
    split_by_workplace,
    workplace_values,
)
from dashboard.formulas import Rate, quantile_nearest
from dashboard.queries import directions
from dashboard.queries.figures import late_facts
from dashboard.queries.figures.figure_rows import ideas as figure_rows
from dashboard.queries.ideas import authors as idea_authors
from dashboard.queries.ideas import counts as idea_counts
from dashboard.scope import Scope
from models.clock import last_month_end
from models.ideas import OPEN
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
def filed(session: Session, scope: Scope, dates: Sequence[date]) -> Points:
    fresh = [idea_counts.last_fact(session, scope, on) for on in dates]
    counts = idea_counts.filed(session, scope, list(dates))
    codes = ("pour-100", "auteurs", f"auteurs{OFFICE}", f"auteurs{FIELD}", "non-attribuables")
    found: Points = {f"idees.{code}": [] for code in codes}
    unknown = idea_authors.unattributed(session, scope, list(dates))
    for on, count, day, nameless in zip(dates, counts, fresh, unknown, strict=True):
        agents = directions.agents(session, scope, on)
        found["idees.pour-100"].append(Point.of_rate(on, Rate(count[True], agents), fresh_on=day))
        for side, point in _authors(session, scope, on, day).items():
            found[f"idees.auteurs{side}"].append(point)
        # Entries of unknown origin belong to no direction: cut by direction, there is nothing to
        # say.
        found["idees.non-attribuables"].append(
            Point(on, nameless if scope.is_whole else None, fresh_on=day)
        )
    return found


def _authors(session: Session, scope: Scope, on: date, fresh: date | None) -> dict[str, Point]:
    """The authors among the agents, and the same of both workplaces."""
    month_end = last_month_end(on)
    agents = directions.agents_by_service(session, scope, month_end)
    by_service = shares(idea_authors.authors(session, month_end, scope), agents)
    by_ambition = None
    if scope.ambition:
        by_ambition = ambition_shares(
            idea_authors.authors_by_ambition(session, month_end, scope), sum(agents.values())
        )
    parts = parts_of(scope, share_of, by_service, by_ambition)
    field = directions.field_services(session, scope, month_end)
    whole = rate_of_persons(on, scope, parts, fresh)
    return {"": whole, **split_by_workplace(whole, scope, by_service, field)}


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
    Value(
        "reponse.ancienne",
        "Plus ancienne idée à décider",
        Unit.days,
        TargetKind.follow,
        "Jours depuis le dépôt de la plus ancienne idée à décider.",
        rows=figure_rows.open_ideas,
        formula="date regardée − jour du plus ancien dépôt à décider",
        window=Window.stock,
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
def answers(session: Session, scope: Scope, dates: Sequence[date]) -> Points:
    days = list(dates)
    histograms = idea_counts.delays(session, scope, days)
    answered_in_time = idea_counts.promises(session, scope, days)
    stocks = idea_counts.stock(session, scope, days)
    found: Points = {
        f"reponse.{name}": [] for name in ("mediane", "p90", "tenue", "ouvertes", "ancienne")
    }
    for on, histogram, (in_time, due), stock in zip(
        days, histograms, answered_in_time, stocks, strict=True
    ):
        fresh = idea_counts.last_fact(session, scope, on)
        n = sum(count for _, count in histogram)
        oldest = idea_counts.oldest_open(session, scope, on)
        p90 = quantile_nearest(histogram, 0.9) if n >= SMALLEST_P90 else None
        found["reponse.mediane"].append(
            Point(on, quantile_nearest(histogram, 0.5), n=n, fresh_on=fresh)
        )
        found["reponse.p90"].append(Point(on, p90, n=n, fresh_on=fresh))
        found["reponse.tenue"].append(Point.of_rate(on, Rate(in_time, due), fresh_on=fresh))
        found["reponse.ouvertes"].append(
            Point(on, sum(stock[str(s)] for s in OPEN), fresh_on=fresh)
        )
        found["reponse.ancienne"].append(
            Point(on, (on - oldest).days if oldest else None, fresh_on=fresh)
        )
    return found


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
def issue(session: Session, scope: Scope, dates: Sequence[date]) -> Points:
    found: Points = {"idees-issue.retenues": [], "idees-issue.realisees": []}
    for on, count in zip(dates, idea_counts.outcomes(session, scope, list(dates)), strict=True):
        fresh = idea_counts.last_fact(session, scope, on)
        accepted = count["retenue"] + count["realisee"]
        found["idees-issue.retenues"].append(
            Point.of_rate(on, Rate(accepted, accepted + count["autre"]), fresh_on=fresh)
        )
        found["idees-issue.realisees"].append(
            Point.of_rate(on, Rate(count["realisee"], accepted), fresh_on=fresh)
        )
    return found
