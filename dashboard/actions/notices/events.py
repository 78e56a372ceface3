"""Notices about an entry, a decision, a milestone, a training or a contribution, worded for each
recipient: those who answer, followers, and the authors behind a record.

Nothing is sent when an anonymous person files or writes: its time would reveal hers.
"""

from collections.abc import Collection, Iterator
from datetime import date
from urllib.parse import urlencode

from sqlalchemy import delete
from sqlmodel import Session, select

from dashboard import french
from dashboard.actions.notices.records import (
    Notification,
    address_of,
    agree,
    due_sentence,
    named,
    notify,
    notify_all,
    of_the,
    the,
    to_the,
    yours,
)
from dashboard.actions.operations.mixing import ShortAct, in_batches
from dashboard.queries.directions import organisation
from dashboard.queries.discussions.subjects import (
    ByPersons,
    SubjectAt,
)
from dashboard.queries.ideas.threads import End, signed_ideas_behind
from dashboard.queries.notices import records, records as query
from dashboard.queries.notices.records import CONTRIBUTION_KEY, followers_of
from models.academy import Training, TrainingSession
from models.clock import today
from models.decisions import Decision, DecisionEffect, DecisionEvent, DecisionStep, Instance
from models.directions import Direction
from models.discussions import (
    Contribution,
    ContributionEvent,
    ContributionKind,
    ContributionStep,
    Subject,
)
from models.idea_states import IdeaStatus
from models.ideas import Idea, Merge
from models.notices import Notice, NoticeKind, NoticeState
from models.roadmap import Plan, PlanReport, states_of


def notify_filed(session: Session, idea: Idea, day: date | None = None) -> int:
    """The receipt of a named entry, for its author; an anonymous one has a receipt code instead.
    `day`: today, if the caller already read it.
    """
    # No known recipient: the code shown once is the receipt.
    if idea.anonymous:
        return 0
    due = (
        f" Une réponse est attendue pour le {french.day_long(idea.due_on)}." if idea.due_on else ""
    )
    receipt = Notification(
        [idea.author_id],
        key=f"depot-{idea.id}",
        kind=NoticeKind.filed,
        idea=idea,
        href=address_of(idea),
        title=f"{yours(idea)} est bien {agree(idea, 'reçu{e}')}",
        text=f"« {idea.title} ».{due}",
    )
    return notify_all(session, [receipt], day)


def notify_state(
    session: Session, idea: Idea, before: str, text: str = "", *, by: int | None = None
) -> int:
    """A new state, with the reason shown to the author. `before` is the previous state."""
    if before == idea.status:
        return 0
    message = agree(idea, IdeaStatus(idea.status).rules.message)
    return notify_news(session, idea, NoticeKind.state, f"etat-{idea.status}", message, text, by)


def notify_comments(session: Session, day: date) -> Iterator[ShortAct]:
    """One notice per entry to those who answer, about what anonymous authors wrote on previous
    days. A task of the round.

    An immediate notice would reveal when the author wrote.
    """
    tree = organisation(session).at(day)
    written = query.written_without_name(session, day)
    # Only to those who answer: the author and the relay are the anonymous side.
    notifications = [
        Notification(
            records.in_charge(session, tree, idea, day),
            f"{query.CONTRIBUTION_KEY}{message.id}",
            NoticeKind.comment,
            f"{noun(message)} au sujet {of_the(idea)}",
            named(idea),
            address_of(idea),
            idea,
        )
        for idea, message in written
    ]
    return in_batches(notifications, notify_all)


def notify_transfer(session: Session, idea: Idea, unit_id: int, *, by: int | None = None) -> int:
    """A transfer: to the managers of the unit now responsible, or the animateurs where it
    has none.
    """
    day = today(session)
    tree = organisation(session).at(day)
    managers = records.managers_of(session, tree, unit_id, day)
    unit = session.get(Direction, unit_id)
    return notify(
        session,
        managers or records.animateurs(session),
        key=f"transfert-{idea.id}-{unit_id}-v{idea.version}",
        kind=NoticeKind.transfer,
        idea=idea,
        by=by,
        urgent=True,
        href=address_of(idea),
        title=f"{the(idea)} vous est {agree(idea, 'transmis{e}')} pour réponse",
        text=" ".join(
            filter(
                None,
                (
                    named(idea),
                    f"Direction concernée : {unit.name}." if unit else "",
                    due_sentence(idea),
                ),
            )
        ),
    )


def notify_owner(session: Session, idea: Idea, *, by: int | None = None) -> int:
    """To the person who is to prepare the answer."""
    return notify(
        session,
        [idea.owner_id],
        key=f"responsable-{idea.id}-{idea.owner_id}-v{idea.version}",
        kind=NoticeKind.task,
        idea=idea,
        by=by,
        urgent=True,
        href=address_of(idea),
        title=f"Vous préparez la réponse {to_the(idea)}",
        text=" ".join(filter(None, (named(idea), due_sentence(idea)))),
    )


def notify_to_answer(session: Session, idea: Idea, words: str, *, by: int | None = None) -> int:
    """A decision about an entry, to those who answer for it and have to complete the official
    answer.
    """
    day = today(session)
    tree = organisation(session).at(day)
    return notify(
        session,
        records.in_charge(session, tree, idea, day),
        key=f"decision-{idea.id}-v{idea.version}",
        kind=NoticeKind.task,
        idea=idea,
        by=by,
        href=address_of(idea),
        title=f"{the(idea)} est {agree(idea, 'décidé{e}')} : complétez la réponse officielle",
        text="\n".join((named(idea), words, "Un texte vous est proposé sur sa fiche.")),
    )


def notify_merge(session: Session, merge: Merge, idea: Idea) -> int:
    """A proposal to merge, to the author (or the relay) of one of the two entries, who may agree or
    refuse until its day.
    """
    other = session.get(Idea, merge.into_id if idea.id == merge.idea_id else merge.idea_id)
    named = (
        f"{the(other, inside=True)} (« {other.title} »)" if other.published else "un autre dépôt"
    )
    if idea.id == merge.idea_id:
        joined = f"« {idea.title} » rejoindrait {named}"
    else:
        joined = f"{named[0].upper()}{named[1:]} rejoindrait « {idea.title} »"
    return notify(
        session,
        [idea.author_id, idea.relay_id],
        key=f"fusion-{merge.id}-{idea.id}",
        kind=NoticeKind.merge,
        idea=idea,
        by=merge.by,
        urgent=True,
        href=address_of(idea),
        title=f"Une fusion est proposée pour {yours(idea, inside=True)}",
        text=(
            f"{joined}. Vous pouvez accepter ou refuser jusqu'au {french.day_long(merge.due_on)} ; "
            "sans réponse de votre part, la fusion se fait ce jour-là."
        ),
    )


def take_back(session: Session, idea: Idea) -> int:
    """Deletes the unsent notices of an act that is undone; to be called before the entry's version
    is raised.
    """
    # Keys end with the entry's version: only this act's notices match.
    deleted = session.execute(
        delete(Notice)
        .filter_by(idea_id=idea.id, state=NoticeState.waiting)
        .where(Notice.key.endswith(f"-v{idea.version}"))
    )
    return deleted.rowcount


def notify_news(
    session: Session,
    idea: Idea,
    kind: NoticeKind,
    what: str,
    message: str,
    text: str,
    by: int | None,
) -> int:
    """To the author, the relay and the followers, each in their own wording: `what` names it in the
    key, `message` ends the title.
    """
    key = f"{what}-{idea.id}-v{idea.version}"
    about = {"key": key, "kind": kind, "idea": idea, "href": address_of(idea), "by": by}
    words = "\n".join(filter(None, (f"« {idea.title} »", text)))
    notified = notify(
        session, [idea.author_id], title=f"{yours(idea)} {message}", text=words, **about
    )
    notified += notify(
        session,
        [idea.relay_id],
        text=words,
        **about,
        title=f"{the(idea)} que vous avez {agree(idea, 'relayé{e}')} {message} : à transmettre",
    )
    # One notice per person, in the wording of her closest role.
    rest = set(followers_of_idea(session, idea)) - {
        idea.author_id,
        idea.relay_id,
    }
    return notified + notify(
        session, rest, title=f"{the(idea)} que vous suivez {message}", text=words, **about
    )


# ── Decisions, plans, trainings and contributions ─────────────────────────────────────────────────


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
    return list(session.exec(select(Notice.person_id).filter_by(key=_key(event))))


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
        effects = select(DecisionEffect.key).filter_by(event_id=event.id, kind=Subject.idea)
        moved = session.exec(effects).all()
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

    Contributions of anonymous authors are announced later, by `notify_comments`.
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
    if isinstance(answerer, ByPersons):
        return sorted(answerer.responsible)
    day = today(session)
    tree = organisation(session).at(day)
    return records.managers_of(session, tree, answerer.owner_direction_id, day)
