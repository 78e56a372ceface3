"""Acts of guests (places sans compte): a seat at what is open to all, for whoever has no account;
giving it up with the code; forgetting what was left.

A guest's seat is one seat among the others: it counts in the capacity, and stands in the same line.
Whoever takes or frees one holds the meeting or the session until the end of the act.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, select

from dashboard.access import NOBODY, Reader, require
from dashboard.actions import limits
from dashboard.actions.academy import offers
from dashboard.actions.academy import seats as academy
from dashboard.actions.academy.registrations import next_status
from dashboard.actions.ideas.codes import code_of, hash_of_code
from dashboard.actions.meetings import seats as meetings
from dashboard.actions.meetings.records import require_organiser
from dashboard.actions.notices.guests import forget_notices, tell_guests
from dashboard.actions.operations.short_acts import ShortAct, in_batches
from dashboard.queries import guests as query
from dashboard.queries.guests import GuestPlace, Where
from models import retention
from models.academy import Registration, RegistrationStatus
from models.clock import today
from models.database import leave_no_trace
from models.errors import Invalid, Refused
from models.guests import Guest
from models.ledger import bump
from models.meetings import MeetingSeat, MeetingState, SeatState
from models.people import ADDRESS_MAX, is_address
from models.signing import keyed_hash
from models.texts import clean_title

NAME_MAX, SERVICE_MAX = 60, 120
NO_SUCH_DATE = "Cette date n'existe pas, ou elle n'est pas ouverte à tous."
NO_SUCH_CODE = (
    "Ce code ne correspond à aucune inscription : vérifiez-le, ou recopiez-le en entier. Quelques"
    " jours après la date, tout est effacé, le code aussi."
)


@dataclass(frozen=True)
class GuestInput:
    """What the form asks, all of it optional; `email` only to be told of this date."""

    name: str = ""
    service: str = ""
    email: str = ""


# ── Taking a seat ─────────────────────────────────────────────────────────────────────────────────


def take_seat(
    session: Session,
    reader: Reader,
    where: Where,
    given: GuestInput,
    token: str,
    address: str | None = None,
) -> str:
    """S'inscrire sans compte: a seat, or a place at the end of the line, once per form token. The
    code that follows it.

    Raises Invalid per field, Refused for a date at which no seat is given, or where strangers at
    this `address` or anywhere have taken too many in this hour.
    """
    require(reader, "seat.take")
    seed = _seed(token)
    if query.guest_of_form(session, seed) is None:
        limits.count(session, limits.Act.seat, address)
        values = _checked(given)
        # The same form sent twice at once: the second one waited for the first, and finds it.
        _hold(session, where)
        if query.guest_of_form(session, seed) is None:
            _seat(session, where, Guest(**values), seed)
    return code_of(seed)


def code_of_form(session: Session, token: str) -> str | None:
    """The code of a seat that this form has taken already; None where it has not."""
    seed = _seed(token)
    return code_of(seed) if query.guest_of_form(session, seed) else None


def _seed(token: str) -> str:
    """What the code is made of: whoever has only the database finds neither token nor code."""
    return keyed_hash(f"seat:{token}")[:32]


def _checked(given: GuestInput) -> dict[str, str]:
    values = {name: clean_title(getattr(given, name)) for name in ("name", "service", "email")}
    errors = {}
    if len(values["name"]) > NAME_MAX:
        errors["name"] = f"Le prénom peut compter {NAME_MAX} caractères au plus."
    if len(values["service"]) > SERVICE_MAX:
        errors["service"] = f"Le service peut compter {SERVICE_MAX} caractères au plus."
    if len(values["email"]) > ADDRESS_MAX or (values["email"] and not is_address(values["email"])):
        errors["email"] = "Cette adresse n'en est pas une : « nom@domaine.be », ou rien."
    if errors:
        raise Invalid(errors)
    return values


def _hold(session: Session, where: Where) -> None:
    """Of two who want the last seat, the second one waits here and finds it taken."""
    if where.meeting_id:
        meetings.hold(session, where.meeting_id)
    else:
        academy.hold(session, where.session_id)


def _seat(session: Session, where: Where, guest: Guest, seed: str) -> None:
    day = today(session)
    found = query.open_date(session, where, day)
    if found is None:
        raise Refused(NO_SUCH_DATE)
    if found.refusal:
        raise Refused(found.refusal)
    # The log of the database keeps the order of acts: that of whoever came without a name may not
    # stay.
    leave_no_trace(session)
    guest.seed, guest.code = seed, hash_of_code(code_of(seed))
    session.add(guest)
    session.flush()
    has_seat = _sit(session, where, guest, day)
    title = "Votre place est réservée" if has_seat else "Vous êtes sur la liste d'attente"
    more = "" if has_seat else " Vous serez prévenue ou prévenu si une place se libère."
    tell_guests(session, [guest.id], "inscription", title, f"{found.named}.{more}")


def _sit(session: Session, where: Where, guest: Guest, day: date) -> bool:
    """Whether she has a seat; else she waits."""
    if where.meeting_id:
        meeting, _ = meetings.hold(session, where.meeting_id)
        seat = meetings.take(session, meeting, MeetingSeat(guest_id=guest.id), day)
        return seat.state == SeatState.registered
    held = academy.hold(session, where.session_id)
    status = next_status(session, held, day)
    registration = Registration(
        training_id=held.training_id, session_id=held.id, guest_id=guest.id, status=str(status)
    )
    session.add(registration)
    session.flush()
    academy.say(session, None, registration, status, day)
    return status == RegistrationStatus.booked


# ── With the code ─────────────────────────────────────────────────────────────────────────────────


def place_with_code(session: Session, code: str) -> GuestPlace:
    """Where the holder of a code stands, however it was typed. Raises Refused for one that is
    none.
    """
    return query.place_of(session, _guest(session, code), today(session))


def is_seat_code(session: Session, code: str) -> bool:
    return bool(code) and query.guest_of(session, hash_of_code(code)) is not None


def give_up_with_code(session: Session, code: str) -> None:
    """Annuler: the seat goes to the first one who waits; what the guest has left goes with it.
    Raises Refused.
    """
    guest = _guest(session, code)
    _hold(session, query.place_of(session, guest, today(session)).on.where)
    # What was read before may have changed while this act waited.
    session.expire_all()
    place = query.place_of(session, guest, today(session))
    if place.state == SeatState.cancelled:
        raise Refused("Cette inscription est déjà annulée.")
    if not place.can_leave:
        raise Refused("Cette date est passée ou annulée : il n'y a plus rien à annuler.")
    leave_no_trace(session)
    _leave(session, NOBODY, guest)


def free_guest_seat(session: Session, reader: Reader, seat_id: int) -> None:
    """Libérer la place d'un invité who will not come, as who organises the meeting knows; an
    address that was left is told. Raises Refused.
    """
    seat = session.get(MeetingSeat, seat_id)
    if seat is None or seat.guest_id is None:
        raise Refused("Cette place n'est pas celle d'une personne sans compte.")
    require_organiser(session, reader, seat.meeting_id)
    meeting, event = meetings.hold(session, seat.meeting_id)
    session.refresh(seat)
    is_over = event.day < today(session) or event.what == MeetingState.held
    if seat.state == SeatState.cancelled or is_over:
        raise Refused("Cette place est déjà libre, ou la date est passée.")
    what = f"{meetings.named(meeting, event.day)}."
    key = f"reunion-{meeting.id}-liberee"
    tell_guests(session, [seat.guest_id], key, "Votre inscription est annulée", what)
    meetings.free(session, meeting, event, seat)


def _guest(session: Session, code: str) -> Guest:
    guest = query.guest_of(session, hash_of_code(code)) if code else None
    if guest is None:
        raise Refused(NO_SUCH_CODE)
    return guest


def _leave(session: Session, reader: Reader, guest: Guest) -> None:
    day = today(session)
    # First: who gives up is not told of it by mail, and nothing waits for an address that is gone.
    guest.name = guest.service = guest.email = ""
    session.add(guest)
    forget_notices(session, [guest.id])
    seat = query.seat_of_guest(session, guest.id)
    if seat is not None:
        meeting, event = meetings.hold(session, seat.meeting_id)
        meetings.free(session, meeting, event, seat)
        return
    registration = query.registration_of_guest(session, guest.id)
    academy.say(session, reader.person_id, registration, RegistrationStatus.cancelled, day)
    offers.fill(session, academy.hold(session, registration.session_id), day)


# ── Forgetting ────────────────────────────────────────────────────────────────────────────────────


def forget_guests(session: Session, day: date) -> Iterator[ShortAct]:
    """Oublier les invités: some days after their date, what they left of themselves goes, and the
    code with it; their seats and presences stay. A task of the round.
    """
    before = day - timedelta(days=retention.GUEST_DAYS)
    return in_batches(query.to_forget(session, before), _forget)


def _forget(session: Session, batch: Sequence[int]) -> int:
    found = session.exec(select(Guest).where(Guest.id.in_(batch)).with_for_update()).all()
    for guest in found:
        guest.seed = guest.code = None
        guest.name = guest.service = guest.email = ""
        session.add(guest)
    forget_notices(session, batch)
    if found:
        leave_no_trace(session)
        bump(session, "meetings")
    return len(found)
