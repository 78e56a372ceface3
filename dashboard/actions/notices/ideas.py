"""Notices about an entry, worded for each recipient.

Nothing is sent when an anonymous person files or writes: its time would reveal hers.
"""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import delete
from sqlmodel import Session

from dashboard import french
from dashboard.actions.notices.following import followers_of_idea, noun
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
from dashboard.queries.notices import records, records as query
from models.clock import today
from models.directions import Direction
from models.idea_states import IdeaStatus
from models.ideas import Idea, Merge
from models.notices import Notice, NoticeKind, NoticeState


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
