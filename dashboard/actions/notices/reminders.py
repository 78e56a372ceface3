"""Reminders (relances) to those who answer for an entry: on arrival, half-way, and once it is late.

Each level adds recipients, who remain until the answer; ambassadors, who are volunteers, get none.
An entry is on one level at a time, so that a late start does not send every level at once.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice

from sqlmodel import Session

from dashboard.actions.notices.idea_words import about_duty, address_of, agree
from dashboard.actions.notices.records import (
    NoticeRound,
    Notification,
    in_short_acts,
    notice_round,
)
from dashboard.actions.operations.short_acts import ShortAct
from dashboard.queries.directions import organisation
from dashboard.queries.notices import recipients
from dashboard.queries.notices import records as query
from models.directions import Tree, UnitKind
from models.ideas import Idea
from models.notices import NoticeKind
from models.settings import settings
from models.workdays import Workdays

# Working days after the promised day.
AFTER_DEPARTMENT = 1
AFTER_TOP = 10
# Per level; the rest is sent by the next round.
_MOST_A_ROUND = 1000


def remind(session: Session, day: date) -> Iterable[ShortAct]:
    """Relancer: one notice per entry and level to those who answer, on working days. A task of the
    round.
    """
    now = notice_round(session, day)
    if not now.calendar.is_open(day):
        return ()
    return in_short_acts(
        [
            reminder
            for level, after, last in ladder(day, now.calendar)
            for reminder in islice(_reminders(now, level, after, last), _MOST_A_ROUND)
        ]
    )


def _reminders(
    now: NoticeRound, level: query.EscalationLevel, after: date, last: date
) -> Iterator[Notification]:
    """The entries of a level with somebody to notify: those whose recipients refuse mails recur at
    every round and must not use up its limit.
    """
    for idea in query.to_remind(now.session, level, after, last, now.day):
        persons = recipients.notifiable_persons(now.session, _at_level(now, idea, level))
        if persons:
            yield _reminder(now, idea, level, persons)


def ladder(day: date, calendar: Workdays) -> list[tuple[query.EscalationLevel, date, date]]:
    """Each level with its range of promised days on `day`: after the first, up to the second. Later
    days are not due yet.
    """
    to_top = calendar.back(day, AFTER_TOP)
    to_department = calendar.back(day, AFTER_DEPARTMENT)
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


def _reminder(
    now: NoticeRound, idea: Idea, level: query.EscalationLevel, persons: list[int]
) -> Notification:
    is_late = idea.due_on < now.day
    words = "attend toujours une réponse" if is_late else _WORDS.get(level, "attend une réponse")
    title, text = about_duty(idea, agree(idea, words), now.day)
    return Notification(
        persons,
        query.reminder_key(idea, level),
        NoticeKind.reminder,
        title,
        text,
        address_of(idea),
        idea,
        urgent=is_late,
    )


def _at_level(now: NoticeRound, idea: Idea, level: query.EscalationLevel) -> set[int]:
    """The persons of a level and of those below it; the office where a level has nobody, or the
    entry concerns no unit.
    """
    if idea.concerns_id is None and idea.owner_id is None:
        return set(now.office)
    persons = set(recipients.in_charge(now.session, now.tree, idea, now.day))
    if level is query.EscalationLevel.halfway:
        persons.update(now.office)
    for climbed in (query.EscalationLevel.department, query.EscalationLevel.top):
        if climbed <= level:
            persons.update(_heads(now, idea, climbed))
    return persons


def _heads(now: NoticeRound, idea: Idea, level: query.EscalationLevel) -> list[int]:
    """The heads of the unit of a level, or the office."""
    return next(
        (heads for unit_id in _above(now.tree, idea, level) if (heads := now.heads.get(unit_id))),
        now.office,
    )


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
        if recipients.notifiable_persons(session, notification.persons)
    )
    return in_short_acts(list(islice(to_somebody, _MOST_A_ROUND)))


def _resumption(session: Session, tree: Tree, idea: Idea, day: date) -> Notification:
    title, text = about_duty(idea, "est à reprendre : la date prévue est arrivée", day)
    return Notification(
        recipients.in_charge(session, tree, idea, day),
        query.resumption_key(idea),
        NoticeKind.task,
        title,
        text,
        address_of(idea),
        idea,
        urgent=True,
    )
