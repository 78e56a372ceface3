"""Notices to followers of a milestone, a decision or a training. Members and followers of a group
get its steps in one notice.
"""

from sqlmodel import Session

from dashboard import french
from dashboard.actions.notices.decisions import notified_as_entrusted
from dashboard.actions.notices.records import notify
from dashboard.queries.following import followers_of
from models.academy import Training, TrainingSession
from models.clock import today
from models.decisions import Decision, DecisionEvent, DecisionStep
from models.discussions import Subject
from models.notices import NoticeKind
from models.roadmap import MilestoneState, Plan, PlanReport


def notify_decision_step(session: Session, decision: Decision, event: DecisionEvent) -> int:
    """A step of a followed decision; those it was just entrusted to have their own notice."""
    followers = followers_of(session, Subject.decision, str(decision.id), today(session))
    return notify(
        session,
        set(followers) - set(notified_as_entrusted(session, event)),
        key=f"suivi-decision-{event.id}",
        kind=NoticeKind.state,
        title=f"La décision n° {decision.number} que vous suivez :"
        f" {DecisionStep(event.what).label.lower()}",
        text=f"« {decision.title} »",
        href=f"/decisions?decision={decision.number}",
        by=event.by,
    )


def notify_milestone_report(session: Session, milestone: Plan, report: PlanReport) -> int:
    """A report of a followed milestone."""
    state = MilestoneState(report.state).label.lower()
    return notify(
        session,
        followers_of(session, Subject.milestone, milestone.number, today(session)),
        key=f"suivi-jalon-{report.id}",
        kind=NoticeKind.state,
        title=f"Le jalon {milestone.number} que vous suivez : {state}, {report.progress} %",
        text=f"« {milestone.title} »",
        href=f"/feuille-de-route?jalon={milestone.number}",
        by=report.by,
    )


def notify_session_opened(
    session: Session, training: Training, opened: TrainingSession, by: int | None
) -> int:
    """A new session of a followed training."""
    return notify(
        session,
        followers_of(session, Subject.training, training.code, today(session)),
        key=f"suivi-session-{opened.id}",
        kind=NoticeKind.state,
        title=f"Une date pour la formation {training.code} que vous suivez",
        text=f"« {training.title} », le {french.day_long(opened.on)}.",
        href=f"/academie?formation={training.code}",
        by=by,
    )
