"""Acts on programmes: preparing the next one beside the one that runs, changing its days, giving it
workstreams. A programme is over by itself, on the day on which the next one begins.
"""

from dataclasses import asdict, dataclass
from datetime import date

from sqlmodel import Session, func, select

from dashboard.access import Reader, require
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.journal import note
from dashboard.actions.registers import save_record
from dashboard.queries.edit_conflicts import last_change
from dashboard.queries.reference_tables import WORKSTREAMS
from models.clock import today
from models.errors import Invalid, Refused
from models.journal import Change
from models.programmes import Period, Programme, Programmes, programmes
from models.roadmap import Workstream
from models.texts import clean_title

NAME_MAX = 60
LAST_DAY = date(2060, 12, 31)
SUBJECT = "programme"


@dataclass(frozen=True)
class ProgrammeInput:
    """What the form of a programme asks."""

    name: str
    first_day: date | None
    last_day: date | None


def create_programme(session: Session, reader: Reader, given: ProgrammeInput) -> Programme:
    """Préparer un programme. Raises Invalid per field, also where it overlaps its neighbour."""
    require(reader, "milestone.revise")
    errors = _faults(programmes(session), given, None)
    if errors:
        raise Invalid(errors)
    found = Programme(
        name=clean_title(given.name), first_day=given.first_day, last_day=given.last_day
    )
    session.add(found)
    session.flush()
    note(session, reader, today(session), SUBJECT, found.name, "créé", None, _span(found))
    return found


def programme_stands(programme: Programme | Period) -> dict[str, object]:
    """What a programme is, as its form shows it."""
    return {name: getattr(programme, name) for name in ("name", "first_day", "last_day")}


def change_programme(
    session: Session,
    reader: Reader,
    programme_id: int,
    given: ProgrammeInput,
    *,
    read: str | None = None,
) -> None:
    """Changer le nom ou les dates d'un programme. Raises Invalid per field, EditConflict."""
    require(reader, "milestone.revise")
    found = _held(session, programme_id)
    last = last_change(session, SUBJECT, found.name, *_earlier_names(session, found))
    refuse_conflict(session, reader, read, programme_stands(found), last)
    errors = _faults(programmes(session), given, found.id)
    if errors:
        raise Invalid(errors)
    values = asdict(given) | {"name": clean_title(given.name)}
    changed = [name for name, value in values.items() if getattr(found, name) != value]
    if not changed:
        raise Invalid({"form": "Rien ne change : modifiez le nom ou une date."})
    for name in changed:
        before = getattr(found, name)
        note(session, reader, today(session), SUBJECT, found.name, name, before, values[name])
        setattr(found, name, values[name])
    session.add(found)


def add_workstream(
    session: Session, reader: Reader, programme_id: int, name: str, short_name: str
) -> Workstream:
    """Ajouter un chantier à un programme; its number follows the last one of all programmes.
    Raises Invalid per field.
    """
    require(reader, "milestone.revise")
    programme = _held(session, programme_id)
    last = session.exec(select(func.max(Workstream.id))).one() or 0
    given = {"number": last + 1, "name": name, "short_name": short_name, "programme": programme.id}
    return save_record(session, reader, WORKSTREAMS, None, given)


# --- rules ----------------------------------------------------------------------------------------


def _held(session: Session, programme_id: int) -> Programme:
    found = session.get(Programme, programme_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refused("Ce programme n'existe pas.")
    return found


def _earlier_names(session: Session, programme: Programme) -> list[str]:
    """The names under which the journal told of a programme before it had this one."""
    renamed = select(Change.record).where(
        Change.subject == SUBJECT, Change.field == "name", Change.after == programme.name
    )
    return list(session.exec(renamed).all())


def _faults(known: Programmes, given: ProgrammeInput, own_id: int | None) -> dict[str, str]:
    errors = {}
    others = [period for period in known.periods if period.id != own_id]
    name = clean_title(given.name)
    if not 0 < len(name) <= NAME_MAX:
        errors["name"] = f"Donnez un nom, de {NAME_MAX} caractères au plus."
    elif name in {period.name for period in others}:
        errors["name"] = f"Un programme s'appelle déjà « {name} »."
    if given.first_day is None:
        errors["first_day"] = "Donnez le premier jour."
    if given.last_day is None or given.last_day > LAST_DAY:
        errors["last_day"] = f"Donnez le dernier jour, au plus tard le {LAST_DAY:%d/%m/%Y}."
    if given.first_day and given.last_day and not errors:
        errors |= _faults_of_days(others, given)
    return errors


def _faults_of_days(others: list, given: ProgrammeInput) -> dict[str, str]:
    if given.last_day <= given.first_day:
        return {"last_day": "Le dernier jour vient après le premier."}
    for other in others:
        if given.first_day <= other.last_day and other.first_day <= given.last_day:
            return {
                "first_day": (
                    f"Ces dates chevauchent le programme « {other.name} », du"
                    f" {other.first_day:%d/%m/%Y} au {other.last_day:%d/%m/%Y}."
                )
            }
    return {}


def _span(programme: Programme) -> str:
    return f"du {programme.first_day:%d/%m/%Y} au {programme.last_day:%d/%m/%Y}"
