"""When milestones and workstreams will be done: date probable (P50) and date prudente (P80), and
how well past forecasts held.

Method: a milestone's announced end is its last forecast, else its due date. Past slips (glissements
passés) are counted from the date announced *at the same remaining distance*: a milestone that
announces its end in 62 days is compared with the misses of the others from their announcements at
62 days. As of t these are known for milestones done by t, and for open ones whose announced day has
passed. Among the methods tried on the demonstration this one held best; slips from the plan alone
no longer help once a milestone is later than any before. Such dates alone held too rarely (44 % of
the prudent ones for 80 % promised): each is delayed by the fewest days with which those given at
earlier month ends would have held as often as promised. No fact dated after the day is used.
Formulae and sources: dashboard/formulas.py.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from dashboard.formulas import (
    FEWEST_SLIPS,
    Rate,
    bootstrap,
    day_drawn,
    day_reached,
    days_to_add,
    latest,
    past_miss,
)
from dashboard.queries.roadmap import PlanAt, Roadmap
from models.clock import month_ends
from models.roadmap import MilestoneState

PROBABLE = 0.5
PRUDENT = 0.8
_SHARES = (PROBABLE, PRUDENT)
_OPEN = (MilestoneState.to_plan, MilestoneState.under_way)


@dataclass(frozen=True)
class Forecast:
    """Probable and prudent end, and the number of past slips; both None (« n.d. ») below five
    slips, if nothing is open, or before the dates of five milestones have passed.
    """

    probable: date | None
    prudent: date | None
    n: int


@dataclass(frozen=True)
class Announcements:
    """The ends that one milestone announced, day by day, as known at a day."""

    at: PlanAt
    dates: tuple[tuple[date, date], ...]

    @property
    def last(self) -> date:
        return self.dates[-1][1]

    @property
    def is_open(self) -> bool:
        return self.at.state in _OPEN


def announcements(known: Roadmap, m: PlanAt, on: date) -> Announcements:
    """The announcements of a milestone: its due date until a report gives a forecast, then the
    forecasts, up to its end.
    """
    identity = m.plan.id
    facts = [(s.on, 0, s.id, s.end, None) for s in known.schedules.at(identity, on)]
    facts += [(r.on, 1, r.id, None, r) for r in known.reports.at(identity, on)]
    due = forecast = None
    found: list[tuple[date, date]] = []
    # On the same day the calendar comes before the report, which refers to it.
    for day, _, _, end, report in sorted(facts, key=lambda fact: fact[:3]):
        if report is None:
            due = end
        elif report.state in _OPEN:
            forecast = report.forecast_end
        if due is not None:
            found.append((day, forecast or due))
    # The last announcement of a day counts.
    by_day = list(dict(found).items())
    moved = [after for before, after in pairwise(by_day) if after[1] != before[1]]
    return Announcements(m, (by_day[0], *moved))


def _all(known: Roadmap, on: date) -> list[Announcements]:
    return [announcements(known, m, on) for m in known.at(on) if m.is_counted]


def misses_from(every: Iterable[Announcements], distance: int, on: date) -> list[int]:
    """The past slips from the dates announced at this distance, in days; without paused
    milestones.
    """
    found = (
        past_miss(item.dates, distance, item.at.actual_end, on)
        for item in every
        if item.is_open or item.at.actual_end
    )
    return sorted(miss for miss in found if miss is not None)


def past_slips(known: Roadmap, on: date) -> list[int]:
    """Glissement of the milestones done by `on`: actual − due date in force, in days."""
    return sorted((m.actual_end - m.schedule.end).days for m in known.at(on) if m.actual_end)


@dataclass(frozen=True)
class _Draws:
    ends: list[date]
    n: int


def _draws(every: Sequence[Announcements], on: date) -> dict[int, _Draws]:
    """Milestone id → the possible ends of each open milestone."""
    return {
        item.at.plan.id: _Draws(bootstrap(item.last, misses, on, item.at.plan.number), len(misses))
        for item, misses in _drawn_from(every, on)
    }


def _drawn_from(
    every: Sequence[Announcements], on: date
) -> Iterator[tuple[Announcements, list[int]]]:
    """Each open milestone with the past slips that its end is drawn from."""
    pools: dict[int, list[int]] = {}
    for item in every:
        if item.is_open:
            distance = max((item.last - on).days, 0)
            # Milestones announced equally far ahead draw from the same past slips.
            if distance not in pools:
                pools[distance] = misses_from(every, distance, on)
            yield item, pools[distance]


# --- days added for what earlier dates missed -----------------------------------------------------


@dataclass(frozen=True)
class _GivenForecast:
    """A forecast date of an open milestone at a month end, before the delay is added."""

    on: date
    plan_id: int
    share: float
    end: date


_DaysAdded = dict[float, int]  # share promised → days added to its dates


def _given_forecasts(known: Roadmap, on: date) -> list[_GivenForecast]:
    """The forecast dates of each month end before `on`, from what was known then."""
    first = known.period(on).first_day
    return [
        _GivenForecast(day, item.at.plan.id, share, end)
        for day in month_ends(on, first=first)[:-1]
        for item, misses in _drawn_from(_all(known, day), day)
        for share in _SHARES
        if (end := day_drawn(item.last, misses, day, item.at.plan.number, share))
    ]


def _days_added(known: Roadmap, given: Iterable[_GivenForecast], on: date) -> _DaysAdded:
    """The days to add per promised share; empty until the dates of five milestones have passed by
    `on`.
    """
    outcome = {m.plan.id: m for m in known.at(on)}
    of_share: dict[float, list[tuple[_GivenForecast, date | None]]] = defaultdict(list)
    for forecast in given:
        end = outcome[forecast.plan_id]
        if forecast.on < on and (end.actual_end or (end.state in _OPEN and forecast.end <= on)):
            of_share[forecast.share].append((forecast, end.actual_end))
    checked = [len({forecast.plan_id for forecast, _ in of_share[share]}) for share in _SHARES]
    if min(checked) < FEWEST_SLIPS:
        return {}
    return {
        share: days_to_add(
            [(forecast.end, done) for forecast, done in of_share[share]], n, share, on
        )
        for share, n in zip(_SHARES, checked, strict=True)
    }


def _forecast(draws: _Draws, added: _DaysAdded) -> Forecast:
    if not (draws.ends and added):
        return Forecast(None, None, draws.n)
    probable, prudent = (
        day_reached(draws.ends, share) + timedelta(days=added[share]) for share in _SHARES
    )
    return Forecast(probable, max(probable, prudent), draws.n)


@dataclass(frozen=True)
class Forecasts:
    """All forecasts as of a day: by milestone id, by workstream id, for the whole roadmap; and the
    slips of finished milestones.
    """

    milestones: dict[int, Forecast]
    workstreams: dict[int, Forecast]
    whole: Forecast
    slips: tuple[int, ...]


def forecasts(known: Roadmap, on: date) -> Forecasts:
    """The forecasts as of a day. A workstream ends with the latest of its open milestones, draw by
    draw; paused ones are left out.
    """
    every = _all(known, on)
    draws = _draws(every, on)
    added = _days_added(known, _given_forecasts(known, on), on)
    of = {item.at.plan.id: item.at.plan.workstream_id for item in every}
    by_stream = defaultdict(list)
    for identity, draw in draws.items():
        by_stream[of[identity]].append(draw)
    streams = {w.id: _together(by_stream[w.id], added) for w in known.streams(on)}
    return Forecasts(
        {identity: _forecast(d, added) for identity, d in draws.items()},
        streams,
        _together(list(draws.values()), added),
        tuple(past_slips(known, on)),
    )


def _together(draws: list[_Draws], added: _DaysAdded) -> Forecast:
    """The end of several milestones; « n.d. » if one of them is; n is the smallest."""
    n = min((d.n for d in draws), default=0)
    ends = latest([d.ends for d in draws]) if n >= FEWEST_SLIPS else []
    return _forecast(_Draws(ends, n), added)


# --- how past forecasts held ----------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """The forecasts made in a half-year: how many dates have passed, and how many of them held."""

    half: str
    probable: Rate
    prudent: Rate


@dataclass(frozen=True)
class Backtest:
    """The forecasts recomputed at each past month end with what was known then, and whether they
    held by `on`.
    """

    halves: tuple[Held, ...]
    probable: Rate
    prudent: Rate
    milestones: int


def backtest(known: Roadmap, on: date) -> Backtest:
    """Whether each open milestone at each month end before `on` was done by its P50 and by its P80.

    Only dates that have passed are judged: counting early successes before their date, but not the
    failures still to come, would be too optimistic. Cancelled and paused milestones are left out.
    """
    outcome = {m.plan.id: m for m in known.at(on)}
    judged: dict[str, dict[float, list[bool]]] = {}
    seen: set[int] = set()
    given = _given_forecasts(known, on)
    added = {day: _days_added(known, given, day) for day in {forecast.on for forecast in given}}
    for forecast in given:
        half = judged.setdefault(
            f"S{1 if forecast.on.month < 7 else 2} {forecast.on.year}",
            {share: [] for share in _SHARES},
        )
        if not added[forecast.on]:
            continue
        end = outcome[forecast.plan_id]
        expected = forecast.end + timedelta(days=added[forecast.on][forecast.share])
        if expected <= on and (end.actual_end or end.state in _OPEN):
            half[forecast.share].append(end.actual_end is not None and end.actual_end <= expected)
            seen.add(forecast.plan_id)
    halves = [
        Held(name, _rate(half[PROBABLE]), _rate(half[PRUDENT])) for name, half in judged.items()
    ]
    return Backtest(
        tuple(h for h in halves if h.probable.denominator or h.prudent.denominator),
        _rate([h for half in judged.values() for h in half[PROBABLE]]),
        _rate([h for half in judged.values() for h in half[PRUDENT]]),
        len(seen),
    )


def _rate(held: list[bool]) -> Rate:
    return Rate(sum(held), len(held))


# --- what moved between two days ------------------------------------------------------------------


@dataclass(frozen=True)
class Move:
    """One milestone that moved: its state and announced (or actual) end before and after; None: not
    announced.
    """

    at: PlanAt
    state_before: MilestoneState
    end_before: date | None
    end_now: date | None

    @property
    def days(self) -> int | None:
        return (self.end_now - self.end_before).days if self.end_now and self.end_before else None


def moves(known: Roadmap, since: date, on: date) -> list[Move]:
    """The milestones whose state or date changed from `since` to `on`, in the order of the
    roadmap.
    """
    before = {m.plan.id: m for m in known.at(since)}
    found = []
    for m in known.at(on):
        then = before.get(m.plan.id)
        if then:
            move = Move(m, then.state, _end(known, then, since), _end(known, m, on))
            if move.state_before != m.state or (move.days or 0):
                found.append(move)
    return found


def _end(known: Roadmap, m: PlanAt, on: date) -> date | None:
    if m.state == MilestoneState.cancelled:
        return None
    return m.actual_end or announcements(known, m, on).last
