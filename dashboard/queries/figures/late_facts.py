"""Facts recorded after the day looked at (faits inscrits après coup): what makes a
figure differ from what was known then.

One function for each kind of fact; a figure names those it is made of where it is
declared. Facts about persons are counted, never listed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.scope import Scope
from models.communities import MembershipEvent
from models.decisions import Decision, DecisionEvent, DecisionStep
from models.directions import Headcount
from models.facts import Fact
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
    """One fact: the day it is true from, the day it was recorded, and what it says."""

    on: date
    recorded_on: date
    text: str


@dataclass(frozen=True)
class Late:
    """How many facts were recorded after the day, and the first of those that may be shown."""

    count: int
    shown: list[LateFact]


Source = Callable[[Session, Scope], Late]


def late_facts(session: Session, scope: Scope, sources: Sequence[Source]) -> Late:
    """What was recorded after the day of the scope about days up to it, of these kinds of fact."""
    found = [source(session, scope) for source in sources]
    shown = sorted(
        (fact for late in found for fact in late.shown),
        key=lambda fact: (fact.recorded_on, fact.on),
    )
    return Late(sum(late.count for late in found), shown[:SHOWN])


def _is_late(fact: type[Fact], scope: Scope) -> list:
    return [fact.on <= scope.on, fact.recorded_on > scope.on]


def _count(session: Session, fact: type[Fact], scope: Scope, *more) -> int:
    return session.exec(
        select(func.count()).select_from(fact).where(*_is_late(fact, scope), *more)
    ).one()


def _rows_of(session: Session, found: Select) -> int:
    return session.exec(select(func.count()).select_from(found.subquery())).one()


def _correction(fact: Fact, text: str) -> LateFact:
    return LateFact(fact.on, fact.recorded_on, f"{text} (correction)" if fact.voids else text)


_MILESTONES = select(Plan.id).where(IS_MILESTONE)


def milestone_reports(session: Session, scope: Scope) -> Late:
    """Reports on milestones."""
    rows = session.exec(
        select(PlanReport, Plan.number)
        .join(Plan, Plan.id == PlanReport.plan_id)
        .where(*_is_late(PlanReport, scope), IS_MILESTONE)
        .order_by(PlanReport.recorded_on)
        .limit(SHOWN)
    ).all()
    shown = [_correction(r, f"Jalon {number} : {_report(r)}") for r, number in rows]
    return Late(_count(session, PlanReport, scope, PlanReport.plan_id.in_(_MILESTONES)), shown)


def _report(report: PlanReport) -> str:
    if report.state:
        return f"{MilestoneState(report.state).label}, {report.progress} %"
    return "rapport annulé"


def decisions(session: Session, scope: Scope) -> Late:
    """Steps of decisions."""
    rows = session.exec(
        select(DecisionEvent, Decision.number)
        .join(Decision, Decision.id == DecisionEvent.decision_id)
        .where(*_is_late(DecisionEvent, scope))
        .order_by(DecisionEvent.recorded_on)
        .limit(SHOWN)
    ).all()
    shown = [
        _correction(e, f"Décision n° {number} : {DecisionStep(e.what).label}") for e, number in rows
    ]
    return Late(_count(session, DecisionEvent, scope), shown)


def meetings(session: Session, scope: Scope) -> Late:
    """Meetings held, moved or cancelled, and who was there."""
    rows = session.exec(
        select(MeetingEvent, Meeting.kind)
        .join(Meeting, Meeting.id == MeetingEvent.meeting_id)
        .where(*_is_late(MeetingEvent, scope))
        .order_by(MeetingEvent.recorded_on)
        .limit(SHOWN)
    ).all()
    shown = [
        _correction(
            e, f"{MeetingKind(kind).label} du {e.day:%d/%m/%Y} : {MeetingState(e.what).label}"
        )
        for e, kind in rows
    ]
    return Late(_count(session, MeetingEvent, scope) + _count(session, Attendance, scope), shown)


def calendars(session: Session, scope: Scope) -> Late:
    """New dates of milestones (révisions du calendrier)."""
    rows = session.exec(
        select(PlanSchedule, Plan.number)
        .join(Plan, Plan.id == PlanSchedule.plan_id)
        .where(*_is_late(PlanSchedule, scope), IS_MILESTONE)
        .order_by(PlanSchedule.recorded_on)
        .limit(SHOWN)
    ).all()
    shown = [
        _correction(r, f"Jalon {number} : calendrier, échéance au {r.end:%d/%m/%Y}")
        for r, number in rows
    ]
    return Late(_count(session, PlanSchedule, scope, PlanSchedule.plan_id.in_(_MILESTONES)), shown)


def group_steps(session: Session, scope: Scope) -> Late:
    """Steps of progress groups."""
    found = (
        select(GroupEvent, ProgressGroup.code)
        .join(ProgressGroup, ProgressGroup.id == GroupEvent.group_id)
        .where(*_is_late(GroupEvent, scope), *_of_ambition(scope))
    )
    rows = session.exec(found.order_by(GroupEvent.recorded_on, GroupEvent.id).limit(SHOWN)).all()
    shown = [_correction(e, f"Groupe {code} : {GroupState(e.state).label}") for e, code in rows]
    return Late(_rows_of(session, found), shown)


def deliverables(session: Session, scope: Scope) -> Late:
    """Deliverables of progress groups: planned, moved, handed in."""
    found = (
        select(DeliverableEvent, ProgressGroup.code, Deliverable.title)
        .join(Deliverable, Deliverable.id == DeliverableEvent.deliverable_id)
        .join(ProgressGroup, ProgressGroup.id == Deliverable.group_id)
        .where(*_is_late(DeliverableEvent, scope), *_of_ambition(scope))
    )
    rows = session.exec(
        found.order_by(DeliverableEvent.recorded_on, DeliverableEvent.id).limit(SHOWN)
    ).all()
    shown = [
        _correction(e, f"Groupe {code}, « {title} » : {DeliverableStep(e.what).label}")
        for e, code, title in rows
    ]
    return Late(_rows_of(session, found), shown)


def _of_ambition(scope: Scope) -> list:
    return [ProgressGroup.ambition_id == scope.ambition.id] if scope.ambition else []


def ideas(session: Session, scope: Scope) -> Late:
    """What happened to ideas, of which those that the reader may read are listed."""
    cut = []
    if not scope.is_whole:
        cut.append(IdeaEvent.concerns_id.in_(sorted(scope.counted)))
    if scope.ambition:
        cut.append(IdeaEvent.ambition_id == scope.ambition.id)
    rows = session.exec(
        select(IdeaEvent, Idea.number)
        .join(Idea, Idea.id == IdeaEvent.idea_id)
        .where(*_is_late(IdeaEvent, scope), *cut, idea_conditions(scope.reader, scope.tree))
        .order_by(IdeaEvent.recorded_on, IdeaEvent.id)
        .limit(SHOWN)
    ).all()
    shown = [_correction(event, f"Idée n° {number} : {_step(event)}") for event, number in rows]
    return Late(_count(session, IdeaEvent, scope, *cut), shown)


def _step(event: IdeaEvent) -> str:
    known = _STEPS.get(EventKind(event.what))
    return known or (IdeaStatus(event.to_status).label if event.to_status else "autre direction")


def headcounts(session: Session, scope: Scope) -> Late:
    """Headcounts of services."""
    cut = [] if scope.is_whole else [Headcount.service_id.in_(sorted(scope.counted))]
    rows = session.exec(
        select(Headcount)
        .where(*_is_late(Headcount, scope), *cut)
        .order_by(Headcount.recorded_on)
        .limit(SHOWN)
    ).all()
    names = {unit.id: unit.name for unit in scope.tree.units}
    shown = [
        _correction(
            h, f"Effectif de {names.get(h.service_id, 'un service fermé')} : {h.agents} agents"
        )
        for h in rows
    ]
    return Late(_count(session, Headcount, scope, *cut), shown)


def measures(*codes: str) -> Source:
    """Dated measures (relevés) of these values; of all where none is named."""

    def source(session: Session, scope: Scope) -> Late:
        cut = [Measure.figure.in_(codes)] if codes else []
        if not scope.is_whole:
            cut.append(Measure.direction_id == (scope.unit.id if scope.unit else None))
        else:
            cut.append(Measure.direction_id.is_(None))
        rows = session.exec(
            select(Measure)
            .where(*_is_late(Measure, scope), *cut)
            .order_by(Measure.recorded_on)
            .limit(SHOWN)
        ).all()
        return Late(
            _count(session, Measure, scope, *cut),
            [_correction(m, f"Relevé : {m.source or 'retrait'}") for m in rows],
        )

    return source


def members(session: Session, scope: Scope) -> Late:
    """Members of communities."""
    cut = [] if scope.is_whole else [MembershipEvent.service_id.in_(sorted(scope.counted))]
    return Late(_count(session, MembershipEvent, scope, *cut), [])


def registrations(session: Session, scope: Scope) -> Late:
    """Registrations for trainings."""
    cut = [SeatEvent.training_id.is_not(None)]
    if not scope.is_whole:
        cut.append(SeatEvent.service_id.in_(sorted(scope.counted)))
    return Late(_count(session, SeatEvent, scope, *cut), [])
