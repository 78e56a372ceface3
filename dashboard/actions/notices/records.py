"""Acts on notices (avis): notifying persons once each; reminding those who answer; marking notices
as passed on in person; how an entry is named in them.

A notice is written in the transaction of its event, and stores the day only. Notices about ideas
and the records beside them are in `events`.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from sqlalchemy import delete
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, may, require
from dashboard.actions.acts import note
from dashboard.actions.operations.mixing import ShortAct, in_batches
from dashboard.actions.people.accounts import remember
from dashboard.queries.directions import organisation
from dashboard.queries.notices import records, records as query
from dashboard.queries.notices.records import reader_of_person
from dashboard.scope import Scope
from models.clock import Workdays, today, workdays
from models.directions import Tree, UnitKind
from models.idea_states import IdeaKind
from models.ideas import Idea
from models.inserts import insert_new
from models.jobs import Job, JobState
from models.notices import Notice, NoticeKind, NoticeState, Rhythm
from models.people import Person
from models.seats import Seat
from models.settings import settings
from models.texts import Refused, clean_text, clean_title

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


class NoticeRound:
    """The context of one round of notices: day, chart, heads, calendar, office."""

    def __init__(self, session: Session, day: date):
        self.session, self.day = session, day
        self.tree = organisation(session).at(day)
        self.calendar = workdays(session)
        self.heads = records.heads_by_unit(session, day)
        self.office = records.animateurs(session)


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
    open_to = set(records.notifiable_persons(session, wanted)) if wanted else set()
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
            kind=kind,
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


def _row(notification: Notification, person: int | None, day: date) -> dict:
    return {
        "person_id": person,
        "key": notification.key,
        "kind": notification.kind,
        "on": day,
        "idea_id": notification.idea.id if notification.idea else None,
        "title": clean_title(notification.title),
        "text": clean_text(notification.text),
        "href": notification.href,
        "urgent": notification.urgent,
        "state": NoticeState.waiting,
        "tries": 0,
        "error": "",
        "address": "",
    }


# ── Rhythm, and notices passed on in person ───────────────────────────────────────────────────────


def choose_rhythm(session: Session, reader: Reader, rhythm: Rhythm) -> None:
    """Choisir le rythme de ses courriels; « Jamais » deletes the reader's pending notices."""
    remember(session, reader, records.RHYTHM, str(rhythm))
    if rhythm is Rhythm.never:
        session.execute(
            delete(Notice)
            .filter_by(person_id=reader.person_id, address="")
            .where(Notice.state.in_(_WAITING))
        )


def mark_notified(
    session: Session, scope: Scope, person_id: int, notice_ids: Iterable[int], by_mail: bool
) -> int:
    """« C'est dit »: marks notices as passed on in person or on paper; the journal records by whom.

    Raises Refused without the right, or where none of them is pending.
    """
    require(scope.reader, "notice.tell")
    seen = {news.id for news in records.news_to_notify(session, scope, [person_id], by_mail)} & set(
        notice_ids
    )
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
            "outbox",
            str(notice.id),
            "state",
            notice.state,
            NoticeState.handed_over,
        )
        notice.state = NoticeState.handed_over
        notice.sent_on = day
    return len(rows)


FILES_MB = 7  # together; a mail server takes ten, and a mail makes them a third larger
_SITTING, _MARK = "seance-", "+"
Files = list[tuple[str, bytes]]  # name and content


def key_of(meeting_id: int, what: str, day: date, job_ids: Sequence[str]) -> str:
    """The key of a notice about a meeting, whose mail carries the results of these jobs."""
    return _MARK.join([f"{_SITTING}{meeting_id}-{what}-{day}", *job_ids])


def attached(
    session: Session, person: Person, notices: Sequence[Notice], day: date
) -> tuple[Files, str]:
    """The files for this person, and what her mail says of them. None for who may not read all that
    a dossier holds, or once they are deleted.
    """
    keys = [notice.key for notice in notices if notice.key.startswith(_SITTING)]
    ids = [ident for key in keys for ident in key.split(_MARK)[1:]]
    reader = reader_of_person(session, person, day) if ids else None
    if reader is None or not reads_dossier(reader):
        return [], ""
    ready = select(Job).filter_by(state=JobState.done).where(Job.id.in_(ids)).order_by(Job.kind)
    files = [(job.file_name, job.result) for job in session.exec(ready) if job.result]
    if sum(len(content) for _, content in files) > FILES_MB << 20:
        advice = "préparez-les sur la page de la séance"
        return [], f"Les fichiers sont trop lourds pour un courriel : {advice}."
    names = ", ".join(name for name, _ in files)
    return files, f"Joints à ce courriel : {names}." if files else ""


def reads_dossier(reader: Reader) -> bool:
    """Whether she may read all that a dossier of the whole administration holds, which has the
    points of the CODIR.
    """
    return may(reader, "codir.read")


# Per level; the rest is sent by the next round.
_MOST_A_ROUND = 1000


def remind(session: Session, day: date) -> Iterable[ShortAct]:
    """Relancer: one notice per entry and level to those who answer, on working days. A task of the
    round.
    """
    now = NoticeRound(session, day)
    if not now.calendar.is_open(day):
        return ()
    reminders = [
        reminder
        for level, after, last in ladder(day, now.calendar)
        for reminder in islice(_reminders(now, level, after, last), _MOST_A_ROUND)
    ]
    return in_batches(reminders, notify_all)


def _reminders(
    now: NoticeRound, level: query.EscalationLevel, after: date, last: date
) -> Iterator[Notification]:
    """The entries of a level with somebody to notify: those whose recipients refuse mails recur at
    every round and must not use up its limit.
    """
    for idea in query.to_remind(now.session, level, after, last, now.day):
        persons = records.notifiable_persons(now.session, _at_level(now, idea, level))
        if persons:
            is_late = idea.due_on < now.day
            words = (
                "attend toujours une réponse"
                if is_late
                else _WORDS.get(level, "attend une réponse")
            )
            title, text = about_duty(idea, agree(idea, words), now.day)
            yield Notification(
                persons,
                query.reminder_key(idea, level),
                NoticeKind.reminder,
                title,
                text,
                address_of(idea),
                idea,
                urgent=is_late,
            )


def ladder(day: date, calendar: Workdays) -> list[tuple[query.EscalationLevel, date, date]]:
    """Each level with its range of promised days on `day`: after the first, up to the second. Later
    days are not due yet.
    """
    # Working days after the promised day.
    to_top = calendar.back(day, 10)
    to_department = calendar.back(day, 1)
    to_halfway = calendar.add(day, settings().cp_answer_days // 2 + 1) - timedelta(days=1)
    return [
        (query.EscalationLevel.top, date.min, to_top),
        (query.EscalationLevel.department, to_top, to_department),
        (query.EscalationLevel.halfway, to_department, to_halfway),
        (query.EscalationLevel.arrived, to_halfway, date.max),
    ]


_WORDS = {
    query.EscalationLevel.arrived: "est arrivé{e} et attend une réponse",
    query.EscalationLevel.halfway: "attend une réponse : la moitié du délai est passée",
}


def _at_level(now: NoticeRound, idea: Idea, level: query.EscalationLevel) -> set[int]:
    """The persons of a level and of those below it; the office where a level has nobody, or the
    entry concerns no unit.
    """
    if idea.concerns_id is None and idea.owner_id is None:
        return set(now.office)
    persons = set(records.in_charge(now.session, now.tree, idea, now.day))
    if level is query.EscalationLevel.halfway:
        persons.update(now.office)
    for climbed in (query.EscalationLevel.department, query.EscalationLevel.top):
        if climbed <= level:
            persons.update(
                next(
                    (
                        heads
                        for unit_id in _above(now.tree, idea, climbed)
                        if (heads := now.heads.get(unit_id))
                    ),
                    now.office,
                )
            )
    return persons


def _above(tree: Tree, idea: Idea, level: query.EscalationLevel) -> Iterator[int]:
    """The unit of a level; the root for a department without an inspecteur général."""
    department = tree.ancestor(idea.concerns_id, UnitKind.department)
    if level is query.EscalationLevel.department and department:
        yield department.id
    if tree.root and idea.concerns_id is not None:
        yield tree.root.id


def resume(session: Session, day: date) -> Iterable[ShortAct]:
    """Reprendre: a postponed entry returns to those who answer on its set day. A task of
    the round.
    """
    tree = organisation(session).at(day)
    persons = (_resumption(session, tree, idea, day) for idea in query.to_resume(session, day))
    to_somebody = (
        notification
        for notification in persons
        if records.notifiable_persons(session, notification.persons)
    )
    return in_batches(list(islice(to_somebody, _MOST_A_ROUND)), notify_all)


def _resumption(session: Session, tree: Tree, idea: Idea, day: date) -> Notification:
    title, text = about_duty(idea, "est à reprendre : la date prévue est arrivée", day)
    return Notification(
        records.in_charge(session, tree, idea, day),
        query.resumption_key(idea),
        NoticeKind.task,
        title,
        text,
        address_of(idea),
        idea,
        urgent=True,
    )


# ── How an entry is named in a notice ─────────────────────────────────────────────────────────────

_MASCULINE = (IdeaKind.finding, IdeaKind.comment)


def agree(idea: Idea, words: str) -> str:
    return words.format(e="" if idea.kind in _MASCULINE else "e")


def _noun(idea: Idea) -> str:
    noun = (
        "amélioration" if idea.kind == IdeaKind.improvement else IdeaKind(idea.kind).label.lower()
    )
    return f"{noun} n° {idea.number}"


def yours(idea: Idea, inside: bool = False) -> str:
    return f"{'votre' if inside else 'Votre'} {_noun(idea)}"


def the(idea: Idea, inside: bool = False) -> str:
    noun = _noun(idea)
    if noun[0] in "aeioué":
        article = "l'"
    elif idea.kind in _MASCULINE:
        article = "le "
    else:
        article = "la "
    return f"{article}{noun}" if inside else f"{article.capitalize()}{noun}"


def of_the(idea: Idea) -> str:
    return _contracted(idea, "du", "de")


def to_the(idea: Idea) -> str:
    return _contracted(idea, "au", "à")


def _contracted(idea: Idea, masculine: str, otherwise: str) -> str:
    message = the(idea, inside=True)
    if message.startswith("le "):
        return message.replace("le ", f"{masculine} ", 1)
    return f"{otherwise} {message}"


def named(idea: Idea) -> str:
    """Its title in a mail to staff, once it is published: an unread entry may name somebody."""
    if not idea.published:
        return "Pas encore publiée : ouvrez-la pour la lire."
    return f"« {idea.title} »."


def due_sentence(idea: Idea) -> str:
    return f"Réponse attendue pour le {french.day_long(idea.due_on)}." if idea.due_on else ""


def address_of(idea: Idea) -> str:
    return f"/idees?idee={idea.number}"


def about_duty(idea: Idea, message: str, day: date) -> tuple[str, str]:
    """The title and text of a task about an entry: « L'idée n° 12 attend une réponse », with its
    deadline.
    """
    if idea.due_on is None or idea.due_on >= day:
        due = due_sentence(idea)
    else:
        due = f"La réponse était attendue pour le {french.day_long(idea.due_on)}."
    return f"{the(idea)} {message}", " ".join(filter(None, (named(idea), due)))
