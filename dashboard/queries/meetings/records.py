"""Reads the meetings with their dated facts, as of any day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row
from sqlmodel import Session, func, select

from dashboard import french
from dashboard.queries.readable import Readable, history, readable
from models.facts import History, live
from models.meetings import Attendance, Meeting, MeetingEvent, MeetingKind, MeetingState, Site


@dataclass(frozen=True)
class MeetingAt:
    """One meeting as known at a day: its planned or actual `day`, and who was there."""

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
    # The day of the fact that last set its day or its state.
    updated_on: date = date.min
    hours: str = ""
    direction_id: int | None = None
    # Who planned it first.
    planned_by: int | None = None
    campaign_id: int | None = None

    @property
    def label(self) -> str:
        return self.title or self.kind.label

    @property
    def is_noted(self) -> bool:
        """Whether its attendance was recorded."""
        return self.invited > 0 or self.present > 0


@dataclass(frozen=True)
class Calendar:
    """All meetings of some kinds with their facts, voided ones included; `at` gives them as of a
    day.
    """

    meetings: Sequence[Row]  # of Meeting
    moments: History[MeetingEvent]
    presences: History[Attendance]
    unread: int = 0

    def at(self, on: date, known: date | None = None) -> Readable[MeetingAt]:
        """The meetings known at `on`, by day, future ones included."""
        found = [
            _known(meeting, moments, self.presences.at(meeting.id, on, known))
            for meeting in self.meetings
            if (moments := self.moments.at(meeting.id, on, known))
        ]
        return Readable(sorted(found, key=lambda m: (m.day, m.id)), self.unread)


def _known(
    meeting: Row, moments: Sequence[MeetingEvent], presences: Sequence[Attendance]
) -> MeetingAt:
    return MeetingAt(
        meeting.id,
        MeetingKind(meeting.kind),
        meeting.title,
        meeting.place,
        MeetingState(moments[-1].what),
        moments[-1].day,
        sum(p.invited for p in presences),
        sum(p.present for p in presences),
        tuple((p.person_id, p.service_id) for p in presences if p.person_id and p.present),
        moments[-1].on,
        french.hours(meeting.starts, meeting.ends),
        meeting.direction_id,
        min(moments, key=lambda fact: fact.id).by,
        meeting.campaign_id,
    )


def calendar(
    session: Session,
    kinds: Collection[MeetingKind] = tuple(MeetingKind),
    only: Collection[int] | None = None,
) -> Calendar:
    """The meetings of these kinds (a few hundred rows), limited to these ids if they are passed."""
    statement = select(*(getattr(Meeting, name) for name in _COLUMNS)).order_by(Meeting.id)
    if only is not None:
        statement = statement.where(Meeting.id.in_(only))
    rows = session.execute(statement).all()
    meetings = readable(rows, _with_known_kind, lambda row: f"meeting {row.id}")
    of_kinds = [meeting for meeting in meetings if meeting.kind in kinds]
    ids = [meeting.id for meeting in of_kinds]
    of_them = MeetingEvent.meeting_id.in_(ids)
    moments = history(session, MeetingEvent, of_them, check=lambda row: MeetingState(row.what))
    presences = history(session, Attendance, Attendance.meeting_id.in_(ids))
    return Calendar(of_kinds, moments, presences, meetings.unread + moments.unread)


_COLUMNS = ("id", "kind", "title", "place", "starts", "ends", "direction_id", "campaign_id")


def _with_known_kind(row: Row) -> Row:
    MeetingKind(row.kind)
    return row


def last_held(session: Session, kind: MeetingKind, by: date) -> date | None:
    """The day of a body's last meeting held up to a day."""
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


def sites_without_meeting(session: Session, on: date) -> list[Site]:
    """The sites without a meeting up to `on` (sites non encore rencontrés), the largest first."""
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
    """A meeting in which entries may be filed; its name and place are public. None for another
    meeting.
    """
    found = session.get(Meeting, meeting_id) if 0 < meeting_id < 2**31 else None
    return found if found and MeetingKind(found.kind).rules.open_to_all else None
