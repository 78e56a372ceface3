"""Facts recorded after the day shown (faits inscrits après coup), which explain why a figure
differs from what was known then.

One function for each kind of fact; a figure names its kinds in its declaration. Facts about persons
are counted, not listed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, select
from sqlmodel import Session

from dashboard.access import idea_conditions
from dashboard.scope import Scope
from models.communities import MembershipEvent
from models.decisions import Decision, DecisionEvent, DecisionStep
from models.directions import Headcount
from models.groups import (
    Deliverable,
    DeliverableEvent,
    DeliverableStep,
    GroupEvent,
    GroupState,
    ProgressGroup,
)
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.meetings import Attendance, Meeting, MeetingEvent, MeetingKind, MeetingState
from models.roadmap import IS_MILESTONE, Measure, MilestoneState, Plan, PlanReport, PlanSchedule
from models.seats import SeatEvent

SHOWN = 10
_STEPS = {
    EventKind.filed: "déposée",
    EventKind.answered: "réponse",
    EventKind.held: "réponse d'attente",
    EventKind.published: "lue et publiée",
    EventKind.undone: "annulation",
}


@dataclass(frozen=True)
class LateFact:
    """One fact: its day, the day it was recorded, and its text."""

    on: date
    recorded_on: date
    text: str


@dataclass(frozen=True)
class Late:
    """The number of facts recorded after the day, and the first of those that may be shown."""

    count: int
    shown: list[LateFact]


Source = Callable[[Session, Scope], Late]


def late_facts(session: Session, scope: Scope, sources: Sequence[Source]) -> Late:
    """The facts of these kinds recorded after the day of the scope about days up to it."""
    found = [source(session, scope) for source in sources]
    shown = sorted(
        (fact for late in found for fact in late.shown),
        key=lambda fact: (fact.recorded_on, fact.on),
    )
    return Late(sum(late.count for late in found), shown[:SHOWN])


def _late(
    session: Session,
    scope: Scope,
    found: Select,
    words: Callable[..., str] | None = None,
    seen: Sequence[ColumnElement[bool]] = (),
) -> Late:
    """The late facts of a statement: their number, and the text of the first that satisfy
    `seen`.
    """
    fact = found.column_descriptions[0]["entity"]
    late = found.where(fact.on <= scope.on, fact.recorded_on > scope.on)
    count = session.execute(select(func.count()).select_from(late.subquery())).scalar_one()
    if words is None:
        return Late(count, [])
    first = late.where(*seen).order_by(fact.recorded_on, fact.id).limit(SHOWN)
    rows = session.execute(first).all()
    return Late(
        count,
        [
            LateFact(
                row[0].on,
                row[0].recorded_on,
                words(*row) + (" (correction)" if row[0].voids else ""),
            )
            for row in rows
        ],
    )


def _of(
    found: Select,
    words: Callable[..., str] | None = None,
    cut: Callable[[Scope], Sequence[ColumnElement[bool]]] = lambda _scope: (),
) -> Source:
    """A source of the late facts of this kind, limited to the scope."""
    return lambda session, scope: _late(session, scope, found.where(*cut(scope)), words)


# ── Of milestones, decisions, groups ──────────────────────────────────────────────────────────────


def _of_ambition(scope: Scope) -> Sequence[ColumnElement[bool]]:
    return [ProgressGroup.ambition_id == scope.ambition.id] if scope.ambition else []


def _report(report: PlanReport, number: str) -> str:
    if not report.state:
        return f"Jalon {number} : rapport annulé"
    return f"Jalon {number} : {MilestoneState(report.state).label}, {report.progress} %"


milestone_reports = _of(
    select(PlanReport, Plan.number).join(Plan, Plan.id == PlanReport.plan_id).where(IS_MILESTONE),
    _report,
)
# New dates of milestones (révisions du calendrier).
calendars = _of(
    select(PlanSchedule, Plan.number)
    .join(Plan, Plan.id == PlanSchedule.plan_id)
    .where(IS_MILESTONE),
    lambda fact, number: f"Jalon {number} : calendrier, échéance au {fact.end:%d/%m/%Y}",
)
decisions = _of(
    select(DecisionEvent, Decision.number).join(Decision, Decision.id == DecisionEvent.decision_id),
    lambda fact, number: f"Décision n° {number} : {DecisionStep(fact.what).label}",
)
group_steps = _of(
    select(GroupEvent, ProgressGroup.code).join(
        ProgressGroup, ProgressGroup.id == GroupEvent.group_id
    ),
    lambda fact, code: f"Groupe {code} : {GroupState(fact.state).label}",
    _of_ambition,
)
deliverables = _of(
    select(DeliverableEvent, ProgressGroup.code, Deliverable.title)
    .join(Deliverable, Deliverable.id == DeliverableEvent.deliverable_id)
    .join(ProgressGroup, ProgressGroup.id == Deliverable.group_id),
    lambda fact, code, title: f"Groupe {code}, « {title} » : {DeliverableStep(fact.what).label}",
    _of_ambition,
)


# ── Of meetings, ideas, what is measured ──────────────────────────────────────────────────────────


def meetings(session: Session, scope: Scope) -> Late:
    """Meetings held, moved or cancelled, and attendance."""
    steps = select(MeetingEvent, Meeting.kind).join(Meeting, Meeting.id == MeetingEvent.meeting_id)
    found = _late(session, scope, steps, _meeting)
    return Late(found.count + _late(session, scope, select(Attendance)).count, found.shown)


def _meeting(fact: MeetingEvent, kind: str) -> str:
    return f"{MeetingKind(kind).label} du {fact.day:%d/%m/%Y} : {MeetingState(fact.what).label}"


def ideas(session: Session, scope: Scope) -> Late:
    """Events of ideas; those that the reader may see are listed."""
    cut = scope.of(IdeaEvent.concerns_id)
    if scope.ambition:
        cut.append(IdeaEvent.ambition_id == scope.ambition.id)
    found = select(IdeaEvent, Idea.number).join(Idea, Idea.id == IdeaEvent.idea_id).where(*cut)
    return _late(session, scope, found, _idea, [idea_conditions(scope.reader, scope.tree)])


def _idea(event: IdeaEvent, number: int) -> str:
    state = IdeaStatus(event.to_status).label if event.to_status else "autre direction"
    return f"Idée n° {number} : {_STEPS.get(EventKind(event.what)) or state}"


def headcounts(session: Session, scope: Scope) -> Late:
    """Headcounts of services."""
    names = {unit.id: unit.name for unit in scope.tree.units}
    found = select(Headcount).where(*scope.of(Headcount.service_id))

    return _late(
        session,
        scope,
        found,
        lambda fact: (
            f"Effectif de {names.get(fact.service_id, 'un service fermé')} : {fact.agents} agents"
        ),
    )


def measures(*codes: str) -> Source:
    """Dated measures (relevés) of these figures; of all if none is named."""
    figures = [Measure.figure.in_(codes)] if codes else []

    def cut(scope: Scope) -> Sequence[ColumnElement[bool]]:
        place = scope.unit.id if scope.unit and not scope.is_whole else None
        return [*figures, Measure.direction_id.is_not_distinct_from(place)]

    return _of(select(Measure), lambda fact: f"Relevé : {fact.source or 'retrait'}", cut)


# Members of communities and registrations for trainings are counted.
members = _of(select(MembershipEvent), cut=lambda scope: scope.of(MembershipEvent.service_id))
registrations = _of(
    select(SeatEvent).where(SeatEvent.training_id.is_not(None)),
    cut=lambda scope: scope.of(SeatEvent.service_id),
)
