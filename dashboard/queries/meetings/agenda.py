"""Reading the agenda: meetings and sessions of the academy as one list of dates, and
one meeting in full.

Everybody knows when a steering body meets; its title, its place, its attendance and
its minutes are for those who steer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reach, Reader, may, reach
from dashboard.queries.guests import names_of
from dashboard.queries.meetings import seats
from dashboard.queries.meetings.records import MeetingAt
from dashboard.queries.meetings.workshops import workshop
from dashboard.scope import Scope
from models.academy import BOOKED, Registration, RegistrationStatus, Training, TrainingSession
from models.groups import GroupMember, ProgressGroup
from models.keeping import Change
from models.meetings import (
    BODIES,
    WORKSHOPS,
    Family,
    Mark,
    Meeting,
    MeetingKind,
    MeetingState,
    SeatState,
    Site,
)

_S = RegistrationStatus
_STANDING = (*BOOKED, _S.offered, _S.requested, _S.waiting)


@dataclass(frozen=True)
class Rendezvous:
    """One date: a meeting (`meeting_id`) or a session of the academy (`session_id`,
    `code` of its training). `is_open`: to whoever has no account, too.
    """

    day: date
    family: Family
    kind: str
    label: str
    place: str
    starts: str
    ends: str
    state: MeetingState
    meeting_id: int | None = None
    session_id: int | None = None
    code: str = ""
    free: int | None = None
    enrols: bool = False
    is_open: bool = False
    mine: str = ""
    is_mine: bool = False
    site_id: int | None = None

    def is_at(self, site: Site) -> bool:
        """Whether it takes place at this site; of a session only its place in words is known."""
        return self.site_id == site.id or site.name.casefold() in self.place.casefold()

    @property
    def hours(self) -> str:
        return french.hours(self.starts, self.ends)

    @property
    def order(self) -> tuple:
        return (
            self.day,
            self.starts or "99",
            self.label,
            self.meeting_id or 0,
            self.session_id or 0,
        )


def agenda(
    session: Session, scope: Scope, known: Iterable[MeetingAt], first: date, last: date
) -> list[Rendezvous]:
    """What takes place between two days, in their order: the meetings among `known`,
    and the sessions of the academy.
    """
    how_far = reach(scope.reader, "agenda.read")
    here = [m for m in known if first <= m.day <= last and _is_listed(m.kind, how_far)]
    found = _meetings(session, scope, here)
    found += _sessions(session, scope, first, last, open_only=how_far <= Reach.own)
    return sorted(found, key=lambda item: item.order)


def _is_listed(kind: MeetingKind, how_far: Reach) -> bool:
    return how_far == Reach.all or (how_far > Reach.none and kind.rules.open_to_all)


def _meetings(session: Session, scope: Scope, here: Sequence[MeetingAt]) -> list[Rendezvous]:
    ids = sorted(at.id for at in here)
    found = session.exec(select(Meeting).where(Meeting.id.in_(ids))).all()
    records = {meeting.id: meeting for meeting in found}
    taken = seats.counts(session, records)
    mine = seats.mine(session, scope.reader.person_id)
    groups = groups_of(session, scope.reader)
    return [
        _of_meeting(scope.reader, at, records[at.id], taken, mine, groups)
        for at in here
        if scope.is_whole
        or records[at.id].direction_id is None
        or records[at.id].direction_id in scope.counted
    ]


def _of_meeting(
    reader: Reader,
    at: MeetingAt,
    meeting: Meeting,
    taken: Mapping[tuple[int, str], int],
    mine: Mapping[int, SeatState],
    groups: frozenset[int],
) -> Rendezvous:
    label = at.kind.label
    place = starts = ends = ""
    site_id = None
    # Of the meeting of a body the others learn only that it is held, and when.
    if not is_veiled(reader, at.kind):
        label = at.label
        place = meeting.place
        starts = meeting.starts
        ends = meeting.ends
        site_id = meeting.site_id
    free = None
    if meeting.capacity is not None:
        free = max(meeting.capacity - taken.get((at.id, SeatState.registered), 0), 0)
    hers = mine.get(at.id)
    of_group = meeting.group_id in groups if meeting.group_id else False
    mine = hers.label if hers else ""
    if of_group and not hers:
        mine = "Votre groupe"
    return Rendezvous(
        at.day,
        at.kind.rules.family,
        at.kind.label,
        label,
        place,
        starts,
        ends,
        at.state,
        meeting_id=at.id,
        free=free,
        enrols=meeting.enrols,
        is_open=at.kind.rules.open_to_all,
        mine=mine,
        is_mine=bool(hers) or of_group,
        site_id=site_id,
    )


def is_veiled(reader: Reader, kind: MeetingKind) -> bool:
    """Whether the reader knows of this meeting only that it is held, and when."""
    return kind in BODIES and not may(reader, "page.cockpit")


def groups_of(session: Session, reader: Reader) -> frozenset[int]:
    """The progress groups of which the reader is a member."""
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
    """Sessions are everybody's: they are not cut by direction. Without an account:
    those of trainings that are open to all.
    """
    wanted = (
        select(TrainingSession, Training)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(TrainingSession.on.between(first, last))
    )
    rows = session.exec(wanted.where(Training.open_to_all) if open_only else wanted).all()
    taken = _taken(session, [held.id for held, _ in rows])
    mine = _own_sessions(session, scope.reader)
    return [
        Rendezvous(
            held.on,
            Family.academy,
            "Formation",
            training.title,
            held.place,
            held.starts,
            held.ends,
            _state(held, scope.on),
            session_id=held.id,
            code=training.code,
            free=max(held.capacity - taken.get(held.id, 0), 0) if held.capacity > 0 else None,
            enrols=True,
            is_open=training.open_to_all,
            mine=_S(mine[held.id]).label if held.id in mine else "",
            is_mine=held.id in mine,
        )
        for held, training in rows
    ]


def _taken(session: Session, session_ids: Sequence[int]) -> dict[int, int]:
    """Session of the academy → its seats that are taken or kept for somebody."""
    counted = (
        select(Registration.session_id, func.count())
        .where(
            Registration.session_id.in_(session_ids),
            Registration.status.in_([str(s) for s in (*BOOKED, _S.offered)]),
        )
        .group_by(Registration.session_id)
    )
    return dict(session.execute(counted).all())


def _own_sessions(session: Session, reader: Reader) -> dict[int, str]:
    """Session of the academy → where the reader stands."""
    if not reader.is_known:
        return {}
    hers = select(Registration.session_id, Registration.status).where(
        Registration.person_id == reader.person_id,
        Registration.session_id.is_not(None),
        Registration.status.in_([str(s) for s in _STANDING]),
    )
    return dict(session.execute(hers).all())


def _state(held: TrainingSession, on: date) -> MeetingState:
    if held.cancelled_on:
        return MeetingState.cancelled
    return MeetingState.held if held.on < on else MeetingState.planned


# ── One meeting in full ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class MeetingCard:
    """One meeting as the reader may know it; `others` of those present were counted
    without their names, and are no guests on its list.
    """

    meeting: Meeting
    kind: MeetingKind
    day: date
    state: MeetingState
    why: str
    veiled: bool
    organises: bool
    taken: int
    waiting: int
    mine: SeatState | None
    rank: int | None
    invited: int | None
    present: int | None
    others: int
    minutes: str
    written_on: date | None
    site: Site | None
    group: ProgressGroup | None

    @property
    def label(self) -> str:
        return self.kind.label if self.veiled else self.meeting.title or self.kind.label

    @property
    def free(self) -> int | None:
        if self.meeting.capacity is not None:
            return max(self.meeting.capacity - self.taken, 0)
        return None

    @property
    def is_nameless(self) -> bool:
        return self.kind.rules.nameless

    def can_enrol(self, day: date) -> bool:
        return self.meeting.enrols and self.state == MeetingState.planned and self.day >= day


def card(session: Session, reader: Reader, meeting_id: int) -> MeetingCard | None:
    """One meeting; None where there is none. What the reader may not know of it is
    left out here.
    """
    meeting = session.get(Meeting, meeting_id) if 0 < meeting_id < 2**31 else None
    event = seats.last_event(session, meeting_id) if meeting else None
    if event is None:
        return None
    kind = MeetingKind(meeting.kind)
    counted = seats.counts(session, [meeting_id])
    veiled = is_veiled(reader, kind)
    line = [seat.person_id or 0 for seat in seats.seats(session, meeting_id, SeatState.waiting)]
    invited = present = None
    if event.what == MeetingState.held and not veiled:
        invited, present = _attendance(session, meeting_id)
    rest = seats.unnamed(session, meeting_id)
    _, guests = seats.guests_counted(session, meeting_id)
    minutes = "" if veiled or kind.rules.nameless else meeting.minutes
    return MeetingCard(
        meeting,
        kind,
        event.day,
        MeetingState(event.what),
        "" if veiled else event.reason or "",
        veiled,
        organises(session, reader, meeting_id),
        counted.get((meeting_id, SeatState.registered), 0),
        len(line),
        seats.mine(session, reader.person_id).get(meeting_id),
        line.index(reader.person_id) + 1 if reader.person_id in line else None,
        invited,
        present,
        max(rest.present - guests, 0) if invited is not None and rest else 0,
        minutes,
        _written_on(session, meeting_id) if minutes else None,
        session.get(Site, meeting.site_id) if meeting.site_id else None,
        session.get(ProgressGroup, meeting.group_id) if meeting.group_id else None,
    )


@dataclass(frozen=True)
class SeatedGuest:
    """One guest of a meeting's list: her seat, what she left of her name, where she
    stands, and whether she came (None: nothing is said yet).
    """

    seat_id: int
    name: str
    state: SeatState
    mark: Mark | None


def guests_of(session: Session, reader: Reader, meeting_id: int) -> list[SeatedGuest]:
    """Those who registered without an account, in the order of arrival: for who organises."""
    if not organises(session, reader, meeting_id):
        return []
    there = [seat for seat in seats.seats(session, meeting_id, *seats.STANDING) if seat.guest_id]
    names = names_of(session, [seat.guest_id for seat in there])
    return [
        SeatedGuest(
            seat.id,
            names[seat.guest_id],
            SeatState(seat.state),
            Mark(seat.mark) if seat.mark else None,
        )
        for seat in there
    ]


def organises(session: Session, reader: Reader, meeting_id: int) -> bool:
    """Whether the reader may write of this meeting: who runs a workshop, the
    programme's office for all others.
    """
    meeting = session.get(Meeting, meeting_id)
    if meeting is not None and meeting.kind in WORKSHOPS:
        return may(reader, "workshop.run", workshop(session, meeting_id))
    return may(reader, "meeting.record")


def _attendance(session: Session, meeting_id: int) -> tuple[int, int]:
    facts = list(seats.presences(session, meeting_id).values())
    rest = seats.unnamed(session, meeting_id)
    facts += [rest] if rest else []
    return sum(fact.invited for fact in facts), sum(fact.present for fact in facts)


def _written_on(session: Session, meeting_id: int) -> date | None:
    """The day of the last version of the minutes, as the journal keeps it."""
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
