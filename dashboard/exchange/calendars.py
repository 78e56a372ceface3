"""Calendars out (iCalendar, RFC 5545): what a phone or an office calendar subscribes to. Texts are escaped and folded here, once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

ZONE = "Europe/Brussels"
_LONGEST = 75  # octets of a line, its end not counted
# The rules of this zone since 1996, as subscribers need them to place an hour.
_TIMEZONE = ("BEGIN:VTIMEZONE", f"TZID:{ZONE}",
             "BEGIN:DAYLIGHT", "DTSTART:19960331T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "TZOFFSETFROM:+0100",
             "TZOFFSETTO:+0200", "TZNAME:CEST", "END:DAYLIGHT",
             "BEGIN:STANDARD", "DTSTART:19961027T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "TZOFFSETFROM:+0200",
             "TZOFFSETTO:+0100", "TZNAME:CET", "END:STANDARD", "END:VTIMEZONE")


@dataclass(frozen=True)
class Event:
    """One date: `uid` never changes, `sequence` grows with each change, `stamp` is the day of the last one.

    `starts` and `ends` are « 09:00 », or nothing: the whole day. `status`: CONFIRMED, TENTATIVE or CANCELLED.
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
    """The calendar of this name, its lines ended by CRLF and folded at 75 octets."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//C-Possible//Agenda//FR", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
             f"X-WR-CALNAME:{_text(name)}", f"X-WR-TIMEZONE:{ZONE}", "REFRESH-INTERVAL;VALUE=DURATION:PT6H", *_TIMEZONE]
    for event in events:
        lines += _lines(event)
    return b"".join(_folded(line) for line in [*lines, "END:VCALENDAR"])


def _lines(event: Event) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{event.stamp:%Y%m%d}T000000Z"
    yield f"SEQUENCE:{event.sequence}"
    if event.starts and event.ends:
        for what, hour in (("DTSTART", event.starts), ("DTEND", event.ends)):
            yield f"{what};TZID={ZONE}:{event.day:%Y%m%d}T{hour.replace(':', '')}00"
    else:
        yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_text(event.summary)}"
    if event.place:
        yield f"LOCATION:{_text(event.place)}"
    if event.url:
        yield f"URL:{_plain(event.url)}"
    yield f"STATUS:{event.status}"
    yield "TRANSP:TRANSPARENT" if event.status == "CANCELLED" or not event.starts else "TRANSP:OPAQUE"
    yield "END:VEVENT"


def _text(said: str) -> str:
    """A text of somebody: it ends no line and begins no property."""
    lines = "\n".join(said.splitlines())
    for mark in ("\\", ";", ","):
        lines = lines.replace(mark, f"\\{mark}")
    return _plain(lines.replace("\n", "\\n"))


def _plain(said: str) -> str:
    return "".join(sign for sign in said if sign.isprintable() or sign in "\u00a0\u202f")


def _folded(line: str) -> bytes:
    """A line in pieces of 75 octets at most, none of which cuts a letter in two."""
    pieces, room = [b""], _LONGEST
    for sign in line:
        octets = sign.encode()
        if len(pieces[-1]) + len(octets) > room:
            pieces.append(b"")
            room = _LONGEST - 1  # the space that says « this goes on »
        pieces[-1] += octets
    return b"\r\n ".join(pieces) + b"\r\n"
