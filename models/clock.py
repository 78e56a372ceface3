"""The clock (horloge): the day of facts, the time of logins and locks, working days.

`today(session)` dates facts and due dates; a demonstration freezes it, so that its figures do not
age. `now()` is real time, for logins, locks and logs only.
"""

import os
from bisect import bisect
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from dateutil.easter import easter
from sqlmodel import Field, Session, select

from models.facts import Stored
from models.installation import Installation
from models.settings import CLOCK_FILE

TOWN = ZoneInfo("Europe/Brussels")


def now() -> datetime:
    """Real time, UTC, in whole seconds."""
    moment = datetime.now(UTC)
    if CLOCK_FILE in os.environ:
        # A rehearsal writes its offset in seconds to this file.
        file = Path(os.environ[CLOCK_FILE])
        if file.exists():
            moment += timedelta(seconds=float(file.read_text()))
    return moment.replace(microsecond=0)


def today(session: Session) -> date:
    """The date of a fact recorded now."""
    return frozen_on(session) or local_day(now())


def local(moment: datetime) -> datetime:
    """A moment in local time, whatever the time zone of the server."""
    return moment.astimezone(TOWN)


def local_day(moment: datetime) -> date:
    """The local date of a moment."""
    return local(moment).date()


def frozen_on(session: Session) -> date | None:
    """The frozen day of a demonstration, else None."""
    return session.execute(_FROZEN_ON).scalar()


def is_demonstration(session: Session) -> bool:
    """Whether this database is a demonstration."""
    installation = session.get(Installation, 1)
    return installation is not None and installation.demonstration


# Cached: every act runs this query.
_FROZEN_ON = select(Installation.frozen_on).where(Installation.id == 1)


def month_start(day: date) -> date:
    return day.replace(day=1)


def month_end(day: date) -> date:
    return add_months(month_start(day), 1) - timedelta(days=1)


def is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def last_month_end(day: date) -> date:
    """The last month end not after `day`: counts of persons are shown for it."""
    return day if is_month_end(day) else month_start(day) - timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the month's last day where it does not exist."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    _, last = monthrange(year, month + 1)
    return date(year, month + 1, min(day.day, last))


def window_start(day: date, months: int = 12) -> date:
    """First day of the window of `months` months ending at `day`."""
    if is_month_end(day):
        return month_start(add_months(month_start(day), 1 - months))
    return add_months(day, -months) + timedelta(days=1)


def months(first: date, last: date) -> list[date]:
    """The first days of the months from that of `first` to that of `last`."""
    count = 12 * (last.year - first.year) + last.month - first.month
    return [add_months(month_start(first), n) for n in range(count + 1)]


def quarter_start(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def half_years(on: date, count: int) -> list[tuple[date, date]]:
    """The last `count` half years that are over at `on`, oldest first: first and last day."""
    last = on if is_month_end(on) and on.month in (6, 12) else None
    last = last or date(on.year, 1 if on.month <= 6 else 7, 1) - timedelta(days=1)
    ends = [month_end(add_months(month_start(last), -6 * n)) for n in reversed(range(count))]
    return [(window_start(end, 6), end) for end in ends]


def month_ends(on: date, count: int | None = None, first: date | None = None) -> list[date]:
    """`on` and the month ends before it, oldest first: `count` days in all, or those not before
    `first`.
    """
    ends = [on]
    while count is None or len(ends) < count:
        before = month_start(ends[-1]) - timedelta(days=1)
        if first is not None and before < first:
            break
        ends.append(before)
    return ends[::-1]


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


def workdays(session: Session) -> Workdays:
    """The calendar of this database."""
    return calendar(frozenset(session.exec(select(ClosingDay.day)).all()))


@cache
def calendar(closing: frozenset[str]) -> Workdays:
    """The calendar with these closing days."""
    return Workdays(closing)
