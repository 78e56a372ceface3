"""Facts recorded after the day looked at (faits inscrits après coup): what makes a figure differ
from what was known then.

`SOURCES` says which facts a figure is made of. Those about persons are counted, never listed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.scope import Scope
from models.academy import RegistrationEvent
from models.communities import MembershipEvent
from models.decisions import Decision, DecisionEvent, DecisionStep
from models.directions import Headcount
from models.facts import Fact
from models.ideas import EventKind, Idea, IdeaEvent, IdeaStatus
from models.meetings import Attendance, Meeting, MeetingEvent, MeetingKind, MeetingState
from models.roadmap import Measure, Milestone, MilestoneReport, MilestoneState, Rebaseline

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


def late_facts(session: Session, scope: Scope, figure: str) -> Late:
    """What was recorded after the day of the scope about days up to it, for one figure."""
    found = [source(session, scope) for source in SOURCES.get(figure, ())]
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


def _correction(fact: Fact, text: str) -> LateFact:
    return LateFact(fact.on, fact.recorded_on, f"{text} (correction)" if fact.voids else text)


def _reports(session: Session, scope: Scope) -> Late:
    rows = session.exec(
        select(MilestoneReport, Milestone.number)
        .join(Milestone, Milestone.id == MilestoneReport.milestone_id)
        .where(*_is_late(MilestoneReport, scope))
        .order_by(MilestoneReport.recorded_on)
        .limit(SHOWN)
    ).all()
    shown = [_correction(r, f"Jalon {number} : {_report(r)}") for r, number in rows]
    return Late(_count(session, MilestoneReport, scope), shown)


def _report(report: MilestoneReport) -> str:
    return (
        f"{MilestoneState(report.state).label}, {report.progress} %"
        if report.state
        else "rapport annulé"
    )


def _decisions(session: Session, scope: Scope) -> Late:
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


def _meetings(session: Session, scope: Scope) -> Late:
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


def _calendars(session: Session, scope: Scope) -> Late:
    rows = session.exec(
        select(Rebaseline, Milestone.number)
        .join(Milestone, Milestone.id == Rebaseline.milestone_id)
        .where(*_is_late(Rebaseline, scope))
        .order_by(Rebaseline.recorded_on)
        .limit(SHOWN)
    ).all()
    shown = [
        _correction(r, f"Jalon {number} : calendrier, échéance au {r.end:%d/%m/%Y}")
        for r, number in rows
    ]
    return Late(_count(session, Rebaseline, scope), shown)


def _ideas(session: Session, scope: Scope) -> Late:
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


def _headcounts(session: Session, scope: Scope) -> Late:
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


def _measures(*codes: str) -> Source:
    def source(session: Session, scope: Scope) -> Late:
        cut = [Measure.figure.in_(codes)]
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


def _members(session: Session, scope: Scope) -> Late:
    cut = [] if scope.is_whole else [MembershipEvent.service_id.in_(sorted(scope.counted))]
    return Late(_count(session, MembershipEvent, scope, *cut), [])


def _registrations(session: Session, scope: Scope) -> Late:
    cut = [] if scope.is_whole else [RegistrationEvent.service_id.in_(sorted(scope.counted))]
    return Late(_count(session, RegistrationEvent, scope, *cut), [])


SOURCES: dict[str, tuple[Source, ...]] = {
    "avancement": (_reports, _calendars),
    "ecart": (_reports, _calendars),
    "avancement-chantier": (_reports, _calendars),
    "echeances": (_reports, _calendars),
    "glissement": (_reports, _calendars),
    "fraicheur": (_reports, _calendars),
    "idees": (_ideas, _headcounts),
    "reponse": (_ideas,),
    "idees-issue": (_ideas,),
    "couverture": (_members,),
    "ambassadeurs-actifs": (_members, _registrations),
    "retention": (_members, _registrations),
    "remplissage": (_registrations,),
    "presence": (_registrations,),
    "formation": (_registrations, _headcounts),
    "heures": (_registrations, _headcounts),
    "attente": (_registrations,),
    "bien-etre": (_measures("bien-etre.favorable", "bien-etre.enps"),),
    "citoyens": (_measures("citoyens.satisfaits", "citoyens.delai"),),
    "durable": (_measures("durable.actions", "durable.demarches"),),
    "decisions": (_decisions,),
    "communication": (_decisions,),
    "copilotage": (_meetings,),
    "presence-conseil": (_meetings,),
    "managers": (_meetings,),
}
