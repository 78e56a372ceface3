"""Reading registrations (inscriptions): seats taken, who waits, who has a seat on
the same hours, who is away that day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, or_
from sqlmodel import Session, select

from dashboard.access import registered_units
from dashboard.scope import Scope
from models.academy import (
    BOOKED,
    Approval,
    Offer,
    Registration,
    RegistrationEvent,
    RegistrationStatus,
    Training,
    TrainingSession,
)
from models.facts import live
from models.people import Assignment, Person

_S = RegistrationStatus
SEATED = (*BOOKED, _S.offered)  # an open offer keeps its seat
# A person stands on a session once.
STANDING = (*SEATED, _S.requested, _S.waiting)
OPEN = "ouverte"
ACCEPTED = "acceptee"
DECLINED = "refusee"
LAPSED = "echue"


def _codes(statuses: Iterable[_S]) -> list[str]:
    return [str(status) for status in statuses]


def taken(session: Session, session_id: int) -> int:
    """The seats of a session that are booked or kept by an open offer."""
    return session.exec(
        select(func.count())
        .select_from(Registration)
        .where(Registration.session_id == session_id, Registration.status.in_(_codes(SEATED)))
    ).one()


def waits_for(session: Session, session_id: int) -> bool:
    """Whether somebody waits for this very session."""
    return (
        session.exec(
            select(Registration.id)
            .where(Registration.session_id == session_id, Registration.status == _S.waiting)
            .limit(1)
        ).first()
        is not None
    )


def training_of(session: Session, session_id: int) -> Training | None:
    """The training of a session; None where there is none."""
    # The number comes out of an address: the database has no room for any other.
    held = session.get(TrainingSession, session_id) if 0 < session_id < 2**31 else None
    return session.get(Training, held.training_id) if held else None


def line_of(session: Session, session_id: int) -> list[int]:
    """Those who wait for this very session, first in line first."""
    return list(
        session.exec(
            select(Registration.id)
            .where(Registration.session_id == session_id, Registration.status == _S.waiting)
            .order_by(Registration.priority.desc(), Registration.id)
        ).all()
    )


def in_line(session: Session, held: TrainingSession) -> list[Registration]:
    """Who may be offered a seat, first in line first: those of the session and of
    the training's list, without those who let it pass.
    """
    passed = select(Offer.registration_id).where(Offer.session_id == held.id)
    return list(
        session.exec(
            select(Registration)
            .where(
                Registration.status == _S.waiting,
                or_(Registration.person_id.is_not(None), Registration.guest_id.is_not(None)),
                or_(
                    Registration.session_id == held.id,
                    and_(
                        Registration.session_id.is_(None),
                        Registration.training_id == held.training_id,
                    ),
                ),
                Registration.id.not_in(passed),
            )
            .order_by(Registration.priority.desc(), Registration.id)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        ).all()
    )


def standing(session: Session, person_id: int, session_id: int) -> Registration | None:
    """The person's registration on this session, where she has one that is not cancelled."""
    return session.exec(
        select(Registration).where(
            Registration.person_id == person_id,
            Registration.session_id == session_id,
            Registration.status.in_(_codes(STANDING)),
        )
    ).first()


def standing_on(session: Session, person_id: int, after: date) -> dict[int, _S]:
    """Session from `after` on → where the person stands on it."""
    rows = session.execute(
        select(Registration.session_id, Registration.status)
        .join(TrainingSession, TrainingSession.id == Registration.session_id)
        .where(
            Registration.person_id == person_id,
            Registration.status.in_(_codes(STANDING)),
            TrainingSession.on >= after,
        )
    ).all()
    return {held: _S(status) for held, status in rows}


def on_list(session: Session, person_id: int, training_id: int) -> Registration | None:
    """The person's place on the list of a training, for whatever session comes; held
    until the act ends.
    """
    return session.exec(
        select(Registration)
        .where(
            Registration.person_id == person_id,
            Registration.training_id == training_id,
            Registration.session_id.is_(None),
            Registration.status == _S.waiting,
        )
        .order_by(Registration.id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def same_hours(session: Session, person_id: int, held: TrainingSession) -> str | None:
    """The title of another session on the same hours where the person has a seat, or
    is offered one.
    """
    rows = session.exec(
        select(TrainingSession, Training.title)
        .join(Registration, Registration.session_id == TrainingSession.id)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(
            Registration.person_id == person_id,
            TrainingSession.on == held.on,
            TrainingSession.id != held.id,
            TrainingSession.cancelled_on.is_(None),
            Registration.status.in_(_codes((_S.booked, _S.offered, _S.requested))),
        )
    ).all()
    return next((title for other, title in rows if overlap(held, other)), None)


def overlap(one: TrainingSession, other: TrainingSession) -> bool:
    """Two sessions of one day; one without hours takes the whole day."""
    if not (one.starts and one.ends and other.starts and other.ends):
        return True
    return one.starts < other.ends and other.starts < one.ends


def came_from_list(session: Session, registration: Registration) -> RegistrationEvent | None:
    """The fact by which this registration waited for any session of its training, if
    it ever did.
    """
    return session.exec(
        select(RegistrationEvent)
        .where(
            RegistrationEvent.registration_id == registration.id,
            RegistrationEvent.session_id.is_(None),
            RegistrationEvent.status == _S.waiting,
            live(RegistrationEvent, date.max),
        )
        .order_by(RegistrationEvent.id.desc())
    ).first()


def waiting_fact(session: Session, registration: Registration) -> RegistrationEvent | None:
    """The last fact by which this registration waits."""
    return session.exec(
        select(RegistrationEvent)
        .where(
            RegistrationEvent.registration_id == registration.id,
            RegistrationEvent.status == _S.waiting,
            live(RegistrationEvent, date.max),
        )
        .order_by(RegistrationEvent.on.desc(), RegistrationEvent.id.desc())
    ).first()


def open_offer(session: Session, registration_id: int) -> Offer | None:
    return session.exec(
        select(Offer)
        .where(Offer.registration_id == registration_id, Offer.state == OPEN)
        .order_by(Offer.id.desc())
        .execution_options(populate_existing=True)
    ).first()


def is_approved(session: Session, registration_id: int) -> bool:
    return (
        session.exec(
            select(Approval.id).where(
                Approval.registration_id == registration_id, Approval.approved.is_(True)
            )
        ).first()
        is not None
    )


def last_day_of(offer: Offer) -> date:
    """The last day on which the offer may be answered."""
    return offer.until


def of_session(session: Session, session_id: int, statuses: Iterable[_S]) -> list[Registration]:
    """The registrations of one session in these states, in order of arrival."""
    return list(
        session.exec(
            select(Registration)
            .where(Registration.session_id == session_id, Registration.status.in_(_codes(statuses)))
            .order_by(Registration.id)
        ).all()
    )


def services_at(
    session: Session, on: date, person_ids: Iterable[int] | None = None
) -> dict[int, int]:
    """Person → the service where she works at `on`."""
    statement = (
        select(Assignment.person_id, Assignment.service_id)
        .where(live(Assignment, on))
        .order_by(Assignment.on, Assignment.id)
    )
    if person_ids is not None:
        statement = statement.where(Assignment.person_id.in_(sorted(set(person_ids))))
    return {
        person: service
        for person, service in dict(session.exec(statement).all()).items()
        if service
    }


# ── What screens show ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Colleague:
    """One agent the reader may register: her id, « Prénom Nom », and how a list offers her."""

    id: int
    name: str
    label: str


def colleagues(session: Session, scope: Scope) -> list[Colleague]:
    """The agents of the services the reader answers for or covers, by name; for the
    programme office, all of them.
    """
    units = registered_units(scope.reader, scope.tree)
    if units is not None and not units:
        return []
    services = services_at(session, scope.on)
    wanted = [person for person, service in services.items() if units is None or service in units]
    rows = session.exec(
        select(Person)
        .where(Person.id.in_(wanted), Person.erased_on.is_(None))
        .order_by(Person.family_name, Person.given_name, Person.id)
    ).all()
    return [
        Colleague(person.id, person.name, person.label(scope.tree.name_of(services[person.id])))
        for person in rows
        if person.id != scope.reader.person_id
    ]


@dataclass(frozen=True)
class SessionRow:
    """One session of a training with its seats, and where the reader stands on it."""

    session: TrainingSession
    taken: int
    waiting: int
    mine: Registration | None
    offered_until: date | None
    rank: int | None

    @property
    def free(self) -> int:
        return max(self.session.capacity - self.taken, 0)


def sessions_of(session: Session, scope: Scope, training_id: int, after: date) -> list[SessionRow]:
    """The sessions of a training from `after` on that are not cancelled, soonest first."""
    found = session.exec(
        select(TrainingSession)
        .where(
            TrainingSession.training_id == training_id,
            TrainingSession.on >= after,
            TrainingSession.cancelled_on.is_(None),
        )
        .order_by(TrainingSession.on, TrainingSession.starts, TrainingSession.id)
    ).all()
    return [_row(session, scope.reader.person_id, held) for held in found]


def _row(session: Session, person_id: int | None, held: TrainingSession) -> SessionRow:
    line = line_of(session, held.id)
    mine = standing(session, person_id, held.id) if person_id else None
    offer = open_offer(session, mine.id) if mine and mine.status == _S.offered else None
    rank = line.index(mine.id) + 1 if mine and mine.id in line else None
    return SessionRow(
        held, taken(session, held.id), len(line), mine, last_day_of(offer) if offer else None, rank
    )


@dataclass(frozen=True)
class Mine:
    """One registration of a person: its training, its session if it has one, and the state."""

    registration: Registration
    training: Training
    session: TrainingSession | None
    offered_until: date | None = None

    @property
    def status(self) -> _S:
        return _S(self.registration.status)


def of_person(session: Session, person_id: int) -> list[Mine]:
    """The registrations of one person, the latest session first; those without a
    session before them.
    """
    rows = session.exec(
        select(Registration, Training, TrainingSession)
        .join(Training, Training.id == Registration.training_id)
        .outerjoin(TrainingSession, TrainingSession.id == Registration.session_id)
        .where(Registration.person_id == person_id)
        .order_by(Registration.id.desc())
    ).all()
    found = [Mine(*row, _until(session, row[0])) for row in rows]
    return sorted(
        found, key=lambda item: item.session.on if item.session else date.max, reverse=True
    )


def _until(session: Session, registration: Registration) -> date | None:
    offer = open_offer(session, registration.id) if registration.status == _S.offered else None
    return last_day_of(offer) if offer else None
