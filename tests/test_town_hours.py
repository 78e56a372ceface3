"""Hours and days are those of the town, wherever the server stands."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from support.pages import forget

from dashboard import french
from dashboard.actions import limits
from dashboard.files.calendars import Event, as_bytes
from dashboard.report import wording
from dashboard.ui import jobs
from models import clock

EVENING = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)


@pytest.fixture
def in_zone(monkeypatch):
    """The town's zone, on a server that keeps another time."""

    def chosen(name: str | None) -> None:
        monkeypatch.setenv("TZ", "Pacific/Honolulu")
        if name:
            monkeypatch.setattr(clock, "TOWN", ZoneInfo(name))
        forget()

    yield chosen
    monkeypatch.undo()
    forget()


@pytest.mark.parametrize(
    "zone,said,day,until",
    [
        (None, "01/07/2026 à 0 h 30", date(2026, 7, 1), "après 1 h"),
        ("Europe/Paris", "01/07/2026 à 0 h 30", date(2026, 7, 1), "après 1 h"),
        ("America/Martinique", "30/06/2026 à 18 h 30", date(2026, 6, 30), "après 19 h"),
        ("UTC", "30/06/2026 à 22 h 30", date(2026, 6, 30), "après 23 h"),
    ],
)
def test_an_hour_that_is_shown_is_that_of_the_town(in_zone, zone, said, day, until):
    in_zone(zone)
    words = said.replace(" h ", f"{french.NO_BREAK}h{french.NO_BREAK}").replace("à 0", "à 00")
    assert wording.moment(EVENING) == words
    assert jobs.moment(EVENING) == f"le {words}"
    assert clock.local_day(EVENING) == day
    since = limits.hour_of(EVENING)
    assert limits.after(since) == until.replace(" h", f"{french.NO_BREAK}h")


def test_a_calendar_that_is_subscribed_to_keeps_the_zone_of_the_town(in_zone):
    in_zone("America/Martinique")
    event = Event("a@b", date(2026, 6, 1), 0, date(2026, 6, 30), "Séance", "09:00", "10:00")
    said = as_bytes("C-Possible", [event]).decode()
    assert "DTSTART;TZID=America/Martinique:20260630T090000" in said
    assert "X-WR-TIMEZONE:America/Martinique" in said
