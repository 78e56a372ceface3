"""Notices about a decision, to the direction it is entrusted to; to followers of a milestone, a
decision or a training; and to the authors of the ideas behind a decision, a milestone or a project.
Members and followers of a group get its steps in one notice.
"""

from collections.abc import Collection
from urllib.parse import urlencode

from sqlmodel import Session, select

from dashboard import french
from dashboard.actions.notices.records import (
    Notification,
    address_of,
    notify,
    notify_all,
    of_the,
    yours,
)
from dashboard.queries.directions import organisation
from dashboard.queries.discussions.subjects import (
    ByFacilitators,
    BySubmitter,
    ByTrainers,
    SubjectAt,
)
from dashboard.queries.ideas.threads import End, signed_ideas_behind
from dashboard.queries.notices import records
from dashboard.queries.notices.records import CONTRIBUTION_KEY, followers_of
from models.academy import Training, TrainingSession
from models.clock import today
from models.decisions import Decision, DecisionEffect, DecisionEvent, DecisionStep, Instance
from models.discussions import (
    Contribution,
    ContributionEvent,
    ContributionKind,
    ContributionStep,
    Subject,
)
from models.ideas import Idea
from models.notices import Notice, NoticeKind
from models.roadmap import Plan, PlanReport, states_of


def notify_entrusted(session: Session, decision: Decision, event: DecisionEvent) -> int:
    """To the managers of the direction now responsible, or the animateurs where it has none."""
    day = today(session)
    tree = organisation(session).at(day)
    managers = records.managers_of(session, tree, event.owner_direction_id, day)
    return notify(
        session,
        managers or records.animateurs(session),
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
    # Of these the author learns by the state of her idea, or nothing is decided yet.
    if event.what not in (
        *(DecisionStep.submitted, DecisionStep.postponed, DecisionStep.decided),
        *(DecisionStep.noted, DecisionStep.undone),
    ):
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
        notify(
            session,
            followers,
            key=f"suivi-jalon-{report.id}",
            kind=NoticeKind.state,
            title=f"Le jalon {plan.number} que vous suivez : {state}, {report.progress} %",
            text=f"« {plan.title} »",
            href=f"/feuille-de-route?jalon={plan.number}",
            by=report.by,
        )
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
    # An unread entry may name somebody.
    hidden = at.idea is not None and not at.idea.published
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
            href=subject_address(at),
            by=contribution.person_id,
            title=f"{words} {where}",
            text="" if hidden else f"« {at.title} »",
        )
        for persons, words in audiences
    )


def noun(contribution: Contribution) -> str:
    """« Une objection », « Un message pour vous »."""
    return {
        ContributionKind.comment: "Un commentaire",
        ContributionKind.objection: "Une objection",
        ContributionKind.note: "Une note interne",
        ContributionKind.author: "Un message de l'auteur",
        ContributionKind.office: "Un message pour vous",
    }[ContributionKind(contribution.kind)]


def notify_outcome(
    session: Session, at: SubjectAt, objection: Contribution, fact: ContributionEvent
) -> int:
    """The outcome and its reason to the author of the objection; the outcome to followers."""
    lifted = fact.what == ContributionStep.lifted
    became = "est levée" if lifted else "a reçu une réponse"
    about = {"key": f"objection-{fact.id}", "href": subject_address(at), "by": fact.by}
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
        href=subject_address(at),
        by=fact.by,
        title=f"Votre {what} sur {at.words} est {hidden}",
        text=f"Motif : {fact.reason}",
    )


def subject_address(at: SubjectAt) -> str:
    return f"/{at.page}?{urlencode(at.params)}"


def _recipients(session: Session, at: SubjectAt, contribution: Contribution) -> list[int | None]:
    """The persons a contribution is for."""
    if at.idea:
        kind = ContributionKind(contribution.kind)
        day = today(session)
        if kind in (ContributionKind.note, ContributionKind.author):
            return records.in_charge(session, organisation(session).at(day), at.idea, day)
        own = [at.idea.author_id, at.idea.relay_id]
        return (
            own if kind is ContributionKind.office else [*own, *followers_of_idea(session, at.idea)]
        )
    return [
        *(_answering(session, at) or records.animateurs(session)),
        *followers_of(session, at.subject, at.key, today(session)),
    ]


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
    return records.managers_of(session, tree, answerer.owner_direction_id, day)
