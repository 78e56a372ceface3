"""Acts on meetings: planning one, moving it, and saying that it was held (with who was there) or
cancelled; its minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.journal import note
from dashboard.actions.meetings.hours import hours_of
from dashboard.actions.meetings.seats import (
    fill,
    hold,
    mark,
    mark_guests,
    named,
    notify_seated,
    settle,
)
from dashboard.queries.meetings import seats as query
from dashboard.queries.meetings.workshops import workshop
from models.clock import today
from models.directions import Direction
from models.errors import Invalid, Refused
from models.groups import ProgressGroup
from models.ledger import bump
from models.meetings import (
    WORKSHOPS,
    Mark,
    Meeting,
    MeetingEvent,
    MeetingKind,
    MeetingState,
    SeatState,
    Site,
)
from models.programmes import programmes
from models.texts import clean_text

TEXT_MAX = 255
FURTHEST = timedelta(days=730)
SEATS_MAX = 1000
MINUTES_MAX = 20_000
CROWD = 5000
# The journal's words for what was changed.
SUBJECT = "réunion"
MINUTES = "compte rendu"
_AUDITED = (
    "kind",
    "title",
    "place",
    "direction_id",
    "starts",
    "ends",
    "capacity",
    "enrols",
    "group_id",
    "site_id",
)


@dataclass(frozen=True)
class MeetingInput:
    """What the form asks: the kind, the day; all else may stay empty. `capacity` None: no limit;
    `enrols`: people register.
    """

    kind: MeetingKind
    day: date | None
    title: str = ""
    place: str = ""
    direction_id: int | None = None
    starts: str = ""
    ends: str = ""
    capacity: int | None = None
    enrols: bool = False
    group_id: int | None = None
    site_id: int | None = None


def plan_meeting(session: Session, reader: Reader, meeting: MeetingInput) -> Meeting:
    """Prévoir une réunion: from today on its day is known. Raises Invalid per field."""
    require(reader, "workshop.run" if meeting.kind in WORKSHOPS else "meeting.record")
    day = today(session)
    found = Meeting(**_checked(session, meeting, day))
    session.add(found)
    session.flush()
    _say(session, reader, found.id, MeetingState.planned, meeting.day, min(day, meeting.day))
    return found


def change_meeting(session: Session, reader: Reader, meeting_id: int, given: MeetingInput) -> None:
    """Modifier ou déplacer une réunion à venir: those on its list are told; seats that become free
    go to those who wait.

    Raises Invalid per field, also for fewer seats than are taken; Refused for what was held or
    cancelled.
    """
    require_organiser(session, reader, meeting_id)
    meeting, last = hold(session, meeting_id)
    day = today(session)
    _require_changeable(meeting, last, given)
    values = _checked(session, given, day)
    taken = len(query.seats(session, meeting_id, SeatState.registered))
    if given.capacity is not None and given.capacity < taken:
        raise Invalid({"capacity": f"{taken} places sont déjà prises : donnez-en au moins autant."})
    # Compared before the record takes the new values: a new title alone is no news to those on the
    # list.
    moved = last.day != given.day or any(
        getattr(meeting, name) != values[name] for name in ("starts", "ends", "place")
    )
    _write_changes(session, reader, meeting, values, day)
    if last.day != given.day:
        last = _say(
            session, reader, meeting_id, MeetingState.planned, given.day, min(day, given.day)
        )
    bump(session, "meetings")
    if moved:
        notify_seated(
            session,
            meeting,
            f"change-{last.day}-{meeting.starts}-{meeting.ends}-{meeting.place}",
            "Une réunion où vous êtes attendue ou attendu change",
            f"{named(meeting, last.day)}.",
        )
    # More seats than before go to those who wait.
    fill(session, meeting, last)


def _require_changeable(meeting: Meeting, last: MeetingEvent, given: MeetingInput) -> None:
    if last.what != MeetingState.planned:
        raise Refused(
            f"Cette réunion est {MeetingState(last.what).label.lower()} : elle ne change plus."
        )
    if (given.kind in WORKSHOPS) != (meeting.kind in WORKSHOPS):
        raise Invalid(
            {
                "kind": (
                    "Un atelier reste un atelier : annulez cette réunion et prévoyez-en une autre."
                )
            }
        )


def _write_changes(
    session: Session, reader: Reader, meeting: Meeting, values: Mapping[str, object], day: date
) -> None:
    """The record, and a line of the journal for each value that changes."""
    for name in _AUDITED:
        before = getattr(meeting, name)
        if before != values[name]:
            note(session, reader, day, SUBJECT, str(meeting.id), name, before, values[name])
            setattr(meeting, name, values[name])
    session.add(meeting)


def hold_meeting(
    session: Session, reader: Reader, meeting_id: int, day: date, invited: int, present: int
) -> None:
    """Réunion tenue: its day and how many were there. A second time corrects the first. Raises
    Invalid, Refused.
    """
    require_organiser(session, reader, meeting_id)
    errors = _errors_of_day(day, today(session))
    if invited < 1:
        errors["invited"] = "Indiquez combien de personnes étaient invitées."
    if not 0 <= present <= max(invited, 0):
        errors["present"] = (
            "Les présents ne peuvent pas être plus nombreux que les invités, ni moins que zéro."
        )
    if errors:
        raise Invalid(errors)
    hold(session, meeting_id)
    _say(session, reader, meeting_id, MeetingState.held, day, day)
    settle(session, reader, meeting_id, day, invited, present)


def held_by_name(session: Session, reader: Reader, meeting_id: int) -> MeetingEvent:
    """The meeting, held for this act, of which presences may be noted by name; its last fact.
    Raises Refused.
    """
    require_organiser(session, reader, meeting_id)
    meeting, last = hold(session, meeting_id)
    if MeetingKind(meeting.kind).rules.nameless:
        raise Refused(
            "Pour ce genre de séance, rien n'est noté sur les personnes : donnez seulement leur"
            " nombre."
        )
    if last.what == MeetingState.cancelled:
        raise Refused("Cette réunion est annulée : il n'y a pas de présences à noter.")
    return last


def record_presences(
    session: Session,
    reader: Reader,
    meeting_id: int,
    day: date,
    marks: Mapping[int, Mark],
    others: int = 0,
    guests: Mapping[int, Mark] | None = None,
) -> int:
    """Réunion tenue, présences par nom: person → how she was there, seat of a guest → whether she
    came, and how many others did. How many marks changed.

    A second time corrects the first. Raises Invalid, Refused for who is not on the list and where
    no name is ever written.
    """
    last = held_by_name(session, reader, meeting_id)
    errors = _errors_of_day(day, today(session))
    if not 0 <= others <= CROWD:
        errors["others"] = f"Donnez un nombre de 0 à {CROWD}."
    if errors:
        raise Invalid(errors)
    before = query.presences(session, meeting_id)
    there = query.seats(session, meeting_id, *query.STANDING)
    listed = {seat.person_id for seat in there if seat.person_id} | set(before)
    if not set(marks) <= listed:
        raise Refused("Cette liste vient de changer : rechargez la page.")
    changed = {
        person: as_what
        for person, as_what in marks.items()
        if person not in before or query.mark_of(before[person]) is not as_what
    }
    for person, as_what in changed.items():
        mark(session, reader, meeting_id, person, as_what, day, before.get(person))
    noted = mark_guests(session, meeting_id, guests or {})
    if last.what != MeetingState.held or last.day != day:
        _say(session, reader, meeting_id, MeetingState.held, day, day)
    facts = query.presences(session, meeting_id).values()
    invited, came = query.guests_counted(session, meeting_id)
    settle(
        session,
        reader,
        meeting_id,
        day,
        sum(f.invited for f in facts) + invited + others,
        sum(f.present for f in facts) + came + others,
    )
    bump(session, "meetings", since=day)
    return len(changed) + noted


def cancel_meeting(session: Session, reader: Reader, meeting_id: int, reason: str) -> None:
    """Réunion annulée: it stays among the planned ones, and was not held; those on its list are
    told. Raises Invalid, Refused.
    """
    require_organiser(session, reader, meeting_id)
    words = clean_text(reason)
    if not words:
        raise Invalid({"reason": "Dites pourquoi la réunion est annulée."})
    meeting, last = hold(session, meeting_id)
    if last.what == MeetingState.held:
        raise Refused("Cette réunion a été tenue : elle ne peut plus être annulée.")
    day = min(today(session), last.day)
    _say(session, reader, meeting_id, MeetingState.cancelled, last.day, day, words)
    notify_seated(
        session,
        meeting,
        "annulee",
        "Une réunion où vous étiez attendue ou attendu est annulée",
        f"{named(meeting, last.day)}. {words}",
    )


def write_minutes(session: Session, reader: Reader, meeting_id: int, text: str) -> None:
    """Écrire le compte rendu of a meeting that was held; the journal keeps the day. Raises
    Invalid, Refused.
    """
    require_organiser(session, reader, meeting_id)
    meeting, last = hold(session, meeting_id)
    if MeetingKind(meeting.kind).rules.nameless:
        raise Refused("Pour ce genre de séance, rien n'est écrit : ce qui s'y dit y reste.")
    if last.what != MeetingState.held:
        raise Refused("Le compte rendu s'écrit une fois la réunion tenue.")
    words = clean_text(text)
    if not words and not meeting.minutes:
        raise Invalid({"minutes": "Écrivez le compte rendu."})
    if len(words) > MINUTES_MAX:
        raise Invalid(
            {
                "minutes": (
                    f"Le compte rendu peut compter {french.number(MINUTES_MAX)} caractères au plus."
                )
            }
        )
    if words == meeting.minutes:
        return
    note(
        session,
        reader,
        today(session),
        SUBJECT,
        str(meeting_id),
        MINUTES,
        meeting.minutes or None,
        words or None,
    )
    meeting.minutes = words
    session.add(meeting)
    bump(session, "meetings")


def require_organiser(session: Session, reader: Reader, meeting_id: int) -> None:
    """A workshop is written by who runs it, every other meeting by the programme's office."""
    found = workshop(session, meeting_id)
    if found:
        require(reader, "workshop.run", found)
    else:
        require(reader, "meeting.record")


def _errors_of_day(day: date, now: date) -> dict[str, str]:
    if day > now:
        return {"day": f"Une réunion tenue ne peut pas être après le {now:%d/%m/%Y}."}
    return {}


def _checked(session: Session, meeting: MeetingInput, day: date) -> dict[str, object]:
    errors = _errors(session, meeting, day)
    starts, ends, fault = hours_of(meeting.starts, meeting.ends)
    if fault:
        errors["starts"] = fault
    if errors:
        raise Invalid(errors)
    site = session.get(Site, meeting.site_id) if meeting.site_id else None
    return {
        "kind": str(meeting.kind),
        "title": clean_text(meeting.title),
        "direction_id": meeting.direction_id,
        "starts": starts,
        "ends": ends,
        "place": clean_text(meeting.place) or (site.name if site else ""),
        "capacity": meeting.capacity,
        "enrols": meeting.enrols,
        "group_id": meeting.group_id,
        "site_id": meeting.site_id,
    }


def _errors(session: Session, meeting: MeetingInput, day: date) -> dict[str, str]:
    errors = _unknown_references(session, meeting)
    if meeting.day is None:
        errors["day"] = "Donnez le jour de la réunion."
    elif not programmes(session).first_day <= meeting.day <= day + FURTHEST:
        errors["day"] = "Le jour est avant le programme, ou à plus de deux ans."
    for name in ("title", "place"):
        if len(getattr(meeting, name)) > TEXT_MAX:
            errors[name] = f"Le texte peut compter {TEXT_MAX} caractères au plus."
    if meeting.capacity is not None and not 1 <= meeting.capacity <= SEATS_MAX:
        errors["capacity"] = (
            f"Le nombre de places va de 1 à {SEATS_MAX} ; laissez vide pour ne pas le limiter."
        )
    if meeting.enrols and meeting.kind.rules.nameless:
        errors["enrols"] = (
            "Pour ce genre de séance, rien n'est noté sur les personnes : on ne s'y inscrit pas"
            " ici."
        )
    if meeting.group_id is not None and meeting.kind is not MeetingKind.group:
        errors["group_id"] = "Le groupe se choisit pour une réunion de groupe de progrès."
    return errors


def _unknown_references(session: Session, meeting: MeetingInput) -> dict[str, str]:
    errors = {}
    for name, table, label in (
        ("direction_id", Direction, "Cette direction n'existe pas."),
        ("site_id", Site, "Ce lieu n'existe pas."),
        ("group_id", ProgressGroup, "Ce groupe n'existe pas."),
    ):
        key = getattr(meeting, name)
        if key is not None and session.get(table, key) is None:
            errors[name] = label
    return errors


def _say(
    session: Session,
    reader: Reader,
    meeting_id: int,
    what: MeetingState,
    day: date,
    on: date,
    reason: str | None = None,
) -> MeetingEvent:
    event = MeetingEvent(
        meeting_id=meeting_id,
        what=str(what),
        day=day,
        on=on,
        recorded_on=today(session),
        by=reader.person_id,
        reason=reason,
    )
    session.add(event)
    session.flush()
    bump(session, "meetings")
    return event
