"""The waiting list (liste d'attente): a seat that frees goes to the next in line. At a meeting,
and to a guest, it is given at once; at a session it is offered for a time, and what nobody takes
goes on.

An offer lasts some working days and ends some days before the session; from then on whoever comes
first takes the seat.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sqlmodel import Session, or_, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.operations.short_acts import ShortAct, in_batches
from dashboard.actions.seats.approvals import ask_approval
from dashboard.actions.seats.holding import hold, hold_seat, notify_of, write_fact
from dashboard.queries.seats import records as query
from dashboard.queries.seats.events import Event, Where
from models.academy import TrainingSession
from models.clock import today
from models.errors import Refused
from models.seats import Seat, SeatEvent, SeatState
from models.workdays import workdays

_S = SeatState
NO_ANSWER = "Offre restée sans réponse"
LET_GO = "Offre déclinée"
_OFFER_LASTS = 3  # working days for which a freed seat is kept for one person
# Freed seats go to whoever comes first from then on.
_OFFERS_END = timedelta(days=2)


def last_day(session: Session, event: Event, day: date) -> date | None:
    """The last day on which an offer made on `day` may be answered, or on which a free seat of a
    meeting is given; None: too near to the session.
    """
    if event.training is None:
        return event.day
    last = min(workdays(session).add(day, _OFFER_LASTS), event.day - _OFFERS_END)
    return last if last >= day else None


def next_status(session: Session, event: Event, day: date) -> SeatState:
    """A seat where one is free and nobody waits for it, else a place at the end of the line."""
    # Not past those who wait, as long as an offer can still reach them.
    is_first = last_day(session, event, day) is None or not event.waiting
    return _S.booked if is_first and not event.must_wait else _S.waiting


def fill(session: Session, where: Where, day: date) -> int:
    """Gives or offers the free seats of a date, which the caller holds, to those in line. How many
    went.
    """
    event = query.event(session, where, day)
    until = last_day(session, event, day)
    if until is None or event.refusal:
        return 0
    line = [] if event.must_wait else query.in_line(session, event)
    free = len(line) if event.free is None else event.free
    served = 0
    for seat in line:
        if served == free:
            break
        if seat.is_guest or event.training is None:
            _give(session, seat, event, day)
            served += 1
        # Whoever has a seat elsewhere at these hours keeps her place in line, for the next session.
        elif query.conflicting_title(session, seat.person_id, event) is None:
            _offer(session, seat, event, until, day)
            served += 1
    return served


def _give(session: Session, seat: Seat, event: Event, day: date) -> None:
    """Nobody is asked for an answer: the seat is hers, or given up."""
    fact = write_fact(session, None, seat, _S.booked, day)
    notify_of(
        session, event, fact, "Une place s'est libérée : elle est pour vous", f"{event.named}."
    )


def _offer(session: Session, seat: Seat, event: Event, until: date, day: date) -> None:
    seat.session_id = event.where.session_id
    fact = write_fact(session, None, seat, _S.offered, day)
    seat.offered_until = until
    session.add(seat)
    session.flush()
    notify_of(
        session,
        event,
        fact,
        "Une place est libre pour vous",
        f"{event.named}. Elle vous est gardée jusqu'au {french.day_long(until)} :"
        " acceptez-la ou laissez-la à un collègue.",
    )


def accept_offer(session: Session, reader: Reader, seat_id: int) -> None:
    """Accepter la place offerte. Raises Refused once the offer has ended."""
    seat, event = _open(session, reader, seat_id)
    other = query.conflicting_title(session, seat.person_id, event)
    if other:
        raise Refused(f"Vous avez déjà une place à ces heures : « {other} ».")
    fact = write_fact(session, reader.person_id, seat, _S.booked, today(session))
    if event.training.needs_approval and not seat.approved:
        # The seat is hers unless her manager says no.
        ask_approval(session, reader, seat, event, fact)


def decline_offer(session: Session, reader: Reader, seat_id: int) -> None:
    """Laisser la place offerte: it goes to the next in line."""
    seat, event = _open(session, reader, seat_id)
    _end(session, seat, LET_GO, today(session), reader.person_id)
    fill(session, event.where, today(session))


def _open(session: Session, reader: Reader, seat_id: int) -> tuple[Seat, Event]:
    require(reader, "seat.register")
    seat, event = hold_seat(session, seat_id)
    if seat.person_id != reader.person_id:
        raise Refused("Cette place est offerte à une autre personne.")
    if seat.offered_until is None or seat.offered_until < today(session):
        raise Refused("Cette offre a pris fin : la place est allée à la personne suivante.")
    return seat, event


def _end(
    session: Session, seat: Seat, reason: str, day: date, by: int | None = None
) -> tuple[SeatEvent, bool]:
    """An offer that was not taken: who waited for any session goes on waiting at her place, who
    wanted this one leaves. Whether she waits.
    """
    waits = any(fact.session_id is None for fact in query.waiting_facts(session, seat))
    if waits:
        seat.session_id = None
    status = _S.waiting if waits else _S.cancelled
    return write_fact(session, by, seat, status, day, reason=reason), waits


def settle_offers(session: Session, day: date) -> Iterator[ShortAct]:
    """Clore les offres: those whose last day is past go to the next in line. A task of the
    round.
    """
    lapsed = session.exec(select(Seat.session_id).where(Seat.offered_until < day)).all()
    # Whether a seat is free is asked once the session is held.
    unserved = _awaited(session, TrainingSession.on > day, TrainingSession.capacity > 0)
    to_serve = sorted({*lapsed, *unserved})
    yield from in_batches(to_serve, lambda session, batch: _serve(session, batch, day), at_once=1)
    # What a guest has left is for this one date, and goes with it.
    over = _awaited(session, TrainingSession.on < day, Seat.person_id.is_not(None))
    yield from in_batches(over, lambda session, batch: _leave(session, batch, day), at_once=1)


def _serve(session: Session, batch: Sequence[int], day: date) -> int:
    """How many offers were closed; free seats are offered."""
    closed = 0
    for session_id in batch:
        event = hold(session, Where(session_id=session_id))
        for seat in query.seats(session, event.where, _S.offered):
            if seat.offered_until is not None and seat.offered_until < day:
                _lapse(session, seat, event, day)
                closed += 1
        fill(session, event.where, day)
    return closed


def _lapse(session: Session, seat: Seat, event: Event, day: date) -> None:
    fact, waits = _end(session, seat, NO_ANSWER, day)
    what_now = "Vous pouvez vous inscrire à une autre session."
    if waits:
        what_now = "Vous restez sur la liste pour une autre session."
    title = "La place qui vous était gardée est allée à la personne suivante"
    notify_of(session, event, fact, title, what_now, urgent=False)


def _leave(session: Session, batch: Sequence[int], day: date) -> int:
    """Who waits for a session that is over waits for any other; no offer was closed."""
    for session_id in batch:
        for seat in query.seats(session, Where(session_id=session_id), _S.waiting):
            if not seat.is_guest:
                to_list(session, seat, day)
    return 0


def _awaited(session: Session, *conditions) -> list[int]:
    """The sessions for which a person or a guest waits."""
    return list(
        session.exec(
            select(TrainingSession.id)
            .join(Seat, Seat.session_id == TrainingSession.id)
            .where(
                Seat.status == _S.waiting,
                or_(Seat.person_id.is_not(None), Seat.is_guest),
                TrainingSession.cancelled_on.is_(None),
                *conditions,
            )
            .distinct()
            .order_by(TrainingSession.id)
        ).all()
    )


def to_list(session: Session, seat: Seat, day: date) -> SeatEvent:
    """Who waits for one session waits for any other of the training from now on, since the day
    she began to wait.
    """
    facts = query.waiting_facts(session, seat)
    seat.session_id = None
    on, voids = (facts[-1].on, facts[-1].id) if facts else (day, None)
    return write_fact(session, None, seat, _S.waiting, on, voids=voids)


def offer_free_seats(session: Session, reader: Reader, session_id: int) -> int:
    """Proposer les places libres à la liste d'attente. How many were offered."""
    require(reader, "training.manage")
    event = hold(session, Where(session_id=session_id))
    offered = fill(session, event.where, today(session))
    if not offered:
        raise Refused(
            "Aucune place à proposer : la session est complète, trop proche, ou personne n'attend."
        )
    return offered
