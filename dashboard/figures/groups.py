"""Figures of the progress groups (groupes de progrès): deliverables in time, propositions
adopted.
"""

from collections.abc import Sequence
from datetime import date

from dashboard.figures.kinds import (
    Breakdown,
    Point,
    Points,
    Reads,
    Theme,
    Unit,
    Value,
    Window,
    figure,
)
from dashboard.formulas import Rate
from dashboard.queries.decisions import records as decisions_query
from dashboard.queries.figures import late_facts
from dashboard.queries.figures.figure_rows import groups as figure_rows
from dashboard.queries.groups import DeliverableAt, GroupAt, decided, register
from dashboard.scope import Scope
from models.clock import window_start
from models.roadmap import TargetKind


def due(groups: Sequence[GroupAt], on: date) -> list[DeliverableAt]:
    """The deliverables whose promised day falls in the 12 months ending at `on`."""
    return [d for group in groups for d in group.deliverables if window_start(on) <= d.due_on <= on]


def of_ambition(groups: Sequence[GroupAt], scope: Scope) -> list[GroupAt]:
    return [
        group
        for group in groups
        if scope.ambition is None or group.ambition_id == scope.ambition.id
    ]


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
def deliverables_in_time(reads: Reads, scope: Scope, dates: Sequence[date]) -> Points:
    history = reads.register(register)
    points = []
    for on in dates:
        deliverables = due(of_ambition(history.at(on, scope.known_by(on)), scope), on)
        fresh = history.last_fact(on, scope.known_by(on))
        points.append(
            Point.of_rate(
                on, Rate(sum(d.is_in_time for d in deliverables), len(deliverables)), fresh_on=fresh
            )
        )
    return {"groupes-delais": points}


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
def propositions_adopted(reads: Reads, scope: Scope, dates: Sequence[date]) -> Points:
    history = reads.register(register)
    decision_history = reads.register(decisions_query.register)
    points = []
    for on in dates:
        by = scope.known_by(on)
        propositions = decided(of_ambition(history.at(on, by), scope), decision_history.at(on, by))
        adopted = sum(d.outcome is not None and d.outcome.is_to_do for _, d in propositions)
        points.append(
            Point.of_rate(on, Rate(adopted, len(propositions)), fresh_on=history.last_fact(on, by))
        )
    return {"groupes-adoption": points}
