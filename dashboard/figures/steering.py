"""Figures of steering (pilotage): decisions, co-steering, communication. Source: the facts of
meetings and decisions.
"""

from datetime import date

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
from dashboard.formulas import Rate, median
from dashboard.queries.decisions.records import register
from dashboard.queries.figures import figure_rows, late_facts
from dashboard.queries.meetings.records import MeetingAt, calendar
from dashboard.scope import Scope
from models.clock import window_start
from models.meetings import MeetingKind, MeetingState
from models.roadmap import TargetKind


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
def decisions(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    history, known = reads.register(register), scope.known_by(on)
    fresh = history.steps.last_day(on, known)
    in_scope = [d for d in history.at(on, known) if scope.has(d.owner_direction_id)]
    due = [d for d in in_scope if d.due_on and window_start(on) <= d.due_on <= on]
    in_time = Rate(sum(d.done_on is not None and d.done_on <= d.due_on for d in due), len(due))
    waiting = sum(d.is_waiting for d in in_scope) if fresh else None
    return {
        "decisions.taux": Point.of_rate(on, in_time, fresh_on=fresh),
        "decisions.attente": Point(on, waiting, fresh_on=fresh),
    }


def _of_last_year(reads: Reads, scope: Scope, kind: MeetingKind, on: date) -> list[MeetingAt]:
    """The meetings of a body whose day falls in the 12 months ending at `on`."""
    meetings = reads.register(calendar, (kind,)).at(on, scope.known_by(on))
    return [m for m in meetings if window_start(on) <= m.day <= on]


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
    rows=figure_rows.meetings,
    subjects=("meetings",),
    workstream="copilotage",
    typed=True,
)
def steering_meetings(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    planned = _of_last_year(reads, scope, MeetingKind.steering, on)
    rate = Rate(sum(m.state == MeetingState.held for m in planned), len(planned))
    moments = reads.register(calendar, (MeetingKind.steering,)).moments
    fresh = moments.last_day(on, scope.known_by(on))
    return {"copilotage": Point.of_rate(on, rate, fresh_on=fresh)}


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
    rows=figure_rows.meetings,
    subjects=("meetings",),
    workstream="conseil",
    typed=True,
)
def council_attendance(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    planned = _of_last_year(reads, scope, MeetingKind.council, on)
    meetings = [m for m in planned if m.state == MeetingState.held]
    presences = reads.register(calendar, (MeetingKind.council,)).presences
    point = Point.of_rate(
        on,
        Rate(sum(m.present for m in meetings), sum(m.invited for m in meetings)),
        n=len(meetings),
        coverage=Rate(sum(m.is_noted for m in meetings), len(meetings)),
        fresh_on=presences.last_day(on, scope.known_by(on)),
    )
    return {"presence-conseil": point}


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
def communication(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    history, known = reads.register(register), scope.known_by(on)
    delays = [
        (d.communicated_on - d.decided.on).days
        for d in history.at(on, known)
        if d.decided and d.communicated_on and window_start(on) <= d.communicated_on <= on
    ]
    fresh = history.steps.last_day(on, known)
    return {"communication": Point(on, median(delays), n=len(delays) or None, fresh_on=fresh)}
