"""Working days (jours ouvrables): without weekends, Belgian legal holidays, and closing days of the
administration.
"""

from bisect import bisect
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache

from dateutil.easter import easter
from sqlmodel import Field, Session, select

from models.records import Stored


class ClosingDay(Stored, table=True):
    """Jour de fermeture: `day` « jj/mm » closes every year, « jj/mm/aaaa » once."""

    day: str = Field(primary_key=True)
    label: str = ""


# Day and month of the fixed ones; days after Easter of the three movable ones.
_FIXED = ((1, 1), (1, 5), (21, 7), (15, 8), (1, 11), (11, 11), (25, 12))
_AFTER_EASTER = (1, 39, 50)


@cache
def legal_holidays(year: int) -> frozenset[date]:
    """The ten legal holidays of Belgium."""
    fixed = (date(year, month, day) for day, month in _FIXED)
    sunday = easter(year)
    return frozenset((*fixed, *(sunday + timedelta(days=days) for days in _AFTER_EASTER)))


class Workdays:
    """The calendar of working days, with the closing days of one administration."""

    def __init__(self, closing: frozenset[str] = frozenset()):
        self.closing = closing
        self._known: dict[date, bool] = {}
        self._years: dict[int, list[date]] = {}

    def is_open(self, day: date) -> bool:
        if day not in self._known:
            closed = f"{day:%d/%m}" in self.closing or f"{day:%d/%m/%Y}" in self.closing
            is_holiday = closed or day in legal_holidays(day.year)
            self._known[day] = day.weekday() < 5 and not is_holiday
        return self._known[day]

    def add(self, day: date, n: int) -> date:
        """The n-th working day after `day`, not counting `day`."""
        while n > 0:
            day += timedelta(days=1)
            n -= self.is_open(day)
        return day

    def back(self, day: date, n: int) -> date:
        """The last day with n working days between it and `day`, which counts."""
        while n > 0:
            n -= self.is_open(day)
            day -= timedelta(days=1)
        return day

    def between(self, start: date, end: date) -> int:
        """Working days after `start`, up to and including `end`."""
        days = (end - start).days
        if days > 4000:
            # Decades-old imports: a year has about 250 working days; exactness serves nobody there.
            return round(days * 250 / 365.25)
        years = map(self._open_days, range(start.year, end.year + 1))
        return max(sum(bisect(known, end) - bisect(known, start) for known in years), 0)

    def _open_days(self, year: int) -> list[date]:
        """The working days of a year, found once: an import asks for thousands of delays."""
        if year not in self._years:
            days = (date(year, 1, 1) + timedelta(days=i) for i in range(366))
            self._years[year] = [day for day in days if day.year == year and self.is_open(day)]
        return self._years[year]

    def last_of_month(self, day: date) -> date:
        """The last working day of the month of `day`."""
        last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        while not self.is_open(last):
            last -= timedelta(days=1)
        return last


@cache
def _calendar(closing: frozenset[str]) -> Workdays:
    return Workdays(closing)


def workdays(session: Session) -> Workdays:
    """The calendar of this database."""
    return calendar(session.exec(select(ClosingDay.day)).all())


def calendar(closing: Iterable[str]) -> Workdays:
    """The calendar with these closing days."""
    return _calendar(frozenset(closing))
