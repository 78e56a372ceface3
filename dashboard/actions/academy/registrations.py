"""Acts on registrations (inscriptions): a seat for oneself or a colleague, the manager's
approval, giving a seat up.
"""

from collections import Counter
from collections.abc import Collection
from datetime import date, timedelta

from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader, may, registered_units, require
from dashboard.actions.academy.offers import fill, last_day
from dashboard.actions.academy.seats import (
    ask_approval,
    hold,
    hold_person,
    named,
    notify_person,
    registration_named,
    say,
)
from dashboard.actions.notices.guests import tell_guests
from dashboard.actions.notices.records import notify
from dashboard.queries.academy import registrations as query
from dashboard.queries.directions import organisation
from dashboard.queries.people.readers import service_of
from models.academy import (
    Approval,
    Registration,
    RegistrationEvent,
    RegistrationStatus,
    Training,
    TrainingSession,
)
from models.clock import today
from models.errors import Invalid, Refused
from models.keeping import NoticeKind
from models.ledger import bump
from models.people import Person
from models.texts import clean_text

_S = RegistrationStatus
_CANCELLED = "Votre inscription est annulée"
REASON_MAX = 500
_FREELY_CANCELLED = timedelta(days=5)  # before the session, without a reason
AT_ONCE = 50  # persons registered, or told, by one act


def register(
    session: Session, reader: Reader, session_id: int, person_id: int | None = None
) -> Registration:
    """Inscrire: oneself, or `person_id` of a service one answers for or covers. She has a seat,
    waits, or her manager is asked.

    Raises Refused, in one sentence, where she cannot be registered.
    """
    require(reader, "training.register")
    whom = person_id or reader.person_id
    if whom != reader.person_id:
        _require_for(session, reader, whom)
    held = hold(session, session_id)
    # The session first, for its last seat; then the person: two sessions of the same hours, asked
    # for at once, would each find her free.
    hold_person(session, whom)
    day = today(session)
    _refuse(session, held, whom, day, herself=whom == reader.person_id)
    # Whoever waits for any session keeps her registration: it holds since when she waits.
    registration = query.on_list(session, whom, held.training_id) or Registration(
        training_id=held.training_id,
        person_id=whom,
        status=str(_S.requested),
        asked_by=reader.person_id if whom != reader.person_id else None,
    )
    registration.session_id = held.id
    session.add(registration)
    session.flush()
    if session.get(Training, held.training_id).needs_approval and not _approves(
        session, reader, whom, day
    ):
        ask_approval(
            session,
            reader,
            registration,
            held,
            say(session, reader.person_id, registration, _S.requested, day),
        )
    else:
        _seat(session, reader, registration, held, day)
    return registration


def register_colleagues(
    session: Session, reader: Reader, session_id: int, person_ids: Collection[int]
) -> Counter[str]:
    """Inscrire plusieurs agents to one session: all of them, or none. State → how many.

    Raises Invalid without anybody, Refused naming the one who cannot be registered.
    """
    require(reader, "training.register_for")
    _require_some(person_ids)
    found: Counter[str] = Counter()
    # In one order, so that two who register the same persons never wait both ways.
    for person_id in sorted(set(person_ids)):
        try:
            found[register(session, reader, session_id, person_id).status] += 1
        except Refused as refused:
            raise Refused(f"{_name_of(session, person_id)} : {refused}") from refused
    return found


def propose_session(
    session: Session, reader: Reader, session_id: int, person_ids: Collection[int]
) -> int:
    """Proposer une date: each is told of it and registers herself; how many were not told before.

    Raises Invalid without anybody, Refused for a session that nobody can register for.
    """
    require(reader, "training.register_for")
    _require_some(person_ids)
    # The number may come out of an address: the database has no room for any other.
    held = session.get(TrainingSession, session_id) if 0 < session_id < 2**31 else None
    if held is None:
        raise Refused("Cette session n'existe pas.")
    for person_id in sorted(set(person_ids)):
        _require_for(session, reader, person_id)
    _refuse_session(held, today(session))
    where = f" Lieu : {held.place}." if held.place else ""
    return notify(
        session,
        person_ids,
        key=f"proposition-{held.id}-{held.on}",
        kind=NoticeKind.task,
        title="Une date de formation vous est proposée",
        text=f"{named(session, held)}.{where} Inscrivez-vous sur la fiche de la formation.",
        href=f"/academie?formation={session.get(Training, held.training_id).code}",
        by=reader.person_id,
    )


def _require_some(person_ids: Collection[int]) -> None:
    if not person_ids:
        raise Invalid({"persons": "Choisissez au moins une personne."})
    if len(person_ids) > AT_ONCE:
        raise Invalid({"persons": f"Choisissez {AT_ONCE} personnes au plus à la fois."})


def _name_of(session: Session, person_id: int) -> str:
    person = session.get(Person, person_id)
    return person.name if person else "Cette personne"


def wait_for_any(session: Session, reader: Reader, training_id: int) -> Registration:
    """Rejoindre la liste d'attente of a training, for whatever session comes."""
    require(reader, "training.register")
    if session.get(Training, training_id) is None:
        raise Refused("Cette formation n'existe pas.")
    hold_person(session, reader.person_id)
    if query.on_list(session, reader.person_id, training_id):
        raise Refused("Vous êtes déjà sur la liste d'attente de cette formation.")
    found = Registration(
        training_id=training_id, person_id=reader.person_id, status=str(_S.waiting)
    )
    session.add(found)
    session.flush()
    say(session, reader.person_id, found, _S.waiting, today(session))
    return found


def leave_list(session: Session, reader: Reader, registration_id: int) -> None:
    """Quitter la liste d'attente of a training."""
    require(reader, "training.register")
    # Held and read anew: a seat may have been offered to her a moment ago.
    found = session.get(Registration, registration_id, with_for_update=True, populate_existing=True)
    if (
        found is None
        or found.person_id != reader.person_id
        or found.session_id is not None
        or found.status != _S.waiting
    ):
        raise Refused("Vous n'êtes plus sur cette liste d'attente.")
    say(session, reader.person_id, found, _S.cancelled, today(session))


def cancel_registration(
    session: Session, reader: Reader, registration_id: int, reason: str = ""
) -> None:
    """Annuler une inscription: free until some days before, with a reason after that; the seat goes
    to the next in line.

    Raises Invalid for a missing reason, Refused for somebody else's registration or a session that
    is past.
    """
    require(reader, "training.register")
    registration, held = registration_named(session, registration_id)
    if reader.person_id not in (registration.person_id, registration.asked_by):
        _require_for(session, reader, registration.person_id)
    if registration.status not in (_S.booked, _S.waiting, _S.requested, _S.offered):
        raise Refused("Cette inscription ne peut plus être annulée.")
    day = today(session)
    words = clean_text(reason)
    if held.on < day:
        raise Refused("Cette session a déjà eu lieu : sa feuille de présence dit qui est venu.")
    if is_late(held, day) and registration.status == _S.booked and not words:
        raise Invalid({"reason": "La session est proche : dites en un mot pourquoi vous annulez."})
    if len(words) > REASON_MAX:
        raise Invalid({"reason": f"Le motif peut compter {REASON_MAX} caractères au plus."})
    offer = query.open_offer(session, registration_id)
    # What was offered would otherwise keep its seat until the last day of the offer.
    if offer is not None:
        offer.state = query.DECLINED
        session.add(offer)
    event = say(session, reader.person_id, registration, _S.cancelled, day, reason=words)
    what = f"{named(session, held)}."
    notify_person(session, event, _CANCELLED, what, by=reader.person_id)
    tell_guests(session, [registration.guest_id], f"annulee-{event.id}", _CANCELLED, what)
    fill(session, held, day)


def is_late(held: TrainingSession, day: date) -> bool:
    """Whether a seat is given up so near to the session that a reason is asked for."""
    return day > held.on - _FREELY_CANCELLED


def decide_approval(
    session: Session, reader: Reader, approval_id: int, approved: bool, reason: str = ""
) -> None:
    """Accord ou refus du responsable. Raises Invalid for a refusal without a reason, Refused for
    what is decided already.
    """
    require(reader, "training.approve")
    # Of two who decide at once, the second waits here and finds it decided.
    approval = session.get(Approval, approval_id, with_for_update=True, populate_existing=True)
    if approval is None or approval.approved is not None:
        raise Refused("Cette demande est déjà traitée.")
    registration, held = registration_named(session, approval.registration_id)
    if registration.status not in (_S.requested, _S.booked):
        raise Refused("Cette demande n'attend plus d'accord.")
    day = today(session)
    words = clean_text(reason)
    if not _approves(session, reader, registration.person_id, day):
        raise Refused("Cette personne ne relève pas de vous.")
    if not approved and not words:
        raise Invalid({"reason": "Dites en un mot pourquoi : la personne le lira."})
    approval.approved = approved
    approval.by = reader.person_id
    approval.decided_on = day
    approval.reason = words[:REASON_MAX]
    session.add(approval)
    if approved:
        if registration.status == _S.requested:
            event = _seat(session, reader, registration, held, day, tells=False)
        else:
            event = say(session, reader.person_id, registration, _S.booked, day)
        notify_person(
            session,
            event,
            "Votre responsable est d'accord",
            f"{named(session, held)}. {_state_words(event)}",
            by=reader.person_id,
        )
    else:
        event = say(session, reader.person_id, registration, _S.cancelled, day, reason=words)
        notify_person(
            session,
            event,
            "Votre responsable ne peut pas donner son accord",
            f"{named(session, held)}. {words}",
            by=reader.person_id,
        )
        fill(session, held, day)


# ── Rules ─────────────────────────────────────────────────────────────────────────────────────────


def _refuse(
    session: Session, held: TrainingSession, person_id: int, day: date, herself: bool
) -> None:
    who = "Vous avez" if herself else "Cette personne a"
    _refuse_session(held, day)
    if query.standing(session, person_id, held.id):
        raise Refused(f"{who} déjà une inscription à cette session.")
    other = query.same_hours(session, person_id, held)
    if other:
        raise Refused(f"{who} déjà une place aux mêmes heures : « {other} ».")


def _refuse_session(held: TrainingSession, day: date) -> None:
    """Whether anybody can be registered for it at all."""
    if held.cancelled_on is not None:
        raise Refused("Cette session est annulée : choisissez-en une autre.")
    if held.on < day:
        raise Refused(
            f"Cette session a eu lieu le {held.on:%d/%m/%Y} : on ne peut plus s'y inscrire."
        )
    if held.capacity <= 0:
        raise Refused(
            "Le nombre de places de cette session n'est pas connu : on ne peut pas s'y inscrire"
            " ici."
        )


def _require_for(session: Session, reader: Reader, person_id: int | None) -> None:
    require(reader, "training.register_for")
    day = today(session)
    units = registered_units(reader, organisation(session).at(day))
    if units is not None and (
        person_id is None or service_of(session, person_id, day) not in units
    ):
        raise Refused("Cette personne ne relève pas de vos services.")


def _approves(session: Session, reader: Reader, person_id: int, day: date) -> bool:
    """Whether the reader gives this approval herself: a manager for her services, the programme
    office for all.
    """
    if not may(reader, "training.approve"):
        return False
    if may(reader, "training.manage"):
        return True
    return service_of(session, person_id, day) in reader.own_units(organisation(session).at(day))


def next_status(session: Session, held: TrainingSession, day: date) -> RegistrationStatus:
    """A seat where one is free and nobody waits for it, else a place at the end of the line."""
    free = held.capacity > query.taken(session, held.id)
    # Not past those who wait, as long as an offer can still reach them.
    open_to_all = last_day(session, held, day) is None or not query.waits_for(session, held.id)
    return _S.booked if free and open_to_all else _S.waiting


def _seat(
    session: Session,
    reader: Reader,
    registration: Registration,
    held: TrainingSession,
    day: date,
    tells: bool = True,
) -> RegistrationEvent:
    status = next_status(session, held, day)
    event = say(session, reader.person_id, registration, status, day)
    if tells:
        title = "Vous avez une place sur une liste d'attente"
        if event.status == _S.booked:
            title = "Une place est réservée pour vous à une formation"
        notify_person(
            session,
            event,
            title,
            f"{named(session, held)}. {_state_words(event)}",
            by=reader.person_id,
        )
    bump(session, "academy", since=day)
    return event


def _state_words(event: RegistrationEvent) -> str:
    if event.status == _S.booked:
        return "Votre place est réservée."
    return "La session est complète : une place vous sera proposée si elle se libère."


def status_in_words(registration: Registration, held: TrainingSession) -> str:
    """What the screen answers to who has just registered somebody."""
    when = french.day_long(held.on)
    return {
        _S.booked: f"La place est réservée pour le {when}.",
        _S.requested: f"La demande pour le {when} est envoyée au responsable.",
        _S.waiting: (
            f"La session du {when} est complète : la place sur la liste d'attente est gardée."
        ),
    }[_S(registration.status)]
