"""Approvals (accords): the manager's, for a seat of a training that needs one."""

from datetime import date

from sqlmodel import Session

from dashboard.access import Reader, may
from dashboard.actions.notices.records import notify
from dashboard.queries.directions import organisation
from dashboard.queries.notices import recipients
from dashboard.queries.people.readers import service_of
from dashboard.queries.seats.events import Event
from models.notices import NoticeKind
from models.people import Person
from models.seats import Seat, SeatEvent


def ask_approval(
    session: Session, reader: Reader, seat: Seat, event: Event, fact: SeatEvent
) -> None:
    """Asks the heads of the person's service; the programme office where the person herself is the
    only head.
    """
    seat.approval_asked_on, seat.approved = fact.on, None
    session.add(seat)
    session.flush()
    tree = organisation(session).at(fact.on)
    managers = set(recipients.managers_of(session, tree, fact.service_id, fact.on))
    notify(
        session,
        managers - {seat.person_id} or recipients.animateurs(session),
        key=f"accord-{seat.id}-{fact.id}",
        kind=NoticeKind.task,
        urgent=True,
        title=f"Un accord est demandé pour {session.get(Person, seat.person_id).name}",
        text=f"{event.named}.",
        href="/academie?vue=gestion",
        by=reader.person_id,
    )


def approves(session: Session, reader: Reader, person_id: int, day: date) -> bool:
    """Whether the reader can give this approval: a manager for her services, the programme office
    for all.
    """
    if not may(reader, "training.approve"):
        return False
    if may(reader, "training.manage"):
        return True
    return service_of(session, person_id, day) in reader.own_units(organisation(session).at(day))
