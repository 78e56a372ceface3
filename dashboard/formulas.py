"""The published formulae of the figures, as pure functions: no database, no clock. A
status comes with its rule in French.

Progress is 0..1, percentages are 0..100, dates are days; the source of a formula is in its
docstring.
"""

import statistics
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from heapq import heapify, heappop, heappush
from itertools import pairwise
from math import ceil, floor, inf, lcm, sqrt
from random import Random

from models.clock import add_months
from models.roadmap import Health, MilestoneState, TargetKind

STEPS = 4  # the ladder 0, 25, 50, 75, 100 %
SLIP_ALLOWED = 30  # days of forecast slip that are still « à surveiller »
UPDATE_DAYS = 30.4375  # a mean month: the period of the milestone reports
_WORSE = (Health.on_track, Health.watch, Health.trouble)


@dataclass(frozen=True)
class Rate:
    """A rate with its two counts: « 90 % (18 / 20) ». `value` is 0..100, or None without
    denominator.
    """

    numerator: float | None
    denominator: float | None

    @property
    def value(self) -> float | None:
        if self.numerator is None or not self.denominator:
            return None
        return 100 * self.numerator / self.denominator


@dataclass(frozen=True)
class Item:
    """One milestone as known at a day: weight, dates, progress p in 0..1 and whether it follows
    the ladder.
    """

    weight: float
    start: date
    end: date
    progress: float = 0.0
    ladder: bool = False


def planned_share(start: date, end: date, on: date) -> float:
    """PP(t) = clamp((t − d0) / (d1 − d0), 0, 1): 0 before the start, 1 from the end on."""
    if on >= end:
        return 1.0
    if on < start:
        return 0.0
    return (on - start).days / (end - start).days


def planned_progress(item: Item, on: date) -> float:
    """q: planned progress, credited by the same rule as earned progress: 0/100 at the due date, or
    by whole ladder steps.
    """
    if not item.ladder:
        return 1.0 if item.end <= on else 0.0
    return floor(STEPS * planned_share(item.start, item.end, on)) / STEPS


def weighted(pairs: Iterable[tuple[float, float]]) -> float | None:
    """Σ w·p / Σ w in %, or None where nothing has a weight."""
    pairs = list(pairs)
    total = sum(weight for weight, _ in pairs)
    return 100 * sum(weight * part for weight, part in pairs) / total if total else None


def earned(items: Sequence[Item]) -> float | None:
    """EV: earned progress of a workstream or of the roadmap, in %."""
    return weighted((item.weight, item.progress) for item in items)


def planned(items: Sequence[Item], on: date) -> float | None:
    """PV: planned progress at `on`, in %."""
    return weighted((item.weight, planned_progress(item, on)) for item in items)


def months_between(start: date, end: date) -> float:
    """Whole months from `start` to `end`, plus the started month in proportion to its days
    (01/01/2021 to 30/06/2023: 30).
    """
    day_after = date.fromordinal(end.toordinal() + 1)
    whole = (day_after.year - start.year) * 12 + day_after.month - start.month
    if add_months(start, whole) > day_after:
        whole -= 1
    begun = add_months(start, whole)
    following = add_months(start, whole + 1)
    return whole + (day_after - begun).days / (following - begun).days


@dataclass(frozen=True)
class EarnedSchedule:
    """Durée planifiée acquise, with its inputs: C whole months, PV_C, PV_{C+1} (None after the
    plan's end), ES.

    `on_plan`: earned equals planned on this day, so that ES = AT; the formula alone would advance
    along a flat plan.
    """

    whole: int
    pv: float
    pv_next: float | None
    months: float
    on_plan: bool = False


def earned_schedule(
    ev: float, planned_at: Callable[[date], float], start: date, end: date
) -> EarnedSchedule:
    """ES = C + (EV − PV_C) / (PV_{C+1} − PV_C), C = whole months whose PV <= EV; after the plan's
    end ES = C.

    Lipke, « Schedule is Different » (2003). `planned_at` gives PV in % at a day; `start` and `end`
    bound the plan.
    """
    last = ceil(months_between(start, end))

    def pv(months: int) -> float:
        if months == 0:
            return 0.0
        # The last day of the month, not the first of the next: a milestone due on that day counts.
        return planned_at(date.fromordinal(add_months(start, months).toordinal() - 1))

    # EV and PV are sums of the same weights in another order: equal ones may differ in the last
    # digit.
    tolerance = 1e-9
    done = max(c for c in range(last + 1) if pv(c) <= ev + tolerance)
    if done >= last:
        return EarnedSchedule(done, pv(done), None, float(done))
    pv_done = pv(done)
    pv_next = pv(done + 1)
    return EarnedSchedule(
        done, pv_done, pv_next, done + max(ev - pv_done, 0.0) / (pv_next - pv_done)
    )


def schedule_variance(es: float, at: float) -> float:
    """SV(t) = ES − AT, in months: negative is late."""
    return es - at


def schedule_index(es: float, at: float) -> float | None:
    """SPI(t) = ES / AT."""
    return es / at if at else None


_NORMAL_95 = 1.959964  # standard deviations on both sides that hold 95 %


def wilson(n: int, among: int) -> tuple[float, float]:
    """The 95 % interval of a share of `among`, in per cent (Wilson, « Probable Inference », 1927):
    unlike the usual one it holds for few cases, and stays within 0 and 100.
    """
    p, z = n / among, _NORMAL_95
    middle = p + z * z / (2 * among)
    half = z * sqrt(p * (1 - p) / among + z * z / (4 * among * among))
    low, high = (100 * (middle + side * half) / (1 + z * z / among) for side in (-1, 1))
    # Rounding must not leave the share itself outside.
    return min(max(low, 0.0), 100 * p), max(min(high, 100.0), 100 * p)


def represent(supporters: Mapping[int, Collection[int]], places: int) -> list[int]:
    """The entries that stand for most persons, one after the other: a supporter is worth 1/(d + 1)
    once d entries above are hers (proportional approval voting, Thiele, 1895, step by step). A tie
    goes to the entry with more supporters, then to the lower key.
    """
    # An integer for each of 1, 1/2, 1/3…: sums are exact, in whatever order they are made.
    whole = lcm(*range(1, places + 1))
    heard: Counter[int] = Counter()
    found: list[int] = []
    # The most it was worth when last counted: worth only falls, so the first one that is still
    # worth it is the best.
    left = [(-whole * len(persons), -len(persons), e) for e, persons in supporters.items()]
    heapify(left)
    while left and len(found) < places:
        before, size, entry = heappop(left)
        worth = sum(whole // (heard[person] + 1) for person in supporters[entry])
        if worth < -before:
            heappush(left, (-worth, size, entry))
            continue
        heard.update(supporters[entry])
        found.append(entry)
    return found


def quantile_nearest(histogram: Sequence[tuple[int, int]], share: float) -> float | None:
    """The smallest value that `share` of a histogram (value, n) does not exceed; the median is the
    mean of the middle two.
    """
    total = sum(n for _, n in histogram)
    if not total:
        return None
    if share == 0.5 and total % 2 == 0:
        return (_nth(histogram, total // 2) + _nth(histogram, total // 2 + 1)) / 2
    rank = int(-(-share * total // 1)) or 1
    return float(_nth(histogram, rank))


def _nth(histogram: Sequence[tuple[int, int]], rank: int) -> int:
    seen = 0
    for value, n in sorted(histogram):
        seen += n
        if seen >= rank:
            return value
    raise ValueError("rank beyond the histogram")


def median(values: Sequence[float]) -> float | None:
    """The middle value, or the mean of the middle two."""
    return statistics.median(values) if values else None


# --- health (santé)
# -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """A status and the rule that produced it, in French, for « Pourquoi ? ». `is_lowered`: one
    level worse than the progress alone gives; `is_imposed`: set by a person.
    """

    health: Health
    rule: str
    is_lowered: bool = False
    is_imposed: bool = False


@dataclass(frozen=True)
class MilestoneFacts:
    """The facts that the health of one milestone is computed from, as known at a day."""

    start: date
    end: date
    ladder: bool
    critical: bool
    state: MilestoneState
    progress: float
    forecast_end: date | None
    actual_end: date | None
    reported_on: date | None


def is_past_due(facts: MilestoneFacts, on: date) -> bool:
    """En retard: neither done nor cancelled, and past the due date."""
    return facts.state not in (MilestoneState.done, MilestoneState.cancelled) and facts.end < on


def milestone_has_begun(facts: MilestoneFacts, on: date) -> bool:
    """Its start has come, or somebody reported that it began before."""
    return facts.state != MilestoneState.to_plan or facts.start <= on


def slip(facts: MilestoneFacts) -> int | None:
    """Glissement in days: (actual, else forecast) − baseline."""
    reached = facts.actual_end or facts.forecast_end
    if reached is None or facts.state == MilestoneState.cancelled:
        return None
    return (reached - facts.end).days


def milestone_health(facts: MilestoneFacts, on: date) -> Verdict:
    """The status of a milestone at `on`, by the ordered rules; overrides are looked at before
    this.
    """
    if facts.state == MilestoneState.cancelled:
        return Verdict(Health.cancelled, "le jalon est annulé")
    if facts.state == MilestoneState.paused:
        return Verdict(Health.paused, "le jalon est en pause")
    if facts.state == MilestoneState.done:
        return Verdict(Health.reached, "le jalon est terminé")
    if not milestone_has_begun(facts, on):
        return Verdict(Health.upcoming, "pas commencé, le début est à venir")
    if facts.reported_on is None or (on - facts.reported_on).days > 1.5 * UPDATE_DAYS:
        return Verdict(Health.no_data, "pas de rapport depuis plus d'une période et demie")
    return _worse_if_critical(_by_dates_and_steps(facts, on), facts, on)


def _by_dates_and_steps(facts: MilestoneFacts, on: date) -> Verdict:
    dates = _by_dates(facts, on)
    if not facts.ladder:
        return dates
    expected = floor(STEPS * planned_share(facts.start, facts.end, on))
    missing = max(expected - floor(STEPS * facts.progress + 1e-9), 0)
    steps = Verdict(_WORSE[min(missing, 2)], _below(missing, 25 * expected))
    return max(dates, steps, key=lambda verdict: _WORSE.index(verdict.health))


def _below(missing: int, planned: int) -> str:
    if not missing:
        return f"au palier prévu ({planned} %)"
    plural = "s" if missing > 1 else ""
    return f"{missing} palier{plural} sous le palier prévu ({planned} %)"


def _by_dates(facts: MilestoneFacts, on: date) -> Verdict:
    late = (facts.forecast_end - facts.end).days if facts.forecast_end else 0
    if is_past_due(facts, on):
        return Verdict(Health.trouble, "l'échéance est passée")
    if late > SLIP_ALLOWED:
        return Verdict(Health.trouble, f"prévision {late} jours après l'échéance")
    if late > 0:
        return Verdict(
            Health.watch, f"prévision {late} jour{'s' if late > 1 else ''} après l'échéance"
        )
    return Verdict(Health.on_track, "prévision au plus tard à l'échéance")


def _worse_if_critical(verdict: Verdict, facts: MilestoneFacts, on: date) -> Verdict:
    is_long_late = is_past_due(facts, on) and (on - facts.end).days > SLIP_ALLOWED
    if not (facts.critical and is_long_late) or verdict.health == Health.trouble:
        return verdict
    worse = _WORSE[_WORSE.index(verdict.health) + 1]
    return Verdict(
        worse, f"{verdict.rule} ; jalon critique en retard de plus de {SLIP_ALLOWED} jours"
    )


def progress_health(earned_pct: float | None, planned_pct: float | None) -> Verdict:
    """The status of an item with a continuous progress by r = p / PP: >= 95 %, 85-94 %, below."""
    if earned_pct is None or planned_pct is None:
        return Verdict(Health.no_data, "aucun jalon")
    if planned_pct == 0:
        return Verdict(Health.on_track, "rien n'est encore prévu à cette date")
    # Both are sums of the same weights: equal ones may differ in the last digit.
    ratio = round(100 * earned_pct / planned_pct, 9)
    return Verdict(
        _at_least(ratio, good=95, fair=85),
        f"avancement à {ratio:.0f} % du prévu (seuils 95 % et 85 %)",
    )


def _at_least(value: float, good: float, fair: float) -> Health:
    if value >= good:
        return Health.on_track
    return Health.watch if value >= fair else Health.trouble


# --- targets (cibles)
# ---------------------------------------------------------------------------------


def attainment(
    value: float | None,
    kind: TargetKind,
    target: float,
    baseline: float | None = None,
    upper: float | None = None,
) -> float | None:
    """Attainment (atteinte) of a target in %, neither capped nor floored."""
    if value is None or kind == TargetKind.follow:
        return None
    if kind == TargetKind.yes_no:
        return 100.0 if value >= 1 else 0.0
    if kind == TargetKind.range:
        return 100 * _in_range(value, target, upper if upper is not None else inf)
    if baseline is not None and target != baseline:
        return 100 * (value - baseline) / (target - baseline)
    # A target of 0 cannot be a divisor: it is reached or not.
    if target == 0:
        is_reached = value <= 0 if kind == TargetKind.fall else value >= 0
        return 100.0 if is_reached else 0.0
    return 100 * (2 - value / target if kind == TargetKind.fall else value / target)


def _in_range(value: float, low: float, high: float) -> float:
    if value < low:
        return max(value / low, 0.0)
    return 1.0 if value <= high else max(1 - (value - high) / high, 0.0)


def capped_mean(attainments: Sequence[float]) -> float | None:
    """Mean of attainments, each capped at 100 % and floored at 0: one that exceeds its target does
    not compensate for another.
    """
    known = [min(max(a, 0.0), 100.0) for a in attainments]
    return sum(known) / len(known) if known else None


def interpolated(points: Sequence[tuple[date, float]], on: date) -> float | None:
    """The expected value at `on` on the line through dated points; flat after the last, None
    before the first.
    """
    ordered = sorted(points)
    if not ordered or on < ordered[0][0]:
        return None
    for (d0, v0), (d1, v1) in pairwise(ordered):
        if d0 <= on < d1:
            return v0 + (v1 - v0) * (on - d0).days / (d1 - d0).days
    return ordered[-1][1]


def required_pace(value: float, target: float, on: date, for_date: date) -> float | None:
    """Required monthly change (rythme nécessaire) to reach `target` on `for_date`, starting from
    `on`; None if no time is left.
    """
    if for_date <= on:
        return None
    months = months_between(date.fromordinal(on.toordinal() + 1), for_date)
    return (target - value) / months if months else None


def target_health(
    value: float | None, kind: TargetKind, expected: float | None, upper: float | None = None
) -> Health | None:
    """Status against the expected value: at or above, at or above 0.9 × it, below; a fall up to
    1.1 × it.
    """
    if kind == TargetKind.follow or expected is None:
        return None
    if value is None:
        return Health.no_data
    if kind == TargetKind.range:
        inside = _in_range(value, expected, upper if upper is not None else inf)
        return _at_least(inside, good=1, fair=0.9)
    if kind == TargetKind.fall:
        if value <= expected:
            return Health.on_track
        return Health.watch if value <= 1.1 * expected else Health.trouble
    return _at_least(value, good=expected, fair=0.9 * expected)


def threshold_health(value: float | None, good: float, fair: float) -> Health:
    """Status by two thresholds, higher values being better."""
    if value is None:
        return Health.no_data
    return _at_least(value, good, fair)


# --- forecast (prévision)
# ------------------------------------------------------------------------------

FORECAST_SEED = 2030
DRAWS = 1000
FEWEST_SLIPS = 5
Announced = Sequence[tuple[date, date]]  # (from this day, the end that is announced), oldest first


def announced_from_afar(announced: Announced, distance: int, until: date) -> date | None:
    """The end date that a milestone announced on the first day it was at most `distance` days away,
    before `until`.
    """
    for i, (since, end) in enumerate(announced):
        left_on = announced[i + 1][0] if i + 1 < len(announced) else until
        near_on = max(since.toordinal(), end.toordinal() - distance)
        if near_on < min(left_on, until).toordinal():
            return end
    return None


def past_miss(announced: Announced, distance: int, actual: date | None, on: date) -> int | None:
    """By how many days the end announced from that distance was missed; None if it is not known at
    `on`.

    A milestone that is still open counts once the announced day has passed, with its delay so far
    (its new date, or today): leaving it out would count only those that ended well (survivorship
    bias).
    """
    end = announced_from_afar(announced, distance, actual or on)
    if end is None or (actual is None and end >= on):
        return None
    reached = actual or max(on, announced[-1][1])
    return (reached - end).days


def bootstrap(announced: date, misses: Sequence[int], on: date, key: str) -> list[date]:
    """DRAWS possible ends of an open milestone: its announced end (today if that has passed) plus a
    past miss drawn with replacement, but not before `on`. Empty below FEWEST_SLIPS past misses.

    Reference-class forecasting (Flyvbjerg, « From Nobel Prize to Project Management », 2006) on the
    announced dates rather than on the plan, by Monte Carlo as in Evidence-Based Scheduling
    (Spolsky, 2007). The draws of a `key` are deterministic, and positions in the sorted misses are
    drawn: later misses can only give later dates.
    """
    if len(misses) < FEWEST_SLIPS:
        return []
    ends = _possible_ends(announced, misses, on)
    return [ends[int(place * len(ends))] for place in _places(key)]


def day_drawn(
    announced: date, misses: Sequence[int], on: date, key: str, share: float
) -> date | None:
    """`day_reached` of the draws of `bootstrap`, without making them: a higher position is a later
    end.
    """
    if len(misses) < FEWEST_SLIPS:
        return None
    ends = _possible_ends(announced, misses, on)
    return ends[int(_places_in_order(key)[ceil(share * DRAWS) - 1] * len(ends))]


def _possible_ends(announced: date, misses: Sequence[int], on: date) -> list[date]:
    base, today = max(announced, on).toordinal(), on.toordinal()
    return [date.fromordinal(max(base + miss, today)) for miss in sorted(misses)]


@lru_cache(256)
def _places_in_order(key: str) -> tuple[float, ...]:
    return tuple(sorted(_places(key)))


@lru_cache(256)
def _places(key: str) -> tuple[float, ...]:
    drawn = Random(f"{FORECAST_SEED} {key}")
    return tuple(drawn.random() for _ in range(DRAWS))


def latest(draws: Sequence[Sequence[date]]) -> list[date]:
    """The latest of several milestones, draw by draw: when all of them are done."""
    return [max(together) for together in zip(*draws, strict=True)] if draws else []


def day_reached(draws: Sequence[date], share: float) -> date | None:
    """The day by which this share of the draws is done: P50 « date probable », P80 « date prudente
    ».
    """
    return sorted(draws)[ceil(share * len(draws)) - 1] if draws else None


def days_to_add(
    dates: Sequence[tuple[date, date | None]], milestones: int, share: float, on: date
) -> int:
    """The smallest delay to add to announced dates (date, day done or None) so that this share of
    those due by `on` was met.

    The share is that of split conformal prediction (Vovk, Gammerman and Shafer, 2005), which also
    holds for the next one: ⌈(n + 1) × share⌉ of n. n counts milestones, because the monthly dates
    of one milestone are correlated.
    """
    required_share = min(ceil((milestones + 1) * share) / milestones, 1)
    lates = [((done or on) - end).days for end, done in dates]
    for days in sorted({0, *(late for late in lates if late > 0)}):
        due = [
            done is not None and late <= days
            for (end, done), late in zip(dates, lates, strict=True)
            if (on - end).days >= days
        ]
        if due and sum(due) >= required_share * len(due):
            return days
    return max(lates)


def proposed_progress(value: float | None, threshold: float, ladder: bool) -> int | None:
    """Progress in % suggested by a figure's value: value ÷ threshold, capped at 100, floored to the
    ladder or to 0/100.
    """
    if value is None or threshold <= 0:
        return None
    share = min(max(value / threshold, 0.0), 1.0)
    if not ladder:
        return 100 if share >= 1 else 0
    return 100 // STEPS * floor(STEPS * share + 1e-9)
