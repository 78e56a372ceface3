"""Acts on notices (avis): notifying persons once each; marking notices as passed on in person.

A notice is written in the transaction of its event, and stores the day only. Notices about ideas
are in `ideas`.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import note
from dashboard.actions.operations.short_acts import ShortAct, in_batches
from dashboard.actions.people.preferences import remember
from dashboard.queries.directions import organisation
from dashboard.queries.notices import by_voice, recipients
from dashboard.queries.notices import records as query
from dashboard.scope import Scope
from models.clock import today
from models.directions import Tree
from models.errors import Refused
from models.ideas import Idea
from models.inserts import insert_new
from models.notices import Notice, NoticeKind, NoticeState, Rhythm
from models.people import Person
from models.seats import Seat
from models.texts import clean_text, clean_title
from models.workdays import Workdays, workdays

# States that may still be passed on in person.
_WAITING = (*query.UNSENT, NoticeState.dropped)


# ── Notifying ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Notification:
    """One message for several persons. `by` gets none about her own act; `href` is a page of the
    product.
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

    @property
    def persons(self) -> set[int]:
        return {person for person in self.to if person is not None and person != self.by}


@dataclass(frozen=True)
class NoticeRound:
    """The context of one round of notices: day, chart, heads, calendar, office."""

    session: Session
    day: date
    tree: Tree
    calendar: Workdays
    heads: dict[int, list[int]]
    office: list[int]


def notice_round(session: Session, day: date) -> NoticeRound:
    return NoticeRound(
        session,
        day,
        organisation(session).at(day),
        workdays(session),
        recipients.heads_by_unit(session, day),
        recipients.animateurs(session),
    )


def notify(session: Session, person_ids: Iterable[int | None], **about: object) -> int:
    """Prévenir: one notice per person, once per key; returns how many are new. `about` holds the
    other fields of a Notification.

    Those who chose « Jamais » and erased persons get none.
    """
    return notify_all(session, [Notification(list(person_ids), **about)])


def notify_all(
    session: Session, notifications: Sequence[Notification], day: date | None = None
) -> int:
    """The same for several notifications. `day`: today, if the caller already read it."""
    wanted = set().union(*(notification.persons for notification in notifications))
    open_to = set(recipients.notifiable_persons(session, wanted)) if wanted else set()
    day = day or today(session)
    rows = [
        _row(notification, person, day)
        for notification in notifications
        for person in sorted(notification.persons & open_to)
    ]
    if not rows:
        return 0
    # Unique by key: an act and a round may write the same notice at once.
    return insert_new(session, Notice, rows, "person_id", "key")


def notify_guests(session: Session, seats: Iterable[Seat], key: str, title: str, text: str) -> int:
    """Prévenir les invités who left an address at these seats, once per key; returns how many are
    new.
    """
    day = today(session)
    rows = [
        _row(Notification((), key, NoticeKind.task, title, text, urgent=True), None, day)
        | {"seat_id": seat.id}
        for seat in sorted(seats, key=lambda seat: seat.id)
        if seat.is_guest and seat.email
    ]
    return insert_new(session, Notice, rows, "seat_id", "key") if rows else 0


def queue_mail(
    session: Session,
    person: Person,
    kind: NoticeKind,
    title: str,
    text: str,
    href: str,
    address: str,
) -> None:
    """Queues a mail to one address, whatever the person's rhythm: she asked for it."""
    session.add(
        Notice(
            person_id=person.id,
            key=f"{kind}-{secrets.token_hex(8)}",
            kind=str(kind),
            on=today(session),
            title=title,
            text=text,
            href=href,
            urgent=True,
            address=address,
        )
    )


def forget_guests_notices(session: Session, seat_ids: Iterable[int]) -> None:
    """Deletes the notices of these guests, sent and pending."""
    session.execute(delete(Notice).where(Notice.seat_id.in_(sorted(set(seat_ids)))))


def in_short_acts(notifications: Sequence[Notification]) -> Iterator[ShortAct]:
    """The same for a round, a hundred at a time."""
    return in_batches(notifications, notify_all)


def _row(notification: Notification, person: int | None, day: date) -> dict:
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
        "address": "",
    }


# ── Rhythm, and notices passed on in person ───────────────────────────────────────────────────────


def choose_rhythm(session: Session, reader: Reader, rhythm: Rhythm) -> None:
    """Choisir le rythme de ses courriels; « Jamais » deletes the reader's pending notices."""
    remember(session, reader, recipients.RHYTHM, str(rhythm))
    if rhythm is Rhythm.never:
        session.execute(
            delete(Notice).where(
                Notice.person_id == reader.person_id,
                Notice.state.in_(_WAITING),
                Notice.address == "",
            )
        )


def mark_notified(
    session: Session, scope: Scope, person_id: int, notice_ids: Iterable[int], by_mail: bool
) -> int:
    """« C'est dit »: marks notices as passed on in person or on paper; the journal records by whom.

    Raises Refused without the right, or where none of them is pending.
    """
    require(scope.reader, "notice.tell")
    wanted = set(notice_ids)
    seen = {
        news.id for news in by_voice.news_to_notify(session, scope, [person_id], by_mail)
    } & wanted
    # Locked in the order of their ids, so that concurrent acts cannot deadlock.
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
            NoticeState.handed_over,
        )
        notice.state = NoticeState.handed_over
        notice.sent_on = day
    return len(rows)
