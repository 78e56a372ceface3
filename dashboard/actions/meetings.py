"""Acts on meetings: planning one, and saying that it was held (with who was there) or cancelled."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.queries.workshops import workshop
from models.clock import today
from models.directions import Direction
from models.errors import Invalid, Refused
from models.facts import live
from models.ideas import clean_text
from models.ledger import bump
from models.meetings import WORKSHOPS, Attendance, Meeting, MeetingEvent, MeetingKind, MeetingState
from models.settings import settings

TEXT_MAX, FURTHEST = 255, timedelta(days=730)


@dataclass(frozen=True)
class MeetingInput:
    """What the form asks: the kind, the day; title and place may stay empty, and so may the direction it concerns."""

    kind: MeetingKind
    day: date | None
    title: str = ""
    place: str = ""
    direction_id: int | None = None


def plan_meeting(session: Session, reader: Reader, meeting: MeetingInput) -> Meeting:
    """Prévoir une réunion: from today on its day is known. Raises Invalid per field."""
    require(reader, "workshop.run" if meeting.kind in WORKSHOPS else "meeting.record")
    day = today(session)
    _check(session, meeting, day)
    found = Meeting(kind=str(meeting.kind), title=clean_text(meeting.title), place=clean_text(meeting.place),
                    direction_id=meeting.direction_id)
    session.add(found)
    session.flush()
    _say(session, reader, found.id, MeetingState.planned, meeting.day, min(day, meeting.day))
    return found


def hold_meeting(session: Session, reader: Reader, meeting_id: int, day: date, invited: int, present: int) -> None:
    """Réunion tenue: its day and how many were there. A second time corrects the first. Raises Invalid, Refused."""
    _require(session, reader, meeting_id)
    now = today(session)
    errors = {}
    if day > now:
        errors["day"] = f"Une réunion tenue ne peut pas être après le {now:%d/%m/%Y}."
    if invited < 1:
        errors["invited"] = "Indiquez combien de personnes étaient invitées."
    if not 0 <= present <= max(invited, 0):
        errors["present"] = "Les présents ne peuvent pas être plus nombreux que les invités, ni moins que zéro."
    if errors:
        raise Invalid(errors)
    _known(session, meeting_id)
    earlier = session.exec(select(Attendance).where(Attendance.meeting_id == meeting_id, Attendance.person_id.is_(None),
                                                    live(Attendance, date.max))).first()
    _say(session, reader, meeting_id, MeetingState.held, day, day)
    on = earlier.on if earlier else day
    session.add(Attendance(meeting_id=meeting_id, on=on, recorded_on=now, by=reader.person_id, invited=invited,
                           present=present, voids=earlier.id if earlier else None))
    session.flush()


def cancel_meeting(session: Session, reader: Reader, meeting_id: int, reason: str) -> None:
    """Réunion annulée: it stays among the planned ones, and was not held. Raises Invalid, Refused."""
    _require(session, reader, meeting_id)
    if not clean_text(reason):
        raise Invalid({"reason": "Dites pourquoi la réunion est annulée."})
    last = _known(session, meeting_id)
    if last.what == MeetingState.held:
        raise Refused("Cette réunion a été tenue : elle ne peut plus être annulée.")
    day = min(today(session), last.day)
    _say(session, reader, meeting_id, MeetingState.cancelled, last.day, day, clean_text(reason))


def _require(session: Session, reader: Reader, meeting_id: int) -> None:
    """A workshop is written by who runs it, every other meeting by the programme's office."""
    found = workshop(session, meeting_id)
    if found:
        require(reader, "workshop.run", found)
    else:
        require(reader, "meeting.record")


def _check(session: Session, meeting: MeetingInput, day: date) -> None:
    errors = {}
    if meeting.day is None:
        errors["day"] = "Donnez le jour de la réunion."
    elif not settings().cp_programme_start <= meeting.day <= day + FURTHEST:
        errors["day"] = "Le jour est avant le programme, ou à plus de deux ans."
    if meeting.direction_id is not None and session.get(Direction, meeting.direction_id) is None:
        errors["direction_id"] = "Cette direction n'existe pas."
    for name in ("title", "place"):
        if len(getattr(meeting, name)) > TEXT_MAX:
            errors[name] = f"Le texte peut compter {TEXT_MAX} caractères au plus."
    if errors:
        raise Invalid(errors)


def _known(session: Session, meeting_id: int) -> MeetingEvent:
    """The last fact of a meeting."""
    last = session.exec(select(MeetingEvent).where(MeetingEvent.meeting_id == meeting_id, live(MeetingEvent, date.max))
                        .order_by(MeetingEvent.on.desc(), MeetingEvent.id.desc())).first()
    if last is None:
        raise Refused("Cette réunion n'existe pas.")
    return last


def _say(session: Session, reader: Reader, meeting_id: int, what: MeetingState, day: date, on: date,
         reason: str | None = None) -> None:
    session.add(MeetingEvent(meeting_id=meeting_id, what=str(what), day=day, on=on, recorded_on=today(session),
                             by=reader.person_id, reason=reason))
    session.flush()
    bump(session, "meetings")
