"""Shared by the acts on a plan: the locked record, its current facts, the dates and numbers
allowed.
"""

from collections.abc import Sequence
from datetime import date
from math import isfinite

from sqlmodel import Session

from dashboard.access import Reader
from dashboard.actions.acts import lock_record, note
from models.clock import today
from models.directions import Direction
from models.errors import Refused
from models.facts import facts_of
from models.roadmap import Ambition, Plan, PlanLevel, PlanReport, PlanSchedule
from models.words import Word

# A mistyped year would stretch every chart; PST elements are in none.
EARLIEST = date(2020, 1, 1)
LATEST = date(2035, 12, 31)
_OF_THE_PST = (date(2000, 1, 1), date(2060, 12, 31))


def lock_plan(session: Session, plan_id: int) -> Plan:
    """The plan, locked until the transaction ends."""
    return lock_record(session, Plan, plan_id, "Ce jalon ou ce projet n'existe pas.")


def lock_milestone(session: Session, plan_id: int) -> Plan:
    """The milestone, locked until the transaction ends."""
    plan = lock_plan(session, plan_id)
    if not plan.is_milestone:
        raise Refused("Ce jalon n'existe pas.")
    return plan


def named(plan: Plan) -> str:
    """« Le jalon 1.7 », « Le projet SNB »."""
    return f"Le {'jalon' if plan.is_milestone else 'projet'} {plan.number}"


def can_undo(last, reader: Reader, day: date) -> bool:
    """Whether the reader may undo this report or revision (None: none exists): its author, on the
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


def schedule_at(session: Session, plan_id: int, on: date) -> PlanSchedule:
    """The schedule in force, which names the owner."""
    in_force = schedules(session, plan_id, on)
    if not in_force:
        raise Refused("Ce jalon n'a pas encore de calendrier.")
    return in_force[-1]


def schedules(session: Session, plan_id: int, on: date) -> Sequence[PlanSchedule]:
    """The schedules of a plan, oldest first."""
    return facts_of(session, PlanSchedule, plan_id, on)


def last_report(session: Session, plan_id: int, on: date) -> PlanReport | None:
    return next(reversed(facts_of(session, PlanReport, plan_id, on)), None)


def bounds_of(level: str) -> tuple[date, date]:
    """The first and last dates allowed for a plan of this level."""
    return (EARLIEST, LATEST) if level == PlanLevel.milestone else _OF_THE_PST


def far_days(level: str, days: dict[str, date | None]) -> dict[str, str]:
    """Errors by field for dates outside those bounds."""
    first, last = bounds_of(level)
    sentence = f"Les dates vont du {first:%d/%m/%Y} au {last:%d/%m/%Y}."
    far = [name for name, day in days.items() if day is not None and not first <= day <= last]
    return dict.fromkeys(far, sentence)


_TABLES = {"owner_direction_id": Direction, "ambition_id": Ambition}


def note_changes(
    session: Session, reader: Reader, plan: Plan, changes: dict[str, tuple[object, object]]
) -> None:
    """A journal line per field with its previous and new value; other records by their code."""
    for name, values in changes.items():
        texts = [_in_journal(session, name, value) for value in values]
        note(session, reader, today(session), plan.in_journal, plan.number, name, *texts)


def _in_journal(session: Session, name: str, value: object) -> object:
    if name == "level":
        return PlanLevel(value).label if value in list(PlanLevel) else value
    if name == "parent_id" and value:
        return session.get(Plan, value).number
    if name in _TABLES and value:
        return session.get(_TABLES[name], value).code
    text = value.label if isinstance(value, Word) else value
    return None if text == "" else text
