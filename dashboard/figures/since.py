"""« Depuis la dernière séance »: what changed between two days, for a body that meets again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.roadmap import PlanAt, is_expected, is_fresh
from models.roadmap import MilestoneState


@dataclass(frozen=True)
class Changes:
    """What changed after `start` and until `end`, in the order of the roadmap and of the
    register.
    """

    start: date
    end: date
    # Each milestone before and after.
    moved: list[tuple[PlanAt, PlanAt]]
    slipped: list[tuple[PlanAt, PlanAt]]
    revised: list[PlanAt]
    decided: list[DecisionAt]
    executed: list[DecisionAt]
    submitted: list[DecisionAt]
    stale: list[PlanAt]
    waiting: list[DecisionAt]
    overdue: list[DecisionAt]


def changes(
    earlier: Sequence[PlanAt],
    later: Sequence[PlanAt],
    decisions: Sequence[DecisionAt],
    start: date,
    end: date,
) -> Changes:
    """Compares two days. `decisions` are those of the later day: their facts have their own
    dates.
    """
    before = {m.plan.id: m for m in earlier}
    pairs = [(before[m.plan.id], m) for m in later if m.plan.id in before]
    return Changes(
        start,
        end,
        [(a, b) for a, b in pairs if a.state != b.state or a.progress != b.progress],
        [
            (a, b)
            for a, b in pairs
            if _forecasts(a) and _forecasts(b) and a.report.forecast_end != b.report.forecast_end
        ],
        [b for a, b in pairs if a.schedule.id != b.schedule.id],
        [d for d in decisions if d.decided and start < d.decided.on <= end],
        [d for d in decisions if d.done_on and start < d.done_on <= end],
        [d for d in decisions if start < d.submitted_on <= end],
        [
            b
            for a, b in pairs
            if is_expected(b, end)
            and not is_fresh(b, end)
            and (is_fresh(a, start) or not is_expected(a, start))
        ],
        sorted((d for d in decisions if d.is_waiting), key=lambda d: d.submitted_on),
        sorted((d for d in decisions if d.is_late(end)), key=lambda d: d.due_on),
    )


def _forecasts(m: PlanAt) -> bool:
    is_open = m.state not in (MilestoneState.done, MilestoneState.cancelled)
    return is_open and m.report is not None and m.report.forecast_end is not None


def days_later(before: PlanAt, after: PlanAt) -> int:
    """By how many days the forecast of a milestone moved; negative: earlier."""
    return (after.report.forecast_end - before.report.forecast_end).days
