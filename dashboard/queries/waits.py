"""Dependencies of milestones (attentes): a milestone cannot be reached before those it waits
for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.queries.roadmap import PlanAt
from models.roadmap import ENDED


@dataclass(frozen=True, slots=True)
class Awaited:
    """One dependency (jalon attendu): `other` is the milestone that is waited for, or the one that
    waits. `is_late`: it is expected to end after the due date of the one that waits.
    """

    other: PlanAt
    ends_on: date
    is_over: bool
    is_late: bool


def awaited_by(m: PlanAt, every: Mapping[int, PlanAt], on: date) -> list[Awaited]:
    """The milestones that this one waits for, in the order of the roadmap."""
    return [_beside(m, every[id_], every[id_], on) for id_ in every if id_ in m.waits_for]


def still_awaited(m: PlanAt, every: Mapping[int, PlanAt], on: date) -> list[Awaited]:
    return [milestone for milestone in awaited_by(m, every, on) if not milestone.is_over]


def waiting_for(m: PlanAt, every: Mapping[int, PlanAt], on: date) -> list[Awaited]:
    """The milestones that wait for this one, in the order of the roadmap."""
    return [
        _beside(other, m, other, on) for other in every.values() if m.plan.id in other.waits_for
    ]


def expected_end(m: PlanAt, on: date) -> date:
    """The day it ended, or its announced end, but not before `on`."""
    if m.state in ENDED:
        return m.actual_end or m.report.on
    announced = m.report.forecast_end if m.report else None
    return max(announced or m.schedule.end, on)


def is_a_circle(plan_id: int, wanted: Sequence[int], waits: Mapping[int, Sequence[int]]) -> bool:
    """Whether these dependencies would make the milestone wait for itself. `waits`: id → its
    current dependencies.
    """
    seen: set[int] = set()
    ahead = list(wanted)
    while ahead:
        milestone = ahead.pop()
        if milestone == plan_id:
            return True
        if milestone not in seen:
            seen.add(milestone)
            ahead += waits.get(milestone, ())
    return False


def _beside(waiting: PlanAt, awaited: PlanAt, other: PlanAt, on: date) -> Awaited:
    ends_on, is_over = expected_end(awaited, on), awaited.state in ENDED
    is_open = waiting.state not in ENDED and not is_over
    return Awaited(other, ends_on, is_over, is_open and ends_on > waiting.schedule.end)
