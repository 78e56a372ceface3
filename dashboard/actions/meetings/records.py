"""Acts on meetings: planning, moving and cancelling them; their minutes."""

from datetime import date, timedelta

from sqlmodel import Session, SQLModel

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, add_record, note, write_changes
from dashboard.actions.seats.offers import fill, lock_event, notify_list
from dashboard.files.values import hour_of
from dashboard.queries.meetings.agenda import approval
from dashboard.queries.meetings.events import last_event
from dashboard.queries.meetings.records import workshop
from dashboard.queries.seats.records import Where, count
from models.clock import today
from models.clusters import Campaign
from models.directions import Direction
from models.groups import ProgressGroup
from models.meetings import WORKSHOPS, Meeting, MeetingEvent, MeetingKind, MeetingState, Site
from models.programmes import programmes
from models.texts import Refused, clean_text, refuse, too_long

TEXT_MAX = 255
FURTHEST = timedelta(days=730)
SEATS_MAX = 1000
MINUTES_MAX = 20_000

SUBJECT = "réunion"
MINUTES = "compte rendu"


def plan_meeting(session: Session, reader: Reader, typed: Meeting, on: date | None) -> Meeting:
    """Prévoir une réunion on that day. Raises Invalid per field."""
    require(reader, "workshop.run" if typed.kind in WORKSHOPS else "meeting.record")
    meeting = add_record(session, Meeting(**_checked(session, typed, on)))
    write_event(session, reader, meeting.id, MeetingState.planned, on, min(today(session), on))
    return meeting


def change_meeting(
    session: Session, reader: Reader, meeting_id: int, typed: Meeting, on: date | None
) -> None:
    """Modifier ou déplacer une réunion à venir: notifies those on its list; freed or added seats go
    to the waiting list.

    Raises Invalid per field, also for fewer seats than are taken; Refused for a meeting held or
    cancelled.
    """
    require_organiser(session, reader, meeting_id)
    meeting, last = lock_meeting(session, meeting_id)
    day = today(session)
    if last.what != MeetingState.planned:
        raise Refused(
            f"Cette réunion est {MeetingState(last.what).label.lower()} : elle ne change plus."
        )
    stays = "Un atelier reste un atelier : annulez cette réunion et prévoyez-en une autre."
    refuse({"kind": (typed.kind in WORKSHOPS) != (meeting.kind in WORKSHOPS) and stays})
    values = _checked(session, typed, on)
    taken, _ = count(session, Where(meeting_id))
    is_too_few = typed.capacity is not None and typed.capacity < taken
    more = f"{taken} places sont déjà prises : donnez-en au moins autant."
    refuse({"capacity": is_too_few and more})
    before = write_changes(session, reader, (SUBJECT, str(meeting_id)), meeting, values)
    moved = last.day != on
    if moved:
        write_event(session, reader, meeting_id, MeetingState.planned, on, min(day, on))
    # A new title alone is not notified.
    if moved or before.keys() & {"starts", "ends", "place"}:
        what = f"change-{on}-{meeting.starts}-{meeting.ends}-{meeting.place}"
        notify_list(
            session, Where(meeting_id), what, "Une réunion où vous êtes attendue ou attendu change"
        )
    # Added seats go to the waiting list.
    fill(session, Where(meeting_id), day)


def lock_meeting(session: Session, meeting_id: int) -> tuple[Meeting, MeetingEvent]:
    """The meeting, locked until the transaction ends, and its last fact. Raises Refused where there
    is none.
    """
    lock_event(session, Where(meeting_id))
    return session.get(Meeting, meeting_id), last_event(session, meeting_id)


def lock_for_presences(session: Session, reader: Reader, meeting_id: int) -> MeetingEvent:
    """Locks a meeting whose presences may be recorded by name; returns its last fact. Raises
    Refused.
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
    """Réunion annulée: it remains listed as planned but not held; notifies those on its list.
    Raises Invalid, Refused.
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
    """Écrire le compte rendu of a meeting that was held; the journal records the day. Raises
    Invalid, Refused.
    """
    require_organiser(session, reader, meeting_id)
    meeting, last = lock_meeting(session, meeting_id)
    if MeetingKind(meeting.kind).rules.nameless:
        raise Refused("Pour ce genre de séance, rien n'est écrit : ce qui s'y dit y reste.")
    if last.what != MeetingState.held:
        raise Refused("Le compte rendu s'écrit une fois la réunion tenue.")
    if approval(session, meeting_id):
        raise Refused("Ce PV est approuvé : complétez-le.")
    words = clean_text(text)
    is_nothing = not words and not meeting.minutes
    fault = is_nothing and "Écrivez le compte rendu."
    refuse({"minutes": fault or too_long(words, MINUTES_MAX, "Le compte rendu")})
    if words == meeting.minutes:
        return
    note(
        session,
        reader,
        SUBJECT,
        str(meeting_id),
        MINUTES,
        meeting.minutes or None,
        words or None,
    )
    meeting.minutes = words
    session.add(meeting)


def require_organiser(session: Session, reader: Reader, meeting_id: int) -> None:
    """Workshops are managed by their facilitators, other meetings by the programme office."""
    at = workshop(session, meeting_id)
    if at:
        require(reader, "workshop.run", at)
    else:
        require(reader, "meeting.record")


def _checked(session: Session, typed: Meeting, on: date | None) -> dict[str, object]:
    """The values of a meeting as stored. Raises Invalid per field."""
    starts, ends, fault = hours_of(typed.starts, typed.ends)
    kind, day = MeetingKind(typed.kind), today(session)
    far = "Le jour est avant le programme, ou à plus de deux ans."
    is_far = on and not programmes(session).first_day <= on <= day + FURTHEST
    nameless = "Pour ce genre de séance, rien n'est noté sur les personnes : on ne s'y inscrit pas"
    group = "Le groupe se choisit pour une réunion de groupe de progrès."
    is_of_group = typed.group_id is not None and kind is MeetingKind.group
    refuse(
        {
            "day": (is_far and far) if on else "Donnez le jour de la réunion.",
            "title": too_long(typed.title, TEXT_MAX),
            "place": too_long(typed.place, TEXT_MAX),
            "capacity": typed.capacity is not None
            and not 1 <= typed.capacity <= SEATS_MAX
            and f"Le nombre de places va de 1 à {SEATS_MAX} ; laissez vide pour ne pas le limiter.",
            "enrols": typed.enrols and kind.rules.nameless and f"{nameless} ici.",
            "direction_id": _is_unknown(session, Direction, typed.direction_id)
            and "Cette direction n'existe pas.",
            "site_id": _is_unknown(session, Site, typed.site_id) and "Ce lieu n'existe pas.",
            "campaign_id": _is_unknown(session, Campaign, typed.campaign_id)
            and "Cette campagne n'existe pas.",
            "group_id": (
                _is_unknown(session, ProgressGroup, typed.group_id) and "Ce groupe n'existe pas."
            )
            if is_of_group
            else typed.group_id is not None and group,
        }
        | {"starts": fault}
    )
    site = session.get(Site, typed.site_id) if typed.site_id else None
    place = clean_text(typed.place) or (site.name if site else "")
    stored = {"kind": str(typed.kind), "title": clean_text(typed.title), "place": place}
    return (
        typed.model_dump(
            include={
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
                "campaign_id",
            }
        )
        | stored
        | {"starts": starts, "ends": ends}
    )


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
    """Stores one fact of a meeting."""
    fact = MeetingEvent(meeting_id=meeting_id, what=what, day=day, on=on, reason=reason)
    return add_fact(session, reader, fact)


# ── Hours: « 9h », « 09:00 », or both fields empty ────────────────────────────────────────────────


def hours_of(starts: str, ends: str) -> tuple[str, str, str | None]:
    """(« 09:00 », « 12:00 », None), or the error message as the third element."""
    try:
        first, last = hour_of(starts), hour_of(ends)
    except ValueError:
        return "", "", "Écrivez les heures comme « 09:00 », ou laissez les deux cases vides."
    if bool(first) != bool(last) or (first and first >= last):
        return "", "", "La fin vient après le début : donnez les deux heures, ou aucune."
    return first, last, None
