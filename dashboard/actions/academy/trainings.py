"""Acts of the programme office on the academy: a training, its trainers, its sessions; calling a
session off.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import delete, func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import lock_record, write_changes
from dashboard.actions.journal import note
from dashboard.actions.meetings.hours import hours_of
from dashboard.actions.notices.following import notify_session_opened
from dashboard.actions.registers import write_record
from dashboard.actions.seats.holding import hold, notify_list, notify_of, write_fact
from dashboard.actions.seats.offers import fill, to_list
from dashboard.queries.academy.obligations import compulsory_units
from dashboard.queries.directions import organisation
from dashboard.queries.reference_tables import TRAININGS
from dashboard.queries.seats import records as query
from dashboard.queries.seats.events import Event, Where
from models.academy import Trainer, Training, TrainingSession, TrainingUnit
from models.clock import today
from models.errors import Refused, refuse
from models.people import Person
from models.seats import TO_COME, Seat, SeatEvent, SeatState
from models.texts import clean_text, too_long

_S = SeatState
NO_SUCH = "Cette formation n'existe pas."
TITLE_MAX = 200
TEXT_MAX = 4000
SEATS_MAX = 1000
FIRST_IN_LINE = 100
FURTHEST = timedelta(days=1095)
_MOVED = "Votre formation change de jour, d'heure ou de lieu"
_CANCELLED = "Une session de formation est annulée"
_STAYS_IN_LINE = (
    "\nVotre place sur la liste d'attente est gardée : une nouvelle date vous sera proposée."
)


def save_training(
    session: Session,
    reader: Reader,
    given: Mapping[str, object],
    training_id: int | None = None,
    *,
    trainers: frozenset[int] = frozenset(),
    units: frozenset[int] = frozenset(),
) -> Training:
    """Créer ou modifier une formation: its fields, the persons of ours who give it, the directions
    and services for which it is compulsory (none: for its whole audience). Raises Invalid per
    field.
    """
    require(reader, "training.manage")
    found = lock_record(session, Training, training_id, NO_SUCH) if training_id else None
    faults = {
        "capacity": _fault_of_seats(given.get("capacity")),
        "trainers": _fault_of_trainers(session, trainers),
        "units": _fault_of_units(session, units, bool(given.get("mandatory"))),
    }
    given = {**given, "code": str(given.get("code", "")).upper()}
    found, _ = write_record(session, reader, TRAININGS, found, given, faults)
    _set_trainers(session, found.id, trainers)
    _set_units(session, reader, found, units)
    return found


def _fault_of_seats(capacity: int | None) -> str | None:
    if capacity is None or capacity < 1:
        return "Le nombre de places est au moins 1."
    return f"Le nombre de places est {SEATS_MAX} au plus." if capacity > SEATS_MAX else None


def _fault_of_trainers(session: Session, persons: frozenset[int]) -> str | None:
    known = session.exec(
        select(func.count())
        .select_from(Person)
        .where(Person.id.in_(sorted(persons)), Person.erased_on.is_(None))
    ).one()
    return None if known == len(persons) else "Une de ces personnes n'existe pas."


def _set_trainers(session: Session, training_id: int, persons: frozenset[int]) -> None:
    session.execute(delete(Trainer).where(Trainer.training_id == training_id))
    session.add_all(
        Trainer(training_id=training_id, person_id=person) for person in sorted(persons)
    )


def _fault_of_units(session: Session, units: frozenset[int], is_mandatory: bool) -> str | None:
    if units and not is_mandatory:
        return "Cochez « Formation obligatoire », ou retirez ces services."
    known = organisation(session).at(today(session)).by_id
    return None if units <= known.keys() else "Un de ces services n'existe pas."


def _set_units(session: Session, reader: Reader, training: Training, units: frozenset[int]) -> None:
    before = frozenset(compulsory_units(session, [training.id]).get(training.id, ()))
    if before == units:
        return
    names = organisation(session).at(today(session)).by_id
    session.execute(delete(TrainingUnit).where(TrainingUnit.training_id == training.id))
    session.add_all(TrainingUnit(training_id=training.id, unit_id=unit) for unit in sorted(units))
    session.flush()

    def in_words(of: frozenset[int]) -> str | None:
        return ", ".join(sorted(names[unit].name for unit in of if unit in names)) or None

    note(
        *(session, reader, today(session), "formation", training.code),
        *("obligatoire pour", in_words(before), in_words(units)),
    )


# ── Sessions ──────────────────────────────────────────────────────────────────────────────────────


def open_session(
    session: Session, reader: Reader, training_id: int, given: TrainingSession
) -> tuple[TrainingSession, int]:
    """Ouvrir une session: its seats are first offered to those who wait for the training. The
    session, and how many were offered.
    """
    require(reader, "training.manage")
    training = session.get(Training, training_id)
    if training is None:
        raise Refused(NO_SUCH)
    values = _checked(session, given)
    found = TrainingSession(training_id=training_id, **values)
    session.add(found)
    session.flush()
    day = today(session)
    note(session, reader, day, "session", str(found.id), "ouverte", None, found.on)
    notify_session_opened(session, training, found, by=reader.person_id)
    return found, fill(session, Where(session_id=found.id), day)


def change_session(
    session: Session, reader: Reader, session_id: int, given: TrainingSession
) -> None:
    """Modifier une session à venir: those who have a seat are told of another day, hour or place;
    new seats are offered.

    Raises Invalid for fewer seats than are taken.
    """
    require(reader, "training.manage")
    event = hold(session, Where(session_id=session_id))
    day = today(session)
    _require_open(event)
    values = _checked(session, given)
    more = f"{event.taken} places sont déjà prises ou proposées : donnez-en au moins autant."
    refuse({"capacity": values["capacity"] < event.taken and more})
    found = session.get(TrainingSession, session_id)
    before = write_changes(session, reader, ("session", str(session_id)), found, values)
    if before.keys() & {"on", "starts", "ends", "place"}:
        key = f"{found.on}-{found.starts}-{found.ends}-{found.place}"
        notify_list(session, event.where, key, _MOVED)
    fill(session, event.where, day)


def cancel_session(session: Session, reader: Reader, session_id: int, reason: str) -> int:
    """Annuler une session: those who had a seat wait for the next one, first in line, and are told.
    How many were told.

    Raises Invalid without a reason, Refused for a session that is past or cancelled already.
    """
    require(reader, "training.manage")
    event = hold(session, Where(session_id=session_id))
    day = today(session)
    words = clean_text(reason)
    _require_open(event)
    why = "Dites pourquoi la session est annulée : les personnes inscrites le liront."
    refuse({"reason": not 0 < len(words) <= TEXT_MAX and why})
    found = session.get(TrainingSession, session_id)
    found.cancelled_on, found.cancel_reason = day, words
    session.add(found)
    note(session, reader, day, "session", str(session_id), "annulée", None, words)
    notified = 0
    for seat in query.seats(session, event.where, *TO_COME):
        what = f"{event.named}. {words}"
        if not seat.is_guest:
            what += _STAYS_IN_LINE
        fact = _let_go(session, reader, seat, day, words)
        notified += notify_of(session, event, fact, _CANCELLED, what)
    return notified


def _let_go(session: Session, reader: Reader, seat: Seat, day: date, reason: str) -> SeatEvent:
    """Who had a seat is first in line; who waited keeps her place; who had no approval yet waits
    too. A guest is on no list of persons: she may come back at another date.
    """
    if seat.is_guest:
        return write_fact(session, reader.person_id, seat, _S.cancelled, day, reason=reason)
    if seat.status == _S.waiting:
        # She had no seat to lose: her place in line is the one she had.
        return to_list(session, seat, day)
    if seat.status == _S.booked:
        seat.priority = max(seat.priority, FIRST_IN_LINE)
    seat.session_id = None
    return write_fact(session, reader.person_id, seat, _S.waiting, day, reason=reason)


def _require_open(event: Event) -> None:
    if event.is_cancelled:
        raise Refused("Cette session est déjà annulée.")
    if event.is_over:
        raise Refused("Cette session a déjà eu lieu : elle ne change plus.")


def _checked(session: Session, given: TrainingSession) -> dict[str, object]:
    day = today(session)
    last = day + FURTHEST
    far = f"Le jour se trouve entre le {day:%d/%m/%Y} et le {last:%d/%m/%Y}."
    is_far = given.on and not day <= given.on <= last
    starts, ends, fault = hours_of(given.starts, given.ends)
    refuse(
        {
            "on": (is_far and far) if given.on else "Donnez le jour de la session.",
            "starts": fault,
            "capacity": _fault_of_seats(given.capacity),
            "place": too_long(given.place, TITLE_MAX, "Le lieu"),
        }
    )
    place = clean_text(given.place)
    hours = {"starts": starts, "ends": ends, "place": place}
    return {"on": given.on, "capacity": given.capacity} | hours
