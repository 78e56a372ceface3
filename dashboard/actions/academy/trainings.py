"""Acts of the programme office on the academy: trainings, trainers and sessions."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import delete
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_record, lock_record, note, write_changes
from dashboard.actions.meetings.records import hours_of
from dashboard.actions.notices.events import notify_session_opened
from dashboard.actions.registers import write_record
from dashboard.actions.seats.offers import (
    fill,
    lock_event,
    notify_list,
    notify_of,
    to_list,
    write_fact,
)
from dashboard.files.materials import file_name, kind_of
from dashboard.queries.academy.attendance import count_materials, sheet_of, trainers_of
from dashboard.queries.academy.obligations import compulsory_units
from dashboard.queries.directions import organisation
from dashboard.queries.reference_tables import TRAININGS
from dashboard.queries.seats import records as query
from dashboard.queries.seats.records import Event, Where, codes
from models.academy import (
    Evaluation,
    Trainer,
    Training,
    TrainingMaterial,
    TrainingSession,
    TrainingUnit,
)
from models.clock import today
from models.facts import random_id
from models.people import Person
from models.seats import ATTENDED, TO_COME, TYPED, Seat, SeatEvent, SeatState
from models.texts import Invalid, Refused, clean_text, clean_title, refuse, too_long

NO_SUCH = "Cette formation n'existe pas."
TITLE_MAX = 200
TEXT_MAX = 4000
SEATS_MAX = 1000
FURTHEST = timedelta(days=1095)
_MOVED = "Votre formation change de jour, d'heure ou de lieu"
_CANCELLED = "Une session de formation est annulée"


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
    known = select(Person.id).filter_by(erased_on=None).where(Person.id.in_(trainers))
    is_unknown = len(session.exec(known).all()) != len(trainers)
    fault = units and "Cochez « Formation obligatoire », ou retirez ces services."
    if typed.get("mandatory"):
        open_units = organisation(session).at(today(session)).by_id
        fault = not units <= open_units.keys() and "Un de ces services n'existe pas."
    faults = {
        "capacity": _fault_of_seats(typed.get("capacity")),
        "trainers": is_unknown and "Une de ces personnes n'existe pas.",
        "units": fault,
    }
    typed = {**typed, "code": str(typed.get("code", "")).upper()}
    training, _ = write_record(session, reader, TRAININGS, training, typed, faults)
    session.execute(delete(Trainer).filter_by(training_id=training.id))
    session.add_all(
        Trainer(training_id=training.id, person_id=person) for person in sorted(trainers)
    )
    _set_units(session, reader, training, units)
    return training


def _fault_of_seats(capacity: int | None) -> str | None:
    if capacity is None or capacity < 1:
        return "Le nombre de places est au moins 1."
    return f"Le nombre de places est {SEATS_MAX} au plus." if capacity > SEATS_MAX else None


def _set_units(session: Session, reader: Reader, training: Training, units: frozenset[int]) -> None:
    before = frozenset(compulsory_units(session, [training.id]).get(training.id, ()))
    if before == units:
        return
    names = organisation(session).at(today(session)).by_id
    session.execute(delete(TrainingUnit).filter_by(training_id=training.id))
    session.add_all(TrainingUnit(training_id=training.id, unit_id=unit) for unit in sorted(units))
    session.flush()

    def in_words(of: frozenset[int]) -> str | None:
        return ", ".join(sorted(names[unit].name for unit in of if unit in names)) or None

    words = in_words(before), in_words(units)
    note(session, reader, "formation", training.code, "obligatoire pour", *words)


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
    opened = add_record(
        session, TrainingSession(training_id=training_id, **_checked(session, typed))
    )
    note(session, reader, "session", str(opened.id), "ouverte", None, opened.on)
    notify_session_opened(session, training, opened, by=reader.person_id)
    return opened, fill(session, Where(session_id=opened.id), today(session))


def change_session(
    session: Session, reader: Reader, session_id: int, typed: TrainingSession
) -> None:
    """Modifier une session à venir: notifies seat holders of a new day, time or place; offers added
    seats.

    Raises Invalid for fewer seats than are taken.
    """
    require(reader, "training.manage")
    event = lock_event(session, Where(session_id=session_id))
    _require_open(event)
    values = _checked(session, typed)
    more = f"{event.taken} places sont déjà prises ou proposées : donnez-en au moins autant."
    refuse({"capacity": values["capacity"] < event.taken and more})
    changed = session.get(TrainingSession, session_id)
    before = write_changes(session, reader, ("session", str(session_id)), changed, values)
    if before.keys() & {"on", "starts", "ends", "place"}:
        key = f"{changed.on}-{changed.starts}-{changed.ends}-{changed.place}"
        notify_list(session, event.where, key, _MOVED)
    fill(session, event.where, today(session))


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
    note(session, reader, "session", str(session_id), "annulée", None, words)
    notified = 0
    for seat in query.seats(session, event.where, *TO_COME):
        what = f"{event.named}. {words}"
        if not seat.is_guest:
            what += (
                "\nVotre place sur la liste d'attente est gardée : une nouvelle date vous sera"
                " proposée."
            )
        if seat.is_guest:
            fact = write_fact(
                session, reader.person_id, seat, SeatState.cancelled, day, reason=words
            )
        elif seat.status == SeatState.waiting:
            # No seat is lost: she retains her place on the list.
            fact = to_list(session, seat, day)
        else:
            if seat.status == SeatState.booked:
                # First on the waiting list.
                seat.priority = max(seat.priority, 100)
            seat.session_id = None
            fact = write_fact(session, reader.person_id, seat, SeatState.waiting, day, reason=words)
        notified += notify_of(session, event, fact, _CANCELLED, what)
    return notified


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
    hours = {"starts": starts, "ends": ends, "place": clean_text(typed.place)}
    return {"on": typed.on, "capacity": typed.capacity} | hours


COMMENT_MAX = 2000


def record_attendance(
    session: Session, reader: Reader, session_id: int, marks: Mapping[int, SeatState]
) -> int:
    """Encoder les présences: registration id → mark. A second call corrects the first. Returns how
    many changed.

    Partial attendance counts half of the hours. Raises Refused before the day, and for a person
    without a seat.
    """
    event = lock_event(session, Where(session_id=session_id))
    sheet = sheet_of(session, session_id)
    require(reader, "training.hold", sheet)
    if event.is_cancelled:
        raise Refused("Cette session est annulée : il n'y a pas de présences à encoder.")
    if event.day > today(session):
        raise Refused(
            f"La session a lieu le {event.day:%d/%m/%Y} : les présences s'encodent à partir de ce"
            " jour."
        )
    seated = {line.seat_id: line.status for line in sheet.lines}
    if not set(marks) <= set(seated) or not set(marks.values()) <= set(TYPED):
        raise Refused("Cette feuille vient de changer : rechargez la page.")
    changed = {ident: mark for ident, mark in marks.items() if seated[ident] != mark}
    for ident, mark in changed.items():
        seat = session.get(Seat, ident)
        before = session.scalar(
            select(SeatEvent)
            .filter_by(seat_id=seat.id)
            .where(SeatEvent.status.in_(codes(TYPED)))
            .order_by(SeatEvent.id.desc())
        )
        fact = write_fact(
            session,
            reader.person_id,
            seat,
            mark,
            event.day,
            voids=before.id if before else None,
            hours=hours_counted(mark, event.training.hours),
        )
        if mark in ATTENDED and not seat.evaluated and not seat.is_guest:
            notify_of(
                session,
                event,
                fact,
                "Votre avis sur la formation que vous avez suivie",
                "Trois questions, sans nom : une minute suffit.",
                urgent=False,
            )
    return len(changed)


def hours_counted(mark: SeatState, hours: float) -> float:
    """The hours that count: half of them for partial attendance."""
    if mark is SeatState.attended:
        return hours
    return hours / 2 if mark is SeatState.partial else 0.0


def evaluate(
    session: Session,
    reader: Reader,
    seat_id: int,
    score: int | None,
    recommendation: int | None,
    comment: str = "",
) -> None:
    """Évaluer, sans nom: once per attended seat. The evaluation is stored with the day and a random
    id, without the person.

    `score` from 1 to 5, `recommendation` from 0 to 10. Raises Invalid per field, Refused for a
    second one.
    """
    require(reader, "seat.register")
    seat = session.get(Seat, seat_id, with_for_update=True, populate_existing=True)
    if seat is None or seat.person_id != reader.person_id or seat.status not in ATTENDED:
        raise Refused("Une évaluation se donne par une personne qui a suivi la session.")
    if seat.evaluated:
        raise Refused("Vous avez déjà donné votre avis sur cette session. Merci !")
    words = clean_text(comment)
    is_scored, is_recommended = score in range(1, 6), recommendation in range(11)
    refuse(
        {
            "score": not is_scored and "Choisissez une note de 1 à 5.",
            "recommendation": not is_recommended and "Choisissez une note de 0 à 10.",
            "comment": too_long(words, COMMENT_MAX, "Le commentaire"),
        }
    )
    # The seat only records that its person answered, without a link to the answer.
    seat.evaluated = True
    day = today(session)
    session.add_all(
        [
            seat,
            Evaluation(
                id=random_id(day),
                session_id=seat.session_id,
                on=day,
                score=score,
                recommendation=recommendation,
                comment=words,
            ),
        ]
    )


HEAVIEST = 12 * 1024 * 1024
MOST = 20  # per training


@dataclass(frozen=True)
class TrainingWithTrainers:
    """A training with its trainers, for rights."""

    training: Training
    responsible: frozenset[int]


def training_with_trainers(session: Session, training_id: int | None) -> TrainingWithTrainers:
    """Raises Refused where there is none."""
    training = session.get(Training, training_id) if training_id else None
    if training is None:
        raise Refused("Cette formation n'existe pas.")
    return TrainingWithTrainers(training, trainers_of(session, training.id))


def add_material(
    session: Session, reader: Reader, training_id: int, typed: TrainingMaterial
) -> TrainingMaterial:
    """Ajouter un support. Raises Invalid per field, Refused where there are too many."""
    at = training_with_trainers(session, training_id)
    require(reader, "training.hold", at)
    if count_materials(session, training_id) >= MOST:
        raise Refused(f"Une formation a {MOST} supports au plus : enlevez-en un d'abord.")
    title, href = clean_title(typed.title), typed.href.strip()
    is_named = 0 < len(title) <= TITLE_MAX
    either = "Donnez une adresse ou un fichier, l'un des deux."
    whole = "Donnez une adresse complète, qui commence par « https:// »."
    fault = href and not _is_open_address(href) and whole
    refuse(
        {
            "title": not is_named and f"Donnez un titre (1 à {TITLE_MAX} caractères).",
            "href": either if bool(href) == (typed.content is not None) else fault,
        }
    )
    file = _file(typed.name, typed.content) if typed.content is not None else {}
    material = TrainingMaterial(title=title, href=href, **file)
    material.id, material.training_id = secrets.token_hex(16), training_id
    material.on, material.by = today(session), reader.person_id
    add_record(session, material)
    note(session, reader, "formation", at.training.code, "support", None, material.title)
    return material


def remove_material(session: Session, reader: Reader, ident: str) -> None:
    """Enlever un support: deletes its content for good."""
    material = lock_record(session, TrainingMaterial, ident, "Ce support n'est plus là.")
    at = training_with_trainers(session, material.training_id)
    require(reader, "training.hold", at)
    note(session, reader, "formation", at.training.code, "support", material.title, None)
    session.delete(material)


def _is_open_address(href: str) -> bool:
    """Whether it is an https address without credentials."""
    if len(href) > 500 or any(sign.isspace() or not sign.isprintable() for sign in href):
        return False
    try:
        parts = urlsplit(href)
        is_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme == "https" and "." in host and "@" not in parts.netloc and is_port


def _file(name: str, content: bytes) -> dict[str, object]:
    most = HEAVIEST // 1024 // 1024
    if not 0 < len(content) <= HEAVIEST:
        raise Invalid({"file": f"Un fichier pèse {most} Mo au plus, et n'est pas vide."})
    kind = kind_of(content)
    if kind is None:
        raise Invalid(
            {
                "file": "Ce fichier n'est ni un PDF, ni une image, ni un document de bureau sans"
                " macros : enregistrez-le d'abord en PDF."
            }
        )
    return {
        "name": file_name(name, kind),
        "mime": kind.mime,
        "size": len(content),
        "content": content,
    }
