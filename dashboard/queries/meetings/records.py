"""Reading the meetings: a bounded set with its dated facts, looked at as of any day."""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from sqlalchemy import Select, func
from sqlmodel import Session, select

from dashboard import french
from dashboard.queries.readable import Readable, readable
from models.facts import counting, live
from models.meetings import Attendance, Meeting, MeetingEvent, MeetingKind, MeetingState, Site

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Moment:
    """One fact of a meeting."""

    id: int
    on: date
    recorded_on: date
    voids: int | None
    what: MeetingState
    day: date


@dataclass(frozen=True, slots=True)
class Presence:
    """One fact of attendance: a person, or a count without names."""

    id: int
    on: date
    recorded_on: date
    voids: int | None
    person_id: int | None
    service_id: int | None
    invited: int
    present: int


@dataclass(frozen=True)
class MeetingAt:
    """One meeting as known at a day: planned for `day` (or held on it), and who was there."""

    id: int
    kind: MeetingKind
    title: str
    place: str
    state: MeetingState
    day: date
    invited: int
    present: int
    # (person, service) of those present by name.
    persons: tuple[tuple[int, int | None], ...] = ()
    # When its day, or what became of it, was said.
    said_on: date = date.min
    hours: str = ""

    @property
    def label(self) -> str:
        return self.title or self.kind.label

    @property
    def is_noted(self) -> bool:
        """Somebody noted who, or how many, were there."""
        return self.invited > 0 or self.present > 0


@dataclass(frozen=True)
class Calendar:
    """All meetings of some kinds with their facts, voided ones included; `at` undoes
    the later ones.
    """

    meetings: tuple[tuple[int, MeetingKind, str, str, str, str], ...]
    moments: dict[int, list[Moment]]
    presences: dict[int, list[Presence]]
    unread: int = 0

    def at(self, on: date, known: date | None = None) -> Readable[MeetingAt]:
        """The meetings known at `on`, by their day; those to come are among them."""
        found = []
        for ident, kind, title, place, starts, ends in self.meetings:
            moments = counting(self.moments.get(ident, []), on, known)
            if moments:
                here = counting(self.presences.get(ident, []), on, known)
                found.append(
                    MeetingAt(
                        ident,
                        kind,
                        title,
                        place,
                        moments[-1].what,
                        moments[-1].day,
                        sum(p.invited for p in here),
                        sum(p.present for p in here),
                        tuple(
                            (p.person_id, p.service_id) for p in here if p.person_id and p.present
                        ),
                        moments[-1].on,
                        french.hours(starts, ends),
                    )
                )
        return Readable(sorted(found, key=lambda m: (m.day, m.id)), self.unread)

    def last_fact(self, on: date, known: date | None = None) -> date | None:
        return max(
            (m.on for moments in self.moments.values() for m in counting(moments, on, known)),
            default=None,
        )

    def last_attendance(self, on: date, known: date | None = None) -> date | None:
        """The last day on which somebody was noted present or absent: a planned
        meeting is no fact of presence.
        """
        return max(
            (p.on for here in self.presences.values() for p in counting(here, on, known)),
            default=None,
        )


def calendar(session: Session, kinds: Iterable[MeetingKind] = tuple(MeetingKind)) -> Calendar:
    """The meetings of these kinds (a few hundred rows)."""
    wanted = frozenset(kinds)
    columns = ("id", "kind", "title", "place", "starts", "ends")
    wanted_columns = (getattr(Meeting, name) for name in columns)
    rows = session.execute(select(*wanted_columns).order_by(Meeting.id)).all()
    meetings = readable(
        rows, lambda row: (row.id, MeetingKind(row.kind), *row[2:]), lambda row: f"meeting {row.id}"
    )
    here = {ident for ident, kind, *_ in meetings if kind in wanted}
    facts = session.execute(_of_meetings(MeetingEvent, Moment)).all()
    moments = readable(facts, _moment, lambda row: f"meeting_event {row[1]}")
    presences = [
        (meeting, Presence(*row))
        for meeting, *row in session.execute(_of_meetings(Attendance, Presence)).all()
    ]
    return Calendar(
        tuple(meeting for meeting in meetings if meeting[0] in here),
        _by_meeting(moments, here),
        _by_meeting(presences, here),
        meetings.unread + moments.unread,
    )


def _of_meetings(table: type, shape: type) -> Select:
    return select(table.meeting_id, *(getattr(table, name) for name in shape.__dataclass_fields__))


def _moment(row: Sequence) -> tuple[int, Moment]:
    meeting, *fact = row
    moment = Moment(*fact)
    return meeting, replace(moment, what=MeetingState(moment.what))


def _by_meeting(facts: Iterable[tuple[int, T]], here: Container[int]) -> dict[int, list[T]]:
    found = defaultdict(list)
    for meeting, fact in facts:
        if meeting in here:
            found[meeting].append(fact)
    return dict(found)


def next_planned(meetings: Iterable[MeetingAt], kind: MeetingKind, after: date) -> MeetingAt | None:
    """The next meeting of a body, after a day."""
    return next(
        (
            m
            for m in meetings
            if m.kind == kind and m.state == MeetingState.planned and m.day > after
        ),
        None,
    )


def last_held(session: Session, kind: MeetingKind, by: date) -> date | None:
    """The day of the last meeting of a body that was held by a day."""
    return session.exec(
        select(func.max(MeetingEvent.day))
        .join(Meeting, Meeting.id == MeetingEvent.meeting_id)
        .where(
            Meeting.kind == str(kind),
            MeetingEvent.what == str(MeetingState.held),
            MeetingEvent.day <= by,
            live(MeetingEvent, by),
        )
    ).one()


def unmet_sites(session: Session, on: date) -> list[Site]:
    """Sites non encore rencontrés: those where no meeting had been held by `on`, the
    largest first.
    """
    held = (
        select(Meeting.site_id)
        .join(MeetingEvent, MeetingEvent.meeting_id == Meeting.id)
        .where(
            Meeting.site_id.is_not(None),
            MeetingEvent.what == str(MeetingState.held),
            MeetingEvent.day <= on,
            live(MeetingEvent, on),
        )
    )
    return list(
        session.exec(
            select(Site).where(Site.id.not_in(held)).order_by(Site.agents.desc(), Site.name)
        ).all()
    )


def meeting_titled(session: Session, meeting_id: int) -> Meeting | None:
    """A meeting in which entries may be said; its name and place are open to everybody."""
    found = session.get(Meeting, meeting_id) if 0 < meeting_id < 2**31 else None
    return found if found and MeetingKind(found.kind).rules.open_to_all else None
