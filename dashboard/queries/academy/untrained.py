"""Reads who is not trained (qui n'est pas formé), in the services whose persons the reader may list
by name: counts, and the names.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, case, distinct, func
from sqlmodel import Session, select

from dashboard.queries.academy.obligations import Obligation, standings
from dashboard.scope import Scope
from models.academy import Training, TrainingSession, TrainingStanding
from models.people import Person
from models.seats import STANDING, Seat, SeatState

_S = TrainingStanding
# Not trained; and no longer trained soon: both are to be invited.
NOT_TRAINED = (_S.never, _S.lapsed)
TO_INVITE = (*NOT_TRAINED, _S.soon)


@dataclass(frozen=True)
class Needs:
    """The counts of one service or training: persons concerned, not trained, and those whose
    training expires soon.
    """

    concerned: int
    due: int
    soon: int


@dataclass(frozen=True)
class Untrained:
    """One person and one training that she must follow or renew, with her seat in a coming session
    of it.
    """

    name: str
    service_id: int
    obligation: Obligation
    ahead_on: date | None = None
    ahead: SeatState | None = None


def _units(scope: Scope) -> frozenset[int] | None:
    """The services of the scope whose persons the reader may list (None: all)."""
    if scope.listed is None:
        return scope.counted
    return scope.listed if scope.counted is None else scope.listed & scope.counted


def _found(session: Session, scope: Scope, trainings: Sequence[Training]) -> Select:
    return standings(session, trainings, scope.on, scope.known_by(scope.on), _units(scope))


def needs(
    session: Session, scope: Scope, trainings: Sequence[Training]
) -> dict[tuple[int, int], Needs]:
    """(service, training) → numbers of persons."""
    found = _found(session, scope, trainings).subquery()

    def persons(*of: _S):
        wanted = [str(standing) for standing in of]
        return func.count(distinct(case((found.c.standing.in_(wanted), found.c.person_id))))

    keys = (found.c.service_id, found.c.training_id)
    rows = session.execute(
        select(
            *keys,
            func.count(distinct(found.c.person_id)),
            persons(*NOT_TRAINED),
            persons(_S.soon),
        ).group_by(*keys)
    ).all()
    return {(service, training): Needs(*counts) for service, training, *counts in rows}


def count_untrained(
    session: Session, scope: Scope, trainings: Sequence[Training], of: Collection[_S]
) -> int:
    """The number of rows of `untrained`."""
    found = _found(session, scope, trainings).subquery()
    wanted = [str(standing) for standing in of]
    return session.execute(
        select(func.count()).select_from(found).where(found.c.standing.in_(wanted))
    ).scalar_one()


def untrained(
    session: Session,
    scope: Scope,
    trainings: Sequence[Training],
    of: Collection[_S],
    first: int = 0,
    most: int | None = None,
) -> list[Untrained]:
    """The untrained persons by family name, each with the missing training; one page."""
    found = _found(session, scope, trainings).subquery()
    rows = session.execute(
        select(found, Person)
        .join(Person, Person.id == found.c.person_id)
        .where(found.c.standing.in_([str(standing) for standing in of]))
        .order_by(Person.family_name, Person.given_name, Person.id, found.c.training_id)
        .offset(first)
        .limit(most)
    ).all()
    known = {training.id: training for training in trainings}
    ahead = _ahead(session, scope.on, {row.person_id for row in rows}, list(known))
    return [
        Untrained(
            row.Person.name,
            row.service_id,
            Obligation(row.person_id, known[row.training_id], row.last_on, _S(row.standing)),
            *ahead.get((row.person_id, row.training_id), (None, None)),
        )
        for row in rows
    ]


def _ahead(
    session: Session, on: date, persons: set[int], trainings: list[int]
) -> dict[tuple[int, int], tuple[date, SeatState]]:
    """(person, training) → the next session in which she has a seat, and its state."""
    rows = session.execute(
        select(
            Seat.person_id,
            Seat.training_id,
            TrainingSession.on,
            Seat.status,
        )
        .join(TrainingSession, TrainingSession.id == Seat.session_id)
        .where(
            Seat.person_id.in_(sorted(persons)),
            Seat.training_id.in_(trainings),
            Seat.status.in_([str(status) for status in STANDING]),
            TrainingSession.on >= on,
            TrainingSession.cancelled_on.is_(None),
        )
        .order_by(TrainingSession.on.desc())
    ).all()
    return {(person, training): (day, SeatState(status)) for person, training, day, status in rows}
