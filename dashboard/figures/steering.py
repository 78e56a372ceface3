"""Figures of steering (pilotage): decisions, co-steering, communication. Source: the facts of
meetings and decisions.
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
from dashboard.formulas import Rate, median
from dashboard.queries.decisions.records import DecisionAt, register
from dashboard.queries.figures import late_facts
from dashboard.queries.figures.figure_rows import steering as figure_rows
from dashboard.queries.meetings.records import MeetingAt, calendar
from dashboard.scope import Scope
from models.clock import window_start
from models.meetings import MeetingKind, MeetingState
from models.roadmap import TargetKind


def owned(decisions: Sequence[DecisionAt], scope: Scope) -> list[DecisionAt]:
    """The decisions of the scope: all, or those whose owner's direction is counted."""
    return [d for d in decisions if scope.has(d.owner_direction_id)]


def executed_in_time(decisions: Sequence[DecisionAt], on: date) -> Rate:
    """Done by their due date ÷ due in the 12 months ending at `on`."""
    due = [d for d in decisions if d.due_on and window_start(on) <= d.due_on <= on]
    return Rate(sum(d.done_on is not None and d.done_on <= d.due_on for d in due), len(due))


@figure(
    "decisions",
    "Décisions exécutées à temps",
    Value(
        "decisions.taux",
        "Décisions exécutées à temps",
        Unit.percent,
        TargetKind.rise,
        "Décisions exécutées à leur échéance, divisées par les décisions échues dans la période.",
        ("à temps", "échues"),
        rows=figure_rows.due_decisions,
    ),
    Value(
        "decisions.attente",
        "En attente de décision",
        Unit.number,
        TargetKind.follow,
        "Points inscrits ou reportés et pas encore décidés.",
        rows=figure_rows.waiting_points,
        formula="nombre de points inscrits ou reportés, pas encore décidés",
    ),
    theme=Theme.steering,
    window=Window.twelve_months,
    cut=Breakdown.owner,
    reader="DG, CODIR",
    source="décisions",
    facts=(late_facts.decisions,),
    rows=None,
    subjects=("decisions",),
    workstream="conseil",
)
def decisions(reads: Reads, scope: Scope, dates: Sequence[date]) -> Points:
    history = reads.register(register)
    points = {"decisions.taux": [], "decisions.attente": []}
    for on in dates:
        fresh = history.steps.last_day(on, scope.known_by(on))
        in_scope = owned(history.at(on, scope.known_by(on)), scope)
        points["decisions.taux"].append(
            Point.of_rate(on, executed_in_time(in_scope, on), fresh_on=fresh)
        )
        waiting = sum(d.is_waiting for d in in_scope) if fresh else None
        points["decisions.attente"].append(Point(on, waiting, fresh_on=fresh))
    return points


def _of_last_year(meetings: Sequence[MeetingAt], kind: MeetingKind, on: date) -> list[MeetingAt]:
    """The meetings of a body whose day falls in the 12 months ending at `on`."""
    return [m for m in meetings if m.kind == kind and window_start(on) <= m.day <= on]


@figure(
    "copilotage",
    "Réunions de co-pilotage tenues",
    Value(
        "copilotage",
        "Réunions de co-pilotage tenues",
        Unit.percent,
        TargetKind.rise,
        "Réunions tenues du comité de co-pilotage, divisées par les réunions prévues dans la"
        " période.",
        ("tenues", "prévues"),
    ),
    theme=Theme.steering,
    window=Window.twelve_months,
    cut=Breakdown.none,
    reader="DG",
    source="réunions",
    facts=(late_facts.meetings,),
    rows=figure_rows.steering_meetings,
    subjects=("meetings",),
    workstream="copilotage",
    typed=True,
)
def steering_meetings(reads: Reads, scope: Scope, dates: Sequence[date]) -> Points:
    history = reads.register(calendar, (MeetingKind.steering,))
    points = []
    for on in dates:
        planned = _of_last_year(history.at(on, scope.known_by(on)), MeetingKind.steering, on)
        rate = Rate(sum(m.state == MeetingState.held for m in planned), len(planned))
        points.append(
            Point.of_rate(on, rate, fresh_on=history.moments.last_day(on, scope.known_by(on)))
        )
    return {"copilotage": points}


@figure(
    "presence-conseil",
    "Conseil de direction : présence",
    Value(
        "presence-conseil",
        "Conseil de direction : présence",
        Unit.percent,
        TargetKind.rise,
        "Présents, divisés par les invités, sur les séances tenues dans la période dont les"
        " présences sont notées.",
        ("présents", "invités"),
    ),
    theme=Theme.steering,
    window=Window.twelve_months,
    cut=Breakdown.none,
    reader="DG",
    source="réunions",
    facts=(late_facts.meetings,),
    rows=figure_rows.council_meetings,
    subjects=("meetings",),
    workstream="conseil",
    typed=True,
)
def council_attendance(reads: Reads, scope: Scope, dates: Sequence[date]) -> Points:
    history = reads.register(calendar, (MeetingKind.council,))
    points = []
    for on in dates:
        meetings = [
            m
            for m in _of_last_year(history.at(on, scope.known_by(on)), MeetingKind.council, on)
            if m.state == MeetingState.held
        ]
        rate = Rate(sum(m.present for m in meetings), sum(m.invited for m in meetings))
        points.append(
            Point.of_rate(
                on,
                rate,
                n=len(meetings),
                coverage=Rate(sum(m.is_noted for m in meetings), len(meetings)),
                fresh_on=history.presences.last_day(on, scope.known_by(on)),
            )
        )
    return {"presence-conseil": points}


@figure(
    "communication",
    "Délai décision → communication aux services",
    Value(
        "communication",
        "Délai décision → communication aux services",
        Unit.days,
        TargetKind.fall,
        "Médiane des jours entre la décision et sa communication aux services, sur les"
        " communications faites dans la période.",
        formula="médiane de (communication aux services − décision), en jours",
        ambitions=("modernisation",),
    ),
    theme=Theme.steering,
    window=Window.twelve_months,
    cut=Breakdown.none,
    reader="DG",
    source="décisions",
    facts=(late_facts.decisions,),
    rows=figure_rows.notified_decisions,
    subjects=("decisions",),
    workstream="conseil",
)
def communication(reads: Reads, scope: Scope, dates: Sequence[date]) -> Points:
    history = reads.register(register)
    points = []
    for on in dates:
        answered = [
            d
            for d in history.at(on, scope.known_by(on))
            if d.decided and d.communicated_on and window_start(on) <= d.communicated_on <= on
        ]
        delays = [(d.communicated_on - d.decided.on).days for d in answered]
        points.append(
            Point(
                on,
                median(delays),
                n=len(delays) or None,
                fresh_on=history.steps.last_day(on, scope.known_by(on)),
            )
        )
    return {"communication": points}
