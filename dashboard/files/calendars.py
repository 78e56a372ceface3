"""Exported calendars (iCalendar, RFC 5545), for phones and office calendars. Texts are escaped
and folded here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event as Entry, Timezone

from models import clock

# Years whose daylight-saving changes are included.
_SINCE = date(2021, 1, 1)
_UNTIL = date(2038, 1, 1)


@dataclass(frozen=True)
class Event:
    """One date: `uid` is stable, `sequence` grows with each change, `stamp` is the day of the
    last one.

    `starts` and `ends` are « 09:00 », or empty for a whole day. `status`: CONFIRMED, TENTATIVE
    or CANCELLED.
    """

    uid: str
    stamp: date
    sequence: int
    day: date
    summary: str
    starts: str = ""
    ends: str = ""
    place: str = ""
    url: str = ""
    status: str = "CONFIRMED"


def as_bytes(name: str, events: Iterable[Event]) -> bytes:
    """The calendar as bytes, with CRLF line ends, folded at 75 octets by the library."""
    calendar = Calendar()
    for key, value in (
        ("VERSION", "2.0"),
        ("PRODID", "-//C-Possible//Agenda//FR"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"),
        ("X-WR-CALNAME", " ".join(printed(name).split())),
        ("X-WR-TIMEZONE", clock.TOWN.key),
    ):
        calendar.add(key, value)
    calendar.add("REFRESH-INTERVAL", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    calendar.add_component(Timezone.from_tzinfo(clock.TOWN, clock.TOWN.key, _SINCE, _UNTIL))
    for event in events:
        calendar.add_component(_entry(event))
    return calendar.to_ical()


def _entry(event: Event) -> Entry:
    entry = Entry()
    timed = bool(event.starts and event.ends)
    entry.add("UID", event.uid)
    entry.add("DTSTAMP", datetime.combine(event.stamp, time(), UTC))
    entry.add("SEQUENCE", event.sequence)
    entry.add("DTSTART", _moment(event.day, event.starts) if timed else event.day)
    # The end is exclusive (RFC 5545): a whole day ends on the next one.
    entry.add("DTEND", _moment(event.day, event.ends) if timed else event.day + timedelta(days=1))
    entry.add("SUMMARY", printed(event.summary))
    if event.place:
        entry.add("LOCATION", printed(event.place))
    if event.url:
        entry.add("URL", event.url)
    entry.add("STATUS", event.status)
    # A date without hours does not block the day.
    entry.add("TRANSP", "OPAQUE" if timed and event.status != "CANCELLED" else "TRANSPARENT")
    return entry


def _moment(day: date, hour: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(hour), clock.TOWN)


def printed(text: str) -> str:
    """A user's text without control characters; line breaks stay, and the library escapes them."""
    lines = "\n".join(text.splitlines())
    return "".join(sign for sign in lines if sign.isprintable() or sign in "\n\u00a0\u202f")
