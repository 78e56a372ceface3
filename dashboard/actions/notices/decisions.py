"""Notices about a decision: to the direction it is entrusted to, and again where that is undone."""

from sqlmodel import Session, select

from dashboard.actions.notices.records import notify
from dashboard.queries.directions import organisation
from dashboard.queries.notices import recipients
from models.clock import today
from models.decisions import Decision, DecisionEvent, Instance
from models.notices import Notice, NoticeKind


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
