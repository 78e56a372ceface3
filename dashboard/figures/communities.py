"""Figures of the communities (communautés): coverage, activity, retention. Counts of persons at
the last month end.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlmodel import Session

from dashboard.figures.kinds import Breakdown, Point, Points, Theme, Unit, Value, Window, figure
from dashboard.figures.persons import share_of_members, shares_of
from dashboard.formulas import Rate
from dashboard.queries import communities as query
from dashboard.queries.figures import late_facts
from dashboard.queries.figures.as_known import known_by
from dashboard.queries.figures.figure_rows import communities as figure_rows
from dashboard.scope import Scope
from models.clock import last_month_end, quarter_start
from models.communities import Community
from models.roadmap import TargetKind

_SOURCE = "adhésions aux communautés"
_SUBJECTS = ("communities", "ideas", "academy", "meetings", "directions")


@figure(
    "couverture",
    "Couverture des ambassadeurs",
    Value(
        "couverture",
        "Couverture des ambassadeurs",
        Unit.percent,
        TargetKind.rise,
        "Services qui ont au moins un ambassadeur (le sien, ou un qui couvre aussi ce service),"
        " divisés par les services.",
        ("services couverts", "services"),
    ),
    theme=Theme.communities,
    window=Window.stock,
    cut=Breakdown.person,
    reader="inspecteurs généraux",
    source=_SOURCE,
    facts=(late_facts.members,),
    rows=figure_rows.services,
    subjects=_SUBJECTS,
    workstream="ambassadeurs",
)
def coverage(session: Session, scope: Scope, dates: Sequence[date]) -> Points:
    found = []
    for on in dates:
        known = known_by(scope, on)
        covered = set().union(*query.coverage(session, Community.ambassadors, on, known).values())
        services = [unit.id for unit in scope.tree.services(scope.counted)]
        fresh = query.last_fact(session, on, known)
        found.append(
            Point.of_rate(
                on, Rate(sum(s in covered for s in services), len(services)), fresh_on=fresh
            )
        )
    return {"couverture": found}


@figure(
    "ambassadeurs-actifs",
    "Ambassadeurs actifs (90 j)",
    Value(
        "ambassadeurs-actifs",
        "Ambassadeurs actifs (90 j)",
        Unit.percent,
        TargetKind.rise,
        "Ambassadeurs qui, dans les 90 jours finissant à la fin du mois, ont déposé ou relayé une"
        " idée, commenté, suivi une session de l'académie ou été notés présents à une réunion,"
        " divisés par les ambassadeurs.",
        ("actifs", "ambassadeurs"),
        of_persons=True,
    ),
    theme=Theme.communities,
    window=Window.stock,
    cut=Breakdown.department,
    reader="animateur",
    source=_SOURCE,
    facts=(late_facts.members, late_facts.ideas, late_facts.registrations, late_facts.meetings),
    rows=figure_rows.ambassadors,
    subjects=_SUBJECTS,
    workstream="ambassadeurs",
)
def active(session: Session, scope: Scope, dates: Sequence[date]) -> Points:
    found = []
    for on in dates:
        month_end = last_month_end(on)
        known = known_by(scope, month_end)
        own = query.own_services(session, Community.ambassadors, month_end, known)
        acting = query.active_in_90_days(session, list(own), month_end, known)
        found.append(
            share_of_members(
                on,
                scope,
                shares_of(own, acting, own),
                query.last_fact(session, month_end, known),
                is_public=True,
            )
        )
    return {"ambassadeurs-actifs": found}


@figure(
    "retention",
    "Ambassadeurs restés actifs",
    Value(
        "retention",
        "Ambassadeurs restés actifs",
        Unit.percent,
        TargetKind.rise,
        "Ambassadeurs actifs au trimestre précédent qui le sont encore au dernier trimestre écoulé,"
        " divisés par les actifs du trimestre précédent.",
        ("restés actifs", "actifs avant"),
        of_persons=True,
        counted_daily=True,
    ),
    theme=Theme.communities,
    window=Window.stock,
    cut=Breakdown.department,
    reader="animateur",
    source=_SOURCE,
    facts=(late_facts.members, late_facts.ideas, late_facts.registrations, late_facts.meetings),
    rows=figure_rows.ambassadors,
    subjects=_SUBJECTS,
    workstream="ambassadeurs",
)
def retention(session: Session, scope: Scope, dates: Sequence[date]) -> Points:
    found = []
    for on in dates:
        end = quarter_start(on + timedelta(days=1)) - timedelta(days=1)
        start = quarter_start(end)
        before_end = quarter_start(end) - timedelta(days=1)
        known = known_by(scope, end)
        own = query.own_services(session, Community.ambassadors, before_end, known)
        before = query.active(session, list(own), quarter_start(before_end), before_end, known)
        stayed = query.active(session, sorted(before), start, end, known)
        found.append(
            share_of_members(
                on,
                scope,
                shares_of(own, stayed, before),
                query.last_fact(session, end, known),
                is_public=False,
            )
        )
    return {"retention": found}
