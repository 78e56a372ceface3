"""The charts that the page itself draws: what stands in them is what the rows say."""

import re
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from support.pages import Markup

from dashboard import french
from dashboard.charts import plots
from dashboard.charts.plots import Bullet, Line, Mark, Span

DAY = date(2023, 6, 30)
HELD = Span("1.1", "Séances d'été", date(2021, 6, 1), date(2021, 9, 1), DAY, "atteint", 1.0)
LATE = Span("1.2", "Salle", date(2022, 1, 1), date(2022, 6, 1), date(2023, 12, 31), "en-pause", 0.7)


def drawn(spans: list[Span]) -> Markup:
    return Markup(str(plots.spans(spans, day=DAY, alt="Calendrier : deux jalons")))


def test_a_calendar_is_one_picture_that_says_what_it_shows():
    picture = dict(drawn([HELD, LATE]).tags[0][1])
    assert picture["role"] == "img" and picture["aria-label"] == french.typo(
        "Calendrier : deux jalons"
    )


def test_a_state_stands_beside_its_bar_and_a_tick_says_it_alone():
    said = drawn([HELD, LATE]).said
    assert "En pause" in said and "Atteint" not in said


def test_a_row_tells_its_days_to_whoever_points_at_it():
    titles = [attrs["title"] for tag, attrs in drawn([HELD]).tags if tag == "p"]
    assert len(titles) == 1
    for words in (
        french.typo("Séances d'été"),
        "01/06/2021",
        "01/09/2021",
        "30/06/2023",
        "Atteint",
    ):
        assert words in titles[0]


days = st.dates(date(2021, 1, 1), date(2025, 12, 31))


@given(st.lists(st.tuples(days, st.integers(0, 900), days), min_size=1, max_size=6))
def test_no_bar_leaves_its_calendar(rows):
    spans = [
        Span("1", "Un jalon", start, start + timedelta(days=length), until, "a-jour", 1.0)
        for start, length, until in rows
    ]
    for left, width in re.findall(
        r"left:([\d.-]+)%;width:([\d.-]+)%", str(plots.spans(spans, day=DAY, alt=""))
    ):
        assert float(left) >= -0.01 and float(left) + float(width) <= 100.02


@given(st.lists(st.tuples(days, days), min_size=1, max_size=8))
def test_a_day_that_is_announced_stands_between_its_months(announced):
    points = [(on, day.toordinal()) for on, day in sorted(announced)]
    marks = [Mark("earned", *points[-1], "ici", True)]
    body = str(plots.dates([Line("earned", points)], marks, alt="Une date qui bouge"))
    for path in re.findall(r' d="([^"]*)"', body):
        places = re.findall(r"[ML]([\d.e-]+) ([\d.e-]+)", path)
        assert all(-0.01 <= float(at) <= 100.01 for place in places for at in place)
    levels = re.findall(r'class="cp-plot-level"[^>]*><b>(\d\d)/(\d{4})</b>', body)
    months = [int(year) * 12 + int(month) for month, year in levels]
    assert 2 <= len(months) <= 8 and len({b - a for a, b in pairwise(months)}) == 1


AMOUNTS = st.floats(-500, 5_000)


@given(AMOUNTS, AMOUNTS, st.none() | AMOUNTS)
def test_a_value_and_its_target_stay_on_their_axis(value, target, expected):
    body = str(
        plots.bullet(
            Bullet((value, "ici"), (target, "là"), None if expected is None else (expected, "là")),
            alt="Une barre",
        )
    )
    begin, width = (
        float(found) for found in re.search(r"left:([\d.-]+)%;width:([\d.-]+)%", body).groups()
    )
    assert begin >= -0.01 and width >= 0 and begin + width <= 100.02
    marks = re.findall(r'class="cp-bullet-mark[^>]*left:([\d.-]+)%', body)
    assert len(marks) == 1 + (expected is not None)
    assert all(-0.01 <= float(at) <= 100.01 for at in marks)
    # Nought is where the bar begins or ends.
    zero = re.search(r'left:([\d.-]+)%"><b>0</b>', body)[1]
    assert float(zero) in (begin, round(begin + width, 2))


@given(st.lists(st.floats(0, 100), min_size=1, max_size=24))
def test_no_level_says_more_than_a_hundred_per_cent(values):
    points = [(DAY - timedelta(days=30 * n), value) for n, value in enumerate(values)]
    body = str(plots.numbers([Line("earned", points)], [], alt="Une part", most=100))
    levels = [float(n) for n in re.findall(r'class="cp-plot-level"[^>]*><b>(\d+)</b>', body)]
    assert levels == sorted(levels) and levels[-1] <= 100
    assert levels[0] <= min(values) and max(values) <= levels[-1]


@given(st.lists(st.floats(-1000, 10_000), min_size=1, max_size=24))
def test_the_levels_of_a_number_hold_every_value(values):
    points = [(DAY - timedelta(days=30 * n), value) for n, value in enumerate(values)]
    line, mark = Line("earned", points), Mark("earned", DAY, values[0], "ici", True)
    body = str(plots.numbers([line], [mark], alt="Une courbe"))
    path = re.search(r' d="([^"]*)"', body)[1]
    heights = [float(y) for _, y in re.findall(r"[ML]([\d.e-]+) ([\d.e-]+)", path)]
    assert len(heights) == len(values) and all(-0.01 <= y <= 100.01 for y in heights)
    levels = body.count("cp-plot-level")
    assert 2 <= levels <= 12
