"""Acts of the programme office on the academy: a training, its trainers, its sessions; calling a
session off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.academy.offers import fill, to_list
from dashboard.actions.academy.seats import hold, named, notify_person, say
from dashboard.actions.keeping.auditing import note
from dashboard.actions.meetings.hours import hours_of
from dashboard.actions.notices.following import notify_session_opened
from dashboard.actions.notices.guests import tell_guests
from dashboard.actions.notices.records import notify
from dashboard.actions.registers import write_record
from dashboard.queries.academy import registrations as query
from dashboard.queries.academy.obligations import units_meant
from dashboard.queries.directions import organisation
from dashboard.queries.reference_tables import TRAININGS
from models.academy import (
    Registration,
    RegistrationStatus,
    Trainer,
    Training,
    TrainingSession,
    TrainingUnit,
)
from models.clock import today
from models.errors import Invalid, Refused
from models.keeping import NoticeKind
from models.ledger import bump
from models.people import Person
from models.texts import clean_text

_S = RegistrationStatus
TITLE_MAX = 200
TEXT_MAX = 4000
SEATS_MAX = 1000
FIRST_IN_LINE = 100
FURTHEST = timedelta(days=1095)
_MOVED = "Votre formation change de jour, d'heure ou de lieu"
_CANCELLED = "Une session de formation est annulée"


@dataclass(frozen=True)
class SessionInput:
    """What the form asks of a session: the day, the hours (« 09:00 », or both empty: the whole
    day), the place, the seats.
    """

    on: date | None
    capacity: int | None
    starts: str = ""
    ends: str = ""
    place: str = ""


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
    found = session.get(Training, training_id, with_for_update=True) if training_id else None
    if training_id and found is None:
        raise Refused("Cette formation n'existe pas.")
    faults = {
        "capacity": _fault_of_seats(given.get("capacity")),
        "trainers": _fault_of_trainers(session, trainers),
        "units": _fault_of_units(session, units, bool(given.get("mandatory"))),
    }
    given = {**given, "code": str(given.get("code", "")).upper()}
    found, _ = write_record(session, reader, TRAININGS, found, given, faults)
    _set_trainers(session, found.id, trainers)
    _set_units(session, reader, found, units)
    bump(session, "academy")
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
    session.flush()


def _fault_of_units(session: Session, units: frozenset[int], is_mandatory: bool) -> str | None:
    if units and not is_mandatory:
        return "Cochez « Formation obligatoire », ou retirez ces services."
    known = organisation(session).at(today(session)).by_id
    return None if units <= known.keys() else "Un de ces services n'existe pas."


def _set_units(session: Session, reader: Reader, training: Training, units: frozenset[int]) -> None:
    before = frozenset(units_meant(session, [training.id]).get(training.id, ()))
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
    session: Session, reader: Reader, training_id: int, given: SessionInput
) -> tuple[TrainingSession, int]:
    """Ouvrir une session: its seats are first offered to those who wait for the training. The
    session, and how many were offered.
    """
    require(reader, "training.manage")
    training = session.get(Training, training_id)
    if training is None:
        raise Refused("Cette formation n'existe pas.")
    values = _checked(session, given)
    found = TrainingSession(training_id=training_id, **values)
    session.add(found)
    session.flush()
    day = today(session)
    note(session, reader, day, "session", str(found.id), "ouverte", None, found.on)
    bump(session, "academy", since=min(day, found.on))
    notify_session_opened(session, training, found, by=reader.person_id)
    return found, fill(session, found, day)


def change_session(session: Session, reader: Reader, session_id: int, given: SessionInput) -> None:
    """Modifier une session à venir: those who have a seat are told of another day, hour or place;
    new seats are offered.

    Raises Invalid for fewer seats than are taken.
    """
    require(reader, "training.manage")
    held = hold(session, session_id)
    day = today(session)
    _require_open(held, day)
    values = _checked(session, given)
    taken = query.taken(session, session_id)
    if values["capacity"] < taken:
        raise Invalid(
            {
                "capacity": (
                    f"{taken} places sont déjà prises ou proposées : donnez-en au moins autant."
                )
            }
        )
    before = {name: getattr(held, name) for name in values}
    for name, value in values.items():
        if before[name] != value:
            note(session, reader, day, "session", str(session_id), name, before[name], value)
            setattr(held, name, value)
    session.add(held)
    session.flush()
    if any(before[name] != values[name] for name in ("on", "starts", "ends", "place")):
        there = query.of_session(
            session, session_id, (_S.booked, _S.offered, _S.waiting, _S.requested)
        )
        for registration in there:
            if registration.person_id:
                _notify_moved(session, held, registration.person_id)
        _tell_moved(session, held, [registration.guest_id for registration in there])
    bump(session, "academy")
    fill(session, held, day)


def _notify_moved(session: Session, held: TrainingSession, person_id: int) -> None:
    notify(
        session,
        [person_id],
        key=_key_of_move(held),
        kind=NoticeKind.task,
        urgent=True,
        title=_MOVED,
        text=_moved_to(session, held),
        href=f"/academie?formation={session.get(Training, held.training_id).code}",
    )


def _tell_moved(session: Session, held: TrainingSession, guest_ids: Sequence[int | None]) -> None:
    tell_guests(session, guest_ids, _key_of_move(held), _MOVED, _moved_to(session, held))


def _key_of_move(held: TrainingSession) -> str:
    return f"session-{held.id}-{held.on}-{held.starts}-{held.ends}-{held.place}"


def _moved_to(session: Session, held: TrainingSession) -> str:
    where = f" Lieu : {held.place}." if held.place else ""
    return f"{named(session, held)}.{where}"


def cancel_session(session: Session, reader: Reader, session_id: int, reason: str) -> int:
    """Annuler une session: those who had a seat wait for the next one, first in line, and are told.
    How many were told.

    Raises Invalid without a reason, Refused for a session that is past or cancelled already.
    """
    require(reader, "training.manage")
    held = hold(session, session_id)
    day = today(session)
    words = clean_text(reason)
    _require_open(held, day)
    if not 0 < len(words) <= TEXT_MAX:
        raise Invalid(
            {"reason": "Dites pourquoi la session est annulée : les personnes inscrites le liront."}
        )
    held.cancelled_on = day
    held.cancel_reason = words
    session.add(held)
    note(session, reader, day, "session", str(session_id), "annulée", None, words)
    what = named(session, held)
    notified = 0
    for registration in query.of_session(
        session, session_id, (_S.booked, _S.offered, _S.waiting, _S.requested)
    ):
        if registration.guest_id:
            notified += _tell_cancelled(session, reader, registration, day, what, words)
        else:
            notified += _back_in_line(session, reader, registration, day, what, words)
    bump(session, "academy", since=day)
    return notified


def _tell_cancelled(
    session: Session, reader: Reader, registration: Registration, day: date, what: str, reason: str
) -> int:
    """A guest is on no list of persons: she is told, and may come back at another date."""
    event = say(session, reader.person_id, registration, _S.cancelled, day, reason=reason)
    return tell_guests(
        session, [registration.guest_id], f"annulee-{event.id}", _CANCELLED, f"{what}. {reason}"
    )


def _back_in_line(
    session: Session, reader: Reader, registration: Registration, day: date, what: str, reason: str
) -> int:
    """Who had a seat is first in line; who waited keeps her place; who had no approval yet waits
    too.
    """
    offer = query.open_offer(session, registration.id)
    if offer is not None:
        offer.state = query.LAPSED
        session.add(offer)
    if registration.status == _S.waiting:
        # She had no seat to lose: her place in line is the one she had.
        event = to_list(session, registration, day)
    else:
        if registration.status == _S.booked:
            registration.priority = max(registration.priority, FIRST_IN_LINE)
        registration.session_id = None
        event = say(session, reader.person_id, registration, _S.waiting, day, reason=reason)
    return notify_person(
        session,
        event,
        _CANCELLED,
        urgent=True,
        text=(
            f"{what}. {reason}\nVotre place sur la liste d'attente est gardée : une nouvelle date"
            " vous sera proposée."
        ),
    )


def _require_open(held: TrainingSession, day: date) -> None:
    if held.cancelled_on is not None:
        raise Refused("Cette session est déjà annulée.")
    if held.on < day:
        raise Refused("Cette session a déjà eu lieu : elle ne change plus.")


def _checked(session: Session, given: SessionInput) -> dict[str, object]:
    day = today(session)
    errors = {}
    starts, ends, fault = hours_of(given.starts, given.ends)
    if given.on is None:
        errors["on"] = "Donnez le jour de la session."
    elif not day <= given.on <= day + FURTHEST:
        errors["on"] = f"Le jour se trouve entre le {day:%d/%m/%Y} et le {day + FURTHEST:%d/%m/%Y}."
    if fault:
        errors["starts"] = fault
    fault = _fault_of_seats(given.capacity)
    if fault:
        errors["capacity"] = fault
    if len(given.place) > TITLE_MAX:
        errors["place"] = f"Le lieu peut compter {TITLE_MAX} caractères au plus."
    if errors:
        raise Invalid(errors)
    return {
        "on": given.on,
        "capacity": given.capacity,
        "starts": starts,
        "ends": ends,
        "place": clean_text(given.place),
    }
