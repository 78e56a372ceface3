"""Acts on the calendar of a milestone: revising it (révision du calendrier), and undoing that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.journal import note
from dashboard.actions.roadmap.records import (
    NEAR,
    can_undo,
    held_milestone,
    is_near,
    is_positive,
    last_fact,
    last_report,
    schedule_at,
    schedules,
)
from dashboard.queries.directions import organisation
from dashboard.queries.roadmap import Schedule
from models.clock import today
from models.decisions import Instance
from models.directions import Direction
from models.errors import Invalid, Refused
from models.ledger import bump
from models.roadmap import ENDED, Milestone, MilestoneState, Rebaseline
from models.texts import clean_text

REASON_MAX = 500
OWNER_MAX = 120
WEIGHT_MAX = 100
_REVISED = ("start", "end", "weight", "critical", "owner", "owner_direction_id")


@dataclass(frozen=True)
class RevisionInput:
    """What the form of a révision du calendrier asks; `instance` is who decided it."""

    start: date | None
    end: date | None
    weight: float
    critical: bool = False
    owner: str = ""
    owner_direction_id: int | None = None
    reason: str = ""
    instance: Instance | None = None


def calendar_stands(now: Rebaseline | Schedule) -> dict[str, object]:
    """The calendar in force, by the fields of the form; the weight as one types it."""
    return {
        "start": now.start,
        "end": now.end,
        "weight": f"{now.weight:g}".replace(".", ","),
        "critical": now.critical,
        "owner": now.owner,
        "unit": now.owner_direction_id or 0,
    }


def revise_milestone(
    session: Session,
    reader: Reader,
    milestone_id: int,
    revision: RevisionInput,
    *,
    read: str | None = None,
) -> None:
    """Révision du calendrier: from today the milestone has these dates, weight and owner, for
    this reason. Raises Invalid per field, Refused, EditConflict.
    """
    require(reader, "milestone.revise")
    day = today(session)
    milestone = held_milestone(session, milestone_id)
    stands = calendar_stands(schedule_at(session, milestone_id, day))
    written = last_fact(session, Rebaseline, milestone_id)
    refuse_conflict(session, reader, read, stands, written)
    last = last_report(session, milestone_id, day)
    if last and last.state in ENDED:
        state = MilestoneState(last.state).label.lower()
        raise Refused(
            f"Le jalon {milestone.number} est {state} : son calendrier ne se révise plus."
        )
    errors = revision_faults(session, revision)
    if errors:
        raise Invalid(errors)
    if not write_revision(session, reader, milestone_id, revision):
        raise Invalid(
            {
                "form": (
                    "Rien ne change : modifiez une date, le poids, le caractère critique ou le"
                    " porteur."
                )
            }
        )


def write_revision(
    session: Session, reader: Reader, milestone_id: int, revision: RevisionInput
) -> bool:
    """A calendar whose fields have been checked, from today; whether it differs from the one in
    force.
    """
    day = today(session)
    now = schedule_at(session, milestone_id, day)
    values = {
        "start": revision.start,
        "end": revision.end,
        "weight": float(revision.weight),
        "critical": revision.critical,
        "owner": clean_text(revision.owner),
        "owner_direction_id": revision.owner_direction_id,
    }
    if all(getattr(now, name) == value for name, value in values.items()):
        return False
    by = f" ({revision.instance.label})" if revision.instance else ""
    _note_calendar(session, reader, milestone_id, now, values)
    session.add(
        Rebaseline(
            milestone_id=milestone_id,
            on=day,
            recorded_on=day,
            by=reader.person_id,
            reason=clean_text(revision.reason) + by,
            **values,
        )
    )
    session.flush()
    bump(session, "roadmap", since=day)
    return True


def undo_revision(session: Session, reader: Reader, milestone_id: int) -> None:
    """Annuler cette révision: the last one, one's own and of today, gives way to the calendar
    before it.
    """
    require(reader, "milestone.revise")
    day = today(session)
    milestone = held_milestone(session, milestone_id)
    known = [s for s in schedules(session, milestone_id, day) if not s.voids]
    last = last_revision(known)
    if not can_undo(last, reader, day):
        raise Refused(
            f"La dernière révision du jalon {milestone.number} ne peut pas être annulée : il faut"
            " qu'elle soit de vous et de ce jour. Faites une nouvelle révision."
        )
    # A fact that voids the revision and holds, itself, what stood before it: nothing is deleted.
    before = {name: getattr(known[-2], name) for name in _REVISED}
    _note_calendar(session, reader, milestone_id, last, before)
    session.add(
        Rebaseline(
            milestone_id=milestone_id,
            on=day,
            recorded_on=day,
            by=reader.person_id,
            voids=last.id,
            reason="Révision annulée par son auteur",
            **before,
        )
    )
    session.flush()
    bump(session, "roadmap", since=day)


def _note_calendar(
    session: Session,
    reader: Reader,
    milestone_id: int,
    now: Rebaseline,
    values: Mapping[str, object],
) -> None:
    """The journal keeps each field that a calendar changes; a direction by its code."""
    milestone = session.get(Milestone, milestone_id)
    for name, value in values.items():
        before, after = getattr(now, name), value
        if before == after:
            continue
        if name == "owner_direction_id":
            before, after = _code(session, before), _code(session, after)
        note(session, reader, today(session), "milestone", milestone.number, name, before, after)


def _code(session: Session, direction_id: int | None) -> str | None:
    found = session.get(Direction, direction_id) if direction_id else None
    return found.code if found else None


def last_revision(calendar: Sequence):
    """The last revision of a calendar, None where there is none: the first calendar is none, nor
    what undoes one.
    """
    known = [schedule for schedule in calendar if not schedule.voids]
    return known[-1] if len(known) > 1 else None


def _wrong_dates(revision: RevisionInput) -> dict[str, str]:
    errors = {}
    for name, what in (("start", "le début"), ("end", "l'échéance")):
        if getattr(revision, name) is None:
            errors[name] = f"Donnez {what}."
        elif not is_near(getattr(revision, name)):
            errors[name] = NEAR
    if not errors and revision.end < revision.start:
        errors["end"] = "L'échéance ne peut pas tomber avant le début."
    return errors


def revision_faults(session: Session, revision: RevisionInput) -> dict[str, str]:
    """What is wrong with a calendar, field by field."""
    errors = _wrong_dates(revision)
    if not is_positive(revision.weight) or revision.weight > WEIGHT_MAX:
        errors["weight"] = f"Le poids est plus grand que 0 et vaut {WEIGHT_MAX} au plus."
    if not clean_text(revision.owner) or len(revision.owner) > OWNER_MAX:
        errors["owner"] = f"Nommez le porteur, en {OWNER_MAX} caractères au plus."
    open_units = organisation(session).at(today(session)).by_id
    if revision.owner_direction_id is not None and revision.owner_direction_id not in open_units:
        errors["owner_direction_id"] = "Cette direction n'existe pas, ou elle est fermée."
    if not clean_text(revision.reason):
        errors["reason"] = "Donnez la raison de la révision : elle se lit dans la liste."
    elif len(revision.reason) > REASON_MAX:
        errors["reason"] = f"La raison peut compter {REASON_MAX} caractères au plus."
    return errors
