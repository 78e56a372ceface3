"""Reads the agenda: meetings and sessions of the academy as one list of dates, and one meeting in
full.

Every reader may know when a steering body meets; the title, place, attendance and minutes are only
for readers of the cockpit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reach, Reader, may, reach
from dashboard.queries.meetings.events import last_event
from dashboard.queries.meetings.presences import guests_counted, organises, totals, unnamed
from dashboard.queries.meetings.records import MeetingAt
from dashboard.queries.seats import records as seats
from dashboard.queries.seats.events import Event, Where
from dashboard.scope import Scope
from models.academy import Training, TrainingSession
from models.clock import today
from models.groups import GroupMember, ProgressGroup
from models.journal import Change
from models.meetings import BODIES, Family, Meeting, MeetingKind, MeetingState, Site
from models.seats import Seat, SeatState


@dataclass(frozen=True)
class Rendezvous(Event):
    """One event of the agenda as the reader may see it. `mine`: the state of her seat, or « Votre
    groupe ».
    """

    family: Family = Family.academy
    state: MeetingState = MeetingState.planned
    mine: str = ""
    site_id: int | None = None

    def is_at(self, site: Site) -> bool:
        """Whether it takes place at this site; a session only has its place as text."""
        return self.site_id == site.id or site.name.casefold() in self.place.casefold()

    @property
    def hours(self) -> str:
        return french.hours(self.starts, self.ends)

    @property
    def order(self) -> tuple:
        where = self.where
        return (
            self.day,
            self.starts or "99",
            self.title,
            where.meeting_id or 0,
            where.session_id or 0,
        )


def agenda(
    session: Session, scope: Scope, known: Iterable[MeetingAt], first: date, last: date
) -> list[Rendezvous]:
    """The events between two days, in order: the meetings among `known` and the sessions of the
    academy.
    """
    how_far = reach(scope.reader, "agenda.read")
    in_period = [m for m in known if first <= m.day <= last and _is_listed(m.kind, how_far)]
    found = _meetings(session, scope, in_period)
    found += _sessions(session, scope, first, last, open_only=how_far <= Reach.own)
    return sorted(found, key=lambda item: item.order)


def _is_listed(kind: MeetingKind, how_far: Reach) -> bool:
    return how_far == Reach.all or (how_far > Reach.none and kind.rules.open_to_all)


def _meetings(session: Session, scope: Scope, meetings: Sequence[MeetingAt]) -> list[Rendezvous]:
    ids = sorted(at.id for at in meetings)
    found = session.exec(select(Meeting).where(Meeting.id.in_(ids))).all()
    records = {meeting.id: meeting for meeting in found}
    taken = seats.counts(session, Seat.meeting_id, records)
    mine = seats.own(session, scope.reader.person_id)
    groups = groups_of(session, scope.reader)
    return [
        _of_meeting(scope.reader, at, records[at.id], taken.get(at.id, (0, 0)), mine, groups)
        for at in meetings
        if records[at.id].direction_id is None or scope.has(records[at.id].direction_id)
    ]


def _of_meeting(
    reader: Reader,
    at: MeetingAt,
    meeting: Meeting,
    taken: tuple[int, int],
    mine: Mapping[Where, SeatState],
    groups: frozenset[int],
) -> Rendezvous:
    event = seats.meeting_event(meeting, at.day, at.state, at.day, "", *taken)
    own_seat = mine.get(event.where)
    of_group = "Votre groupe" if meeting.group_id and meeting.group_id in groups else ""
    found = Rendezvous(
        **vars(event),
        family=at.kind.rules.family,
        state=at.state,
        mine=own_seat.label if own_seat else of_group,
        site_id=meeting.site_id,
    )
    # Other readers of a body's meeting see only its kind and its day.
    if is_restricted(reader, at.kind):
        return replace(found, title=at.kind.label, place="", starts="", ends="", site_id=None)
    return found


def is_restricted(reader: Reader, kind: MeetingKind) -> bool:
    """Whether the reader may see only the kind and the day of this meeting."""
    if kind is MeetingKind.codir:
        return not may(reader, "codir.read")
    return kind in BODIES and not may(reader, "page.cockpit")


def groups_of(session: Session, reader: Reader) -> frozenset[int]:
    """The progress groups that the reader is a member of."""
    if not reader.is_known:
        return frozenset()
    return frozenset(
        session.exec(
            select(GroupMember.group_id).where(
                GroupMember.person_id == reader.person_id, GroupMember.left_on.is_(None)
            )
        ).all()
    )


def _sessions(
    session: Session, scope: Scope, first: date, last: date, open_only: bool
) -> list[Rendezvous]:
    """The sessions between two days, for every direction; without an account, only those of
    trainings open to all.
    """
    wanted = (
        select(TrainingSession, Training)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(TrainingSession.on.between(first, last))
    )
    rows = session.exec(wanted.where(Training.open_to_all) if open_only else wanted).all()
    taken = seats.counts(session, Seat.session_id, [held.id for held, _ in rows])
    mine = seats.own(session, scope.reader.person_id)
    events = [
        (held, seats.session_event(held, training, scope.on, *taken.get(held.id, (0, 0))))
        for held, training in rows
    ]
    return [
        Rendezvous(
            **vars(event),
            state=_state(held, scope.on),
            mine=mine[event.where].label if event.where in mine else "",
        )
        for held, event in events
    ]


def _state(held: TrainingSession, on: date) -> MeetingState:
    if held.cancelled_on:
        return MeetingState.cancelled
    return MeetingState.held if held.on < on else MeetingState.planned


# ── One meeting in full ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class MeetingCard:
    """One meeting as the reader may see it; `others`: those present who were counted without a name
    and are not guests of its list.
    """

    meeting: Meeting
    kind: MeetingKind
    event: Event
    state: MeetingState
    restricted: bool
    organises: bool
    mine: Seat | None
    rank: int | None
    invited: int | None
    present: int | None
    others: int
    minutes: str
    written_on: date | None
    group: ProgressGroup | None

    @property
    def label(self) -> str:
        return self.kind.label if self.restricted else self.event.title

    @property
    def day(self) -> date:
        return self.event.day

    @property
    def why(self) -> str:
        """The reason for its cancellation."""
        return "" if self.restricted else self.event.why

    @property
    def is_nameless(self) -> bool:
        return self.kind.rules.nameless

    @property
    def can_enrol(self) -> bool:
        return not self.event.refusal


def card(session: Session, reader: Reader, meeting_id: int) -> MeetingCard | None:
    """One meeting without the parts that the reader may not see; None if there is none."""
    where = Where(meeting_id or 0)
    event = seats.event(session, where, today(session))
    if event is None:
        return None
    meeting = session.get(Meeting, meeting_id)
    kind = MeetingKind(meeting.kind)
    state = MeetingState(last_event(session, meeting_id).what)
    restricted = is_restricted(reader, kind)
    mine = seats.active_seat(session, reader.person_id, where)
    invited = present = None
    if state == MeetingState.held and not restricted:
        invited, present = totals(session, meeting_id)
    rest = unnamed(session, meeting_id)
    _, guests = guests_counted(session, meeting_id)
    minutes = "" if restricted or kind.rules.nameless else meeting.minutes
    return MeetingCard(
        meeting,
        kind,
        event,
        state,
        restricted,
        organises(session, reader, meeting_id),
        mine,
        seats.rank(session, where, mine),
        invited,
        present,
        max(rest.present - guests, 0) if invited is not None and rest else 0,
        minutes,
        _written_on(session, meeting_id) if minutes else None,
        session.get(ProgressGroup, meeting.group_id) if meeting.group_id else None,
    )


def _written_on(session: Session, meeting_id: int) -> date | None:
    """The day of the last version of the minutes, from the journal."""
    return session.exec(
        select(func.max(Change.on)).where(
            Change.subject == "réunion",
            Change.record == str(meeting_id),
            Change.field == "compte rendu",
        )
    ).one()


def places(session: Session) -> list[Site]:
    """The sites, by name."""
    return list(session.exec(select(Site).order_by(Site.name)).all())


def open_groups(session: Session) -> list[ProgressGroup]:
    """The progress groups, by code."""
    return list(session.exec(select(ProgressGroup).order_by(ProgressGroup.code)).all())
