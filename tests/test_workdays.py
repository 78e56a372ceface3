"""Working days as the law has them: our calendar beside one that others keep."""

from datetime import date, timedelta

import holidays
import pytest

from models.clock import calendar

FIRST, LAST = date(1950, 1, 1), date(2100, 12, 31)  # what the others know


@pytest.mark.slow
def test_a_century_and_a_half_of_working_days_are_those_that_others_count():
    theirs = holidays.BE(years=range(FIRST.year, LAST.year + 1))
    ours = calendar(frozenset())
    days = (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
    differ = [day for day in days if ours.is_open(day) == (day.weekday() > 4 or day in theirs)]
    assert differ == []
