"""Acts of the programme office on the academy: trainings, trainers and sessions."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import delete, func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import lock_record, note, write_changes
from dashboard.actions.meetings.hours import hours_of
from dashboard.actions.notices.following import notify_session_opened
from dashboard.actions.registers import write_record
from dashboard.actions.seats.holding import lock_event, notify_list, notify_of, write_fact
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
    typed: Mapping[str, object],
    training_id: int | None = None,
    *,
    trainers: frozenset[int] = frozenset(),
    units: frozenset[int] = frozenset(),
) -> Training:
    """Créer ou modifier une formation: its fields, its internal trainers, the units for which it is
    compulsory (none: its whole audience). Raises Invalid per field.
    """
    require(reader, "training.manage")
    training = lock_record(session, Training, training_id, NO_SUCH) if training_id else None
    faults = {
        "capacity": _fault_of_seats(typed.get("capacity")),
        "trainers": _fault_of_trainers(session, trainers),
        "units": _fault_of_units(session, units, bool(typed.get("mandatory"))),
    }
    typed = {**typed, "code": str(typed.get("code", "")).upper()}
    training, _ = write_record(session, reader, TRAININGS, training, typed, faults)
    _set_trainers(session, training.id, trainers)
    _set_units(session, reader, training, units)
    return training


def _fault_of_seats(capacity: int | None) -> str | None:
    if capacity is None or capacity < 1:
        return "Le nombre de places est au moins 1."
    return f"Le nombre de places est {SEATS_MAX} au plus." if capacity > SEATS_MAX else None


def _fault_of_trainers(session: Session, persons: frozenset[int]) -> str | None:
    count = session.exec(
        select(func.count())
        .select_from(Person)
        .where(Person.id.in_(sorted(persons)), Person.erased_on.is_(None))
    ).one()
    return None if count == len(persons) else "Une de ces personnes n'existe pas."


def _set_trainers(session: Session, training_id: int, persons: frozenset[int]) -> None:
    session.execute(delete(Trainer).where(Trainer.training_id == training_id))
    session.add_all(
        Trainer(training_id=training_id, person_id=person) for person in sorted(persons)
    )


def _fault_of_units(session: Session, units: frozenset[int], is_mandatory: bool) -> str | None:
    if units and not is_mandatory:
        return "Cochez « Formation obligatoire », ou retirez ces services."
    units_now = organisation(session).at(today(session)).by_id
    return None if units <= units_now.keys() else "Un de ces services n'existe pas."


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
    session: Session, reader: Reader, training_id: int, typed: TrainingSession
) -> tuple[TrainingSession, int]:
    """Ouvrir une session; its seats are first offered to the training's waiting list. Returns the
    session, and how many seats were offered.
    """
    require(reader, "training.manage")
    training = session.get(Training, training_id)
    if training is None:
        raise Refused(NO_SUCH)
    values = _checked(session, typed)
    opened = TrainingSession(training_id=training_id, **values)
    session.add(opened)
    session.flush()
    day = today(session)
    note(session, reader, day, "session", str(opened.id), "ouverte", None, opened.on)
    notify_session_opened(session, training, opened, by=reader.person_id)
    return opened, fill(session, Where(session_id=opened.id), day)


def change_session(
    session: Session, reader: Reader, session_id: int, typed: TrainingSession
) -> None:
    """Modifier une session à venir: notifies seat holders of a new day, time or place; offers added
    seats.

    Raises Invalid for fewer seats than are taken.
    """
    require(reader, "training.manage")
    event = lock_event(session, Where(session_id=session_id))
    day = today(session)
    _require_open(event)
    values = _checked(session, typed)
    more = f"{event.taken} places sont déjà prises ou proposées : donnez-en au moins autant."
    refuse({"capacity": values["capacity"] < event.taken and more})
    changed = session.get(TrainingSession, session_id)
    before = write_changes(session, reader, ("session", str(session_id)), changed, values)
    if before.keys() & {"on", "starts", "ends", "place"}:
        key = f"{changed.on}-{changed.starts}-{changed.ends}-{changed.place}"
        notify_list(session, event.where, key, _MOVED)
    fill(session, event.where, day)


def cancel_session(session: Session, reader: Reader, session_id: int, reason: str) -> int:
    """Annuler une session: those with a seat go first on the training's waiting list, and are
    notified. Returns how many.

    Raises Invalid without a reason, Refused for a session past or already cancelled.
    """
    require(reader, "training.manage")
    event = lock_event(session, Where(session_id=session_id))
    day = today(session)
    words = clean_text(reason)
    _require_open(event)
    why = "Dites pourquoi la session est annulée : les personnes inscrites le liront."
    refuse({"reason": not 0 < len(words) <= TEXT_MAX and why})
    cancelled = session.get(TrainingSession, session_id)
    cancelled.cancelled_on, cancelled.cancel_reason = day, words
    note(session, reader, day, "session", str(session_id), "annulée", None, words)
    notified = 0
    for seat in query.seats(session, event.where, *TO_COME):
        what = f"{event.named}. {words}"
        if not seat.is_guest:
            what += _STAYS_IN_LINE
        fact = _free_seat(session, reader, seat, day, words)
        notified += notify_of(session, event, fact, _CANCELLED, what)
    return notified


def _free_seat(session: Session, reader: Reader, seat: Seat, day: date, reason: str) -> SeatEvent:
    """Seat holders go first on the waiting list; those waiting retain their place; those awaiting
    approval wait too. Guests, who cannot be on the list, are cancelled.
    """
    if seat.is_guest:
        return write_fact(session, reader.person_id, seat, _S.cancelled, day, reason=reason)
    if seat.status == _S.waiting:
        # No seat is lost: she retains her place on the list.
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


def _checked(session: Session, typed: TrainingSession) -> dict[str, object]:
    day = today(session)
    last = day + FURTHEST
    far = f"Le jour se trouve entre le {day:%d/%m/%Y} et le {last:%d/%m/%Y}."
    is_far = typed.on and not day <= typed.on <= last
    starts, ends, fault = hours_of(typed.starts, typed.ends)
    refuse(
        {
            "on": (is_far and far) if typed.on else "Donnez le jour de la session.",
            "starts": fault,
            "capacity": _fault_of_seats(typed.capacity),
            "place": too_long(typed.place, TITLE_MAX, "Le lieu"),
        }
    )
    place = clean_text(typed.place)
    hours = {"starts": starts, "ends": ends, "place": place}
    return {"on": typed.on, "capacity": typed.capacity} | hours
