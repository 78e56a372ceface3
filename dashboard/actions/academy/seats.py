"""Seats (places): what every act on a registration shares — holding the session, one fact per
change, telling the person.

Whoever takes or frees a seat holds the session's row until the end of the act: capacity is never
exceeded, and the order of arrival is the order of the ids.
"""

from datetime import date

from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader
from dashboard.actions.notices.records import notify
from dashboard.queries.directions import organisation
from dashboard.queries.notices import recipients
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
from models.errors import Refused
from models.keeping import NoticeKind
from models.ledger import bump
from models.people import Person


def hold(session: Session, session_id: int | None) -> TrainingSession:
    """The session, held until the transaction ends. Raises Refused where there is none."""
    held = None
    # The number may come out of an address: the database has no room for any other.
    if 0 < (session_id or 0) < 2**31:
        # Read anew once it is ours: what this act knew of it may have changed while it waited.
        held = session.get(
            TrainingSession, session_id, with_for_update=True, populate_existing=True
        )
    if held is None:
        raise Refused("Cette session n'existe pas.")
    return held


def hold_person(session: Session, person_id: int) -> Person:
    """The person, held so that two of her clicks at once do not take two seats on the same
    hours.
    """
    # A weaker lock than that of a row to be changed: PostgreSQL lets others go on writing facts
    # that merely name her.
    person = session.get(
        Person, person_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if person is None or person.erased_on is not None:
        raise Refused("Cette personne n'existe pas.")
    return person


def registration_named(
    session: Session, registration_id: int
) -> tuple[Registration, TrainingSession]:
    """A registration and its session, both held. Raises Refused."""
    found = session.get(Registration, registration_id)
    if found is None or found.session_id is None:
        raise Refused("Cette inscription n'existe pas.")
    # The session is the lock, and its registration tells which one: read again under the lock, it
    # may name another by now.
    held = hold(session, found.session_id)
    session.refresh(found)
    if found.session_id != held.id:
        raise Refused("Cette inscription vient de changer : rechargez la page.")
    return found, held


def say(
    session: Session,
    by: int | None,
    registration: Registration,
    status: RegistrationStatus,
    on: date,
    *,
    reason: str | None = None,
    hours: float = 0.0,
    voids: int | None = None,
) -> RegistrationEvent:
    """From `on` the registration has this status: one fact, and the current value beside it."""
    service = service_of(session, registration.person_id, on) if registration.person_id else None
    event = RegistrationEvent(
        on=on,
        recorded_on=today(session),
        by=by,
        reason=reason or None,
        voids=voids,
        hours=hours,
        registration_id=registration.id,
        training_id=registration.training_id,
        session_id=registration.session_id,
        person_id=registration.person_id,
        service_id=service,
        status=str(status),
    )
    registration.status = str(status)
    session.add_all([event, registration])
    session.flush()
    bump(session, "academy", since=on)
    return event


def notify_person(
    session: Session,
    event: RegistrationEvent,
    title: str,
    text: str = "",
    *,
    urgent: bool = False,
    by: int | None = None,
) -> int:
    """What becomes of her registration, once per fact."""
    training = session.get(Training, event.training_id)
    return notify(
        session,
        [event.person_id],
        key=f"inscription-{event.id}",
        kind=NoticeKind.task if urgent else NoticeKind.state,
        title=title,
        text=text,
        href=f"/academie?formation={training.code}",
        urgent=urgent,
        by=by,
    )


def ask_approval(
    session: Session,
    reader: Reader,
    registration: Registration,
    held: TrainingSession,
    event: RegistrationEvent,
) -> None:
    """Asks who answers for the person's service; where nobody but herself does, the programme
    office.
    """
    session.add(Approval(registration_id=registration.id, asked_on=event.on))
    managers = set(
        recipients.managers_of(
            session, organisation(session).at(event.on), event.service_id, event.on
        )
    ) - {registration.person_id}
    notify(
        session,
        managers or recipients.animateurs(session),
        key=f"accord-{registration.id}-{event.id}",
        kind=NoticeKind.task,
        urgent=True,
        title=f"Un accord est demandé pour {session.get(Person, registration.person_id).name}",
        text=f"{named(session, held)}.",
        href="/academie?vue=gestion",
        by=reader.person_id,
    )


def named(session: Session, held: TrainingSession) -> str:
    """« Accueillir une personne en colère », le 12 septembre 2023 de 9 h à 12 h."""
    training = session.get(Training, held.training_id)
    hours = f", de {held.starts} à {held.ends}" if held.starts and held.ends else ""
    return f"« {training.title} », le {french.day_long(held.on)}{hours}"


def by_whom(reader: Reader | None) -> int | None:
    return reader.person_id if reader else None
