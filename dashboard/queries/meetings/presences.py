"""Reads presences at meetings: by name, and counted without names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, may
from dashboard.queries.meetings.records import workshop
from dashboard.queries.people.readers import colleagues, services_at
from dashboard.queries.seats import records
from dashboard.queries.seats.events import Where
from dashboard.scope import Scope
from models.facts import facts_of
from models.meetings import WORKSHOPS, Attendance, Meeting
from models.people import Person
from models.seats import STANDING, TYPED, SeatState


@dataclass(frozen=True)
class Seated:
    """One person of a meeting's list, or the guest of `seat_id`: her name, the state of her seat
    (None: no seat) and her recorded presence (None: not recorded yet).
    """

    person_id: int | None
    name: str
    state: SeatState | None
    mark: SeatState | None
    seat_id: int | None = None

    @property
    def key(self) -> str:
        return f"guest_{self.seat_id}" if self.seat_id else str(self.person_id)


def seated(session: Session, scope: Scope, meeting_id: int, on: date) -> list[Seated]:
    """The people who registered or were marked present, by name: all of them for a reader who
    records meetings, otherwise those she may list. Guests follow in order of arrival, for the
    organiser.

    The reader who runs a workshop also sees the people she marked herself.
    """
    listed_seats = records.seats(session, Where(meeting_id), *STANDING)
    states = {seat.person_id: SeatState(seat.status) for seat in listed_seats if seat.person_id}
    facts = presences(session, meeting_id)
    marks = {person: mark_of(fact) for person, fact in facts.items()}
    wanted = set(states) | set(marks)
    if not may(scope.reader, "meeting.record") and scope.listed is not None:
        services = services_at(session, on, wanted) if scope.listed else {}
        me = scope.reader.person_id
        marked_by_reader = {
            person for person, fact in facts.items() if me is not None and fact.by == me != person
        }
        wanted = marked_by_reader | {
            person for person in wanted if services.get(person) in scope.listed
        }
    people = session.exec(
        select(Person)
        .where(Person.id.in_(sorted(wanted)))
        .order_by(Person.family_name, Person.given_name, Person.id)
    ).all()
    found = [
        Seated(person.id, person.name, states.get(person.id), marks.get(person.id))
        for person in people
    ]
    if organises(session, scope.reader, meeting_id):
        guests = [seat for seat in listed_seats if seat.is_guest]
        names = records.guest_names(guests)
        for seat in guests:
            status = SeatState(seat.status)
            mark = status if status in TYPED else None
            found.append(Seated(None, names[seat.id], status, mark, seat.id))
    return found


def organises(session: Session, reader: Reader, meeting_id: int) -> bool:
    """Whether the reader may record this meeting: the facilitator of a workshop, the programme
    office for all others.
    """
    meeting = session.get(Meeting, meeting_id)
    if meeting is not None and meeting.kind in WORKSHOPS:
        return may(reader, "workshop.run", workshop(session, meeting_id))
    return may(reader, "meeting.record")


def addable(session: Session, scope: Scope, people: Iterable[Seated]) -> dict[int, str]:
    """Person → label of the people whom the reader may add to a list."""
    listed_ids = {item.person_id for item in people}
    everybody = colleagues(session, scope)
    return {person: label for person, label in everybody.items() if person not in listed_ids}


def presences(session: Session, meeting_id: int) -> dict[int, Attendance]:
    """Person → the fact of her presence; a fact that only removes her from the list (nobody
    invited) is left out.
    """
    facts = facts_of(session, Attendance, meeting_id)
    return {fact.person_id: fact for fact in facts if fact.person_id and fact.invited}


def mark_of(fact: Attendance) -> SeatState:
    if fact.present:
        return SeatState.attended
    if fact.excused:
        return SeatState.excused
    return SeatState.no_show


def guests_counted(session: Session, meeting_id: int) -> tuple[int, int]:
    """(recorded, present) of the guests of a meeting; they are included in the count without
    names.
    """
    seats = records.seats(session, Where(meeting_id), *TYPED)
    guests = [seat.status for seat in seats if seat.is_guest]
    return len(guests), guests.count(SeatState.attended)


def totals(session: Session, meeting_id: int) -> tuple[int, int]:
    """(invited, present) of a meeting, counts with and without names together."""
    rest = unnamed(session, meeting_id)
    facts = [*presences(session, meeting_id).values(), *([rest] if rest else [])]
    return sum(fact.invited for fact in facts), sum(fact.present for fact in facts)


def unnamed(session: Session, meeting_id: int) -> Attendance | None:
    """The count without names of a meeting, if there is one."""
    facts = facts_of(session, Attendance, meeting_id)
    return next((fact for fact in facts if fact.person_id is None), None)
