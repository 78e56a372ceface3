"""Reading seats (places aux réunions): who registered, who waits, what she has
elsewhere on the same hours.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard.queries.academy.registrations import colleagues, services_at
from dashboard.scope import Scope
from models.academy import BOOKED, Registration, RegistrationStatus, Training, TrainingSession
from models.facts import live
from models.meetings import (
    Attendance,
    Mark,
    Meeting,
    MeetingEvent,
    MeetingKind,
    MeetingSeat,
    MeetingState,
    SeatState,
)
from models.people import Person

STANDING = (SeatState.registered, SeatState.waiting)
_OF_SESSIONS = (*BOOKED, RegistrationStatus.offered, RegistrationStatus.requested)


def last_event(session: Session, meeting_id: int) -> MeetingEvent | None:
    """The last fact of a meeting: its day, and what became of it."""
    return session.exec(
        select(MeetingEvent)
        .where(MeetingEvent.meeting_id == meeting_id, live(MeetingEvent, date.max))
        .order_by(MeetingEvent.on.desc(), MeetingEvent.id.desc())
    ).first()


def last_events(session: Session, meeting_ids: Iterable[int]) -> dict[int, MeetingEvent]:
    """Meeting → its last fact."""
    rows = session.exec(
        select(MeetingEvent)
        .where(MeetingEvent.meeting_id.in_(sorted(set(meeting_ids))), live(MeetingEvent, date.max))
        .order_by(MeetingEvent.on, MeetingEvent.id)
    ).all()
    return {row.meeting_id: row for row in rows}


def seat_of(session: Session, meeting_id: int, person_id: int | None) -> MeetingSeat | None:
    """The person's place in a meeting, also one that she gave up."""
    if person_id:
        return session.exec(
            select(MeetingSeat).where(
                MeetingSeat.meeting_id == meeting_id, MeetingSeat.person_id == person_id
            )
        ).first()
    return None


def seats(session: Session, meeting_id: int, *states: SeatState) -> list[MeetingSeat]:
    """The places of a meeting in these states, in the order of arrival."""
    return list(
        session.exec(
            select(MeetingSeat)
            .where(
                MeetingSeat.meeting_id == meeting_id,
                MeetingSeat.state.in_([str(s) for s in states]),
            )
            .order_by(MeetingSeat.id)
        ).all()
    )


def counts(session: Session, meeting_ids: Iterable[int]) -> dict[tuple[int, str], int]:
    """(meeting, state) → how many persons."""
    rows = session.execute(
        select(MeetingSeat.meeting_id, MeetingSeat.state, func.count())
        .where(MeetingSeat.meeting_id.in_(sorted(set(meeting_ids))))
        .group_by(MeetingSeat.meeting_id, MeetingSeat.state)
    ).all()
    return {(meeting, state): n for meeting, state, n in rows}


def mine(session: Session, person_id: int | None) -> dict[int, SeatState]:
    """Meeting → where the person stands who registered for it and did not give up."""
    rows = ()
    if person_id:
        rows = session.execute(
            select(MeetingSeat.meeting_id, MeetingSeat.state).where(
                MeetingSeat.person_id == person_id,
                MeetingSeat.state.in_([str(s) for s in STANDING]),
            )
        ).all()
    return {meeting: SeatState(state) for meeting, state in rows}


def elsewhere(session: Session, person_id: int, meeting: Meeting, day: date) -> str | None:
    """What the person has on the same hours of that day: another meeting, or a
    session of the academy.
    """
    held = session.exec(
        select(Meeting)
        .join(MeetingSeat, MeetingSeat.meeting_id == Meeting.id)
        .where(
            MeetingSeat.person_id == person_id,
            MeetingSeat.state == SeatState.registered,
            Meeting.id != meeting.id,
        )
    ).all()
    last = last_events(session, [other.id for other in held])
    for other in held:
        event = last.get(other.id)
        if (
            event
            and event.day == day
            and event.what != MeetingState.cancelled
            and overlap(meeting, other)
        ):
            return other.title or MeetingKind(other.kind).label
    rows = session.exec(
        select(TrainingSession, Training.title)
        .join(Registration, Registration.session_id == TrainingSession.id)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(
            Registration.person_id == person_id,
            TrainingSession.on == day,
            TrainingSession.cancelled_on.is_(None),
            Registration.status.in_([str(s) for s in _OF_SESSIONS]),
        )
    ).all()
    return next((title for other, title in rows if overlap(meeting, other)), None)


def overlap(one: Meeting, other: Meeting | TrainingSession) -> bool:
    """Two things of one day that cannot both be attended.

    Where one has hours and the other none, nobody knows: an hour of information must
    not be refused for a training whose hours are not said yet. Two without hours are
    both « that day ».
    """
    known = bool(one.starts and one.ends), bool(other.starts and other.ends)
    return one.starts < other.ends and other.starts < one.ends if all(known) else not any(known)


@dataclass(frozen=True)
class Seated:
    """One person of a meeting's list: her name, where she stands, and what is said
    of her presence (None: nothing yet).
    """

    person_id: int
    name: str
    state: SeatState | None
    mark: Mark | None


def seated(
    session: Session, scope: Scope, meeting_id: int, organiser: bool, on: date
) -> list[Seated]:
    """Those who registered or were noted present, by name; the organiser reads all
    of them, others those they may list.

    Who runs a workshop reads those whom she noted herself.
    """
    states = {
        seat.person_id: SeatState(seat.state)
        for seat in seats(session, meeting_id, *STANDING)
        if seat.person_id
    }
    facts = presences(session, meeting_id)
    noted = {person: mark_of(fact) for person, fact in facts.items()}
    wanted = set(states) | set(noted)
    if not organiser and scope.listed is not None:
        services = services_at(session, on, wanted) if scope.listed else {}
        me = scope.reader.person_id
        hers = {
            person for person, fact in facts.items() if me is not None and fact.by == me != person
        }
        wanted = hers | {person for person in wanted if services.get(person) in scope.listed}
    people = session.exec(
        select(Person)
        .where(Person.id.in_(sorted(wanted)))
        .order_by(Person.family_name, Person.given_name, Person.id)
    ).all()
    return [
        Seated(person.id, person.name, states.get(person.id), noted.get(person.id))
        for person in people
    ]


def addable(session: Session, scope: Scope, people: Iterable[Seated]) -> dict[int, str]:
    """Person → label of those whom the reader may add to a list."""
    there = {item.person_id for item in people}
    return {item.id: item.label for item in colleagues(session, scope) if item.id not in there}


def presences(session: Session, meeting_id: int) -> dict[int, Attendance]:
    """Person → the fact that says how she was there; a fact that only takes her off
    the list (nobody invited) says nothing of her.
    """
    rows = session.exec(
        select(Attendance)
        .where(
            Attendance.meeting_id == meeting_id,
            Attendance.person_id.is_not(None),
            Attendance.invited > 0,
            live(Attendance, date.max),
        )
        .order_by(Attendance.id)
    ).all()
    return {row.person_id: row for row in rows}


def marks(session: Session, meeting_id: int) -> dict[int, Mark]:
    return {person: mark_of(fact) for person, fact in presences(session, meeting_id).items()}


def mark_of(fact: Attendance) -> Mark:
    if fact.present:
        return Mark.present
    if fact.excused:
        return Mark.excused
    return Mark.absent


def guests_counted(session: Session, meeting_id: int) -> tuple[int, int]:
    """(noted, present) of the guests of a meeting: they stand in the count without names."""
    marks = session.exec(
        select(MeetingSeat.mark).where(
            MeetingSeat.meeting_id == meeting_id,
            MeetingSeat.guest_id.is_not(None),
            MeetingSeat.mark != "",
        )
    ).all()
    return len(marks), marks.count(Mark.present)


def unnamed(session: Session, meeting_id: int) -> Attendance | None:
    """The count without names of a meeting, where there is one."""
    return session.exec(
        select(Attendance).where(
            Attendance.meeting_id == meeting_id,
            Attendance.person_id.is_(None),
            live(Attendance, date.max),
        )
    ).first()


def on_day(session: Session, day: date) -> list[tuple[Meeting, MeetingEvent]]:
    """The meetings planned for a day, as last said."""
    return planned_between(session, day, day)


def planned_between(
    session: Session, first: date, last: date, *kinds: MeetingKind
) -> list[tuple[Meeting, MeetingEvent]]:
    """The meetings planned for these days, as last said, the nearest one first; of
    these kinds only, where some are given.
    """
    said = select(MeetingEvent.meeting_id).where(MeetingEvent.day.between(first, last))
    if kinds:
        said = said.join(Meeting, Meeting.id == MeetingEvent.meeting_id).where(
            Meeting.kind.in_([str(kind) for kind in kinds])
        )
    planned = {
        meeting: event
        for meeting, event in last_events(session, session.exec(said).all()).items()
        if first <= event.day <= last and event.what == MeetingState.planned
    }
    found = session.exec(select(Meeting).where(Meeting.id.in_(sorted(planned)))).all()
    return sorted(
        ((meeting, planned[meeting.id]) for meeting in found),
        key=lambda pair: (pair[1].day, pair[0].id),
    )
