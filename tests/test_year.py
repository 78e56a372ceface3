"""Seven days of a year in minutes (tests/year.py has the whole one): days pass, rounds are made, people
do a little, a process is killed, a newer program comes; every figure is counted a second time.
"""

from datetime import timedelta

import pytest
from support.moved_clock import MovedClock
from support.post import Post
from support.year import FIRST, Year, told

from models.settings import settings

pytestmark = pytest.mark.slow


@pytest.fixture
def moved(tmp_path, monkeypatch) -> MovedClock:
    found = MovedClock(tmp_path / "clock")
    for name, value in found.settings.items():
        monkeypatch.setenv(name, value)
    # The last two weeks, and the newest of the week and of the month before, which are among them.
    for name in ("DAILY", "WEEKLY", "MONTHLY"):
        monkeypatch.setenv(f"CP_BACKUP_{name}", "3" if name == "DAILY" else "1")
    return found


def test_days_of_rounds_and_people_lose_nothing_and_every_figure_stays_true(
    data_folder, demo_copy, moved, post: Post
):
    settings.cache_clear()
    year = Year(demo_copy, FIRST, clock=moved).open()
    [before] = year.live(4, 4)
    # Before the figures of a day are looked at: what is filed later that day belongs to it.
    year.kills_next = True
    year.upgrade()
    assert year.moved == []
    [after] = year.live(3, 4, year.day + timedelta(days=1))
    seen = told(year.lines)
    for line in (before, after):
        assert (line.wrong, line.unexplained, line.broken, line.troubles) == ({}, [], [], []), seen
        assert line.acts > 5 and line.rehearsed, seen
    assert after.mails > 0 and after.backups in (3, 4), seen
    assert len(year.told) >= 3 and year.lost() == set()
