"""Seats of meetings, as their tests take and leave them; A meeting that is announced, and who comes to
it.
"""

from datetime import date

from sqlalchemy import Engine
from sqlmodel import Session

from dashboard.access import Reader
from dashboard.actions.meetings.records import plan_meeting
from dashboard.actions.seats.taking import cancel, register
from dashboard.queries.seats.records import Where, active_seat
from models.database import writing
from models.installation import Installation
from models.meetings import Meeting, MeetingKind
from models.people import Person, Role
from models.seats import Seat, SeatState

from .trainings import SOON, TODAY, agent
from .transactions import write_with

# ── Seats of meetings, as their tests take and leave them ─────────────────────────────────────────


def join(session: Session, reader: Reader, meeting: int) -> Seat:
    return register(session, reader, Where(meeting))


def leave(session: Session, reader: Reader, meeting: int) -> None:
    seat = active_seat(session, reader.person_id, Where(meeting))
    cancel(session, reader, seat.id if seat else 0)


# ── A meeting that is announced, and who comes to it ──────────────────────────────────────────────

K, S = MeetingKind, SeatState
OFFICE = agent(1, Role.animateur)


def a_meeting(engine: Engine, people: int = 6, day: date = SOON, **more) -> int:
    """A meeting of 20 June from 9 to 12 with two seats, planned by the office (person 1), and so
    many agents.
    """
    with writing(engine) as session:
        if session.get(Installation, 1) is None:
            session.add(Installation(id=1, frozen_on=TODAY))
            session.add_all(
                Person(id=n, given_name="Agent", family_name=str(n)) for n in range(1, people + 1)
            )
            session.flush()
        return plan_meeting(
            session,
            OFFICE,
            Meeting(
                **{
                    "kind": K.information,
                    "title": "La rentrée",
                    "place": "Salle 3",
                    "starts": "9h",
                    "ends": "12:00",
                    "capacity": 2,
                    "enrols": True,
                }
                | more
            ),
            day,
        ).id


def registers(engine: Engine, person: int, meeting: int) -> str:
    return write_with(engine, join, agent(person), meeting).status
