"""Offers (places offertes): a seat that frees is kept for the next in line, for a time; what nobody
takes goes on.

An offer lasts some working days and ends some days before the session; from then on whoever comes
first takes the seat.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sqlmodel import Session, or_, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.academy.seats import (
    ask_approval,
    by_whom,
    hold,
    named,
    notify_person,
    registration_named,
    say,
)
from dashboard.actions.notices.guests import tell_guests
from dashboard.actions.operations.short_acts import ShortAct, in_batches
from dashboard.queries.academy import registrations as query
from dashboard.queries.academy.registrations import ACCEPTED, DECLINED, LAPSED, OPEN
from models.academy import (
    Offer,
    Registration,
    RegistrationEvent,
    RegistrationStatus,
    Training,
    TrainingSession,
)
from models.clock import today
from models.errors import Refused
from models.workdays import workdays

_S = RegistrationStatus
NO_ANSWER = "Offre restée sans réponse"
LET_GO = "Offre déclinée"
_OFFER_LASTS = 3  # working days for which a freed seat is kept for one person
# Freed seats go to whoever comes first from then on.
_OFFERS_END = timedelta(days=2)


def last_day(session: Session, held: TrainingSession, day: date) -> date | None:
    """The last day on which an offer made on `day` may be answered; None: too near to the
    session.
    """
    last = min(
        workdays(session).add(day, _OFFER_LASTS),
        held.on - _OFFERS_END,
    )
    return last if last >= day else None


def fill(session: Session, held: TrainingSession, day: date) -> int:
    """Offers the free seats of a session, which the caller holds, to those in line. How many
    were offered.
    """
    until = last_day(session, held, day)
    if until is None or held.cancelled_on is not None or held.capacity <= 0:
        return 0
    free = held.capacity - query.taken(session, held.id)
    offered = 0
    for registration in query.in_line(session, held) if free > 0 else ():
        if offered == free:
            break
        if registration.guest_id:
            _seat_guest(session, registration, held, day)
            offered += 1
        # Whoever has a seat elsewhere at these hours keeps her place in line, for the next session.
        elif query.same_hours(session, registration.person_id, held) is None:
            _offer(session, registration, held, until, day)
            offered += 1
    return offered


def _seat_guest(
    session: Session, registration: Registration, held: TrainingSession, day: date
) -> None:
    """Without an account nobody is asked for an answer: the seat is hers, or given up."""
    event = say(session, None, registration, _S.booked, day)
    tell_guests(
        session,
        [registration.guest_id],
        f"place-{event.id}",
        "Une place s'est libérée : elle est pour vous",
        f"{named(session, held)}.",
    )


def _offer(
    session: Session, registration: Registration, held: TrainingSession, until: date, day: date
) -> None:
    registration.session_id = held.id
    session.add(
        Offer(
            registration_id=registration.id,
            session_id=held.id,
            made_on=day,
            until=until,
            state=OPEN,
        )
    )
    event = say(session, None, registration, _S.offered, day)
    notify_person(
        session,
        event,
        "Une place est libre pour vous",
        urgent=True,
        text=(
            f"{named(session, held)}. Elle vous est gardée jusqu'au {french.day_long(until)} :"
            " acceptez-la ou laissez-la à un collègue."
        ),
    )


def accept_offer(session: Session, reader: Reader, registration_id: int) -> None:
    """Accepter la place offerte. Raises Refused once the offer has ended."""
    registration, held, offer = _open(session, reader, registration_id)
    other = query.same_hours(session, registration.person_id, held)
    if other:
        raise Refused(f"Vous avez déjà une place à ces heures : « {other} ».")
    offer.state = ACCEPTED
    session.add(offer)
    event = say(session, reader.person_id, registration, _S.booked, today(session))
    if session.get(Training, held.training_id).needs_approval and not query.is_approved(
        session, registration.id
    ):
        # The seat is hers unless her manager says no.
        ask_approval(session, reader, registration, held, event)


def decline_offer(session: Session, reader: Reader, registration_id: int) -> None:
    """Laisser la place offerte: it goes to the next in line."""
    registration, held, offer = _open(session, reader, registration_id)
    _end(session, registration, offer, DECLINED, LET_GO, today(session), reader)
    fill(session, held, today(session))


def _open(
    session: Session, reader: Reader, registration_id: int
) -> tuple[Registration, TrainingSession, Offer]:
    require(reader, "training.register")
    registration, held = registration_named(session, registration_id)
    if registration.person_id != reader.person_id:
        raise Refused("Cette place est offerte à une autre personne.")
    offer = query.open_offer(session, registration_id)
    if offer is None or query.last_day_of(offer) < today(session):
        raise Refused("Cette offre a pris fin : la place est allée à la personne suivante.")
    return registration, held, offer


def _end(
    session: Session,
    registration: Registration,
    offer: Offer,
    state: str,
    reason: str,
    day: date,
    reader: Reader | None = None,
) -> None:
    """An offer that was not taken: who waited for any session goes on waiting at her place, who
    wanted this one leaves.
    """
    offer.state = state
    session.add(offer)
    came = query.came_from_list(session, registration)
    if came is not None:
        registration.session_id = None
    event = say(
        session,
        by_whom(reader),
        registration,
        _S.waiting if came is not None else _S.cancelled,
        day,
        reason=reason,
    )
    # Whoever declined knows it.
    if state == LAPSED:
        what_now = "Vous pouvez vous inscrire à une autre session."
        if came is not None:
            what_now = "Vous restez sur la liste pour une autre session."
        notify_person(
            session,
            event,
            "La place qui vous était gardée est allée à la personne suivante",
            what_now,
        )


def settle_offers(session: Session, day: date) -> Iterator[ShortAct]:
    """Clore les offres: those whose last day is past go to the next in line. A task of the
    round.
    """
    to_serve = sorted({*_lapsed(session, day), *_unserved(session, day)})
    yield from in_batches(to_serve, lambda session, batch: _serve(session, batch, day), at_once=1)
    over = _over(session, day)
    yield from in_batches(over, lambda session, batch: _leave(session, batch, day), at_once=1)


def _serve(session: Session, batch: Sequence[int], day: date) -> int:
    """How many offers were closed; free seats are offered."""
    closed = 0
    for session_id in batch:
        held = hold(session, session_id)
        for registration in query.of_session(session, session_id, [_S.offered]):
            offer = query.open_offer(session, registration.id)
            if offer is not None and query.last_day_of(offer) < day:
                _end(session, registration, offer, LAPSED, NO_ANSWER, day)
                closed += 1
        fill(session, held, day)
    return closed


def _leave(session: Session, batch: Sequence[int], day: date) -> int:
    """Who waits for a session that is over waits for any other; no offer was closed."""
    for session_id in batch:
        for registration in query.of_session(session, session_id, [_S.waiting]):
            # What a guest has left is for this one date, and goes with it.
            if not registration.guest_id:
                to_list(session, registration, day)
    return 0


def _lapsed(session: Session, day: date) -> list[int]:
    return list(
        session.exec(
            select(Offer.session_id).where(Offer.state == OPEN, Offer.until < day).distinct()
        ).all()
    )


def _unserved(session: Session, day: date) -> list[int]:
    """Sessions to come for which somebody waits; whether a seat is free is asked once the
    session is held.
    """
    return _awaited(session, TrainingSession.on > day, TrainingSession.capacity > 0)


def _over(session: Session, day: date) -> list[int]:
    """Past sessions for which somebody of ours still waits."""
    return _awaited(session, TrainingSession.on < day, Registration.person_id.is_not(None))


def _awaited(session: Session, *conditions) -> list[int]:
    return list(
        session.exec(
            select(TrainingSession.id)
            .join(Registration, Registration.session_id == TrainingSession.id)
            .where(
                Registration.status == _S.waiting,
                or_(Registration.person_id.is_not(None), Registration.guest_id.is_not(None)),
                TrainingSession.cancelled_on.is_(None),
                *conditions,
            )
            .distinct()
            .order_by(TrainingSession.id)
        ).all()
    )


def to_list(session: Session, registration: Registration, day: date) -> RegistrationEvent:
    """Who waits for one session waits for any other of the training from now on, since the day
    she began to wait.
    """
    fact = query.waiting_fact(session, registration)
    registration.session_id = None
    return say(
        session,
        None,
        registration,
        _S.waiting,
        fact.on if fact else day,
        voids=fact.id if fact else None,
    )


def offer_free_seats(session: Session, reader: Reader, session_id: int) -> int:
    """Proposer les places libres à la liste d'attente. How many were offered."""
    require(reader, "training.manage")
    offered = fill(session, hold(session, session_id), today(session))
    if not offered:
        raise Refused(
            "Aucune place à proposer : la session est complète, trop proche, ou personne n'attend."
        )
    return offered
