"""Reminders (relances): what a round tells those who answer, before and after the promised day.

The ladder climbs from the programme office to the top, never to an ambassador, who is a volunteer.
An entry stands on one level at a time, so that a town that begins late is not told the whole ladder
at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum

from sqlmodel import Session

from dashboard.actions.notices.records import (
    Notification,
    about_duty,
    address_of,
    notify,
    notify_all,
)
from dashboard.queries.directions import organisation
from dashboard.queries.notices import recipients
from dashboard.queries.notices import records as query
from models.directions import Tree, UnitKind
from models.ideas import Idea
from models.keeping import NoticeKind
from models.workdays import Workdays, workdays


class EscalationLevel(IntEnum):
    """Échelon: who is told that an answer is due."""

    office = 1  # the animateurs
    # Who prepares the answer, or the managers of the direction concerned.
    direction = 2
    department = 3  # the inspecteur général
    top = 4  # the Directeur général


# Working days before, or after, the promised day.
BEFORE_OFFICE = 10
BEFORE_DIRECTION = 5
AFTER_DEPARTMENT = 1
AFTER_TOP = 10


@dataclass(frozen=True)
class _Round:
    """What one round knows: the day, the chart, the calendar, the office, what was told before;
    who stands on a level is asked once.
    """

    session: Session
    day: date
    tree: Tree
    calendar: Workdays
    office: list[int]
    notified: frozenset[str]
    standing: dict[tuple, list[int]] = field(default_factory=dict)

    def at_level(self, idea: Idea, level: EscalationLevel) -> list[int]:
        place = (level, idea.owner_id, idea.concerns_id)
        if place not in self.standing:
            self.standing[place] = _at_level(self, idea, level)
        return self.standing[place]


def remind(session: Session, day: date) -> int:
    """Relancer: one notice per entry and level for those who answer; nothing on a day when nobody
    works. How many are new.
    """
    calendar = workdays(session)
    if not calendar.is_open(day):
        return 0
    now = _Round(
        session,
        day,
        organisation(session).at(day),
        calendar,
        recipients.animateurs(session),
        query.notified_keys(session, NoticeKind.reminder),
    )
    return notify_all(
        session,
        [
            notification
            for idea in query.due_by(session, calendar.add(day, BEFORE_OFFICE))
            if (notification := _reminder(now, idea))
        ],
    )


def level_on(due: date, day: date, calendar: Workdays) -> EscalationLevel | None:
    """The level of an entry due on `due`, seen on `day`; None while it is early."""
    if day > due:
        since = calendar.between(due, day)
        if since >= AFTER_TOP:
            return EscalationLevel.top
        if since >= AFTER_DEPARTMENT:
            return EscalationLevel.department
        return EscalationLevel.direction
    left = calendar.between(day, due)
    if left > BEFORE_OFFICE:
        return None
    if left > BEFORE_DIRECTION:
        return EscalationLevel.office
    return EscalationLevel.direction


def _reminder(now: _Round, idea: Idea) -> Notification | None:
    level = level_on(idea.due_on, now.day, now.calendar)
    # A promise that was moved begins the ladder again.
    key = f"relance-{idea.id}-{level and int(level)}-{idea.due_on}"
    if level is None or key in now.notified:
        return None
    title, text = about_duty(
        idea,
        "attend toujours une réponse" if idea.due_on < now.day else "attend une réponse",
        now.day,
    )
    return Notification(
        now.at_level(idea, level),
        key,
        NoticeKind.reminder,
        title,
        text,
        address_of(idea),
        idea,
        urgent=True,
    )


def _at_level(now: _Round, idea: Idea, level: EscalationLevel) -> list[int]:
    """The persons of a level; where nobody stands on it, or nobody knows whom an entry concerns,
    the office.
    """
    if level is EscalationLevel.office or (idea.concerns_id is None and idea.owner_id is None):
        return now.office
    if level is EscalationLevel.direction:
        return recipients.in_charge(now.session, now.tree, idea, now.day)
    return next(
        (
            heads
            for unit_id in _above(now.tree, idea, level)
            if (heads := recipients.heads(now.session, unit_id, now.day))
        ),
        now.office,
    )


def _above(tree: Tree, idea: Idea, level: EscalationLevel) -> Iterator[int]:
    """The unit of a level; above a department without an inspecteur général stands the whole."""
    department = tree.ancestor(idea.concerns_id, UnitKind.department)
    if level is EscalationLevel.department and department:
        yield department.id
    if tree.root and idea.concerns_id is not None:
        yield tree.root.id


def resume(session: Session, day: date) -> int:
    """Reprendre: an entry that was put off comes back to those who answer on the day that was
    set.
    """
    tree = organisation(session).at(day)
    notified = 0
    for idea in query.put_off_until(session, day):
        title, text = about_duty(idea, "est à reprendre : la date prévue est arrivée", day)
        notified += notify(
            session,
            recipients.in_charge(session, tree, idea, day),
            key=f"reprise-{idea.id}-{idea.postponed_until}",
            kind=NoticeKind.task,
            idea=idea,
            urgent=True,
            href=address_of(idea),
            title=title,
            text=text,
        )
    return notified
