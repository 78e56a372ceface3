"""After a month of ordinary work nothing is out of step: `check` holds, and every figure is the one
that the raw rows give.
"""

import pytest
from support.ordinary import ACTS, Month
from support.recomputed import exported
from support.second_path import differing
from support.troupe import FROZEN

from dashboard.queries.keeping import checks
from models.clock import today
from models.database import reading

# tests/test_year.py lives a week with some of these acts, and counts its figures a second time.
pytestmark = [pytest.mark.slow, pytest.mark.matrix]

# The last ones fall into the month.
DATES = (
    "2022-06-30",
    "2022-12-31",
    "2023-03-31",
    "2023-05-31",
    "2023-06-30",
    "2023-07-06",
    "2023-07-14",
    "2023-07-21",
    "2023-07-31",
    "2023-08-01",
)


def failing(engine) -> list[str]:
    with reading(engine) as session:
        found = checks.everything(session, today(session))
        return [f"{one.name} : {one.message}" for one in found if not one.holds]


def test_after_a_month_of_ordinary_work_everything_holds(demo_copy, scope_for):
    assert failing(demo_copy) == []
    month = Month(demo_copy, FROZEN)
    last = month.work(days=23, acts_a_day=24)
    assert month.done.total() >= 400, month.refused
    assert set(ACTS) == set(month.done)
    assert failing(demo_copy) == []
    raw = exported(demo_copy)
    wrong = {
        on: found for on in DATES if (found := differing(demo_copy, raw, scope_for, on, None, last))
    }
    assert wrong == {}
