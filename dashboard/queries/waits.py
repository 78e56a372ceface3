"""What milestones wait for (attentes): one is not reached before those that it waits for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.queries.roadmap import PlanAt
from models.roadmap import ENDED


@dataclass(frozen=True, slots=True)
class Awaited:
    """Jalon attendu: `other` is what one milestone waits for, or what waits for it.
    `is_late`: it is expected to end after the due date of the one that waits.
    """

    other: PlanAt
    ends_on: date
    is_over: bool
    is_late: bool


def awaited_by(m: PlanAt, every: Mapping[int, PlanAt], on: date) -> list[Awaited]:
    """What the milestone waits for, in the order of the roadmap."""
    return [_beside(m, every[id_], every[id_], on) for id_ in every if id_ in m.waits_for]


def still_awaited(m: PlanAt, every: Mapping[int, PlanAt], on: date) -> list[Awaited]:
    return [one for one in awaited_by(m, every, on) if not one.is_over]


def waiting_for(m: PlanAt, every: Mapping[int, PlanAt], on: date) -> list[Awaited]:
    """What waits for the milestone, in the order of the roadmap."""
    return [
        _beside(other, m, other, on) for other in every.values() if m.plan.id in other.waits_for
    ]


def expected_end(m: PlanAt, on: date) -> date:
    """When it ended; else when it is announced to end, and not before the day looked at."""
    if m.state in ENDED:
        return m.actual_end or m.report.on
    announced = m.report.forecast_end if m.report else None
    return max(announced or m.schedule.end, on)


def is_a_circle(plan_id: int, wanted: Sequence[int], waits: Mapping[int, Sequence[int]]) -> bool:
    """Whether the milestone would wait for itself, were it to wait for those.
    `waits`: id → the ids that it waits for today.
    """
    seen: set[int] = set()
    ahead = list(wanted)
    while ahead:
        one = ahead.pop()
        if one == plan_id:
            return True
        if one not in seen:
            seen.add(one)
            ahead += waits.get(one, ())
    return False


def _beside(waiting: PlanAt, awaited: PlanAt, other: PlanAt, on: date) -> Awaited:
    ends_on, is_over = expected_end(awaited, on), awaited.state in ENDED
    is_open = waiting.state not in ENDED and not is_over
    return Awaited(other, ends_on, is_over, is_open and ends_on > waiting.schedule.end)
