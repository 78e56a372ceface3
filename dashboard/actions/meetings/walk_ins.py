"""Acts on walk-ins (personnes venues sans inscription): who organises notes one by name, and takes
off one noted by mistake.

A walk-in takes no seat: the list of seats stays what people registered for, and her presence is a
fact like any other.
"""

from datetime import date

from sqlmodel import Session

from dashboard.access import Reader, registered_units
from dashboard.actions.meetings.records import held_by_name, require_organiser
from dashboard.actions.meetings.seats import hold, mark, settle, totals
from dashboard.queries.directions import organisation
from dashboard.queries.meetings import seats as query
from dashboard.queries.people.readers import service_of
from models.clock import today
from models.errors import Invalid, Refused
from models.ledger import bump
from models.meetings import Attendance, Mark
from models.people import Person


def add_present(session: Session, reader: Reader, meeting_id: int, person_id: int | None) -> str:
    """Ajouter une personne présente, whether she registered or not: once. Where people were counted
    without names, she is one of them.

    Her name. Raises Invalid, Refused before the day and for somebody whom the reader may not
    register either.
    """
    last = held_by_name(session, reader, meeting_id)
    if last.day > today(session):
        raise Refused(
            f"La réunion a lieu le {last.day:%d/%m/%Y} : les présences se notent à partir de ce"
            " jour."
        )
    person = _somebody(session, reader, person_id)
    before = query.presences(session, meeting_id).get(person.id)
    if before is not None and query.mark_of(before) is Mark.present:
        raise Refused(f"La présence de {person.name} est déjà notée.")
    counted = totals(session, meeting_id) if query.unnamed(session, meeting_id) else None
    mark(session, reader, meeting_id, person.id, Mark.present, last.day, before)
    _keep(session, reader, meeting_id, last.day, counted)
    return person.name


def take_off(session: Session, reader: Reader, meeting_id: int, person_id: int | None) -> str:
    """Retirer quelqu'un who was noted by mistake and had not registered; her name. Who was counted
    without names is so again.

    Raises Invalid, Refused for who registered: she is present, excused or absent.
    """
    require_organiser(session, reader, meeting_id)
    hold(session, meeting_id)
    person = session.get(Person, person_id) if person_id else None
    before = query.presences(session, meeting_id).get(person_id)
    if person is None or before is None:
        raise Invalid({"person": "Choisissez une personne de la liste."})
    if any(
        seat.person_id == person_id for seat in query.seats(session, meeting_id, *query.STANDING)
    ):
        raise Refused(f"{person.name} s'est inscrite ou inscrit : notez plutôt « Absente ».")
    counted = totals(session, meeting_id) if query.unnamed(session, meeting_id) else None
    session.add(
        Attendance(
            meeting_id=meeting_id,
            person_id=person_id,
            service_id=before.service_id,
            on=before.on,
            recorded_on=today(session),
            by=reader.person_id,
            voids=before.id,
        )
    )
    session.flush()
    _keep(session, reader, meeting_id, before.on, counted)
    return person.name


def _keep(
    session: Session, reader: Reader, meeting_id: int, day: date, counted: tuple[int, int] | None
) -> None:
    """The totals that were counted in the room stay, whoever of them is known by name."""
    if counted:
        settle(session, reader, meeting_id, day, *counted)
    bump(session, "meetings", since=day)


def _somebody(session: Session, reader: Reader, person_id: int | None) -> Person:
    person = session.get(Person, person_id) if person_id else None
    day = today(session)
    if person is None or person.erased_on:
        raise Invalid({"person": "Choisissez une personne."})
    units = registered_units(reader, organisation(session).at(day))
    if (
        units is not None
        and service_of(session, person.id, day) not in units
        and person.id != reader.person_id
    ):
        raise Refused(
            "Cette personne ne relève pas de vos services : comptez-la parmi les personnes sans"
            " nom."
        )
    return person
