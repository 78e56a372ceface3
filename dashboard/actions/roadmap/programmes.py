"""Acts on programmes: preparing the next one, changing its dates, adding workstreams. A programme
ends on the day on which the next one begins.
"""

from datetime import date

from sqlmodel import Session, func, select

from dashboard.access import Reader, require
from dashboard.actions.acts import lock_record, note, refuse_conflict, write_changes
from dashboard.actions.registers import save_record
from dashboard.queries.edit_conflicts import last_change
from dashboard.queries.reference_tables import WORKSTREAMS
from models.clock import today
from models.errors import refuse
from models.journal import Change
from models.programmes import Period, Programme, Programmes, programmes
from models.roadmap import Workstream
from models.texts import clean_title

NO_SUCH = "Ce programme n'existe pas."
NAME_MAX = 60
LAST_DAY = date(2060, 12, 31)
SUBJECT = "programme"


def create_programme(session: Session, reader: Reader, typed: Programme) -> Programme:
    """Préparer un programme. Raises Invalid per field, also where it overlaps another."""
    require(reader, "milestone.revise")
    refuse(_faults(programmes(session), typed, None))
    programme = Programme(**programme_values(typed) | {"name": clean_title(typed.name)})
    session.add(programme)
    session.flush()
    note(session, reader, today(session), SUBJECT, programme.name, "créé", None, _span(programme))
    return programme


def programme_values(programme: Programme | Period) -> dict[str, object]:
    """The fields of a programme's form."""
    return {name: getattr(programme, name) for name in ("name", "first_day", "last_day")}


def change_programme(
    session: Session,
    reader: Reader,
    programme_id: int,
    typed: Programme,
    *,
    read: str | None = None,
) -> None:
    """Changer le nom ou les dates d'un programme. Raises Invalid per field, EditConflict."""
    require(reader, "milestone.revise")
    programme = lock_record(session, Programme, programme_id, NO_SUCH)
    last = last_change(session, SUBJECT, programme.name, *_earlier_names(session, programme))
    refuse_conflict(session, reader, read, programme_values(programme), last)
    refuse(_faults(programmes(session), typed, programme.id))
    values = programme_values(typed) | {"name": clean_title(typed.name)}
    changes = write_changes(session, reader, (SUBJECT, programme.name), programme, values)
    refuse({"form": not changes and "Rien ne change : modifiez le nom ou une date."})


def add_workstream(
    session: Session, reader: Reader, programme_id: int, name: str, short_name: str
) -> Workstream:
    """Ajouter un chantier à un programme; its number follows the last one of all programmes. Raises
    Invalid per field.
    """
    require(reader, "milestone.revise")
    programme = lock_record(session, Programme, programme_id, NO_SUCH)
    last = session.exec(select(func.max(Workstream.id))).one() or 0
    values = {"number": last + 1, "name": name, "short_name": short_name, "programme": programme.id}
    return save_record(session, reader, WORKSTREAMS, None, values)


# --- rules ----------------------------------------------------------------------------------------


def _earlier_names(session: Session, programme: Programme) -> list[str]:
    """The programme's previous names, under which the journal recorded it."""
    renamed = select(Change.record).where(
        Change.subject == SUBJECT, Change.field == "name", Change.after == programme.name
    )
    return list(session.exec(renamed).all())


def _faults(all_programmes: Programmes, typed: Programme, own_id: int | None) -> dict[str, str]:
    others = [period for period in all_programmes.periods if period.id != own_id]
    name = clean_title(typed.name)
    is_taken = name in {period.name for period in others}
    is_far = typed.last_day is None or typed.last_day > LAST_DAY
    long = f"Donnez un nom, de {NAME_MAX} caractères au plus."
    faults = {
        "name": (is_taken and f"Un programme s'appelle déjà « {name} ».")
        if 0 < len(name) <= NAME_MAX
        else long,
        "first_day": typed.first_day is None and "Donnez le premier jour.",
        "last_day": is_far and f"Donnez le dernier jour, au plus tard le {LAST_DAY:%d/%m/%Y}.",
    }
    return faults if any(faults.values()) else _faults_of_days(others, typed)


def _faults_of_days(others: list, typed: Programme) -> dict[str, str]:
    if typed.last_day <= typed.first_day:
        return {"last_day": "Le dernier jour vient après le premier."}
    for other in others:
        if typed.first_day <= other.last_day and other.first_day <= typed.last_day:
            return {
                "first_day": (
                    f"Ces dates chevauchent le programme « {other.name} », du"
                    f" {other.first_day:%d/%m/%Y} au {other.last_day:%d/%m/%Y}."
                )
            }
    return {}


def _span(programme: Programme) -> str:
    return f"du {programme.first_day:%d/%m/%Y} au {programme.last_day:%d/%m/%Y}"
