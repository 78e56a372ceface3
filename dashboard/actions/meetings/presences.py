"""Acts on presences at meetings (présences): by name, by the code on the screen, or counted
anonymously; walk-ins are added, and removed where that was a mistake.

A walk-in takes no seat: the list of seats contains registrations only, and her presence is a fact
like any other.
"""

import hmac
from collections.abc import Mapping
from datetime import date

from sqlmodel import Session

from dashboard.access import Reader, registered_units, require
from dashboard.actions.acts import add_fact
from dashboard.actions.meetings.records import (
    lock_for_presences,
    lock_meeting,
    require_organiser,
    write_event,
)
from dashboard.actions.seats.offers import write_fact
from dashboard.queries.directions import organisation
from dashboard.queries.meetings import records as query
from dashboard.queries.people.readers import service_of
from dashboard.queries.seats.records import Where, active_seat, seats
from models.clock import today
from models.meetings import Attendance, MeetingKind, MeetingState
from models.people import Person
from models.seats import STANDING, SeatState
from models.signing import keyed_hash
from models.texts import Invalid, Refused, refuse

CROWD = 5000


def record_counts(
    session: Session, reader: Reader, meeting_id: int, day: date, invited: int, present: int
) -> None:
    """Réunion tenue: its day and its totals. A second call corrects the first. Raises Invalid,
    Refused.
    """
    require_organiser(session, reader, meeting_id)
    too_many = "Les présents ne peuvent pas être plus nombreux que les invités, ni moins que zéro."
    is_possible = 0 <= present <= max(invited, 0)
    refuse(
        {
            "day": _fault_of_day(session, day),
            "invited": invited < 1 and "Indiquez combien de personnes étaient invitées.",
            "present": not is_possible and too_many,
        }
    )
    lock_meeting(session, meeting_id)
    write_event(session, reader, meeting_id, MeetingState.held, day, day)
    record_totals(session, reader, meeting_id, day, invited, present)


def record_presences(
    session: Session,
    reader: Reader,
    meeting_id: int,
    day: date,
    marks: Mapping[int, SeatState],
    others: int = 0,
    guests: Mapping[int, SeatState] | None = None,
) -> int:
    """Réunion tenue, présences par nom: person → mark, guest's seat → mark, and the number of
    others. Returns how many marks changed.

    A second call corrects the first. Raises Invalid, Refused for persons not on the list and for
    anonymous meetings.
    """
    last = lock_for_presences(session, reader, meeting_id)
    is_possible = 0 <= others <= CROWD
    number = f"Donnez un nombre de 0 à {CROWD}."
    refuse({"day": _fault_of_day(session, day), "others": not is_possible and number})
    before = query.presences(session, meeting_id)
    listed = {seat.person_id for seat in seats(session, Where(meeting_id), *STANDING)} | set(before)
    if not set(marks) <= listed:
        raise Refused("Cette liste vient de changer : rechargez la page.")
    changed = {
        person: status
        for person, status in marks.items()
        if person not in before or query.mark_of(before[person]) is not status
    }
    for person, status in changed.items():
        mark(session, reader, meeting_id, person, status, day, before.get(person))
    noted = mark_guests(session, reader, meeting_id, guests or {})
    if last.what != MeetingState.held or last.day != day:
        write_event(session, reader, meeting_id, MeetingState.held, day, day)
    facts = query.presences(session, meeting_id).values()
    invited, guests_present = query.guests_counted(session, meeting_id)
    record_totals(
        session,
        reader,
        meeting_id,
        day,
        sum(f.invited for f in facts) + invited + others,
        sum(f.present for f in facts) + guests_present + others,
    )
    return len(changed) + noted


def _fault_of_day(session: Session, day: date) -> str:
    last = today(session)
    return f"Une réunion tenue ne peut pas être après le {last:%d/%m/%Y}." if day > last else ""


def presence_token(meeting_id: int, day: date) -> str:
    """The token in the code on a meeting's screen: valid for this meeting and day."""
    return keyed_hash(f"presence {meeting_id} {day.isoformat()}")[:32]


def is_presence_token(token: str, meeting_id: int, day: date) -> bool:
    return hmac.compare_digest(token.encode(), presence_token(meeting_id, day).encode())


def confirm_presence(session: Session, reader: Reader, meeting_id: int, token: str) -> None:
    """« Je suis présente, je suis présent »: once, on the day, by scanning the code in the room.
    Raises Refused.
    """
    require(reader, "seat.register")
    meeting, event = lock_meeting(session, meeting_id)
    day = today(session)
    if MeetingKind(meeting.kind).rules.nameless:
        raise Refused("Ici, rien n'est noté sur les personnes.")
    if event.what == MeetingState.cancelled:
        raise Refused("Cette réunion est annulée.")
    if event.day != day or not is_presence_token(token, meeting_id, day):
        raise Refused(
            "Ce code n'est plus valable : il sert le jour de la réunion seulement. Adressez-vous à"
            " l'organisateur."
        )
    before = query.presences(session, meeting_id).get(reader.person_id)
    if before is not None and query.mark_of(before) is SeatState.attended:
        raise Refused("Votre présence est déjà notée : merci.")
    invited, present = query.totals(session, meeting_id)
    mark(session, reader, meeting_id, reader.person_id, SeatState.attended, day, before)
    record_totals(session, reader, meeting_id, day, invited, present)


def mark(
    session: Session,
    reader: Reader,
    meeting_id: int,
    person_id: int,
    status: SeatState,
    day: date,
    before: Attendance | None,
) -> None:
    """Records one person's presence; a second fact corrects the first."""
    # A correction has the day of the corrected fact, or a month would lose a presence.
    on = before.on if before else day
    fact = Attendance(meeting_id=meeting_id, person_id=person_id, on=on, invited=1)
    fact.service_id = service_of(session, person_id, on)
    fact.present, fact.excused = int(status is SeatState.attended), int(status is SeatState.excused)
    fact.voids = before.id if before else None
    add_fact(session, reader, fact)


def mark_guests(
    session: Session, reader: Reader, meeting_id: int, marks: Mapping[int, SeatState]
) -> int:
    """Records presences by guest's seat; returns how many marks changed. Guests are in the
    anonymous count: call `record_totals` afterwards. Raises Refused for an unknown seat.
    """
    by_id = {seat.id: seat for seat in seats(session, Where(meeting_id), *STANDING)}
    is_known = all(seat in by_id and by_id[seat].is_guest for seat in marks)
    if not is_known or SeatState.excused in marks.values():
        raise Refused("Cette liste vient de changer : rechargez la page.")
    changed = [seat for seat, status in marks.items() if by_id[seat].status != status]
    for seat in changed:
        write_fact(session, reader.person_id, by_id[seat], marks[seat], today(session))
    return len(changed)


def record_totals(
    session: Session, reader: Reader, meeting_id: int, day: date, invited: int, present: int
) -> None:
    """Sets the anonymous count so that, with named presences, the totals are these. Guests are in
    the anonymous count.
    """
    named = query.presences(session, meeting_id).values()
    earlier = query.unnamed(session, meeting_id)
    noted, guests_present = query.guests_counted(session, meeting_id)
    rest = (
        max(invited - sum(fact.invited for fact in named), noted),
        max(present - sum(fact.present for fact in named), guests_present),
    )
    before = (earlier.invited, earlier.present) if earlier else (0, 0)
    if rest == before:
        return
    fact = Attendance(meeting_id=meeting_id, invited=max(rest), present=rest[1])
    fact.on, fact.voids = (earlier.on, earlier.id) if earlier else (day, None)
    add_fact(session, reader, fact)


def add_present(session: Session, reader: Reader, meeting_id: int, person_id: int | None) -> str:
    """Ajouter une personne présente, registered or not, once; moved from the anonymous count if
    there is one.

    Returns her name. Raises Invalid, Refused before the day and for a person the reader may not
    register.
    """
    last = lock_for_presences(session, reader, meeting_id)
    if last.day > today(session):
        raise Refused(
            f"La réunion a lieu le {last.day:%d/%m/%Y} : les présences se notent à partir de ce"
            " jour."
        )
    person = _somebody(session, reader, person_id)
    before = query.presences(session, meeting_id).get(person.id)
    if before is not None and query.mark_of(before) is SeatState.attended:
        raise Refused(f"La présence de {person.name} est déjà notée.")
    counted = query.totals(session, meeting_id) if query.unnamed(session, meeting_id) else None
    mark(session, reader, meeting_id, person.id, SeatState.attended, last.day, before)
    # The recorded totals stay, however many of them are named.
    if counted:
        record_totals(session, reader, meeting_id, last.day, *counted)
    return person.name


def take_off(session: Session, reader: Reader, meeting_id: int, person_id: int | None) -> str:
    """Retirer quelqu'un added by mistake who had not registered; returns her name. She is counted
    anonymously again.

    Raises Invalid, Refused for a registered person: mark her as present, excused or absent.
    """
    require_organiser(session, reader, meeting_id)
    lock_meeting(session, meeting_id)
    person = session.get(Person, person_id) if person_id else None
    before = query.presences(session, meeting_id).get(person_id)
    if person is None or before is None:
        raise Invalid({"person": "Choisissez une personne de la liste."})
    if active_seat(session, person_id, Where(meeting_id)):
        raise Refused(f"{person.name} s'est inscrite ou inscrit : notez plutôt « Absente ».")
    counted = query.totals(session, meeting_id) if query.unnamed(session, meeting_id) else None
    about = {"meeting_id": meeting_id, "person_id": person_id, "service_id": before.service_id}
    add_fact(session, reader, Attendance(on=before.on, voids=before.id, **about))
    if counted:
        record_totals(session, reader, meeting_id, before.on, *counted)
    return person.name


def _somebody(session: Session, reader: Reader, person_id: int | None) -> Person:
    """Herself, or a person of the services that the reader heads or covers. Raises Refused."""
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
