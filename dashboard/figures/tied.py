"""Milestones tied to a figure and a threshold (« 80 ambassadeurs actifs »): the progress proposed
by the figure.

A person confirms it on the ladder. Unknown or suppressed values propose nothing.
"""

from dataclasses import dataclass

from dashboard.figures import REGISTRY
from dashboard.figures.board import Entry
from dashboard.formulas import proposed_progress
from models.roadmap import Plan

_ROADMAP = "dashboard.figures.roadmap"


@dataclass(frozen=True)
class Proposal:
    """The value of the figure for a milestone, the threshold, their ratio in % and the proposed
    progress.

    `value`, `ratio` and `progress` are None if the figure has no value to show.
    """

    label: str
    unit: str
    threshold: float
    value: float | None = None
    ratio: float | None = None
    progress: int | None = None


def tieable() -> dict[str, str]:
    """Value code → label of the figures a milestone may be tied to: all but those of the roadmap
    itself.
    """
    return {
        value.code: value.label
        for figure in REGISTRY.values()
        if figure.function.__module__ != _ROADMAP
        for value in figure.values
    }


def proposal(milestone: Plan, entry: Entry) -> Proposal | None:
    """The proposal for this milestone from the board's entry of its figure; None if it is tied to
    none.
    """
    if milestone.figure is None or not milestone.threshold or milestone.figure not in tieable():
        return None
    value = entry.numerator if milestone.by_count else entry.value
    nothing = Proposal(entry.label, "" if milestone.by_count else entry.unit, milestone.threshold)
    if entry.suppressed or value is None:
        return nothing
    return Proposal(
        nothing.label,
        nothing.unit,
        milestone.threshold,
        value,
        100 * value / milestone.threshold,
        proposed_progress(value, milestone.threshold, milestone.ladder),
    )
