"""Figures of the communities (communautés): coverage, activity, retention. Counts of persons at
the last month end.
"""

from datetime import date, timedelta

from dashboard.figures.kinds import (
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
    at_month_end,
    parts_of,
    share_of,
    share_of_members,
    shares_of,
)
from dashboard.formulas import Rate
from dashboard.queries import communities as query
from dashboard.queries.decisions import records as decisions_query
from dashboard.queries.figures import figure_rows, late_facts
from dashboard.queries.groups import GroupAt, decided, register
from dashboard.scope import Scope
from models.clock import quarter_start, window_start
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
def coverage(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    services = [unit.id for unit in scope.tree.services(scope.counted)]
    covered = reads.read(query.covered_services, scope, on)
    rate = Rate(sum(s in covered for s in services), len(services))
    fresh = reads.read(query.last_fact, scope, on)
    return {"couverture": Point.of_rate(on, rate, fresh_on=fresh)}


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
def active(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    return at_month_end(reads, scope, on, _active_share)


def _active_share(reads: Reads, scope: Scope, month_end: date) -> dict[str, Point]:
    members = reads.derive(_active, scope, month_end)
    fresh = reads.read(query.last_fact, scope, month_end)
    point = share_of_members(month_end, scope, members, fresh, is_public=True)
    return {"ambassadeurs-actifs": point}


def _active(reads: Reads, scope: Scope, month_end: date) -> Parts[Share]:
    """The ambassadors at a month end, with those of them who were active."""
    own = reads.read(query.ambassadors, scope, month_end)
    acting = reads.read(query.active_ambassadors, scope, month_end)
    return parts_of(scope, share_of, shares_of(own, acting, own))


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
def retention(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    end = quarter_start(on + timedelta(days=1)) - timedelta(days=1)
    members = reads.derive(_stayed, scope, end)
    fresh = reads.read(query.last_fact, scope, end)
    return {"retention": share_of_members(on, scope, members, fresh, is_public=False)}


def _stayed(reads: Reads, scope: Scope, quarter_end: date) -> Parts[Share]:
    """Those active in the previous quarter, with those of them who still were in the quarter that
    ends.
    """
    before_end = quarter_start(quarter_end) - timedelta(days=1)
    known = scope.known_by(quarter_end)
    own = query.own_services(reads.session, Community.ambassadors, before_end, known)
    before = query.active(reads.session, list(own), quarter_start(before_end), before_end, known)
    stayed = query.active(
        reads.session, sorted(before), quarter_start(quarter_end), quarter_end, known
    )
    return parts_of(scope, share_of, shares_of(own, stayed, before))


def _groups(reads: Reads, scope: Scope, on: date) -> tuple[list[GroupAt], date | None]:
    """The progress groups of the scope's ambition at a day, and the day of their last fact."""
    history, known = reads.register(register), scope.known_by(on)
    groups = [
        group
        for group in history.at(on, known)
        if scope.ambition is None or group.ambition_id == scope.ambition.id
    ]
    return groups, history.last_fact(on, known)


@figure(
    "groupes-delais",
    "Groupes de progrès : livrables à temps",
    Value(
        "groupes-delais",
        "Groupes de progrès : livrables à temps",
        Unit.percent,
        TargetKind.rise,
        "Livrables remis au plus tard à leur échéance, divisés par les livrables échus dans la"
        " période. Une échéance revue après son jour reste manquée : la nouvelle date est une"
        " prévision.",
        ("à temps", "échus"),
    ),
    theme=Theme.communities,
    window=Window.twelve_months,
    cut=Breakdown.none,
    reader="CODIR",
    source="groupes de progrès",
    facts=(late_facts.deliverables,),
    rows=figure_rows.due_deliverables,
    subjects=("groups",),
    workstream="groupes",
)
def deliverables_in_time(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    groups, fresh = _groups(reads, scope, on)
    due = [d for group in groups for d in group.deliverables if window_start(on) <= d.due_on <= on]
    rate = Rate(sum(d.is_in_time for d in due), len(due))
    return {"groupes-delais": Point.of_rate(on, rate, fresh_on=fresh)}


@figure(
    "groupes-adoption",
    "Propositions des groupes adoptées",
    Value(
        "groupes-adoption",
        "Propositions des groupes adoptées",
        Unit.percent,
        TargetKind.follow,
        "Propositions adoptées, en tout ou en partie, divisées par les propositions décidées. Un"
        " point sur un groupe qui n'a pas encore soumis sa proposition n'en est pas une.",
        ("adoptées", "décidées"),
    ),
    theme=Theme.communities,
    window=Window.stock,
    cut=Breakdown.none,
    reader="CODIR",
    source="groupes de progrès",
    facts=(late_facts.group_steps, late_facts.decisions),
    rows=figure_rows.decided_propositions,
    subjects=("groups", "decisions"),
    workstream="groupes",
)
def propositions_adopted(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    groups, fresh = _groups(reads, scope, on)
    points = reads.register(decisions_query.register).at(on, scope.known_by(on))
    propositions = decided(groups, points)
    adopted = sum(d.outcome is not None and d.outcome.is_to_do for _, d in propositions)
    rate = Rate(adopted, len(propositions))
    return {"groupes-adoption": Point.of_rate(on, rate, fresh_on=fresh)}
