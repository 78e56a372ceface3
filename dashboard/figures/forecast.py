"""When milestones and workstreams will be done: date probable (P50) and date prudente (P80), and
the accuracy of earlier dates.

The method. A milestone announces its last forecast, else its due date. Past slips (glissements
passés) are counted from the announced date *at the same remaining distance*: a milestone that
announces its end in 62 days is compared with the slips of the others when they announced theirs in
62 days. As of t these are known for milestones done by t, and for open ones whose announced day has
passed. Of the methods tried on the demonstration this one was the most accurate; slips from the
plan alone say nothing once a milestone is later than any was before. Without correction such dates
held too rarely (44 % of the prudent ones for 80 % promised): each is postponed by the fewest days
with which those given at earlier month ends would have held as often as promised. No fact dated
after the day asked for is read. Formulae and sources: dashboard/formulas.py.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

from dashboard.figures import REGISTRY
from dashboard.figures.board import Entry
from dashboard.formulas import (
    FEWEST_SLIPS,
    Rate,
    bootstrap,
    day_drawn,
    day_reached,
    days_to_add,
    latest,
    past_miss,
    proposed_progress,
)
from dashboard.queries.roadmap import PlanAt, Roadmap
from models.clock import month_ends
from models.roadmap import MilestoneState, Plan

PROBABLE = 0.5
PRUDENT = 0.8
_SHARES = (PROBABLE, PRUDENT)
_OPEN = (MilestoneState.to_plan, MilestoneState.under_way)


@dataclass(frozen=True)
class Forecast:
    """Probable and prudent end, and the number of past slips; both None (« n.d. ») below five, if
    nothing is open, or while the dates of fewer than five milestones have passed.
    """

    probable: date | None
    prudent: date | None
    n: int


@dataclass(frozen=True)
class Announcements:
    """The ends that one milestone announced, day after day, as known at a day."""

    at: PlanAt
    dates: tuple[tuple[date, date], ...]

    @property
    def last(self) -> date:
        return self.dates[-1][1]

    @property
    def is_open(self) -> bool:
        return self.at.state in _OPEN


def announcements(roadmap: Roadmap, m: PlanAt, on: date) -> Announcements:
    """The due date until a report gives a forecast, then the forecasts, up to the end of the
    milestone.
    """
    identity = m.plan.id
    facts = [(s.on, 0, s.id, s.end, None) for s in roadmap.schedules.at(identity, on)]
    facts += [(r.on, 1, r.id, None, r) for r in roadmap.reports.at(identity, on)]
    due = forecast = None
    announced: list[tuple[date, date]] = []
    # On the same day the schedule comes before the report, which was written against it.
    for day, _, _, end, report in sorted(facts, key=lambda fact: fact[:3]):
        if report is None:
            due = end
        elif report.state in _OPEN:
            forecast = report.forecast_end
        if due is not None:
            announced.append((day, forecast or due))
    # The last announcement of a day counts.
    by_day = list(dict(announced).items())
    moved = [after for before, after in pairwise(by_day) if after[1] != before[1]]
    return Announcements(m, (by_day[0], *moved))


def _all(roadmap: Roadmap, on: date) -> list[Announcements]:
    return [announcements(roadmap, m, on) for m in roadmap.at(on) if m.is_counted]


def misses_from(every: Iterable[Announcements], distance: int, on: date) -> list[int]:
    """The past slips from the dates announced at this distance, in days; paused milestones are
    skipped.
    """
    misses = (
        past_miss(item.dates, distance, item.at.actual_end, on)
        for item in every
        if item.is_open or item.at.actual_end
    )
    return sorted(miss for miss in misses if miss is not None)


def _drawn_from(
    every: Sequence[Announcements], on: date
) -> Iterator[tuple[Announcements, list[int]]]:
    """Each open milestone with the past slips that its end is drawn from."""
    # Milestones announced equally far ahead share the same past slips.
    misses_at = cache(lambda distance: misses_from(every, distance, on))
    for item in every:
        if item.is_open:
            yield item, misses_at(max((item.last - on).days, 0))


# --- correction by the misses of earlier dates --------------------------------------------------


# A date of an open milestone at a month end, before the correction: that month end, its plan, the
# promised share, the date.
EarlierForecast = tuple[date, int, float, date]
_DaysAdded = dict[float, int]  # promised share → days added to the dates


def earlier_forecasts(roadmap: Roadmap, on: date) -> list[EarlierForecast]:
    """The dates at each month end before `on`, from what was known then."""
    first = roadmap.period(on).first_day
    return [
        (day, item.at.plan.id, share, end)
        for day in month_ends(on, first=first)[:-1]
        for item, misses in _drawn_from(_all(roadmap, day), day)
        for share in _SHARES
        if (end := day_drawn(item.last, misses, day, item.at.plan.number, share))
    ]


def _days_added(roadmap: Roadmap, earlier: Iterable[EarlierForecast], on: date) -> _DaysAdded:
    """Empty while the dates of fewer than five milestones have passed by `on`."""
    outcome = {m.plan.id: m for m in roadmap.at(on)}
    of_share: dict[float, list[tuple[int, date, date | None]]] = defaultdict(list)
    for day, plan_id, share, expected in earlier:
        end = outcome[plan_id]
        if day < on and (end.actual_end or (end.state in _OPEN and expected <= on)):
            of_share[share].append((plan_id, expected, end.actual_end))
    checked = [len({plan_id for plan_id, *_ in of_share[share]}) for share in _SHARES]
    if min(checked) < FEWEST_SLIPS:
        return {}
    return {
        share: days_to_add([dates for _, *dates in of_share[share]], n, share, on)
        for share, n in zip(_SHARES, checked, strict=True)
    }


def _forecast(ends: list[date], n: int, days_added: _DaysAdded) -> Forecast:
    if not (ends and days_added):
        return Forecast(None, None, n)
    probable, prudent = (
        day_reached(ends, share) + timedelta(days=days_added[share]) for share in _SHARES
    )
    return Forecast(probable, max(probable, prudent), n)


@dataclass(frozen=True)
class Forecasts:
    """All forecasts as of a day: by milestone id, by workstream id, of the whole roadmap; the slips
    of completed milestones.
    """

    milestones: dict[int, Forecast]
    workstreams: dict[int, Forecast]
    whole: Forecast
    slips: tuple[int, ...]


def forecasts(roadmap: Roadmap, on: date, earlier: Sequence[EarlierForecast] = ()) -> Forecasts:
    """A workstream ends with the latest of its open milestones, draw by draw; paused ones are
    skipped. `earlier`: the `earlier_forecasts`, where they are known.
    """
    days_added = _days_added(roadmap, earlier or earlier_forecasts(roadmap, on), on)
    # The possible ends of each open milestone.
    draws: dict[int, _Draws] = {}
    by_stream: dict[int, list[_Draws]] = defaultdict(list)
    for item, misses in _drawn_from(_all(roadmap, on), on):
        plan = item.at.plan
        draws[plan.id] = bootstrap(item.last, misses, on, plan.number), len(misses)
        by_stream[plan.workstream_id].append(draws[plan.id])
    slips = sorted((m.actual_end - m.schedule.end).days for m in roadmap.at(on) if m.actual_end)
    return Forecasts(
        {plan_id: _forecast(*drawn, days_added) for plan_id, drawn in draws.items()},
        {w.id: _together(by_stream[w.id], days_added) for w in roadmap.streams(on)},
        _together(list(draws.values()), days_added),
        tuple(slips),
    )


_Draws = tuple[list[date], int]  # possible ends, and the number of past slips they are drawn from


def _together(draws: list[_Draws], days_added: _DaysAdded) -> Forecast:
    """The end of several; « n.d. » if one of them is; n is the smallest."""
    n = min((n for _, n in draws), default=0)
    ends = latest([ends for ends, _ in draws]) if n >= FEWEST_SLIPS else []
    return _forecast(ends, n, days_added)


# --- accuracy of past forecasts -----------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """Of the forecasts made in a half-year, how many dates have passed and how many of them
    held.
    """

    half: str
    probable: Rate
    prudent: Rate


@dataclass(frozen=True)
class Backtest:
    """The forecasts recomputed at each past month end with what was known then, and whether they
    held by the day asked for.
    """

    halves: tuple[Held, ...]
    probable: Rate
    prudent: Rate
    milestones: int


def backtest(roadmap: Roadmap, on: date, earlier: Sequence[EarlierForecast] = ()) -> Backtest:
    """Each open milestone at each month end before `on`: was it done by its P50, by its P80?

    Only dates that have passed are judged, done or not: counting early successes, but not later
    failures, would be biased. Cancelled and paused milestones are skipped.
    """
    outcome = {m.plan.id: m for m in roadmap.at(on)}
    judged: dict[str, dict[float, list[bool]]] = {}
    milestones: set[int] = set()
    earlier = earlier or earlier_forecasts(roadmap, on)
    days_added = {day: _days_added(roadmap, earlier, day) for day in {day for day, *_ in earlier}}
    for day, plan_id, share, announced in earlier:
        half = judged.setdefault(
            f"S{1 if day.month < 7 else 2} {day.year}", {share: [] for share in _SHARES}
        )
        if not days_added[day]:
            continue
        end = outcome[plan_id]
        expected = announced + timedelta(days=days_added[day][share])
        if expected <= on and (end.actual_end or end.state in _OPEN):
            half[share].append(end.actual_end is not None and end.actual_end <= expected)
            milestones.add(plan_id)
    halves = [
        Held(name, _rate(half[PROBABLE]), _rate(half[PRUDENT])) for name, half in judged.items()
    ]
    return Backtest(
        tuple(h for h in halves if h.probable.denominator or h.prudent.denominator),
        _rate([h for half in judged.values() for h in half[PROBABLE]]),
        _rate([h for half in judged.values() for h in half[PRUDENT]]),
        len(milestones),
    )


def _rate(held: list[bool]) -> Rate:
    return Rate(sum(held), len(held))


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
    return replace(
        nothing,
        value=value,
        ratio=100 * value / milestone.threshold,
        progress=proposed_progress(value, milestone.threshold, milestone.ladder),
    )
