"""Acts on meetings: planning one, moving it, saying that it was cancelled; its minutes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.journal import note
from dashboard.actions.meetings.hours import hours_of
from dashboard.actions.seats.holding import hold, notify_list
from dashboard.actions.seats.offers import fill
from dashboard.queries.meetings.events import last_event
from dashboard.queries.meetings.workshops import workshop
from dashboard.queries.seats.events import Where
from dashboard.queries.seats.records import count
from models.clock import today
from models.directions import Direction
from models.errors import Invalid, Refused
from models.groups import ProgressGroup
from models.meetings import WORKSHOPS, Meeting, MeetingEvent, MeetingKind, MeetingState, Site
from models.programmes import programmes
from models.texts import clean_text

TEXT_MAX = 255
FURTHEST = timedelta(days=730)
SEATS_MAX = 1000
MINUTES_MAX = 20_000
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
    write_event(session, reader, found.id, MeetingState.planned, meeting.day, min(day, meeting.day))
    return found


def change_meeting(session: Session, reader: Reader, meeting_id: int, given: MeetingInput) -> None:
    """Modifier ou déplacer une réunion à venir: those on its list are told; seats that become free
    go to those who wait.

    Raises Invalid per field, also for fewer seats than are taken; Refused for what was held or
    cancelled.
    """
    require_organiser(session, reader, meeting_id)
    meeting, last = lock_meeting(session, meeting_id)
    day = today(session)
    _require_changeable(meeting, last, given)
    values = _checked(session, given, day)
    taken, _ = count(session, Where(meeting_id))
    if given.capacity is not None and given.capacity < taken:
        raise Invalid({"capacity": f"{taken} places sont déjà prises : donnez-en au moins autant."})
    # Compared before the record takes the new values: a new title alone is no news to those on the
    # list.
    moved = last.day != given.day or any(
        getattr(meeting, name) != values[name] for name in ("starts", "ends", "place")
    )
    _write_changes(session, reader, meeting, values, day)
    if last.day != given.day:
        last = write_event(
            session, reader, meeting_id, MeetingState.planned, given.day, min(day, given.day)
        )
    if moved:
        what = f"change-{last.day}-{meeting.starts}-{meeting.ends}-{meeting.place}"
        notify_list(
            session, Where(meeting_id), what, "Une réunion où vous êtes attendue ou attendu change"
        )
    # More seats than before go to those who wait.
    fill(session, Where(meeting_id), day)


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


def lock_meeting(session: Session, meeting_id: int) -> tuple[Meeting, MeetingEvent]:
    """The meeting, held until the transaction ends, and its last fact. Raises Refused where there
    is none.
    """
    hold(session, Where(meeting_id))
    return session.get(Meeting, meeting_id), last_event(session, meeting_id)


def held_by_name(session: Session, reader: Reader, meeting_id: int) -> MeetingEvent:
    """The meeting, held for this act, of which presences may be noted by name; its last fact.
    Raises Refused.
    """
    require_organiser(session, reader, meeting_id)
    meeting, last = lock_meeting(session, meeting_id)
    if MeetingKind(meeting.kind).rules.nameless:
        raise Refused(
            "Pour ce genre de séance, rien n'est noté sur les personnes : donnez seulement leur"
            " nombre."
        )
    if last.what == MeetingState.cancelled:
        raise Refused("Cette réunion est annulée : il n'y a pas de présences à noter.")
    return last


def cancel_meeting(session: Session, reader: Reader, meeting_id: int, reason: str) -> None:
    """Réunion annulée: it stays among the planned ones, and was not held; those on its list are
    told. Raises Invalid, Refused.
    """
    require_organiser(session, reader, meeting_id)
    words = clean_text(reason)
    if not words:
        raise Invalid({"reason": "Dites pourquoi la réunion est annulée."})
    _, last = lock_meeting(session, meeting_id)
    if last.what == MeetingState.held:
        raise Refused("Cette réunion a été tenue : elle ne peut plus être annulée.")
    day = min(today(session), last.day)
    write_event(session, reader, meeting_id, MeetingState.cancelled, last.day, day, words)
    notify_list(
        *(session, Where(meeting_id), "annulee"),
        *("Une réunion où vous étiez attendue ou attendu est annulée", f" {words}"),
    )


def write_minutes(session: Session, reader: Reader, meeting_id: int, text: str) -> None:
    """Écrire le compte rendu of a meeting that was held; the journal keeps the day. Raises
    Invalid, Refused.
    """
    require_organiser(session, reader, meeting_id)
    meeting, last = lock_meeting(session, meeting_id)
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


def require_organiser(session: Session, reader: Reader, meeting_id: int) -> None:
    """A workshop is written by who runs it, every other meeting by the programme's office."""
    found = workshop(session, meeting_id)
    if found:
        require(reader, "workshop.run", found)
    else:
        require(reader, "meeting.record")


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


def write_event(
    session: Session,
    reader: Reader,
    meeting_id: int,
    what: MeetingState,
    day: date,
    on: date,
    reason: str | None = None,
) -> MeetingEvent:
    """One fact of a meeting."""
    fact = MeetingEvent(
        meeting_id=meeting_id,
        what=str(what),
        day=day,
        on=on,
        recorded_on=today(session),
        by=reader.person_id,
        reason=reason,
    )
    session.add(fact)
    session.flush()
    return fact
