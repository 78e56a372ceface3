"""Acts of the programme office on the academy: a training, its trainers, its sessions; calling a
session off.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.keeping.auditing import note
from dashboard.actions.meetings.hours import hours_of
from dashboard.actions.notices.following import notify_session_opened
from dashboard.actions.seats.holding import hold, notify_list, notify_of, write_fact
from dashboard.actions.seats.offers import fill, to_list
from dashboard.queries.academy.obligations import units_meant
from dashboard.queries.directions import organisation
from dashboard.queries.seats import records as query
from dashboard.queries.seats.events import Event, Where
from models.academy import Trainer, Training, TrainingAudience, TrainingSession, TrainingUnit
from models.clock import today
from models.errors import Invalid, Refused
from models.ledger import bump
from models.people import Person
from models.roadmap import Ambition
from models.seats import TO_COME, Seat, SeatEvent, SeatState
from models.texts import clean_text, clean_title

_S = SeatState
TITLE_MAX = 200
TEXT_MAX = 4000
SEATS_MAX = 1000
HOURS_MAX = 1000
VALIDITY_MAX = 240  # months
FIRST_IN_LINE = 100
FURTHEST = timedelta(days=1095)
_MOVED = "Votre formation change de jour, d'heure ou de lieu"
_CANCELLED = "Une session de formation est annulée"
_STAYS_IN_LINE = (
    "\nVotre place sur la liste d'attente est gardée : une nouvelle date vous sera proposée."
)
_CODE = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,19}")
_AUDITED = (
    "title",
    "ambition_id",
    "trainer",
    "hours",
    "capacity",
    "audience",
    "objectives",
    "mandatory",
    "career",
    "needs_approval",
    "open_to_all",
    "validity",
)


@dataclass(frozen=True)
class TrainingInput:
    """What the form asks of a training; `capacity` is that of a new session, `trainers` are
    persons of ours, `validity` the months after which it is to be followed again (0: never),
    `units` the directions and services for which it is compulsory (none: for its whole audience).
    """

    code: str
    title: str
    hours: float | None
    capacity: int | None
    audience: TrainingAudience = TrainingAudience.both
    ambition_id: int | None = None
    trainer: str = ""
    objectives: str = ""
    mandatory: bool = False
    career: bool = False
    needs_approval: bool = False
    trainers: frozenset[int] = frozenset()
    open_to_all: bool = False
    validity: int | None = 0
    units: frozenset[int] = frozenset()


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
    session: Session, reader: Reader, given: TrainingInput, training_id: int | None = None
) -> Training:
    """Créer ou modifier une formation. Raises Invalid per field."""
    require(reader, "training.manage")
    found = session.get(Training, training_id, with_for_update=True) if training_id else None
    if training_id and found is None:
        raise Refused("Cette formation n'existe pas.")
    code = found.code if found else given.code.strip().upper()
    errors = training_faults(session, given, code, is_new=found is None)
    if errors:
        raise Invalid(errors)
    found = write_training(session, reader, given, code, found)
    _set_trainers(session, found.id, given.trainers)
    _set_units(session, reader, found, given.units)
    bump(session, "academy")
    return found


def training_values(given: TrainingInput) -> dict[str, object]:
    """What of a training is kept as it is typed: all but its code and its trainers."""
    return {
        "title": clean_title(given.title),
        "ambition_id": given.ambition_id,
        "trainer": clean_text(given.trainer),
        "hours": given.hours,
        "capacity": given.capacity,
        "audience": str(given.audience),
        "objectives": clean_text(given.objectives),
        "mandatory": given.mandatory,
        "career": given.career,
        "needs_approval": given.needs_approval,
        "open_to_all": given.open_to_all,
        "validity": given.validity,
    }


def write_training(
    session: Session, reader: Reader, given: TrainingInput, code: str, found: Training | None
) -> Training:
    """A training whose fields have been checked, new where none is given; the journal has each
    field that changes. Its trainers stay.
    """
    values = training_values(given)
    day = today(session)
    if found is None:
        found = Training(code=code, **values)
        session.add(found)
        session.flush()
        note(session, reader, day, "formation", code, "créée", None, values["title"])
    else:
        for name in _AUDITED:
            if getattr(found, name) != values[name]:
                note(
                    session,
                    reader,
                    day,
                    "formation",
                    code,
                    name,
                    getattr(found, name),
                    values[name],
                )
                setattr(found, name, values[name])
        session.add(found)
    return found


def training_faults(
    session: Session, given: TrainingInput, code: str, is_new: bool
) -> dict[str, str]:
    """What is wrong with a training, field by field."""
    faults = {
        "capacity": _fault_of_seats(given.capacity),
        "trainers": _fault_of_trainers(session, given.trainers),
        "hours": _fault_of_hours(given.hours),
        "validity": _fault_of_validity(given.validity),
        "units": _fault_of_units(session, given),
    }
    # Given once: a change of a training leaves its code.
    if is_new:
        faults["code"] = _fault_of_code(session, code)
    if not 0 < len(clean_title(given.title)) <= TITLE_MAX:
        faults["title"] = f"Donnez un intitulé (1 à {TITLE_MAX} caractères)."
    if len(given.objectives) > TEXT_MAX:
        faults["objectives"] = f"Le texte peut compter {TEXT_MAX} caractères au plus."
    if len(given.trainer) > TITLE_MAX:
        faults["trainer"] = f"Le texte peut compter {TITLE_MAX} caractères au plus."
    if given.ambition_id is not None and session.get(Ambition, given.ambition_id) is None:
        faults["ambition_id"] = "Cette ambition n'existe pas."
    if given.open_to_all and given.needs_approval:
        faults["open_to_all"] = (
            "Sans compte, personne ne peut demander l'accord d'un responsable : choisissez l'un ou"
            " l'autre."
        )
    return {name: sentence for name, sentence in faults.items() if sentence}


def _fault_of_code(session: Session, code: str) -> str | None:
    if not _CODE.fullmatch(code):
        return "Le code compte 1 à 20 lettres, chiffres, points ou tirets : « F31 »."
    taken = session.exec(select(Training.id).where(func.upper(Training.code) == code)).first()
    return "Une autre formation porte déjà ce code." if taken else None


def _fault_of_seats(capacity: int | None) -> str | None:
    if capacity is None or capacity < 1:
        return "Le nombre de places est au moins 1."
    return f"Le nombre de places est {SEATS_MAX} au plus." if capacity > SEATS_MAX else None


def _fault_of_hours(hours: float | None) -> str | None:
    if hours is not None and 0 < hours <= HOURS_MAX:
        return None
    return f"Donnez la durée en heures (plus de 0, {HOURS_MAX} au plus)."


def _fault_of_validity(months: int | None) -> str | None:
    if months is not None and 0 <= months <= VALIDITY_MAX:
        return None
    return f"Donnez la validité en mois ({VALIDITY_MAX} au plus), ou 0 si elle ne s'éteint pas."


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


def _fault_of_units(session: Session, given: TrainingInput) -> str | None:
    if given.units and not given.mandatory:
        return "Cochez « Formation obligatoire », ou retirez ces services."
    known = organisation(session).at(today(session)).by_id
    return None if given.units <= known.keys() else "Un de ces services n'existe pas."


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
    return found, fill(session, Where(session_id=found.id), day)


def change_session(session: Session, reader: Reader, session_id: int, given: SessionInput) -> None:
    """Modifier une session à venir: those who have a seat are told of another day, hour or place;
    new seats are offered.

    Raises Invalid for fewer seats than are taken.
    """
    require(reader, "training.manage")
    event = hold(session, Where(session_id=session_id))
    day = today(session)
    _require_open(event)
    values = _checked(session, given)
    if values["capacity"] < event.taken:
        raise Invalid(
            {
                "capacity": (
                    f"{event.taken} places sont déjà prises ou proposées : donnez-en au moins"
                    " autant."
                )
            }
        )
    held = session.get(TrainingSession, session_id)
    before = {name: getattr(held, name) for name in values}
    for name, value in values.items():
        if before[name] != value:
            note(session, reader, day, "session", str(session_id), name, before[name], value)
            setattr(held, name, value)
    session.add(held)
    session.flush()
    if any(before[name] != values[name] for name in ("on", "starts", "ends", "place")):
        key = f"{held.on}-{held.starts}-{held.ends}-{held.place}"
        notify_list(session, event.where, key, _MOVED)
    bump(session, "academy")
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
    if not 0 < len(words) <= TEXT_MAX:
        raise Invalid(
            {"reason": "Dites pourquoi la session est annulée : les personnes inscrites le liront."}
        )
    held = session.get(TrainingSession, session_id)
    held.cancelled_on = day
    held.cancel_reason = words
    session.add(held)
    note(session, reader, day, "session", str(session_id), "annulée", None, words)
    notified = 0
    for seat in query.seats(session, event.where, *TO_COME):
        what = f"{event.named}. {words}"
        if not seat.is_guest:
            what += _STAYS_IN_LINE
        fact = _let_go(session, reader, seat, day, words)
        notified += notify_of(session, event, fact, _CANCELLED, what)
    bump(session, "academy", since=day)
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
