"""Closings (clôtures): the last day on which a milestone report is accepted for a meeting of the
CODIR, a few working days before it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from dashboard import french
from dashboard.queries.meetings.records import MeetingAt
from models.meetings import MeetingKind, MeetingState
from models.workdays import Workdays

CLOSES_BEFORE = 3  # working days


@dataclass(frozen=True, slots=True)
class Closing:
    """One closing: its day, and the day of its meeting."""

    on: date
    meeting: date

    def is_missed_by(self, received_on: date) -> bool:
        """Whether a report received on this day came after the closing, but not after the
        meeting.
        """
        return self.on < received_on <= self.meeting


def working_day_before(day: date, n: int, calendar: Workdays) -> date:
    """The n-th working day before `day`; the day itself does not count."""
    while n > 0:
        day -= timedelta(days=1)
        n -= calendar.is_open(day)
    return day


def closing_of(meeting: date, calendar: Workdays) -> Closing:
    """The closing before a meeting of the CODIR."""
    return Closing(working_day_before(meeting, CLOSES_BEFORE, calendar), meeting)


def closings(meetings: Iterable[MeetingAt], calendar: Workdays) -> tuple[Closing, ...]:
    """The closings of the CODIR's meetings, held or planned, in order."""
    return tuple(
        closing_of(meeting.day, calendar)
        for meeting in meetings
        if meeting.kind is MeetingKind.codir and meeting.state != MeetingState.cancelled
    )


def missed(found: Iterable[Closing], received_on: date) -> Closing | None:
    """The closing missed by a report received on this day, if any."""
    return next((closing for closing in found if closing.is_missed_by(received_on)), None)


def current(found: Iterable[Closing], day: date) -> Closing | None:
    """The closing that is past while its meeting is not; None outside such a period."""
    return next((closing for closing in found if closing.on <= day <= closing.meeting), None)


def in_words(closing: Closing | None) -> str:
    """« reçu après la clôture du 07/07/2023 »; empty if none was missed."""
    return f"reçu après la clôture du {french.day(closing.on)}" if closing else ""
