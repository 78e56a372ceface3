"""A small town whose agents must follow a training: one at a desk, two in the field, one a head."""

from datetime import date

from sqlalchemy import Engine

from models.academy import Training, TrainingAudience, TrainingSession
from models.database import writing
from models.jobs import Installation
from models.people import Assignment, Mandate, Person, Role
from models.seats import Seat, SeatEvent
from tests.support.imports import furnish
from tests.support.trainings import TODAY, S, agent

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
