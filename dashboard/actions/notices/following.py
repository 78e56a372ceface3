"""Notices about a decision, to the direction it is entrusted to, and to followers of a milestone, a
decision or a training. Members and followers of a group get its steps in one notice.
"""

from sqlmodel import Session, select

from dashboard import french
from dashboard.actions.notices.records import notify
from dashboard.queries.directions import organisation
from dashboard.queries.following import followers_of
from dashboard.queries.notices import recipients
from models.academy import Training, TrainingSession
from models.clock import today
from models.decisions import Decision, DecisionEvent, DecisionStep, Instance
from models.discussions import Subject
from models.notices import Notice, NoticeKind
from models.roadmap import MilestoneState, Plan, PlanReport


def notify_entrusted(session: Session, decision: Decision, event: DecisionEvent) -> int:
    """To the managers of the direction now responsible, or the animateurs where it has none."""
    day = today(session)
    tree = organisation(session).at(day)
    managers = recipients.managers_of(session, tree, event.owner_direction_id, day)
    return notify(
        session,
        managers or recipients.animateurs(session),
        key=_key(event),
        kind=NoticeKind.task,
        by=event.by,
        href=f"/decisions?decision={decision.number}",
        title=f"{Instance(decision.instance).label} : la décision n° {decision.number} est"
        " confiée à votre direction",
        text="\n".join(filter(None, (f"« {decision.title} »", event.text))),
    )


def notify_no_longer_entrusted(
    session: Session, decision: Decision, event: DecisionEvent, by: int | None
) -> int:
    """« Confiée » is undone: notifies those who had received it."""
    return notify(
        session,
        notified_as_entrusted(session, event),
        key=f"{_key(event)}-defaite",
        kind=NoticeKind.task,
        by=by,
        href=f"/decisions?decision={decision.number}",
        title=f"{Instance(decision.instance).label} : la décision n° {decision.number} n'est plus"
        " confiée à votre direction",
        text=f"« {decision.title} » : l'encodage a été annulé. Vous n'avez plus rien à faire.",
    )


def notified_as_entrusted(session: Session, event: DecisionEvent) -> list[int]:
    """Those who received the notice that it is entrusted to them."""
    return list(session.exec(select(Notice.person_id).where(Notice.key == _key(event))))


def _key(event: DecisionEvent) -> str:
    return f"confiee-{event.id}"


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
