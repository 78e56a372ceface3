"""Reads calendar feeds (mon calendrier, l'agenda de tous). They contain no person's name."""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from sqlalchemy import func, or_
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import NOBODY, Reader, require
from dashboard.queries.meetings.agenda import groups_of, is_restricted
from dashboard.queries.meetings.events import last_events
from dashboard.queries.meetings.records import MeetingAt
from dashboard.queries.people.readers import left_on, reader_of
from dashboard.queries.seats import records as seats
from models.academy import Training, TrainingSession
from models.clock import Workdays
from models.ledger import Change
from models.meetings import (
    OPEN_TO_ALL,
    Meeting,
    MeetingEvent,
    MeetingKind,
    MeetingState,
    Poster,
    Site,
)
from models.people import Account, Person, open_account
from models.scales import drawn, in_groups, read
from models.seats import SeatState
from models.sign_on import CalendarKey

_S = SeatState
# How far back a feed goes.
PAST = timedelta(days=90)
_SURE, _PERHAPS, _OFF = "CONFIRMED", "TENTATIVE", "CANCELLED"
_OF_SESSION = {
    _S.booked: _SURE,
    _S.attended: _SURE,
    _S.partial: _SURE,
    _S.offered: _PERHAPS,
    _S.requested: _PERHAPS,
    _S.waiting: _PERHAPS,
}


@dataclass(frozen=True)
class Appointment:
    """One event of a feed; `key` is its permanent id, `changes` counts its changes, the last one on
    `changed_on`.
    """

    key: str
    day: date
    starts: str
    ends: str
    summary: str
    place: str
    status: str
    changes: int
    changed_on: date
    href: str


def open_to_all(session: Session, day: date) -> list[Appointment]:
    """The public calendar (l'agenda de tous): meetings and sessions open to everybody."""
    kinds = select(Meeting.id).where(
        or_(
            Meeting.kind == str(MeetingKind.information),
            (Meeting.kind.in_([str(k) for k in OPEN_TO_ALL])) & Meeting.enrols.is_(True),
        )
    )
    coming = session.exec(
        select(TrainingSession)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(TrainingSession.on >= day, Training.open_to_all)
        .order_by(TrainingSession.on, TrainingSession.id)
    ).all()
    return _ordered(
        [
            *_meetings(session, NOBODY, session.exec(kinds).all(), {}, day - PAST),
            *(_session(session, held, _SURE) for held in coming),
        ]
    )


def of_reader(session: Session, reader: Reader, day: date) -> list[Appointment]:
    """The reader's own calendar (mon calendrier): her registrations, the meetings of her groups,
    those she planned, her sessions of the academy.
    """
    mine = {
        where.meeting_id: state
        for where, state in seats.own(session, reader.person_id).items()
        if where.meeting_id
    }
    of_groups = session.exec(
        select(Meeting.id).where(Meeting.group_id.in_(sorted(groups_of(session, reader))))
    ).all()
    first = select(func.min(MeetingEvent.id)).group_by(MeetingEvent.meeting_id)
    is_planner = MeetingEvent.by == (reader.person_id or 0)
    planned = session.exec(
        select(MeetingEvent.meeting_id).where(MeetingEvent.id.in_(first), is_planner)
    ).all()
    statuses = {meeting: _PERHAPS for meeting, state in mine.items() if state is SeatState.waiting}
    found = _meetings(session, reader, {*mine, *of_groups, *planned}, statuses, day - PAST)
    for item in seats.of_person(session, reader.person_id):
        if item.session and item.session.on >= day - PAST and item.status in _OF_SESSION:
            found.append(_session(session, item.session, _OF_SESSION[item.status]))
    return _ordered(found)


def of_meeting(session: Session, reader: Reader, meeting_id: int) -> list[Appointment]:
    """A single meeting, as the reader may see it."""
    return _meetings(session, reader, [meeting_id], {}, date.min)


def _ordered(found: Iterable[Appointment]) -> list[Appointment]:
    return sorted(found, key=lambda item: (item.day, item.starts, item.key))


def _meetings(
    session: Session, reader: Reader, ids: Iterable[int], statuses: dict[int, str], since: date
) -> list[Appointment]:
    last = {
        ident: event for ident, event in last_events(session, ids).items() if event.day >= since
    }
    records = session.exec(select(Meeting).where(Meeting.id.in_(sorted(last)))).all()
    facts = dict(
        session.execute(
            select(MeetingEvent.meeting_id, func.count())
            .where(MeetingEvent.meeting_id.in_(sorted(last)))
            .group_by(MeetingEvent.meeting_id)
        ).all()
    )
    journal = _changes(session, "réunion", last)
    found = []
    for meeting in records:
        event = last[meeting.id]
        restricted = is_restricted(reader, MeetingKind(meeting.kind))
        changes, changed_on = journal.get(str(meeting.id), (0, event.recorded_on))
        status = _OFF if event.what == MeetingState.cancelled else statuses.get(meeting.id, _SURE)
        label = MeetingKind(meeting.kind).label
        starts = ends = place = ""
        if not restricted:
            label = _summary(label, meeting.title, status)
            starts = meeting.starts
            ends = meeting.ends
            place = meeting.place
        found.append(
            Appointment(
                f"reunion-{meeting.id}",
                event.day,
                starts,
                ends,
                label,
                place,
                status,
                facts[meeting.id] - 1 + changes,
                max(changed_on, event.recorded_on),
                f"/agenda?reunion={meeting.id}",
            )
        )
    return found


def _session(session: Session, held: TrainingSession, status: str) -> Appointment:
    training = session.get(Training, held.training_id)
    changes, changed_on = _changes(session, "session", [held.id]).get(str(held.id), (1, held.on))
    status = _OFF if held.cancelled_on else status
    return Appointment(
        f"session-{held.id}",
        held.on,
        held.starts,
        held.ends,
        _summary("Formation", training.title, status),
        held.place,
        status,
        max(changes - 1, 0),
        changed_on,
        f"/academie?formation={training.code}",
    )


def _summary(label: str, title: str, status: str) -> str:
    message = f"{label} : {title}" if title else label
    if status == _OFF:
        return f"Annulé — {message}"
    if status == _PERHAPS:
        return f"À confirmer — {message}"
    return message


def _changes(session: Session, subject: str, ids: Iterable[int]) -> dict[str, tuple[int, date]]:
    """Record → the number of its changes in the journal and the last day; changes of the minutes
    are not counted.
    """
    rows = session.execute(
        select(Change.record, func.count(), func.max(Change.on))
        .where(
            Change.subject == subject,
            Change.record.in_([str(i) for i in ids]),
            Change.field != "compte rendu",
        )
        .group_by(Change.record)
    ).all()
    return {record: (n, on) for record, n, on in rows}


# ── The keys ──────────────────────────────────────────────────────────────────────────────────────


def reader_of_key(session: Session, hashed: str, day: date) -> Reader | None:
    """The reader whose calendar this key opens; None if she has left, is erased, or her account is
    closed.
    """
    row = session.execute(
        select(Person, Account)
        .join(CalendarKey, CalendarKey.person_id == Person.id)
        .join(Account, Account.person_id == Person.id)
        .where(CalendarKey.key == hashed, open_account(day), Person.erased_on.is_(None))
    ).first()
    if row is None or left_on(session, row[0].id, day):
        return None
    return reader_of(session, row[1], day)


def has_key(session: Session, reader: Reader) -> bool:
    return reader.is_known and session.get(CalendarKey, reader.person_id) is not None


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


def closing_of(meeting: date, calendar: Workdays) -> Closing:
    """The closing before a meeting of the CODIR; the day itself does not count."""
    day, left = meeting, CLOSES_BEFORE
    while left > 0:
        day -= timedelta(days=1)
        left -= calendar.is_open(day)
    return Closing(day, meeting)


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


PAGE, WORD = "affiche", "mot"  # its address, and what the address says
_SIGNS = 8  # 40 bits: short enough to be typed from a wall


def word_of(poster: Poster) -> str:
    """The word printed on the poster: « 7K3M-Q9XA »."""
    return drawn(f"poster:{poster.nonce}", _SIGNS)


def page_of(word: str, **more: str | int) -> str:
    """The address that a poster's word leads to: « /affiche?mot=7K3M-Q9XA », with more
    parameters.
    """
    params = {name: value for name, value in more.items() if value}
    return f"/{PAGE}?{urlencode({WORD: word} | params)}"


@dataclass(frozen=True)
class SitePoster:
    """A site and its poster: the word on it and since when; both empty if the site has none."""

    site: Site
    word: str = ""
    since: date | None = None


def site_posters(session: Session, reader: Reader) -> list[SitePoster]:
    """Every site by name with its poster. Raises Refused without the right."""
    require(reader, "poster.make")
    rows = session.exec(
        select(Site, Poster)
        .outerjoin(Poster, (Poster.site_id == Site.id) & Poster.ended_on.is_(None))
        .order_by(Site.name)
    ).all()
    return [
        SitePoster(site, word_of(poster), poster.made_on) if poster else SitePoster(site)
        for site, poster in rows
    ]


def words_in_use(session: Session) -> dict[str, int]:
    """Word → site id, for the posters in use: a typed word is compared with these."""
    found = session.exec(select(Poster).where(Poster.ended_on.is_(None))).all()
    return {word_of(poster): poster.site_id for poster in found}


def site_opened(words: Mapping[str, int], typed: str) -> int | None:
    """The site that a word opens, in any spelling; None for an unknown word."""
    wanted = in_groups(read(typed)).encode()
    # Compared with all of them, so that the duration does not reveal how much of a word was right.
    found = [site for word, site in words.items() if hmac.compare_digest(word.encode(), wanted)]
    return found[0] if found else None
