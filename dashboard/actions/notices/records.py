"""Acts on notices (avis): telling persons what happens to an entry, once each; saying that it was
told by voice.

A notice is written in the transaction of what it tells. It holds the day only, and nothing is told
at the moment when an anonymous person files or writes: whose colleagues are told at that moment
would say when.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.keeping.auditing import note
from dashboard.actions.keeping.short_acts import ShortAct, in_batches
from dashboard.actions.people.preferences import remember
from dashboard.queries.directions import organisation
from dashboard.queries.notices import by_voice, recipients
from dashboard.queries.notices import records as query
from dashboard.queries.notices.preferences import RHYTHM
from dashboard.queries.notices.records import COMMENT_KEY
from dashboard.scope import Scope
from models import ledger
from models.clock import today
from models.comments import Comment, Merge, Voice
from models.database import is_sqlite
from models.directions import Direction, Tree
from models.errors import Refused
from models.ideas import Idea, IdeaKind, IdeaStatus
from models.keeping import Notice, NoticeKind, NoticeState, Rhythm
from models.texts import clean_text, clean_title

SUBJECT = "notices"
# What may still be told by voice.
_WAITING = (*query.UNSENT, NoticeState.dropped)


# ── Notifying ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Notification:
    """What some persons are to be told. `by` is not told of her own act; `href` is an address of
    ours.
    """

    to: Iterable[int | None]
    key: str
    kind: NoticeKind
    title: str
    text: str = ""
    href: str = ""
    idea: Idea | None = None
    urgent: bool = False
    by: int | None = None
    address: str = ""

    @property
    def persons(self) -> set[int]:
        return {person for person in self.to if person is not None and person != self.by}


def notify(session: Session, person_ids: Iterable[int | None], **about: object) -> int:
    """Prévenir: one notice per person, once per key; how many are new. `about` names the other
    fields of a Notification.

    Those who chose « Jamais » and those who are erased are left alone.
    """
    return notify_all(session, [Notification(list(person_ids), **about)])


def notify_all(session: Session, notifications: Sequence[Notification]) -> int:
    """The same for many things at once."""
    wanted = set().union(*(notification.persons for notification in notifications))
    open_to = set(recipients.notifiable_persons(session, wanted)) if wanted else set()
    day = today(session)
    rows = [
        _row(notification, person, day)
        for notification in notifications
        for person in sorted(notification.persons & open_to)
    ]
    if not rows:
        return 0
    insert = (sqlite if is_sqlite(session) else postgresql).insert(Notice.__table__)
    once = insert.on_conflict_do_nothing(index_elements=["person_id", "key"]).returning(Notice.id)
    notified = len(session.execute(once, rows).all())
    if notified:
        ledger.bump(session, SUBJECT, since=day)
    return notified


def in_short_acts(notifications: Sequence[Notification]) -> Iterator[ShortAct]:
    """The same for a round, a hundred things at a time."""
    return in_batches(notifications, notify_all)


def _row(notification: Notification, person: int, day: date) -> dict:
    return {
        "person_id": person,
        "key": notification.key,
        "kind": str(notification.kind),
        "on": day,
        "idea_id": notification.idea.id if notification.idea else None,
        "title": clean_title(notification.title),
        "text": clean_text(notification.text),
        "href": notification.href,
        "urgent": notification.urgent,
        "state": str(NoticeState.waiting),
        "tries": 0,
        "error": "",
        "address": notification.address,
    }


def notify_filed(session: Session, idea: Idea) -> int:
    """The receipt of a named entry, for its author; an anonymous one has the code of its
    receipt.
    """
    if idea.anonymous:
        return 0
    due = (
        f" Une réponse est attendue pour le {french.day_long(idea.due_on)}." if idea.due_on else ""
    )
    return notify(
        session,
        [idea.author_id],
        key=f"depot-{idea.id}",
        kind=NoticeKind.filed,
        idea=idea,
        href=address_of(idea),
        title=f"{_yours(idea)} est bien {_agree(idea, 'reçu{e}')}",
        text=f"« {idea.title} ».{due}",
    )


def notify_state(
    session: Session, idea: Idea, before: str, text: str = "", *, by: int | None = None
) -> int:
    """A new state, with the reason that is shown to the author. `before` is the state it had."""
    if before == idea.status:
        return 0
    return _notify_news(
        session,
        idea,
        NoticeKind.state,
        f"etat-{idea.status}",
        _agree(idea, IdeaStatus(idea.status).rules.told),
        text,
        by,
    )


def notify_answer(session: Session, idea: Idea, text: str, *, by: int | None = None) -> int:
    """An answer that leaves the state as it is; where the state changes too, `notify_state` says
    both.
    """
    return _notify_news(
        session, idea, NoticeKind.answer, "reponse", _agree(idea, "a reçu une réponse"), text, by
    )


def notify_holding(
    session: Session, idea: Idea, until: date, text: str = "", *, by: int | None = None
) -> int:
    """A holding answer: when the answer is to be expected now."""
    message = f"La réponse est maintenant attendue pour le {french.day_long(until)}."
    return _notify_news(
        session,
        idea,
        NoticeKind.holding,
        f"attente-{until}",
        "attend encore sa réponse",
        "\n".join(filter(None, (message, text))),
        by,
    )


def notify_comment(session: Session, idea: Idea, comment: Comment) -> int:
    """A comment or a message, without its words: they may be hidden before a mail leaves, and a
    mail does not come back.

    What an anonymous author writes is told later, by `notify_comments`: until then it stands in the
    Réception.
    """
    if comment.person_id is None or comment.hidden:
        return 0
    to, message = _hearers(session, idea, comment)
    return notify(
        session,
        to,
        key=f"{COMMENT_KEY}{comment.id}",
        kind=NoticeKind.comment,
        idea=idea,
        href=address_of(idea),
        by=comment.person_id,
        title=f"{message} au sujet {_of(idea)}",
        text="" if _is_hidden_from_mail(idea) else f"« {idea.title} »",
    )


def notify_comments(session: Session, day: date) -> Iterator[ShortAct]:
    """What anonymous authors wrote on the days before, one notice per entry, for those who answer:
    the round of the next day tells it. A task of the round.

    Told at once, the place of the notice among the others, and the minute of its mail, would say
    when the author wrote.
    """
    tree = organisation(session).at(day)
    written = query.written_without_name(session, day)
    return in_short_acts(
        [_anonymous_message(session, tree, idea, comment, day) for idea, comment in written]
    )


def _anonymous_message(
    session: Session, tree: Tree, idea: Idea, comment: Comment, day: date
) -> Notification:
    _, message = _hearers(session, idea, comment)
    return Notification(
        recipients.in_charge(session, tree, idea, day),
        f"{COMMENT_KEY}{comment.id}",
        NoticeKind.comment,
        f"{message} au sujet {_of(idea)}",
        _named(idea),
        address_of(idea),
        idea,
    )


def _hearers(session: Session, idea: Idea, comment: Comment) -> tuple[list[int | None], str]:
    day = today(session)
    tree = _tree(session, day)
    if comment.voice == Voice.public:
        return [
            idea.author_id,
            idea.relay_id,
            *recipients.followers(session, tree, idea, day),
        ], "Un commentaire"
    if comment.voice == Voice.office:
        return [idea.author_id, idea.relay_id], "Un message pour vous"
    message = "Une note interne" if comment.voice == Voice.note else "Un message de l'auteur"
    return list(recipients.in_charge(session, tree, idea, day)), message


def notify_transfer(session: Session, idea: Idea, unit_id: int, *, by: int | None = None) -> int:
    """A transfer: the managers of the unit that now answers, or the animateurs where it has
    none.
    """
    day = today(session)
    to = recipients.managers_of(
        session, _tree(session, day), unit_id, day
    ) or recipients.animateurs(session)
    unit = session.get(Direction, unit_id)
    return notify(
        session,
        to,
        key=f"transfert-{idea.id}-{unit_id}-v{idea.version}",
        kind=NoticeKind.transfer,
        idea=idea,
        by=by,
        urgent=True,
        href=address_of(idea),
        title=f"{_the(idea)} vous est {_agree(idea, 'transmis{e}')} pour réponse",
        text=" ".join(
            filter(
                None,
                (_named(idea), f"Direction concernée : {unit.name}." if unit else "", _due(idea)),
            )
        ),
    )


def notify_owner(session: Session, idea: Idea, *, by: int | None = None) -> int:
    """The person who is to prepare the answer."""
    return notify(
        session,
        [idea.owner_id],
        key=f"responsable-{idea.id}-{idea.owner_id}-v{idea.version}",
        kind=NoticeKind.task,
        idea=idea,
        by=by,
        urgent=True,
        href=address_of(idea),
        title=f"Vous préparez la réponse {_to(idea)}",
        text=" ".join(filter(None, (_named(idea), _due(idea)))),
    )


def notify_to_answer(session: Session, idea: Idea, words: str, *, by: int | None = None) -> int:
    """A decision about an entry, for those who answer for it: the official answer is to be
    completed.
    """
    day = today(session)
    return notify(
        session,
        recipients.in_charge(session, _tree(session, day), idea, day),
        key=f"decision-{idea.id}-v{idea.version}",
        kind=NoticeKind.task,
        idea=idea,
        by=by,
        href=address_of(idea),
        title=f"{_the(idea)} est {_agree(idea, 'décidé{e}')} : complétez la réponse officielle",
        text="\n".join((_named(idea), words, "Un texte vous est proposé sur sa fiche.")),
    )


def notify_decision_undone(
    session: Session, idea: Idea, number: int, *, by: int | None = None
) -> int:
    """A decision that had been recorded by mistake: the entry is again where it was."""
    label = IdeaStatus(idea.status).label
    return _notify_news(
        session,
        idea,
        NoticeKind.state,
        "decision-annulee",
        f"est de nouveau « {label} »",
        f"La décision n° {number} avait été encodée par erreur.",
        by,
    )


def notify_merge(session: Session, merge: Merge, idea: Idea) -> int:
    """A proposal to merge, for the author (or the relay) of one of its two ends: she may agree
    or refuse until its day.
    """
    other = session.get(Idea, merge.into_id if idea.id == merge.idea_id else merge.idea_id)
    named = (
        f"{_the(other, inside=True)} (« {other.title} »)" if other.published else "un autre dépôt"
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
        title=f"Une fusion est proposée pour {_yours(idea, inside=True)}",
        text=(
            f"{joined}. Vous pouvez accepter ou refuser jusqu'au {french.day_long(merge.due_on)} ; "
            "sans réponse de votre part, la fusion se fait ce jour-là."
        ),
    )


def take_back(session: Session, idea: Idea) -> int:
    """What an act that is undone had told, where it has not left: called before the entry's
    version is raised again.
    """
    found = session.execute(
        delete(Notice).where(
            Notice.idea_id == idea.id,
            Notice.key.endswith(f"-v{idea.version}"),
            Notice.state == NoticeState.waiting,
        )
    )
    return found.rowcount


def _notify_news(
    session: Session,
    idea: Idea,
    kind: NoticeKind,
    what: str,
    message: str,
    text: str,
    by: int | None,
) -> int:
    """The author, who relayed her, those who follow: each in the words that are hers."""
    day = today(session)
    key = f"{what}-{idea.id}-v{idea.version}"
    about = {"key": key, "kind": kind, "idea": idea, "href": address_of(idea), "by": by}
    words = "\n".join(filter(None, (f"« {idea.title} »", text)))
    notified = notify(
        session, [idea.author_id], title=f"{_yours(idea)} {message}", text=words, **about
    )
    notified += notify(
        session,
        [idea.relay_id],
        text=words,
        **about,
        title=f"{_the(idea)} que vous avez {_agree(idea, 'relayé{e}')} {message} : à transmettre",
    )
    rest = set(recipients.followers(session, _tree(session, day), idea, day)) - {
        idea.author_id,
        idea.relay_id,
    }
    return notified + notify(
        session, rest, title=f"{_the(idea)} que vous suivez {message}", text=words, **about
    )


# ── Words ─────────────────────────────────────────────────────────────────────────────────────────

_MASCULINE = (IdeaKind.finding, IdeaKind.comment)


def _agree(idea: Idea, words: str) -> str:
    return words.format(e="" if idea.kind in _MASCULINE else "e")


def _noun(idea: Idea) -> str:
    word = (
        "amélioration" if idea.kind == IdeaKind.improvement else IdeaKind(idea.kind).label.lower()
    )
    return f"{word} n° {idea.number}"


def _yours(idea: Idea, inside: bool = False) -> str:
    return f"{'votre' if inside else 'Votre'} {_noun(idea)}"


def _the(idea: Idea, inside: bool = False) -> str:
    noun = _noun(idea)
    if noun[0] in "aeioué":
        article = "l'"
    elif idea.kind in _MASCULINE:
        article = "le "
    else:
        article = "la "
    return f"{article}{noun}" if inside else f"{article.capitalize()}{noun}"


def _of(idea: Idea) -> str:
    return _contracted(idea, "du", "de")


def _to(idea: Idea) -> str:
    return _contracted(idea, "au", "à")


def _contracted(idea: Idea, masculine: str, otherwise: str) -> str:
    message = _the(idea, inside=True)
    if message.startswith("le "):
        return message.replace("le ", f"{masculine} ", 1)
    return f"{otherwise} {message}"


def _is_hidden_from_mail(idea: Idea) -> bool:
    """An entry that nobody has read yet may name somebody: staff are told its number, not its
    words.
    """
    return not idea.published


def _named(idea: Idea) -> str:
    if _is_hidden_from_mail(idea):
        return "Pas encore publiée : ouvrez-la pour la lire."
    return f"« {idea.title} »."


def _due(idea: Idea) -> str:
    return f"Réponse attendue pour le {french.day_long(idea.due_on)}." if idea.due_on else ""


def address_of(idea: Idea) -> str:
    return f"/idees?idee={idea.number}"


def about_duty(idea: Idea, message: str, day: date) -> tuple[str, str]:
    """The title and the text of a duty on an entry: « L'idée n° 12 attend une réponse », what
    and by when.
    """
    if idea.due_on is None or idea.due_on >= day:
        due = _due(idea)
    else:
        due = f"La réponse était attendue pour le {french.day_long(idea.due_on)}."
    return f"{_the(idea)} {message}", " ".join(filter(None, (_named(idea), due)))


def _tree(session: Session, day: date) -> Tree:
    return organisation(session).at(day)


# ── Choosing, and saying what was told ────────────────────────────────────────────────────────────


def choose_rhythm(session: Session, reader: Reader, rhythm: Rhythm) -> None:
    """Choisir le rythme de ses courriels; with « Jamais » what still waits for the reader goes."""
    remember(session, reader, RHYTHM, str(rhythm))
    if rhythm is Rhythm.never:
        session.execute(
            delete(Notice).where(
                Notice.person_id == reader.person_id,
                Notice.state.in_(_WAITING),
                Notice.address == "",
            )
        )
        ledger.bump(session, SUBJECT, since=today(session))


def mark_notified(
    session: Session, scope: Scope, person_id: int, notice_ids: Iterable[int], by_mail: bool
) -> int:
    """« C'est dit »: these notices were told to the person, by voice or on paper; the journal keeps
    by whom.

    Raises Refused without the right, or where none of them waits any more.
    """
    require(scope.reader, "notice.tell")
    wanted = set(notice_ids)
    seen = {
        news.id for news in by_voice.news_to_notify(session, scope, [person_id], by_mail)
    } & wanted
    rows = session.exec(
        select(Notice)
        .where(Notice.id.in_(sorted(seen)), Notice.state.in_(_WAITING))
        .order_by(Notice.id)
        .with_for_update()
    ).all()
    if not rows:
        raise Refused("Cette personne est déjà prévenue, ou elle ne relève pas de vous.")
    day = today(session)
    for notice in rows:
        note(
            session,
            scope.reader,
            day,
            "outbox",
            str(notice.id),
            "state",
            notice.state,
            NoticeState.told,
        )
        notice.state = NoticeState.told
        notice.sent_on = day
        session.add(notice)
    ledger.bump(session, SUBJECT, since=day)
    return len(rows)
