"""Date probable, date prudente: from past slips, known at the day, never before it, always the
same; and honestly tested.

Pure formulae under invented pasts, then the demonstration: its slips are published (demonstration,
30/06/23).
"""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings, strategies as some
from support.transactions import read_with
from support.troupe import FROZEN

from dashboard.figures.board import changes, days_later
from dashboard.figures.forecast import announcements, backtest, forecasts, misses_from
from dashboard.figures.workstreams import earned_at
from dashboard.formulas import (
    FEWEST_SLIPS,
    announced_from_afar,
    bootstrap,
    day_drawn,
    day_reached,
    days_to_add,
    latest,
    past_miss,
    proposed_progress,
)
from dashboard.queries.roadmap import (
    PlanAt,
    Roadmap,
    whole_roadmap,
)
from models.facts import History
from models.roadmap import MilestoneState, Plan, PlanReport, PlanSchedule, Workstream

START, TODAY = date(2021, 1, 1), date(2023, 6, 30)
days = some.dates(START, date(2025, 12, 31))
slips = some.lists(some.integers(-60, 400), min_size=FEWEST_SLIPS, max_size=40)


def dates(announced: date, past: list[int], on: date = TODAY) -> tuple[date | None, date | None]:
    drawn = bootstrap(announced, past, on, "1.1")
    return day_reached(drawn, 0.5), day_reached(drawn, 0.8)


# --- the formulae ---------------------------------------------------------------------------------


@given(days, slips)
def test_probable_comes_before_prudent_and_neither_before_today(announced, past):
    probable, prudent = dates(announced, past)
    assert TODAY <= probable <= prudent


@given(days, slips, some.sampled_from([0.5, 0.8]))
def test_a_day_is_drawn_as_from_all_draws(announced, past, share):
    every = bootstrap(announced, past, TODAY, "1.1")
    assert day_drawn(announced, past, TODAY, "1.1", share) == day_reached(every, share)


@given(days, slips)
def test_the_same_past_gives_the_same_dates(announced, past):
    assert dates(announced, past) == dates(announced, list(reversed(past)))


@given(days, slips, some.lists(some.integers(0, 200), min_size=40, max_size=40))
def test_later_slips_give_later_dates(announced, past, later):
    worse = [slip + more for slip, more in zip(sorted(past), later, strict=False)]
    assert all(a <= b for a, b in zip(dates(announced, past), dates(announced, worse), strict=True))


@given(days, some.lists(some.integers(-60, 400), max_size=FEWEST_SLIPS - 1))
def test_below_five_past_slips_nothing_is_said(announced, past):
    assert dates(announced, past) == (None, None)


@given(some.lists(slips, min_size=1, max_size=5))
def test_a_workstream_ends_with_the_latest_of_its_milestones(pasts):
    draws = [bootstrap(TODAY, past, TODAY, f"2.{i}") for i, past in enumerate(pasts)]
    whole = latest(draws)
    for share in (0.5, 0.8):
        assert day_reached(whole, share) >= max(day_reached(drawn, share) for drawn in draws)


def test_a_lone_past_slip_moves_the_date_by_itself():
    assert dates(date(2023, 9, 30), [31] * 5) == (date(2023, 10, 31), date(2023, 10, 31))
    assert dates(date(2023, 3, 31), [10] * 5) == (
        date(2023, 7, 10),
        date(2023, 7, 10),
    ), "an announced day gone by is today"
    assert dates(date(2023, 7, 5), [-60] * 5) == (TODAY, TODAY)


HISTORY = [(date(2022, 1, 1), date(2022, 6, 30)), (date(2022, 6, 1), date(2022, 9, 30))]


@pytest.mark.parametrize(
    "distance,announced",
    [
        (365, date(2022, 6, 30)),  # the furthest it ever was: what it said first
        (90, date(2022, 6, 30)),
        (30, date(2022, 6, 30)),
        (12, date(2022, 9, 30)),  # it moved before it came that near
        (0, None),
    ],
)  # done before the announced day
def test_the_announced_day_is_the_one_said_at_the_same_distance(distance, announced):
    assert announced_from_afar(HISTORY, distance, until=date(2022, 9, 20)) == announced


def test_a_miss_is_known_once_done_or_once_the_day_has_passed():
    assert past_miss(HISTORY, 90, actual=date(2022, 9, 20), on=TODAY) == 82
    assert past_miss(HISTORY, 90, actual=None, on=date(2022, 6, 15)) is None, (
        "30 June is still to come"
    )
    assert past_miss(HISTORY, 90, actual=None, on=date(2022, 7, 15)) == 92, (
        "it announces 30 September now"
    )
    assert past_miss(HISTORY, 90, actual=None, on=date(2022, 12, 31)) == 184, (
        "and that has passed too"
    )


@given(some.lists(some.tuples(days, some.integers(-60, 400)), min_size=5, max_size=40))
def test_put_off_so_the_past_dates_hold_what_they_promise(past):
    given = [
        (end, done if (done := end + timedelta(days=late)) <= TODAY else None)
        for end, late in past
        if end + timedelta(days=late) <= TODAY or end <= TODAY
    ]
    if len(given) < FEWEST_SLIPS:
        return
    added = days_to_add(given, len(given), 0.8, TODAY)
    come = [(end, done) for end, done in given if end + timedelta(days=added) <= TODAY]
    held = [done for end, done in come if done and (done - end).days <= added]
    assert added >= 0
    assert (
        not any(done for _, done in given)
        or not come
        or len(held) >= 0.8 * len(come)
        or (added == max((done or TODAY) - end for end, done in given).days)
    )


# --- progress -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value,threshold,ladder,progress",
    [
        (64, 80, True, 75),
        (80, 80, True, 100),
        (200, 80, True, 100),
        (0, 80, True, 0),
        (19, 80, True, 0),
        (20, 80, True, 25),
        (None, 80, True, None),
        (69.9, 70, False, 0),
        (70, 70, False, 100),
        (-5, 80, True, 0),
    ],
)
def test_a_figure_proposes_the_step_it_has_reached(value, threshold, ladder, progress):
    assert proposed_progress(value, threshold, ladder) == progress


# ------------------------------------------------------------


def invented(reports: list[tuple[date, str, date]]) -> Roadmap:
    """Eight milestones of one workstream, done one after the other by these (day, state, date)
    reports.
    """
    milestones = range(1, 9)
    schedules = [
        PlanSchedule(
            id=i,
            plan_id=i,
            on=START,
            recorded_on=START,
            start=START,
            end=date(2022, 1, 31) + timedelta(days=30 * i),
        )
        for i in milestones
    ]
    told = []
    for n, (on, state, end) in enumerate(reports):
        days_told = {"actual_end": on} if state == MilestoneState.done else {"forecast_end": end}
        told.append(
            PlanReport(
                id=100 + n, plan_id=n % 8 + 1, on=on, recorded_on=on, state=state, **days_told
            )
        )
    return Roadmap(
        (Workstream(id=1, code="a", name="A", short_name="A"),),
        tuple(Plan(id=i, number=f"1.{i}", title="", workstream_id=1) for i in milestones),
        History(PlanSchedule, schedules),
        History(PlanReport, told),
    )


reports = some.lists(
    some.tuples(
        some.dates(START, date(2024, 12, 31)),
        some.sampled_from([MilestoneState.under_way, MilestoneState.done]),
        days,
    ),
    max_size=40,
)


@settings(max_examples=15)
@given(reports)
@pytest.mark.slow
def test_facts_added_later_change_nothing_at_an_earlier_day(told):
    everything, before = invented(told), invented(told)
    for of_one in before.reports.facts.values():
        of_one[:] = [report for report in of_one if report.on <= TODAY]
    assert forecasts(everything, TODAY) == forecasts(before, TODAY)
    assert backtest(everything, TODAY) == backtest(before, TODAY)
    assert earned_at(everything.at(TODAY)) == earned_at(before.at(TODAY))


# --- the demonstration ----------------------------------------------------------------------------


def known_in(engine) -> Roadmap:
    return read_with(engine, whole_roadmap)


def by_number(known: Roadmap, on: date = FROZEN) -> dict[str, PlanAt]:
    return {m.plan.number: m for m in known.at(on)}


def test_the_forecasts_of_the_demonstration_are_the_same_everywhere(demo):
    """Golden: 29 milestones done and 4 overdue stand behind each date; 2.5 announces 30/09/2023
    for the third time.
    """
    known = known_in(demo)
    found, milestones = forecasts(known, FROZEN), by_number(known)
    assert sorted(m.plan.number for m in milestones.values() if m.plan.id in found.milestones) == [
        "1.7",
        "1.8",
        "2.5",
        "2.6",
        "2.7",
        "2.8",
        "3.6",
        "4.6",
        "4.7",
        "4.8",
        "5.6",
        "5.8",
        "6.4",
        "6.6",
    ]
    one = found.milestones[milestones["2.5"].plan.id]
    assert (one.probable, one.prudent, one.n) == (date(2023, 12, 5), date(2024, 1, 27), 33)
    assert (found.whole.probable, found.whole.prudent, found.whole.n) == (
        date(2024, 7, 16),
        date(2024, 9, 30),
        33,
    )
    for stream, end in found.workstreams.items():
        own = [
            found.milestones[m.plan.id]
            for m in milestones.values()
            if m.plan.workstream_id == stream and m.plan.id in found.milestones
        ]
        assert end.probable >= max(each.probable for each in own)
        assert end.prudent >= max(each.prudent for each in own)


def test_early_in_the_programme_nothing_is_said(sqlite_demo):
    found = forecasts(known_in(sqlite_demo), date(2021, 9, 30))
    assert len(found.slips) == 1
    assert {(end.probable, end.prudent) for end in found.milestones.values()} == {(None, None)}
    assert found.whole.probable is None


def test_what_was_announced_is_told_day_after_day(sqlite_demo):
    known = known_in(sqlite_demo)
    milestones = by_number(known)
    assert announcements(known, milestones["2.5"], FROZEN).dates == (
        (START, date(2022, 12, 31)),
        (date(2022, 9, 30), date(2023, 3, 31)),
        (date(2023, 2, 28), date(2023, 6, 30)),
        (date(2023, 5, 31), date(2023, 9, 30)),
    )
    # Revised and reported on one day: the report has the last word.
    assert [end for _, end in announcements(known, milestones["5.8"], FROZEN).dates] == [
        date(2023, 6, 30),
        date(2023, 9, 30),
    ]


def test_overdue_milestones_count_among_the_past_slips(sqlite_demo):
    """Without them only those that ended well would speak."""
    known = known_in(sqlite_demo)
    every = [announcements(known, m, FROZEN) for m in known.at(FROZEN) if m.is_counted]
    done = [one for one in every if one.at.actual_end]
    assert len(misses_from(done, 92, FROZEN)) == 29
    assert len(misses_from(every, 92, FROZEN)) == 33


def test_the_backtest_says_honestly_how_past_dates_held(demo):
    """Of the prudent dates of the demonstration four out of five held, as they promise. Those of its
    probable ones are told as they are: its delays grew faster than a median follows.
    """
    found = backtest(known_in(demo), FROZEN)
    assert (found.prudent.numerator, found.prudent.denominator) == (104, 132)
    assert (found.probable.numerator, found.probable.denominator) == (70, 173)
    assert found.milestones == 26
    assert sum(half.prudent.denominator for half in found.halves) == found.prudent.denominator
    assert [half.half for half in found.halves] == ["S1 2022", "S2 2022", "S1 2023"]


def test_what_moved_since_march(sqlite_demo):
    roadmap = known_in(sqlite_demo)
    march, later = date(2023, 3, 31), roadmap.at(FROZEN)
    found = changes(roadmap.at(march), later, (), march, FROZEN)
    before, after = next(pair for pair in found.slipped if pair[1].plan.number == "1.7")
    assert days_later(before, after) == 122 and before.state == after.state
    moved = {b.plan.number: [a.state, b.state] for a, b in found.moved}
    assert moved["5.7"] == [MilestoneState.under_way, MilestoneState.done]
    assert "2.7" not in moved, "silent since February"
    same = changes(later, later, (), FROZEN, FROZEN)
    assert not (same.moved or same.slipped or same.stale)
