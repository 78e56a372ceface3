"""Acts on mandates (mandats): from a first day to a last one, a person answers for a direction, a
department or the whole administration, whose Directeur général she then is.
"""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.acts import held
from dashboard.actions.journal import note
from dashboard.queries.directions import Organisation, organisation
from dashboard.queries.people.mandates import ONE_DAY, period
from dashboard.queries.people.readers import left_on
from models.clock import today
from models.errors import Invalid, refuse
from models.people import Mandate, Person

SUBJECT = "mandate"


def new_mandate(
    person_id: int | None, unit_id: int | None, first_day: date, last_day: date | None = None
) -> Mandate:
    """Who answers for which unit, from which day until which last one (None: until it is ended);
    not written yet.
    """
    until = last_day + ONE_DAY if last_day else None
    return Mandate(person_id=person_id, direction_id=unit_id, since=first_day, until=until)


def give_mandate(session: Session, reader: Reader, mandate: Mandate) -> Mandate:
    """Donner un mandat. Raises Invalid, one sentence per field."""
    require(reader, "mandate.give")
    # Two hands at once would each find that nothing overlaps.
    person = mandate.person_id and session.get(Person, mandate.person_id, with_for_update=True)
    if not person or person.erased_on is not None:
        raise Invalid({"person_id": "Cette personne n'existe pas."})
    hers = mandates_of_person(session, person.id)
    chart = organisation(session)
    left = left_on(session, person.id, mandate.since)
    refuse(mandate_faults(mandate, chart, hers, left))
    return write_mandate(session, reader, mandate, _code(chart, mandate.direction_id))


def end_mandate(session: Session, reader: Reader, mandate_id: int, last_day: date) -> None:
    """Mettre fin à un mandat, on its last day; also its correction. Raises Invalid where that
    comes before its first day, Refused where there is no such mandate.
    """
    require(reader, "mandate.give")
    found = held(session, Mandate, mandate_id, "Ce mandat n'existe pas.")
    others = [
        item for item in mandates_of_person(session, found.person_id) if item.id != mandate_id
    ]
    changed = new_mandate(found.person_id, found.direction_id, found.since, last_day)
    refuse({"last_day": _order_fault(changed) or _overlap_fault(changed, others)})
    set_last_day(session, reader, found, last_day, _code(organisation(session), found.direction_id))


def mandates_of_person(session: Session, person_id: int) -> Sequence[Mandate]:
    """Every mandate of one person, the first one first."""
    return session.exec(
        select(Mandate).where(Mandate.person_id == person_id).order_by(Mandate.since, Mandate.id)
    ).all()


# ── Rules ─────────────────────────────────────────────────────────────────────────────────────────


def mandate_faults(
    mandate: Mandate, chart: Organisation, hers: Sequence[Mandate], left: date | None
) -> dict[str, str]:
    """What is wrong with a mandate of a known person, field by field; `hers` are those she has,
    `left` the day on which she left.
    """
    found = {
        "person_id": left_fault(left),
        "unit_id": _unit_fault(mandate, chart) or _overlap_fault(mandate, hers),
        "last_day": _order_fault(mandate),
    }
    return {field: message for field, message in found.items() if message}


def left_fault(left: date | None) -> str | None:
    """That a person has left, where she has."""
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


def _overlap_fault(mandate: Mandate, hers: Sequence[Mandate]) -> str | None:
    for item in hers:
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
    """A mandate whose rules have been looked at."""
    session.add(mandate)
    _record(session, reader, mandate, code, None, period(mandate.since, mandate.until))
    return mandate


def set_last_day(
    session: Session, reader: Reader, found: Mandate, last_day: date, code: str
) -> None:
    """The end of a mandate, whose rules have been looked at."""
    before = period(found.since, found.until)
    found.until = last_day + ONE_DAY
    session.add(found)
    _record(session, reader, found, code, before, period(found.since, found.until))


def _code(chart: Organisation, unit_id: int) -> str:
    return next(unit.code for unit in chart.units if unit.id == unit_id)


def _record(
    session: Session, reader: Reader, found: Mandate, code: str, before: str | None, after: str
) -> None:
    day = today(session)
    note(session, reader, day, SUBJECT, str(found.person_id), f"mandat {code}", before, after)
