"""Notices about what is said of a milestone, a proposition, a decision or a training: who answers
for it or follows it is told that somebody spoke, whoever spoke what became of it.
"""

from urllib.parse import urlencode

from sqlmodel import Session

from dashboard.actions.notices.records import notify
from dashboard.queries.directions import organisation
from dashboard.queries.discussions.subjects import Given, Led, SubjectAt, Submitted
from dashboard.queries.following import followers_of
from dashboard.queries.notices import recipients
from dashboard.queries.notices.records import CONTRIBUTION_KEY
from models.clock import today
from models.discussions import Contribution, ContributionEvent, ContributionKind, ContributionStep
from models.keeping import NoticeKind


def notify_contribution(session: Session, at: SubjectAt, contribution: Contribution) -> int:
    """Somebody spoke, without her words: they may be hidden before a mail leaves, and a mail does
    not come back.
    """
    return notify(
        session,
        [
            *(_answering(session, at) or recipients.animateurs(session)),
            *followers_of(session, at.subject, at.key, today(session)),
        ],
        key=f"{CONTRIBUTION_KEY}{contribution.id}",
        kind=NoticeKind.comment,
        href=address_of(at),
        by=contribution.person_id,
        title=f"{_noun(contribution)} sur {at.words}",
        text=f"« {at.title} »",
    )


def notify_outcome(
    session: Session, at: SubjectAt, objection: Contribution, fact: ContributionEvent
) -> int:
    """Who objected reads what became of it and why; who follows the subject, that it did."""
    lifted = fact.what == ContributionStep.lifted
    became = "est levée" if lifted else "a reçu une réponse"
    about = {"key": f"objection-{fact.id}", "href": address_of(at), "by": fact.by}
    notified = notify(
        session,
        [objection.person_id],
        kind=NoticeKind.answer,
        title=f"Votre objection sur {at.words} {became}",
        text=fact.reason or "",
        **about,
    )
    others = set(followers_of(session, at.subject, at.key, today(session)))
    return notified + notify(
        session,
        others - {objection.person_id},
        kind=NoticeKind.comment,
        title=f"Une objection sur {at.words} {became}",
        text=f"« {at.title} »",
        **about,
    )


def notify_hidden(
    session: Session, at: SubjectAt | None, contribution: Contribution, fact: ContributionEvent
) -> int:
    """Who wrote it reads why it is hidden."""
    where = f" sur {at.words}" if at else ""
    noun, hidden = ("objection", "masquée") if _objects(contribution) else ("commentaire", "masqué")
    return notify(
        session,
        [contribution.person_id],
        key=f"masquage-{fact.id}",
        kind=NoticeKind.state,
        href=address_of(at) if at else "",
        by=fact.by,
        title=f"Votre {noun}{where} est {hidden}",
        text=f"Motif : {fact.reason}",
    )


def address_of(at: SubjectAt) -> str:
    return f"/{at.page}?{urlencode(at.params)}"


def _objects(contribution: Contribution) -> bool:
    return contribution.kind == ContributionKind.objection


def _noun(contribution: Contribution) -> str:
    return "Une objection" if _objects(contribution) else "Un commentaire"


def _answering(session: Session, at: SubjectAt) -> list[int]:
    """The managers of the milestone's owner, the facilitators, who put the point, the trainers."""
    who = at.answered_by
    if isinstance(who, Led):
        return sorted(who.facilitators)
    if isinstance(who, Given):
        return sorted(who.trainers)
    if isinstance(who, Submitted):
        return [who.by] if who.by is not None else []
    day = today(session)
    tree = organisation(session).at(day)
    return recipients.managers_of(session, tree, who.owner_direction_id, day)
