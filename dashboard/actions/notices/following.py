"""Notices about a decision, to the direction it is entrusted to; to followers of a milestone, a
decision or a training; and to the authors of the ideas behind a decision, a milestone or a project.
Members and followers of a group get its steps in one notice.
"""

from collections.abc import Collection

from sqlmodel import Session, select

from dashboard import french
from dashboard.actions.notices.idea_words import address_of, yours
from dashboard.actions.notices.records import Notification, notify, notify_all
from dashboard.queries.directions import organisation
from dashboard.queries.following import followers_of
from dashboard.queries.ideas.threads import End, signed_ideas_behind
from dashboard.queries.notices import recipients
from models.academy import Training, TrainingSession
from models.clock import today
from models.decisions import Decision, DecisionEffect, DecisionEvent, DecisionStep, Instance
from models.discussions import Subject
from models.notices import Notice, NoticeKind
from models.roadmap import Plan, PlanReport, states_of

# Of these the author learns by the state of her idea, or nothing is decided yet.
_BEFORE_OUTCOME = (
    *(DecisionStep.submitted, DecisionStep.postponed, DecisionStep.decided),
    *(DecisionStep.noted, DecisionStep.undone),
)


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
    """A step of a followed decision; those it was just entrusted to have their own notice. Once
    decided, each further step to the authors behind it.
    """
    followers = followers_of(session, Subject.decision, str(decision.id), today(session))
    step = DecisionStep(event.what).label.lower()
    if event.what not in _BEFORE_OUTCOME:
        end = Subject.decision, str(decision.id)
        words = f"décision n° {decision.number}, {step}"
        effects = select(DecisionEffect.key).where(DecisionEffect.event_id == event.id)
        moved = session.exec(effects.where(DecisionEffect.kind == Subject.idea)).all()
        _notify_authors(session, end, event, words, followers, moved)
    return notify(
        session,
        set(followers) - set(notified_as_entrusted(session, event)),
        key=f"suivi-decision-{event.id}",
        kind=NoticeKind.state,
        title=f"La décision n° {decision.number} que vous suivez : {step}",
        text=f"« {decision.title} »",
        href=f"/decisions?decision={decision.number}",
        by=event.by,
    )


def notify_report(session: Session, plan: Plan, report: PlanReport, has_changed: bool) -> None:
    """A report of a milestone, to its followers; of any plan whose state or progress has changed,
    to the authors behind it.
    """
    state, followers = states_of(plan.level)(report.state).label.lower(), []
    if plan.is_milestone:
        followers = followers_of(session, Subject.milestone, plan.number, today(session))
        _notify_milestone(session, plan, report, state, followers)
    if has_changed and plan.is_milestone:
        words = f"jalon {plan.number}, {state}, {report.progress} %"
        _notify_authors(session, (Subject.milestone, plan.number), report, words, followers)
    elif has_changed:
        words = f"projet « {plan.title} », {state}"
        _notify_authors(session, ("projet", plan.number), report, words)


def _notify_authors(
    session: Session,
    end: End,
    fact: DecisionEvent | PlanReport,
    words: str,
    followers: Collection[int] = (),
    moved: Collection[str] = (),
) -> None:
    """To those whose signed entries led to this record, with nothing that is not open to every
    agent; not to followers, nor about entries that the same fact moved: they have their own notice.
    """
    outcomes = [
        Notification(
            [idea.author_id],
            f"suite-{end[0]}-{fact.id}",
            NoticeKind.outcome,
            f"La suite de {yours(idea, inside=True)} : {words}",
            f"« {idea.title} »",
            address_of(idea),
            idea,
            by=fact.by,
        )
        for idea in signed_ideas_behind(session, end)
        if idea.author_id not in followers and str(idea.id) not in moved
    ]
    notify_all(session, outcomes)


def _notify_milestone(
    session: Session, milestone: Plan, report: PlanReport, state: str, followers: Collection[int]
) -> int:
    return notify(
        session,
        followers,
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
