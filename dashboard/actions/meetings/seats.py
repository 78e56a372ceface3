"""Acts on seats (places aux réunions): registering, giving a seat up, moving up from the waiting
line, being present.

Whoever takes or frees a seat holds the meeting's row until the end of the act, and the order of
arrival is that of the ids: who gives up and comes back stands at the end of the line.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.academy.seats import hold_person
from dashboard.actions.notices.guests import tell_guests
from dashboard.actions.notices.records import notify
from dashboard.actions.operations.short_acts import ShortAct, in_batches
from dashboard.queries.meetings import seats as query
from dashboard.queries.people.readers import service_of
from models.clock import today
from models.errors import Refused
from models.keeping import NoticeKind
from models.ledger import bump
from models.meetings import (
    Attendance,
    Mark,
    Meeting,
    MeetingEvent,
    MeetingKind,
    MeetingSeat,
    MeetingState,
    SeatState,
)
from models.signing import keyed_hash

_S = SeatState


def register_for(session: Session, reader: Reader, meeting_id: int) -> MeetingSeat:
    """S'inscrire à une réunion: a seat, or a place at the end of the waiting line. Raises
    Refused, in one sentence.
    """
    require(reader, "meeting.register")
    # The meeting: of two who want its last seat, the second one waits here and finds it taken. Then
    # the person: two meetings of the same hours, asked for at once, would each find her free.
    meeting, event = hold(session, meeting_id)
    hold_person(session, reader.person_id)
    day = today(session)
    _refuse(session, reader, meeting, event, day)
    earlier = query.seat_of(session, meeting_id, reader.person_id)
    # Given up before: she comes back as the last one.
    if earlier is not None:
        session.delete(earlier)
        session.flush()
    return take(session, meeting, MeetingSeat(person_id=reader.person_id), day)


def take(session: Session, meeting: Meeting, seat: MeetingSeat, day: date) -> MeetingSeat:
    """Gives this new seat its place: one that is free, or the end of the line. The caller holds the
    meeting.
    """
    taken = len(query.seats(session, meeting.id, _S.registered))
    state = _S.registered if meeting.capacity is None or taken < meeting.capacity else _S.waiting
    seat.meeting_id, seat.on, seat.state = meeting.id, day, str(state)
    session.add(seat)
    session.flush()
    bump(session, "meetings", since=day)
    return seat


def give_up(session: Session, reader: Reader, meeting_id: int) -> None:
    """Annuler son inscription: the first one who waits moves up, and is told."""
    require(reader, "meeting.register")
    meeting, event = hold(session, meeting_id)
    seat = query.seat_of(session, meeting_id, reader.person_id)
    if seat is None or seat.state == _S.cancelled:
        raise Refused("Vous n'êtes pas sur la liste de cette réunion.")
    day = today(session)
    if event.day < day or event.what == MeetingState.held:
        raise Refused("Cette réunion a déjà eu lieu : son inscription ne s'annule plus.")
    free(session, meeting, event, seat)


def free(session: Session, meeting: Meeting, event: MeetingEvent, seat: MeetingSeat) -> None:
    """Takes this seat back, for the first one who waits. The caller holds the meeting."""
    seat.state = str(_S.cancelled)
    session.add(seat)
    session.flush()
    bump(session, "meetings", since=today(session))
    fill(session, meeting, event)


def fill(session: Session, meeting: Meeting, event: MeetingEvent) -> int:
    """Gives the free seats to those who wait, first come first; how many. The caller holds the
    meeting.
    """
    waiting = query.seats(session, meeting.id, _S.waiting)
    if event.what != MeetingState.planned or event.day < today(session) or not waiting:
        return 0
    taken = len(query.seats(session, meeting.id, _S.registered))
    left = len(waiting) if meeting.capacity is None else max(meeting.capacity - taken, 0)
    for seat in waiting[:left]:
        seat.state = str(_S.registered)
        session.add(seat)
        _tell(
            session,
            meeting,
            [seat],
            f"place-{seat.id}",
            "Une place s'est libérée : vous êtes inscrite ou inscrit",
            f"{named(meeting, event.day)}.",
        )
    session.flush()
    return min(left, len(waiting))


def notify_seated(session: Session, meeting: Meeting, key: str, title: str, text: str) -> int:
    """What becomes of a meeting, for those who have a seat in it or wait for one."""
    there = query.seats(session, meeting.id, *query.STANDING)
    return _tell(session, meeting, there, key, title, text)


def _tell(
    session: Session,
    meeting: Meeting,
    there: Sequence[MeetingSeat],
    key: str,
    title: str,
    text: str,
) -> int:
    """Persons in their outbox, guests at the address that they left."""
    key = f"reunion-{meeting.id}-{key}"
    told = tell_guests(session, [seat.guest_id for seat in there], key, title, text)
    return told + _notify(session, meeting, there, key, title, text)


def _notify(
    session: Session,
    meeting: Meeting,
    there: Sequence[MeetingSeat],
    key: str,
    title: str,
    text: str,
) -> int:
    return notify(
        session,
        [seat.person_id for seat in there],
        key=key,
        kind=NoticeKind.task,
        urgent=True,
        title=title,
        text=text,
        href=address_of(meeting.id),
    )


def remind_of_meetings(session: Session, day: date) -> Iterator[ShortAct]:
    """The day before: one notice for each person who has a seat. A task of the round."""
    tomorrow = query.on_day(session, day + timedelta(days=1))
    return in_batches(tomorrow, _remind_of, at_once=1)


def _remind_of(session: Session, batch: Sequence[tuple[Meeting, MeetingEvent]]) -> int:
    return sum(
        # Guests gave their address for what changes, not to be reminded.
        _notify(
            session,
            meeting,
            query.seats(session, meeting.id, _S.registered),
            # By its day: a meeting that was moved is brought to mind again.
            f"reunion-{meeting.id}-rappel-{event.day}",
            "Votre réunion de demain",
            f"{named(meeting, event.day)}.",
        )
        for meeting, event in batch
    )


# ── Being present, by the code on the screen ──────────────────────────────────────────────────────


def presence_token(meeting_id: int, day: date) -> str:
    """What the code of a meeting's screen holds: good for this meeting and this day alone."""
    return keyed_hash(f"presence {meeting_id} {day.isoformat()}")[:32]


def is_presence_token(token: str, meeting_id: int, day: date) -> bool:
    return hmac.compare_digest(token.encode(), presence_token(meeting_id, day).encode())


def confirm_presence(session: Session, reader: Reader, meeting_id: int, token: str) -> None:
    """« Je suis présente, je suis présent »: once, on the day, by who reads the code in the
    room. Raises Refused.
    """
    require(reader, "meeting.register")
    meeting, event = hold(session, meeting_id)
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
    if before is not None and query.mark_of(before) is Mark.present:
        raise Refused("Votre présence est déjà notée : merci.")
    invited, present = totals(session, meeting_id)
    mark(session, reader, meeting_id, reader.person_id, Mark.present, day, before)
    settle(session, reader, meeting_id, day, invited, present)
    bump(session, "meetings", since=day)


def mark(
    session: Session,
    reader: Reader,
    meeting_id: int,
    person_id: int,
    as_what: Mark,
    day: date,
    before: Attendance | None,
) -> None:
    """One fact: how this person was there; a second one corrects the first."""
    # A correction stands on the day of what it corrects, or a month would lose a presence.
    on = before.on if before else day
    session.add(
        Attendance(
            meeting_id=meeting_id,
            person_id=person_id,
            service_id=service_of(session, person_id, on),
            on=on,
            recorded_on=today(session),
            by=reader.person_id,
            invited=1,
            present=int(as_what is Mark.present),
            excused=int(as_what is Mark.excused),
            voids=before.id if before else None,
        )
    )
    session.flush()


def mark_guests(session: Session, meeting_id: int, marks: Mapping[int, Mark]) -> int:
    """Seat of a guest → whether she came; how many marks changed. She stands in the count without
    names: `settle` is to follow. Raises Refused for a seat that is none.
    """
    there = {seat.id: seat for seat in query.seats(session, meeting_id, *query.STANDING)}
    if not all(seat in there and there[seat].guest_id for seat in marks) or (
        Mark.excused in marks.values()
    ):
        raise Refused("Cette liste vient de changer : rechargez la page.")
    changed = [seat for seat, as_what in marks.items() if there[seat].mark != as_what]
    for seat in changed:
        there[seat].mark = str(marks[seat])
        session.add(there[seat])
    session.flush()
    return len(changed)


def totals(session: Session, meeting_id: int) -> tuple[int, int]:
    """(invited, present) of a meeting, with and without names."""
    named_ones = query.presences(session, meeting_id).values()
    rest = query.unnamed(session, meeting_id)
    facts = [*named_ones, *([rest] if rest else [])]
    return sum(fact.invited for fact in facts), sum(fact.present for fact in facts)


def settle(
    session: Session, reader: Reader, meeting_id: int, day: date, invited: int, present: int
) -> None:
    """The count without names, so that with those known by name the totals are these: nobody is
    counted twice. Guests are part of it, and whoever is known by name is none of them.
    """
    known = query.presences(session, meeting_id).values()
    earlier = query.unnamed(session, meeting_id)
    noted, came = query.guests_counted(session, meeting_id)
    rest = (
        max(invited - sum(fact.invited for fact in known), noted),
        max(present - sum(fact.present for fact in known), came),
    )
    before = (earlier.invited, earlier.present) if earlier else (0, 0)
    if rest == before:
        return
    session.add(
        Attendance(
            meeting_id=meeting_id,
            on=earlier.on if earlier else day,
            recorded_on=today(session),
            by=reader.person_id,
            invited=max(rest),
            present=rest[1],
            voids=earlier.id if earlier else None,
        )
    )
    session.flush()


# ── Rules and words ───────────────────────────────────────────────────────────────────────────────


def hold(session: Session, meeting_id: int) -> tuple[Meeting, MeetingEvent]:
    """The meeting, held until the transaction ends, and its last fact. Raises Refused where
    there is none.
    """
    meeting = None
    # The number comes out of an address: the database has no room for any other.
    if 0 < (meeting_id or 0) < 2**31:
        meeting = session.get(Meeting, meeting_id, with_for_update=True, populate_existing=True)
    event = query.last_event(session, meeting_id) if meeting else None
    if event is None:
        raise Refused("Cette réunion n'existe pas.")
    return meeting, event


def _refuse(
    session: Session, reader: Reader, meeting: Meeting, event: MeetingEvent, day: date
) -> None:
    if event.what == MeetingState.cancelled:
        raise Refused("Cette réunion est annulée : choisissez-en une autre.")
    if event.day < day or event.what == MeetingState.held:
        raise Refused(
            f"Cette réunion a eu lieu le {event.day:%d/%m/%Y} : on ne peut plus s'y inscrire."
        )
    if not meeting.enrols:
        raise Refused("On ne s'inscrit pas à cette réunion.")
    seat = query.seat_of(session, meeting.id, reader.person_id)
    if seat is not None and seat.state in query.STANDING:
        raise Refused("Vous êtes déjà sur la liste de cette réunion.")
    other = query.elsewhere(session, reader.person_id, meeting, event.day)
    if other:
        raise Refused(
            f"Vous êtes déjà attendue ou attendu ce jour-là, aux mêmes heures : « {other} »."
        )


def named(meeting: Meeting, day: date) -> str:
    """« Séance d'information », le 12 septembre 2023, de 09:00 à 10:00, au dépôt Voirie nord."""
    hours = f", de {meeting.starts} à {meeting.ends}" if meeting.starts and meeting.ends else ""
    return (
        f"« {meeting.title or MeetingKind(meeting.kind).label} », le"
        f" {french.day_long(day)}{hours}{f', {meeting.place}' if meeting.place else ''}"
    )


def address_of(meeting_id: int) -> str:
    return f"/agenda?reunion={meeting_id}"


def status_in_words(seat: MeetingSeat) -> str:
    """What the person is told who has just registered."""
    if seat.state == _S.registered:
        return "Votre place est réservée."
    return (
        "La réunion est complète : vous êtes sur la liste d'attente, et prévenue ou prévenu dès"
        " qu'une place se libère."
    )
