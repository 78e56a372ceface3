"""Notices about a decision: the direction that it was entrusted to is told."""

from sqlmodel import Session

from dashboard.actions.notices.records import notify
from dashboard.queries.directions import organisation
from dashboard.queries.notices import recipients
from models.clock import today
from models.decisions import Decision, DecisionEvent, Instance
from models.keeping import NoticeKind


def notify_entrusted(session: Session, decision: Decision, event: DecisionEvent) -> int:
    """The managers of the direction that answers for it from now on, or the animateurs where it
    has none.
    """
    day = today(session)
    tree = organisation(session).at(day)
    managers = recipients.managers_of(session, tree, event.owner_direction_id, day)
    return notify(
        session,
        managers or recipients.animateurs(session),
        key=f"confiee-{event.id}",
        kind=NoticeKind.task,
        by=event.by,
        href=f"/decisions?decision={decision.number}",
        title=f"{Instance(decision.instance).label} : la décision n° {decision.number} est"
        " confiée à votre direction",
        text="\n".join(filter(None, (f"« {decision.title} »", event.text))),
    )
