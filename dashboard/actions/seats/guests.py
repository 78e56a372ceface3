"""Acts of guests (places sans compte): taking a seat at a public date without an account, giving it
up with the code, forgetting their details.

A guest's seat counts in the capacity and the waiting list like any other.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sqlmodel import Session, select

from dashboard.access import NOBODY, Reader, require
from dashboard.actions import limits
from dashboard.actions.ideas.codes import code_of, hash_of_code
from dashboard.actions.notices.records import forget_guests_notices
from dashboard.actions.operations.short_acts import ShortAct, in_batches
from dashboard.actions.seats.holding import lock_event, lock_seat, notify_seats, write_fact
from dashboard.actions.seats.offers import next_status
from dashboard.actions.seats.taking import free
from dashboard.queries.seats import guests as guest_query
from dashboard.queries.seats.events import Event, Where
from models import retention
from models.clock import today
from models.database import leave_no_trace
from models.errors import Refused, refuse
from models.people import ADDRESS_MAX, is_address
from models.seats import Seat, SeatState
from models.signing import keyed_hash
from models.texts import clean_title, too_long

NAME_MAX, SERVICE_MAX = 60, 120
NO_SUCH_DATE = "Cette date n'existe pas, ou elle n'est pas ouverte à tous."
NO_SUCH_CODE = (
    "Ce code ne correspond à aucune inscription : vérifiez-le, ou recopiez-le en entier. Quelques"
    " jours après la date, tout est effacé, le code aussi."
)


# ── Taking a seat ─────────────────────────────────────────────────────────────────────────────────


def take_seat(
    session: Session,
    reader: Reader,
    where: Where,
    typed: Seat,
    token: str,
    address: str | None = None,
) -> str:
    """S'inscrire sans compte, with optional name, service and address: a seat or a place on the
    waiting list, once per form token. Returns the follow-up code.

    Raises Invalid per field, Refused where the date takes no registrations, or past the hourly
    limit of this `address` or of all.
    """
    require(reader, "seat.take")
    seed = _seed(token)
    if guest_query.guest_of_form(session, seed) is None:
        limits.count(session, limits.Act.seat, address)
        values = _checked(typed)
        # Checked after the lock: of a form sent twice at once, the second finds the first.
        event = _lock_event(session, where)
        if guest_query.guest_of_form(session, seed) is None:
            _seat(session, event, Seat(is_guest=True, status="", **values), seed)
    return code_of(seed)


def code_of_form(session: Session, token: str) -> str | None:
    """The code of the seat this form already took; None where it has not."""
    seed = _seed(token)
    return code_of(seed) if guest_query.guest_of_form(session, seed) else None


def _seed(token: str) -> str:
    """What the code is derived from; the database alone reveals neither token nor code."""
    return keyed_hash(f"seat:{token}")[:32]


def _checked(typed: Seat) -> dict[str, str]:
    values = {name: clean_title(getattr(typed, name)) for name in ("name", "service", "email")}
    address = values["email"]
    is_wrong = len(address) > ADDRESS_MAX or (address and not is_address(address))
    refuse(
        {
            "name": too_long(values["name"], NAME_MAX, "Le prénom"),
            "service": too_long(values["service"], SERVICE_MAX, "Le service"),
            "email": is_wrong and "Cette adresse n'en est pas une : « nom@domaine.be », ou rien.",
        }
    )
    return values


def _seat(session: Session, event: Event, seat: Seat, seed: str) -> None:
    if not event.is_open:
        raise Refused(NO_SUCH_DATE)
    if event.refusal:
        raise Refused(event.refusal)
    # The database's log would reveal the order of anonymous registrations.
    leave_no_trace(session)
    seat.meeting_id, seat.session_id = event.where.meeting_id, event.where.session_id
    seat.training_id = event.training.id if event.training else None
    seat.seed, seat.code = seed, hash_of_code(code_of(seed))
    day = today(session)
    fact = write_fact(session, None, seat, next_status(session, event, day), day)
    title, more = "Votre place est réservée", ""
    if fact.status == SeatState.waiting:
        title = "Vous êtes sur la liste d'attente"
        more = " Vous serez prévenue ou prévenu si une place se libère."
    notify_seats(session, event, [seat], "inscription", title, f"{event.named}.{more}")


def _lock_event(session: Session, where: Where) -> Event:
    try:
        return lock_event(session, where)
    except Refused as refusal:
        raise Refused(NO_SUCH_DATE) from refusal


# ── With the code ─────────────────────────────────────────────────────────────────────────────────


def place_with_code(session: Session, code: str) -> guest_query.GuestPlace:
    """The seat of a code, whatever its spacing. Raises Refused for an unknown code."""
    return guest_query.place_of(session, _guest(session, code), today(session))


def is_seat_code(session: Session, code: str) -> bool:
    return bool(code) and guest_query.guest_of(session, hash_of_code(code)) is not None


def give_up_with_code(session: Session, code: str) -> None:
    """Annuler: releases the seat for the waiting list and deletes the guest's details. Raises
    Refused.
    """
    seat, event = lock_seat(session, _guest(session, code).id)
    place = guest_query.place_of(session, seat, today(session))
    if place.is_cancelled:
        raise Refused("Cette inscription est déjà annulée.")
    if not place.can_leave:
        raise Refused("Cette date est passée ou annulée : il n'y a plus rien à annuler.")
    leave_no_trace(session)
    # First: no mail is sent about one's own act, nor to a deleted address.
    seat.name = seat.service = seat.email = ""
    forget_guests_notices(session, [seat.id])
    free(session, NOBODY, seat, event)


def _guest(session: Session, code: str) -> Seat:
    seat = guest_query.guest_of(session, hash_of_code(code)) if code else None
    if seat is None:
        raise Refused(NO_SUCH_CODE)
    return seat


# ── Forgetting ────────────────────────────────────────────────────────────────────────────────────


def forget_guests(session: Session, day: date) -> Iterator[ShortAct]:
    """Oublier les invités: some days after the date, deletes their details and code; seats and
    presences remain. A task of the round.
    """
    before = day - timedelta(days=retention.GUEST_DAYS)
    return in_batches(guest_query.to_forget(session, before), _forget)


def _forget(session: Session, batch: Sequence[int]) -> int:
    seats = session.exec(select(Seat).where(Seat.id.in_(batch)).with_for_update()).all()
    for seat in seats:
        seat.seed = seat.code = None
        seat.name = seat.service = seat.email = ""
    forget_guests_notices(session, batch)
    if seats:
        leave_no_trace(session)
    return len(seats)
