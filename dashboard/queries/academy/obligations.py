"""Reads obligations: who must follow which training, and whose training expires, derived from the
facts at a day (services, attendance, validity).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, distinct, false, func, literal, or_
from sqlmodel import Session, select

from dashboard.queries.academy.counts import held_between, last_events_known
from dashboard.queries.directions import organisation
from dashboard.scope import Scope
from models.academy import (
    Training,
    TrainingAudience,
    TrainingSession,
    TrainingStanding,
    TrainingUnit,
)
from models.clock import add_months
from models.facts import live
from models.people import Assignment, Mandate, Person
from models.seats import ATTENDED, STANDING, Seat, SeatEvent, SeatState

_S = TrainingStanding
# How many months before its expiry a training is to be followed again.
WARNED_MONTHS = 3


@dataclass(frozen=True)
class Obligation:
    """One training of one person: its standing, and the last time she attended."""

    person_id: int
    training: Training
    last_on: date | None
    standing: _S

    @property
    def is_due(self) -> bool:
        """Whether the training is still to be followed, or soon again."""
        return self.standing in TO_INVITE

    @property
    def lapses_on(self) -> date | None:
        """The last day on which it is valid for her."""
        return self.training.lapses_on(self.last_on) if self.last_on else None


def followed_trainings(session: Session) -> list[Training]:
    """The trainings that are compulsory or expire, by code."""
    return list(
        session.exec(
            select(Training)
            .where(or_(Training.mandatory, Training.validity > 0))
            .order_by(Training.code)
        ).all()
    )


def holds_since(day: date, months: int) -> date:
    """The earliest attendance that is still valid on `day`."""
    found = add_months(day, -months)
    # Ends of months are cut: the 31st of a month and its 30th may lapse on the same day.
    while add_months(found - timedelta(days=1), months) >= day:
        found -= timedelta(days=1)
    while add_months(found, months) < day:
        found += timedelta(days=1)
    return found


def compulsory_units(session: Session, training_ids: Iterable[int]) -> dict[int, list[int]]:
    """Compulsory training → the units that it is compulsory for; a training for its whole audience
    is left out.
    """
    rows = session.exec(
        select(TrainingUnit.training_id, TrainingUnit.unit_id)
        .where(TrainingUnit.training_id.in_(sorted(training_ids)))
        .order_by(TrainingUnit.training_id, TrainingUnit.unit_id)
    ).all()
    found = defaultdict(list)
    for training, unit in rows:
        found[training].append(unit)
    return dict(found)


def _compulsory_services(
    session: Session, trainings: Sequence[Training], on: date
) -> dict[int, frozenset[int]]:
    """Compulsory training → the services that it is compulsory for, by the chart of the day."""
    units = compulsory_units(session, [training.id for training in trainings])
    tree = organisation(session).at(on) if units else None
    return {
        training: frozenset().union(*(tree.under(unit) for unit in meant if unit in tree.by_id))
        for training, meant in units.items()
    }


def standings(
    session: Session,
    trainings: Sequence[Training],
    on: date,
    known: date | None = None,
    units: Iterable[int] | None = None,
    person_id: int | None = None,
) -> Select:
    """One row per person and training that she must follow, or attended and will expire:
    (person_id, service_id, training_id, last_on, standing); limited to the services `units` (None:
    all), and to one person if passed.
    """
    staff = _staff(on, known, units, person_id)
    last_attended = _last_attended(trainings, on, known)
    services_of = _compulsory_services(session, trainings, on)
    everywhere = Training.id.not_in(sorted(services_of))
    in_service = (
        and_(Training.id == training, staff.c.service_id.in_(sorted(services)))
        for training, services in services_of.items()
    )
    compulsory = and_(Training.mandatory, _is_in_audience(staff, on), or_(everywhere, *in_service))
    came = and_(Training.mandatory.is_(False), last_attended.c.last_on.is_not(None))
    return (
        select(
            staff.c.person_id,
            staff.c.service_id,
            Training.id.label("training_id"),
            last_attended.c.last_on,
            _standing(trainings, last_attended.c.last_on, on).label("standing"),
        )
        .select_from(staff)
        .join(Training, Training.id.in_([training.id for training in trainings]))
        .outerjoin(
            last_attended,
            and_(
                last_attended.c.person_id == staff.c.person_id,
                last_attended.c.training_id == Training.id,
            ),
        )
        .where(or_(compulsory, came))
    )


def _staff(on: date, known: date | None, units: Iterable[int] | None, person_id: int | None):
    """Person and service at `on`."""
    newest = func.row_number().over(
        partition_by=Assignment.person_id, order_by=(Assignment.on.desc(), Assignment.id.desc())
    )
    places = select(Assignment, newest.label("rank")).where(live(Assignment, on, known))
    if person_id is not None:
        places = places.where(Assignment.person_id == person_id)
    place = places.subquery()
    found = (
        select(place.c.person_id, place.c.service_id, place.c.has_workstation)
        .join(Person, Person.id == place.c.person_id)
        .where(place.c.rank == 1, place.c.service_id.is_not(None), Person.erased_on.is_(None))
    )
    if units is not None:
        found = found.where(place.c.service_id.in_(sorted(units)))
    return found.subquery()


def _is_in_audience(staff, on: date):
    """Whether the person belongs to the audience of a training."""
    heads = select(Mandate.person_id).where(
        Mandate.since <= on, or_(Mandate.until.is_(None), Mandate.until > on)
    )
    return or_(
        Training.audience == TrainingAudience.both,
        and_(Training.audience == TrainingAudience.field_work, staff.c.has_workstation.is_(False)),
        and_(Training.audience == TrainingAudience.office, staff.c.has_workstation.is_(True)),
        and_(Training.audience == TrainingAudience.managers, staff.c.person_id.in_(heads)),
    )


def _last_attended(trainings: Sequence[Training], on: date, known: date | None):
    """(person, training) → the last session that she attended."""
    wanted = [training.id for training in trainings]
    event, last = last_events_known(on, known, SeatEvent.training_id.in_(wanted))
    return (
        select(event.person_id, event.training_id, func.max(TrainingSession.on).label("last_on"))
        .select_from(event)
        .join(TrainingSession, TrainingSession.id == event.session_id)
        .where(
            last,
            held_between(on, date.min),
            event.person_id.is_not(None),
            event.status.in_([str(status) for status in ATTENDED]),
        )
        .group_by(event.person_id, event.training_id)
        .subquery()
    )


def _standing(trainings: Sequence[Training], last_on, on: date):
    """The standing of a person; the limits are computed here, because a database adds months
    differently.
    """
    lapse = [training for training in trainings if training.validity]
    soon_on = add_months(on, WARNED_MONTHS)

    def lapses_before(day: date) -> ColumnElement[bool]:
        days = {training.id: holds_since(day, training.validity) for training in lapse}
        return last_on < case(days, value=Training.id) if days else false()

    return case(
        (last_on.is_(None), literal(str(_S.never))),
        (lapses_before(on), literal(str(_S.lapsed))),
        (lapses_before(soon_on), literal(str(_S.soon))),
        else_=literal(str(_S.valid)),
    )


# ── One's own, and those who are reminded ─────────────────────────────────────────────────────────


def own_obligations(session: Session, person_id: int, on: date) -> list[Obligation]:
    """The obligations of one person, the most urgent first."""
    trainings = followed_trainings(session)
    rows = session.execute(standings(session, trainings, on, person_id=person_id)).all()
    known = {training.id: training for training in trainings}
    found = [
        Obligation(person, known[training], last_on, _S(standing))
        for person, _, training, last_on, standing in rows
    ]
    order = (_S.lapsed, _S.never, _S.soon, _S.valid)
    return sorted(
        found, key=lambda obligation: (order.index(obligation.standing), obligation.training.title)
    )


def about_to_lapse(session: Session, on: date) -> list[Obligation]:
    """The people whose training expires soon and who have no seat in a coming session of it."""
    lapse = [training for training in followed_trainings(session) if training.validity]
    found = standings(session, lapse, on).subquery()
    has_seat_ahead = (
        select(Seat.id)
        .join(TrainingSession, TrainingSession.id == Seat.session_id)
        .where(
            Seat.person_id == found.c.person_id,
            Seat.training_id == found.c.training_id,
            Seat.status.in_([str(status) for status in STANDING]),
            TrainingSession.on >= on,
            TrainingSession.cancelled_on.is_(None),
        )
        .exists()
    )
    rows = session.execute(
        select(found.c.person_id, found.c.training_id, found.c.last_on)
        .where(found.c.standing == str(_S.soon), ~has_seat_ahead)
        .order_by(found.c.person_id, found.c.training_id)
    ).all()
    known = {training.id: training for training in lapse}
    return [Obligation(person, known[training], last, _S.soon) for person, training, last in rows]


def warned_on(lapses_on: date) -> date:
    """The first day of the warning for a training that expires on `lapses_on`."""
    return holds_since(lapses_on + timedelta(days=1), WARNED_MONTHS)


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


def _found(session: Session, scope: Scope, trainings: Sequence[Training]) -> Select:
    """The standings in the services of the scope whose persons the reader may list."""
    units = scope.counted if scope.listed is None else scope.listed
    if scope.listed is not None and scope.counted is not None:
        units = scope.listed & scope.counted
    return standings(session, trainings, scope.on, scope.known_by(scope.on), units)


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
