"""Acts on meetings: planning one, moving it, saying that it was cancelled; its minutes."""

from datetime import date, timedelta

from sqlmodel import Session, SQLModel

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, write_changes
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
from models.errors import Refused, refuse
from models.groups import ProgressGroup
from models.meetings import WORKSHOPS, Meeting, MeetingEvent, MeetingKind, MeetingState, Site
from models.programmes import programmes
from models.texts import clean_text, too_long

TEXT_MAX = 255
FURTHEST = timedelta(days=730)
SEATS_MAX = 1000
MINUTES_MAX = 20_000
# The journal's words for what was changed.
SUBJECT = "réunion"
MINUTES = "compte rendu"
_AUDITED = {
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
}


def plan_meeting(session: Session, reader: Reader, given: Meeting, on: date | None) -> Meeting:
    """Prévoir une réunion on that day, which is known from today. Raises Invalid per field."""
    require(reader, "workshop.run" if given.kind in WORKSHOPS else "meeting.record")
    found = Meeting(**_checked(session, given, on))
    session.add(found)
    session.flush()
    write_event(session, reader, found.id, MeetingState.planned, on, min(today(session), on))
    return found


def change_meeting(
    session: Session, reader: Reader, meeting_id: int, given: Meeting, on: date | None
) -> None:
    """Modifier ou déplacer une réunion à venir: those on its list are told; seats that become free
    go to those who wait.

    Raises Invalid per field, also for fewer seats than are taken; Refused for what was held or
    cancelled.
    """
    require_organiser(session, reader, meeting_id)
    meeting, last = lock_meeting(session, meeting_id)
    day = today(session)
    _require_changeable(meeting, last, given)
    values = _checked(session, given, on)
    taken, _ = count(session, Where(meeting_id))
    is_too_few = given.capacity is not None and given.capacity < taken
    more = f"{taken} places sont déjà prises : donnez-en au moins autant."
    refuse({"capacity": is_too_few and more})
    before = write_changes(session, reader, (SUBJECT, str(meeting_id)), meeting, values)
    moved = last.day != on
    if moved:
        write_event(session, reader, meeting_id, MeetingState.planned, on, min(day, on))
    # A new title alone is no news to those on the list.
    if moved or before.keys() & {"starts", "ends", "place"}:
        what = f"change-{on}-{meeting.starts}-{meeting.ends}-{meeting.place}"
        notify_list(
            session, Where(meeting_id), what, "Une réunion où vous êtes attendue ou attendu change"
        )
    # More seats than before go to those who wait.
    fill(session, Where(meeting_id), day)


def _require_changeable(meeting: Meeting, last: MeetingEvent, given: Meeting) -> None:
    if last.what != MeetingState.planned:
        raise Refused(
            f"Cette réunion est {MeetingState(last.what).label.lower()} : elle ne change plus."
        )
    stays = "Un atelier reste un atelier : annulez cette réunion et prévoyez-en une autre."
    refuse({"kind": (given.kind in WORKSHOPS) != (meeting.kind in WORKSHOPS) and stays})


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
    refuse({"reason": not words and "Dites pourquoi la réunion est annulée."})
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
    is_nothing = not words and not meeting.minutes
    fault = is_nothing and "Écrivez le compte rendu."
    refuse({"minutes": fault or too_long(words, MINUTES_MAX, "Le compte rendu")})
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


def _checked(session: Session, given: Meeting, on: date | None) -> dict[str, object]:
    """The values of a meeting on that day, as they are stored. Raises Invalid per field."""
    starts, ends, fault = hours_of(given.starts, given.ends)
    refuse(_faults(session, given, on) | {"starts": fault})
    site = session.get(Site, given.site_id) if given.site_id else None
    place = clean_text(given.place) or (site.name if site else "")
    stored = {"kind": str(given.kind), "title": clean_text(given.title), "place": place}
    return given.model_dump(include=_AUDITED) | stored | {"starts": starts, "ends": ends}


def _faults(session: Session, given: Meeting, on: date | None) -> dict[str, str | None]:
    kind, day = MeetingKind(given.kind), today(session)
    far = "Le jour est avant le programme, ou à plus de deux ans."
    is_far = on and not programmes(session).first_day <= on <= day + FURTHEST
    seats = f"Le nombre de places va de 1 à {SEATS_MAX} ; laissez vide pour ne pas le limiter."
    nameless = "Pour ce genre de séance, rien n'est noté sur les personnes : on ne s'y inscrit pas"
    group = "Le groupe se choisit pour une réunion de groupe de progrès."
    is_of_group = given.group_id is not None and kind is MeetingKind.group
    return {
        "day": (is_far and far) if on else "Donnez le jour de la réunion.",
        "title": too_long(given.title, TEXT_MAX),
        "place": too_long(given.place, TEXT_MAX),
        "capacity": given.capacity is not None and not 1 <= given.capacity <= SEATS_MAX and seats,
        "enrols": given.enrols and kind.rules.nameless and f"{nameless} ici.",
        "direction_id": _is_unknown(session, Direction, given.direction_id)
        and "Cette direction n'existe pas.",
        "site_id": _is_unknown(session, Site, given.site_id) and "Ce lieu n'existe pas.",
        "group_id": (_is_unknown(session, ProgressGroup, given.group_id) and _NO_GROUP)
        if is_of_group
        else given.group_id is not None and group,
    }


_NO_GROUP = "Ce groupe n'existe pas."


def _is_unknown(session: Session, table: type[SQLModel], key: int | None) -> bool:
    return key is not None and session.get(table, key) is None


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
    fact = MeetingEvent(meeting_id=meeting_id, what=str(what), day=day, on=on, reason=reason)
    return add_fact(session, reader, fact)
