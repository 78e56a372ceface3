"""Dependencies of milestones (attentes): a milestone cannot be reached before those it waits
for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard import french
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.groups import GroupAt, decided
from dashboard.queries.roadmap import PlanAt
from models.clock import window_start
from models.groups import GroupState
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


@dataclass(frozen=True)
class Way:
    """Counts of the twelve months up to a day, except `at_work`, which is as of that day.

    `filed`: idées and suggestions; `at_work`: groups; `submitted`: groups that handed in their
    proposition; `decided`: decided propositions, of which `adopted` in whole or in part;
    `carried_out`: implemented ones among the filed.
    """

    filed: int
    at_work: int
    submitted: int
    decided: int
    adopted: int
    carried_out: int

    @property
    def steps(self) -> tuple[tuple[int, str], ...]:
        """(number, label) of each step: filed, at work, submitted, decided, implemented."""
        words = (
            (self.filed, "idée ou suggestion", "idées et suggestions"),
            (self.at_work, "groupe au travail", "groupes au travail"),
            (self.submitted, "proposition remise", "propositions remises"),
            (self.decided, "décision prise", "décisions prises"),
            (self.carried_out, "idée réalisée", "idées réalisées"),
        )
        return tuple((n, french.plural(n, one, many)) for n, one, many in words)


def way_at(
    on: date,
    entries: tuple[int, int],
    groups: Sequence[GroupAt],
    decisions: Sequence[DecisionAt],
) -> Way:
    """`entries`: idées and suggestions filed in the twelve months, and how many of them are
    implemented; groups and decisions are as known at `on`.
    """
    filed, carried_out = entries
    since = window_start(on)
    taken = [d for _, d in decided(groups, decisions) if d.decided.on >= since]
    submitted = sum(
        any(step.state == GroupState.submitted and step.on >= since for step in group.steps)
        for group in groups
    )
    return Way(
        filed=filed,
        at_work=sum(not group.state.is_over for group in groups),
        submitted=submitted,
        decided=len(taken),
        adopted=sum(d.outcome is not None and d.outcome.is_to_do for d in taken),
        carried_out=carried_out,
    )
