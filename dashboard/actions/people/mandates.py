"""Acts on mandates (mandats): for a period, a person heads a direction, a department or the whole
administration (as Directeur général).
"""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.acts import lock_record, note
from dashboard.queries.directions import Organisation, organisation
from dashboard.queries.people.readers import ONE_DAY, left_on, period
from models.clock import today
from models.people import Mandate, Person
from models.texts import Invalid, refuse

SUBJECT = "mandate"


def new_mandate(
    person_id: int | None, unit_id: int | None, first_day: date, last_day: date | None = None
) -> Mandate:
    """An unsaved mandate of a person for a unit (last day None: open-ended)."""
    until = last_day + ONE_DAY if last_day else None
    return Mandate(person_id=person_id, direction_id=unit_id, since=first_day, until=until)


def give_mandate(session: Session, reader: Reader, mandate: Mandate) -> Mandate:
    """Donner un mandat. Raises Invalid, one sentence per field."""
    require(reader, "mandate.give")
    # Locked: two concurrent acts could each find no overlap.
    person = mandate.person_id and session.get(Person, mandate.person_id, with_for_update=True)
    if not person or person.erased_on is not None:
        raise Invalid({"person_id": "Cette personne n'existe pas."})
    existing = mandates_of_person(session, person.id)
    chart = organisation(session)
    departure = left_on(session, person.id, mandate.since)
    refuse(mandate_faults(mandate, chart, existing, departure))
    return write_mandate(session, reader, mandate, _code(chart, mandate.direction_id))


def end_mandate(session: Session, reader: Reader, mandate_id: int, last_day: date) -> None:
    """Mettre fin à un mandat on its last day, or correct that day. Raises Invalid where it precedes
    the first day, Refused where there is no such mandate.
    """
    require(reader, "mandate.give")
    mandate = lock_record(session, Mandate, mandate_id, "Ce mandat n'existe pas.")
    others = [
        item for item in mandates_of_person(session, mandate.person_id) if item.id != mandate_id
    ]
    changed = new_mandate(mandate.person_id, mandate.direction_id, mandate.since, last_day)
    refuse({"last_day": _order_fault(changed) or _overlap_fault(changed, others)})
    code = _code(organisation(session), mandate.direction_id)
    set_last_day(session, reader, mandate, last_day, code)


def mandates_of_person(session: Session, person_id: int) -> Sequence[Mandate]:
    """Every mandate of one person, oldest first."""
    return session.exec(
        select(Mandate).where(Mandate.person_id == person_id).order_by(Mandate.since, Mandate.id)
    ).all()


# ── Rules ─────────────────────────────────────────────────────────────────────────────────────────


def mandate_faults(
    mandate: Mandate, chart: Organisation, existing: Sequence[Mandate], departure: date | None
) -> dict[str, str]:
    """What is wrong with a mandate, by field; `existing` are the person's other mandates,
    `departure` the day on which she left.
    """
    faults = {
        "person_id": left_fault(departure),
        "unit_id": _unit_fault(mandate, chart) or _overlap_fault(mandate, existing),
        "last_day": _order_fault(mandate),
    }
    return {field: message for field, message in faults.items() if message}


def left_fault(left: date | None) -> str | None:
    """The sentence for a person who has left, or None."""
    return f"Cette personne a quitté l'administration le {french.day(left)}." if left else None


def _unit_fault(mandate: Mandate, chart: Organisation) -> str | None:
    unit = next((unit for unit in chart.units if unit.id == mandate.direction_id), None)
    if unit is None:
        return "Choisissez une unité de l'organigramme."
    if mandate.direction_id not in chart.at(mandate.since).by_id:
        return f"{unit.label} est fermée au {french.day(mandate.since)}."
    if mandate.last_day and mandate.direction_id not in chart.at(mandate.last_day).by_id:
        return f"{unit.label} est fermée avant le {french.day(mandate.last_day)}."
    return None


def _order_fault(mandate: Mandate) -> str | None:
    if mandate.last_day and mandate.last_day < mandate.since:
        return (
            f"Le dernier jour ({french.day(mandate.last_day)}) précède le premier"
            f" ({french.day(mandate.since)})."
        )
    return None


def _overlap_fault(mandate: Mandate, existing: Sequence[Mandate]) -> str | None:
    for item in existing:
        begins_before = mandate.until is None or item.since < mandate.until
        ends_after = item.until is None or mandate.since < item.until
        if item.direction_id == mandate.direction_id and begins_before and ends_after:
            return (
                "Cette personne a déjà un mandat sur cette unité, "
                f"{period(item.since, item.until)} :"
                " mettez-y fin d'abord, ou choisissez d'autres jours."
            )
    return None


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────


def write_mandate(session: Session, reader: Reader, mandate: Mandate, code: str) -> Mandate:
    """Stores a mandate that was checked."""
    session.add(mandate)
    _record(session, reader, mandate, code, None, period(mandate.since, mandate.until))
    return mandate


def set_last_day(
    session: Session, reader: Reader, mandate: Mandate, last_day: date, code: str
) -> None:
    """Sets the end of a mandate; the new day was checked."""
    before = period(mandate.since, mandate.until)
    mandate.until = last_day + ONE_DAY
    _record(session, reader, mandate, code, before, period(mandate.since, mandate.until))


def _code(chart: Organisation, unit_id: int) -> str:
    return next(unit.code for unit in chart.units if unit.id == unit_id)


def _record(
    session: Session, reader: Reader, mandate: Mandate, code: str, before: str | None, after: str
) -> None:
    day = today(session)
    note(session, reader, day, SUBJECT, str(mandate.person_id), f"mandat {code}", before, after)
