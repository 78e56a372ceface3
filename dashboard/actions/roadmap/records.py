"""What the acts on a milestone share: the record that is held, its facts in force, the days and
numbers that they may have.
"""

from collections.abc import Sequence
from datetime import date
from math import isfinite

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.queries.edit_conflicts import LastWrite
from models.errors import Refused
from models.facts import live
from models.roadmap import Milestone, MilestoneReport, MilestoneWait, Rebaseline

EARLIEST = date(2020, 1, 1)
LATEST = date(2035, 12, 31)


def last_fact(
    session: Session, table: type[MilestoneReport | MilestoneWait | Rebaseline], milestone_id: int
) -> LastWrite:
    """Who recorded the last fact of this kind, be it one that undoes another."""
    last = session.exec(
        select(table).where(table.milestone_id == milestone_id).order_by(table.id.desc())
    ).first()
    return LastWrite(last.by, last.recorded_on) if last else LastWrite()


def can_undo(last, reader: Reader, day: date) -> bool:
    """Whether this report or revision (None: there is none) may be undone by its author, the
    same day.
    """
    return (
        last is not None
        and last.recorded_on == day
        and reader.person_id is not None
        and last.by == reader.person_id
    )


def is_positive(number: float | None) -> bool:
    return number is not None and isfinite(number) and number > 0


def held_milestone(session: Session, milestone_id: int) -> Milestone:
    """The milestone, held until the act is over."""
    found = session.get(Milestone, milestone_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refused("Ce jalon n'existe pas.")
    return found


def schedule_at(session: Session, milestone_id: int, on: date) -> Rebaseline:
    """The schedule in force, whose owner answers for the milestone."""
    found = schedules(session, milestone_id, on)
    if not found:
        raise Refused("Ce jalon n'a pas encore de calendrier.")
    return found[-1]


def schedules(session: Session, milestone_id: int, on: date) -> Sequence[Rebaseline]:
    """The calendar of a milestone, oldest first."""
    return session.exec(
        select(Rebaseline)
        .where(Rebaseline.milestone_id == milestone_id, live(Rebaseline, on))
        .order_by(Rebaseline.on, Rebaseline.id)
    ).all()


def last_report(session: Session, milestone_id: int, on: date) -> MilestoneReport | None:
    return session.exec(
        select(MilestoneReport)
        .where(
            MilestoneReport.milestone_id == milestone_id,
            MilestoneReport.state != "",
            live(MilestoneReport, on),
        )
        .order_by(MilestoneReport.on.desc(), MilestoneReport.id.desc())
    ).first()


NEAR = f"Les dates vont du {EARLIEST:%d/%m/%Y} au {LATEST:%d/%m/%Y}."


def is_near(day: date | None) -> bool:
    """A year mistyped would stretch every curve."""
    return day is None or EARLIEST <= day <= LATEST
