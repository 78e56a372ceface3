"""A training with a session, and who registers; A small town whose agents must follow a training."""

from datetime import date, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.seats.taking import register
from dashboard.queries.people.readers import colleagues
from dashboard.queries.seats.records import Where
from models.academy import Training, TrainingAudience, TrainingSession
from models.clock import today
from models.database import writing
from models.installation import Installation
from models.notices import Notice
from models.people import Assignment, Mandate, Person, Role
from models.revisions import raise_revisions
from models.seats import Seat, SeatEvent, SeatState

from .imports import furnish
from .transactions import select_all, write_with
from .troupe import scope_at

# ── A training with a session, and who registers ──────────────────────────────────────────────────

S = SeatState
TODAY, SOON = date(2023, 6, 1), date(2023, 6, 20)


def agent(person_id: int, *roles: Role) -> Reader:
    return Reader(person_id, roles=frozenset({Role.agent, *roles}))


def a_training(engine, people: int = 4, capacity: int = 2, **more) -> None:
    """One training, its session 1 « on the 20th, 9 to 12 », and so many agents."""
    with writing(engine) as session:
        session.add(Installation(id=1, frozen_on=TODAY))
        session.add_all(
            Person(id=n, given_name="Agent", family_name=str(n)) for n in range(1, people + 1)
        )
        session.add(
            Training(
                id=1,
                code="F01",
                title="Accueillir",
                hours=3,
                capacity=capacity,
                audience="TB",
                **more,
            )
        )
        session.flush()
        session.add(a_session(None, capacity=capacity))


def a_session(
    number: int | None,
    on: date = SOON,
    starts: str = "09:00",
    ends: str = "12:00",
    capacity: int = 2,
) -> TrainingSession:
    return TrainingSession(
        id=number, training_id=1, on=on, capacity=capacity, starts=starts, ends=ends
    )


def registers(engine, person_id: int, session_id: int = 1) -> int:
    return write_with(engine, register, agent(person_id), Where(session_id=session_id)).id


def states(engine) -> dict[int, str]:
    return dict(select_all(engine, select(Seat.person_id, Seat.status).order_by(Seat.id)))


def told(session: Session, person_id: int) -> list[str]:
    return list(
        session.exec(
            select(Notice.title).where(Notice.person_id == person_id).order_by(Notice.id)
        ).all()
    )


def asked_of(engine, manager: Reader, many: int, ahead: int = 40) -> list[str]:
    """So many agents of this manager's services ask for a seat that she has to agree to, of a
    session in so many days: their names.
    """
    with writing(engine) as session:
        training = session.exec(select(Training).order_by(Training.code)).first()
        training.needs_approval = True
        held = TrainingSession(
            training_id=training.id,
            on=today(session) + timedelta(days=ahead),
            capacity=many,
            place="Salle du Conseil",
            starts="09:00",
            ends="12:00",
        )
        session.add(held)
        session.flush()
        agents = list(colleagues(session, scope_at(session, manager)))[:many]
        for colleague in agents:
            register(session, agent(colleague), Where(session_id=held.id))
        raise_revisions(session, "academy")
        return [session.get(Person, colleague).name for colleague in agents]


# ── A small town whose agents must follow a training ──────────────────────────────────────────────
# One at a desk, two in the field, one a head.

SPORT, ROADS = 2, 3  # two directions of the small town
OFFICE = agent(9, Role.animateur)
LONG_AGO = date(2021, 1, 4)


def a_town_that_learns(database: Engine) -> None:
    furnish(database)
    with writing(database) as session:
        session.add(Installation(id=1, frozen_on=TODAY))
        session.add_all(
            Person(id=n, given_name="Agent", family_name=str(n)) for n in (1, 2, 3, 4, 9)
        )
        session.flush()
        for person, service, desk in ((1, SPORT, True), (2, SPORT, False), (3, ROADS, False)):
            session.add(works(person, service, desk))
        session.add(Mandate(person_id=3, direction_id=ROADS, since=LONG_AGO))
        session.add(
            Training(
                code="F01",
                title="Porter sans se blesser",
                hours=3,
                capacity=9,
                audience=str(TrainingAudience.field_work),
                mandatory=True,
                validity=12,
            )
        )


def works(person: int, service: int | None, desk: bool = True, on: date = LONG_AGO) -> Assignment:
    return Assignment(
        person_id=person, service_id=service, has_workstation=desk, on=on, recorded_on=on
    )


def came(engine: Engine, person: int, on: date, status: S = S.attended) -> int:
    """She stood on a session of that day, and came."""
    with writing(engine) as session:
        held = TrainingSession(training_id=1, on=on, capacity=9)
        session.add(held)
        session.flush()
        row = Seat(training_id=1, session_id=held.id, person_id=person, status=str(status))
        session.add(row)
        session.flush()
        session.add(
            SeatEvent(
                seat_id=row.id,
                training_id=1,
                session_id=held.id,
                person_id=person,
                status=str(status),
                hours=3,
                on=on,
                recorded_on=on,
            )
        )
        return held.id
