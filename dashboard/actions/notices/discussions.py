"""Notices about discussions: to those who answer for or follow a subject, and to authors about the
outcome.
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
    """Announces a contribution, without its text, which may be hidden before a mail is sent.
    `named`: the persons a note mentions.

    Contributions of anonymous authors are announced later, by `ideas.notify_comments`.
    """
    if contribution.person_id is None or contribution.hidden:
        return 0
    where = f"au sujet {of_the(at.idea)}" if at.idea else f"sur {at.words}"
    hidden = at.idea is not None and is_hidden_from_mail(at.idea)
    # One notice each: those who are named get theirs.
    unnamed = set(_recipients(session, at, contribution)) - set(named)
    audiences = [(named, "Une note interne vous nomme,"), (unnamed, noun(contribution))]
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
        for persons, words in audiences
    )


def noun(contribution: Contribution) -> str:
    """« Une objection », « Un message pour vous »."""
    return _NOUNS[ContributionKind(contribution.kind)]


def notify_outcome(
    session: Session, at: SubjectAt, objection: Contribution, fact: ContributionEvent
) -> int:
    """The outcome and its reason to the author of the objection; the outcome to followers."""
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
    followers = set(followers_of(session, at.subject, at.key, today(session)))
    return notified + notify(
        session,
        followers - {objection.person_id},
        kind=NoticeKind.comment,
        title=f"Une objection sur {at.words} {became}",
        text=f"« {at.title} »",
        **about,
    )


def notify_hidden(
    session: Session, at: SubjectAt, contribution: Contribution, fact: ContributionEvent
) -> int:
    """To the author of a hidden contribution, with the reason."""
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


def _recipients(session: Session, at: SubjectAt, contribution: Contribution) -> list[int | None]:
    """The persons a contribution is for."""
    if at.idea:
        return _recipients_of_idea(session, at.idea, ContributionKind(contribution.kind))
    return [
        *(_answering(session, at) or recipients.animateurs(session)),
        *followers_of(session, at.subject, at.key, today(session)),
    ]


def _recipients_of_idea(session: Session, idea: Idea, kind: ContributionKind) -> list[int | None]:
    day = today(session)
    if kind in (ContributionKind.note, ContributionKind.author):
        return recipients.in_charge(session, organisation(session).at(day), idea, day)
    own = [idea.author_id, idea.relay_id]
    return own if kind is ContributionKind.office else [*own, *followers_of_idea(session, idea)]


def followers_of_idea(session: Session, idea: Idea) -> list[int]:
    """The followers of an entry who may still read it."""
    day = today(session)
    return followers_of(session, Subject.idea, str(idea.id), day, is_shown=idea.published)


def _answering(session: Session, at: SubjectAt) -> list[int]:
    """Those who answer: the owner's managers, the facilitators, the submitter or the trainers."""
    answerer = at.answered_by
    if isinstance(answerer, ByFacilitators):
        return sorted(answerer.facilitators)
    if isinstance(answerer, ByTrainers):
        return sorted(answerer.trainers)
    if isinstance(answerer, BySubmitter):
        return [answerer.by] if answerer.by is not None else []
    day = today(session)
    tree = organisation(session).at(day)
    return recipients.managers_of(session, tree, answerer.owner_direction_id, day)
