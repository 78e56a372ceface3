"""Notices about what is said of a subject: who answers for it or follows it is told that somebody
spoke, whoever spoke what became of it.
"""

from collections.abc import Collection
from urllib.parse import urlencode

from sqlmodel import Session

from dashboard.actions.notices.idea_words import is_hidden_from_mail, of_the
from dashboard.actions.notices.records import notify
from dashboard.queries.directions import organisation
from dashboard.queries.discussions.subjects import (
    ByFacilitators,
    BySubmitter,
    ByTrainers,
    SubjectAt,
)
from dashboard.queries.following import followers_of
from dashboard.queries.notices import recipients
from dashboard.queries.notices.records import CONTRIBUTION_KEY
from models.clock import today
from models.discussions import (
    Contribution,
    ContributionEvent,
    ContributionKind,
    ContributionStep,
    Subject,
)
from models.ideas import Idea
from models.notices import NoticeKind

_NOUNS = {
    ContributionKind.comment: "Un commentaire",
    ContributionKind.objection: "Une objection",
    ContributionKind.note: "Une note interne",
    ContributionKind.author: "Un message de l'auteur",
    ContributionKind.office: "Un message pour vous",
}


def notify_contribution(
    session: Session, at: SubjectAt, contribution: Contribution, named: Collection[int] = ()
) -> int:
    """Somebody spoke, without her words: they may be hidden before a mail leaves, and a mail does
    not come back. `named`: those whom a note names, who are told so.

    What an anonymous author writes is told later, by `ideas.notify_comments`: until then it stands
    in the Réception.
    """
    if contribution.person_id is None or contribution.hidden:
        return 0
    where = f"au sujet {of_the(at.idea)}" if at.idea else f"sur {at.words}"
    hidden = at.idea is not None and is_hidden_from_mail(at.idea)
    # Once each: who is named hears that she is.
    others = set(_hearers(session, at, contribution)) - set(named)
    heard = [(named, "Une note interne vous nomme,"), (others, noun(contribution))]
    return sum(
        notify(
            session,
            persons,
            key=f"{CONTRIBUTION_KEY}{contribution.id}",
            kind=NoticeKind.comment,
            idea=at.idea,
            href=address_of(at),
            by=contribution.person_id,
            title=f"{words} {where}",
            text="" if hidden else f"« {at.title} »",
        )
        for persons, words in heard
    )


def noun(contribution: Contribution) -> str:
    """« Une objection », « Un message pour vous »."""
    return _NOUNS[ContributionKind(contribution.kind)]


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
    session: Session, at: SubjectAt, contribution: Contribution, fact: ContributionEvent
) -> int:
    """Who wrote it reads why it is hidden."""
    objects = contribution.kind == ContributionKind.objection
    what = "objection" if objects else "commentaire"
    hidden = "masquée" if objects else "masqué"
    return notify(
        session,
        [contribution.person_id],
        key=f"masquage-{fact.id}",
        kind=NoticeKind.state,
        href=address_of(at),
        by=fact.by,
        title=f"Votre {what} sur {at.words} est {hidden}",
        text=f"Motif : {fact.reason}",
    )


def address_of(at: SubjectAt) -> str:
    return f"/{at.page}?{urlencode(at.params)}"


def _hearers(session: Session, at: SubjectAt, contribution: Contribution) -> list[int | None]:
    """Whom a contribution is for."""
    if at.idea:
        return _hearers_of_idea(session, at.idea, ContributionKind(contribution.kind))
    return [
        *(_answering(session, at) or recipients.animateurs(session)),
        *followers_of(session, at.subject, at.key, today(session)),
    ]


def _hearers_of_idea(session: Session, idea: Idea, kind: ContributionKind) -> list[int | None]:
    day = today(session)
    if kind in (ContributionKind.note, ContributionKind.author):
        return recipients.in_charge(session, organisation(session).at(day), idea, day)
    hers = [idea.author_id, idea.relay_id]
    return hers if kind is ContributionKind.office else [*hers, *followers_of_idea(session, idea)]


def followers_of_idea(session: Session, idea: Idea) -> list[int]:
    """Those who follow an entry and may still read it."""
    day = today(session)
    return followers_of(session, Subject.idea, str(idea.id), day, is_shown=idea.published)


def _answering(session: Session, at: SubjectAt) -> list[int]:
    """The managers of the milestone's owner, the facilitators, who put the point, the trainers."""
    who = at.answered_by
    if isinstance(who, ByFacilitators):
        return sorted(who.facilitators)
    if isinstance(who, ByTrainers):
        return sorted(who.trainers)
    if isinstance(who, BySubmitter):
        return [who.by] if who.by is not None else []
    day = today(session)
    tree = organisation(session).at(day)
    return recipients.managers_of(session, tree, who.owner_direction_id, day)
