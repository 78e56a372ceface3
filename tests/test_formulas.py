"""The published formulae: golden examples of others, the edges of each, and
properties.
"""

import statistics
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, strategies as st

from dashboard.formulas import (
    Item,
    MilestoneFacts,
    Rate,
    attainment,
    capped_mean,
    earned,
    earned_schedule,
    interpolated,
    is_past_due,
    median,
    milestone_health,
    months_between,
    planned,
    planned_progress,
    planned_share,
    progress_health,
    quantile_nearest,
    schedule_index,
    schedule_variance,
    slip,
    target_health,
    threshold_health,
)
from models.clock import add_months
from models.roadmap import Health, MilestoneState, TargetKind

START, END = date(2021, 1, 1), date(2023, 12, 31)
RISE, FALL, RANGE = TargetKind.rise, TargetKind.fall, TargetKind.range
days = st.dates(START, END)
finite = st.floats(-1e6, 1e6, allow_nan=False)
positive = st.floats(0.01, 1e4, allow_nan=False)


def close(a, b):
    return a == pytest.approx(b, abs=1e-6)


# -----------------------------------------------------------------------------------


def test_planned_percent_at_the_edges():
    d0, d1 = date(2022, 1, 1), date(2022, 12, 31)
    assert planned_share(d0, d1, d0 - timedelta(days=1)) == 0
    assert planned_share(d0, d1, d0) == 0
    assert planned_share(d0, d1, d1) == planned_share(d0, d1, d1 + timedelta(days=1)) == 1


def test_earned_schedule_seven_months_elapsed_five_earned():
    """Ten points a month over ten months; 50 % earned after seven: two months late, SPI(t) 0.71."""
    start = date(2022, 1, 1)

    def planned_at(day):
        return min(10 * months_between(start, day), 100)

    es = earned_schedule(50, planned_at, start, date(2022, 10, 31)).months
    at = months_between(start, date(2022, 7, 31))
    assert (es, at) == (5, 7)
    assert schedule_variance(es, at) == -2
    assert round(schedule_index(es, at), 2) == 0.71


def test_averages_floor_and_cap_what_cards_show_raw():
    assert capped_mean([attainment(value, FALL, 50) for value in (200, 0)]) == 50
    assert capped_mean([120.0, -3.0, 53.0]) == 51
    assert capped_mean([]) is None


def test_what_nobody_knows_is_no_data_and_never_zero():
    assert earned([]) is None and planned([], START) is None
    assert quantile_nearest([], 0.5) is None and median([]) is None
    assert attainment(None, RISE, 10) is None and attainment(5, TargetKind.follow, 10) is None
    assert Rate(0, 0).value is None and Rate(3, 0).value is None
    assert Rate(None, 4).value is None and Rate(3, None).value is None
    assert Rate(0, 4).value == 0 and Rate(18, 20).value == 90


# --- progress and plan ----------------------------------------------------------------------------


def test_a_milestone_is_planned_by_the_rule_it_earns_by():
    d0, d1 = date(2022, 1, 1), date(2022, 1, 21)
    step, whole = Item(1, d0, d1, ladder=True), Item(1, d0, d1)
    for day, expected in (
        (0, 0),
        (4, 0),
        (5, 0.25),
        (9, 0.25),
        (10, 0.5),
        (15, 0.75),
        (19, 0.75),
        (20, 1),
        (99, 1),
    ):
        assert planned_progress(step, d0 + timedelta(days=day)) == expected
        assert planned_progress(whole, d0 + timedelta(days=day)) == (day >= 20)


items = st.lists(
    st.builds(
        lambda weight, start, length, step, ladder: Item(
            weight,
            start,
            start + timedelta(days=length),
            step / 4 if ladder else float(step == 4),
            ladder,
        ),
        st.floats(0.1, 50),
        days,
        st.integers(0, 900),
        st.integers(0, 4),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@given(items, days)
def test_progress_and_plan_stay_between_zero_and_a_hundred(some, on):
    assert -1e-9 <= earned(some) <= 100 + 1e-9
    assert -1e-9 <= planned(some, on) <= 100 + 1e-9


@given(items, days, st.integers(0, 400))
def test_the_plan_never_falls_back_and_ends_full(some, on, later):
    assert planned(some, on) <= planned(some, on + timedelta(days=later)) + 1e-9
    assert close(planned(some, max(i.end for i in some)), 100)


@pytest.mark.parametrize(
    "start,end,months",
    [
        (START, date(2023, 6, 30), 30),
        (START, date(2021, 1, 31), 1),
        (START, date(2021, 12, 31), 12),
        (START, date(2021, 1, 15), 15 / 31),
        (START, date(2022, 2, 14), 13.5),
        (START, START, 1 / 31),
        (date(2021, 1, 15), date(2021, 2, 14), 1),
    ],
)
def test_months_count_whole_months_and_the_begun_one_by_days(start, end, months):
    assert close(months_between(start, end), months)


@given(items, st.floats(0, 100))
def test_the_schedule_earned_is_where_the_plan_reaches_what_is_earned(some, ev):
    """On the curve through the planned month ends, the height at ES is EV."""
    end = max(i.end for i in some)

    def at(day):
        return planned(some, day)

    es = earned_schedule(ev, at, START, end).months
    last = months_between(START, end)
    assert 0 <= es <= last + 1

    def height(months: int) -> float:
        return at(add_months(START, months) - timedelta(days=1)) if months else 0.0

    whole, rest = int(es + 1e-9), es - int(es + 1e-9)
    if es < int(last) + 1:
        step = height(whole + 1) - height(whole)
        assert close(height(whole) + rest * step, ev) or height(whole) > ev


@given(items, st.floats(0, 100), st.floats(0, 100))
def test_who_has_earned_more_is_never_later(some, a, b):
    end = max(i.end for i in some)
    low, high = (
        earned_schedule(ev, lambda day: planned(some, day), START, end).months
        for ev in sorted((a, b))
    )
    assert low <= high + 1e-6


# --- quantiles ------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 300), min_size=1, max_size=80))
def test_the_median_of_a_histogram_is_the_median(values):
    histogram = list(Counter(values).items())
    assert quantile_nearest(histogram, 0.5) == statistics.median(values) == median(values)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=400))
def test_nine_answers_out_of_ten_are_given_within_the_ninth_decile(values):
    found = quantile_nearest(list(Counter(values).items()), 0.9)
    assert found == sorted(values)[ceil(Fraction(9, 10) * len(values)) - 1]
    assert sum(v <= found for v in values) * 10 >= 9 * len(values)


# --------------------------------------------------------------------------------------------

ON = date(2023, 6, 30)


def facts(**values) -> MilestoneFacts:
    return MilestoneFacts(
        **(
            {
                "start": date(2023, 1, 1),
                "end": date(2023, 9, 30),
                "ladder": False,
                "critical": False,
                "state": MilestoneState.under_way,
                "progress": 0.0,
                "forecast_end": date(2023, 9, 30),
                "actual_end": None,
                "reported_on": date(2023, 6, 15),
            }
            | values
        )
    )


def health(**values) -> Health:
    return milestone_health(facts(**values), ON).health


def test_the_state_comes_before_the_dates():
    late = {"end": date(2023, 1, 31), "reported_on": None}
    assert health(state=MilestoneState.cancelled, **late) == Health.cancelled
    assert health(state=MilestoneState.paused, **late) == Health.paused
    assert health(state=MilestoneState.done, **late) == Health.reached
    assert (
        health(state=MilestoneState.to_plan, start=date(2023, 7, 1), reported_on=None)
        == Health.upcoming
    )


def test_silence_of_a_period_and_a_half_is_no_data():
    assert health(reported_on=None) == Health.no_data
    assert health(reported_on=ON - timedelta(days=45)) == Health.on_track
    assert health(reported_on=ON - timedelta(days=46)) == Health.no_data
    assert health(reported_on=None, state=MilestoneState.to_plan, start=ON) == Health.no_data


@pytest.mark.parametrize(
    "slipped,expected",
    [
        (-10, Health.on_track),
        (0, Health.on_track),
        (1, Health.watch),
        (30, Health.watch),
        (31, Health.trouble),
    ],
)
def test_the_forecast_tells_how_far_it_slips(slipped, expected):
    assert health(forecast_end=date(2023, 9, 30) + timedelta(days=slipped)) == expected


def test_the_due_day_itself_is_not_late():
    assert not is_past_due(facts(end=ON), ON) and health(end=ON, forecast_end=ON) == Health.on_track
    assert is_past_due(facts(end=ON - timedelta(days=1)), ON)
    assert health(end=ON - timedelta(days=1), forecast_end=None) == Health.trouble
    for state in (MilestoneState.done, MilestoneState.cancelled):
        assert not is_past_due(facts(end=START, state=state), ON)


@pytest.mark.parametrize(
    "progress,expected",
    [(0.75, Health.on_track), (0.5, Health.on_track), (0.25, Health.watch), (0.0, Health.trouble)],
)
def test_a_ladder_counts_the_steps_that_are_missing(progress, expected):
    """At ON two thirds of the time have gone: two steps are expected."""
    assert health(ladder=True, progress=progress) == expected


def test_a_ladder_takes_the_worse_of_steps_and_dates():
    assert health(ladder=True, progress=0.5, forecast_end=date(2023, 10, 10)) == Health.watch
    assert health(ladder=True, progress=0.25, forecast_end=date(2024, 1, 1)) == Health.trouble


@pytest.mark.parametrize(
    "ev,pv,expected",
    [
        (95, 100, Health.on_track),
        (94.9, 100, Health.watch),
        (85, 100, Health.watch),
        (84.9, 100, Health.trouble),
        (0, 0, Health.on_track),
        (60, 50, Health.on_track),
        (None, None, Health.no_data),
    ],
)
def test_a_continuous_progress_is_judged_by_its_ratio(ev, pv, expected):
    assert progress_health(ev, pv).health == expected


def test_slip_goes_by_the_actual_day_then_the_forecast():
    assert slip(facts(forecast_end=date(2023, 10, 10))) == 10
    assert slip(facts(actual_end=date(2023, 9, 25), forecast_end=date(2023, 12, 31))) == -5
    assert slip(facts(forecast_end=None)) is None
    assert slip(facts(state=MilestoneState.cancelled)) is None


# -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value,kind,target,baseline,upper,expected",
    [
        (80, RISE, 90, None, None, 800 / 9),
        (80, RISE, 90, 60, None, 200 / 3),
        (50, RISE, 90, 60, None, -100 / 3),
        (40, FALL, 30, 60, None, 200 / 3),
        (20, FALL, 30, 60, None, 400 / 3),
        (50, FALL, 50, None, None, 100),
        (100, FALL, 50, None, None, 0),
        (200, FALL, 50, None, None, -200),
        (0, FALL, 0, None, None, 100),
        (1, FALL, 0, None, None, 0),
        (0, RISE, 0, None, None, 100),
        (-1, RISE, 0, None, None, 0),
        (5, FALL, 0, 10, None, 50),
        (80, RANGE, 75, None, 100, 100),
        (75, RANGE, 75, None, 100, 100),
        (100, RANGE, 75, None, 100, 100),
        (60, RANGE, 75, None, 100, 80),
        (120, RANGE, 75, None, 100, 80),
        (250, RANGE, 75, None, 100, 0),
        (1, TargetKind.yes_no, 1, None, None, 100),
        (0, TargetKind.yes_no, 1, None, None, 0),
    ],
)
def test_attainment_by_kind(value, kind, target, baseline, upper, expected):
    assert close(attainment(value, kind, target, baseline, upper), expected)


@given(finite, finite, positive, st.one_of(st.none(), finite))
def test_attainment_follows_the_value(a, b, target, baseline):
    """More is never worse for a rise, never better for a fall; with a baseline on the right side
    of the target.
    """
    low, high = sorted((a, b))
    below = None if baseline is None else target - abs(baseline) - 1
    above = None if baseline is None else target + abs(baseline) + 1
    assert attainment(low, RISE, target, below) <= attainment(high, RISE, target, below) + 1e-6
    assert attainment(low, FALL, target, above) >= attainment(high, FALL, target, above) - 1e-6


@pytest.mark.parametrize(
    "value,kind,expected,status",
    [
        (90, RISE, 90, Health.on_track),
        (81, RISE, 90, Health.watch),
        (80.9, RISE, 90, Health.trouble),
        (30, FALL, 30, Health.on_track),
        (33, FALL, 30, Health.watch),
        (33.1, FALL, 30, Health.trouble),
        (None, RISE, 90, Health.no_data),
        (50, RISE, None, None),
        (50, TargetKind.follow, 90, None),
    ],
)
def test_status_against_the_expected_value(value, kind, expected, status):
    assert target_health(value, kind, expected) == status


def test_status_in_a_range_and_by_thresholds():
    assert [target_health(v, RANGE, 75, 100) for v in (75, 100, 68, 67, 110, 111)] == [
        Health.on_track,
        Health.on_track,
        Health.watch,
        Health.trouble,
        Health.watch,
        Health.trouble,
    ]
    assert [threshold_health(v, -5, -10) for v in (-5, -5.1, -10, -10.1, None)] == [
        Health.on_track,
        Health.watch,
        Health.watch,
        Health.trouble,
        Health.no_data,
    ]


def test_between_two_targets_the_expected_value_is_on_the_line():
    points = [(date(2022, 12, 31), 70.0), (START, 20.0), (date(2023, 12, 31), 90.0)]
    assert interpolated(points, date(2020, 12, 31)) is None
    assert interpolated(points, START) == 20 and interpolated(points, date(2022, 12, 31)) == 70
    assert close(interpolated(points, date(2023, 7, 1)), 70 + 20 * 182 / 365)
    assert interpolated(points, date(2030, 1, 1)) == 90
    assert interpolated([], ON) is None
