"""Acts on the references (référentiels) of the programme: naming its workstreams and ambitions. The
journal keeps what each was.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session, SQLModel

from dashboard.access import Reader, require
from dashboard.actions.keeping.auditing import note
from dashboard.actions.keeping.overtaking import refuse_overtaken
from dashboard.queries.keeping.marks import last_change
from models.clock import today
from models.errors import Invalid, Refused
from models.ledger import bump
from models.roadmap import HORIZON, Ambition, AmbitionColour, Workstream
from models.texts import clean_text, clean_title

NAME_MAX = 120
SHORT_MAX = 40
TEXT_MAX = 1000
# Whatever shows the name of an ambition or of a workstream.
_SUBJECTS = ("directions", "ideas", "roadmap")
HORIZONS = (2000, 2100)
AMBITION_FIELDS = ("name", "description", "colour", "goal", "horizon")
_NOTHING = "Rien ne change."


@dataclass(frozen=True)
class AmbitionInput:
    """What the form of an ambition asks; without a colour it has that of its code."""

    name: str
    description: str = ""
    colour: str = ""
    goal: str = ""
    horizon: int | None = HORIZON


def describe_ambition(
    session: Session,
    reader: Reader,
    ambition_id: int,
    given: AmbitionInput,
    *,
    read: str | None = None,
) -> None:
    """Nommer et décrire une ambition: its words, colour, goal and horizon. Raises Invalid per
    field, Overtaken.
    """
    require(reader, "milestone.revise")
    ambition = held(session, Ambition, ambition_id)
    _refuse_overtaken(session, reader, read, ambition, *AMBITION_FIELDS)
    errors = ambition_faults(given)
    if errors:
        raise Invalid(errors)
    if not write_ambition(session, reader, ambition, given):
        raise Invalid({"form": _NOTHING})


def ambition_faults(given: AmbitionInput) -> dict[str, str]:
    """What is wrong with an ambition, field by field."""
    texts = {name: (getattr(given, name), TEXT_MAX) for name in ("description", "goal")}
    errors = _too_long({"name": (given.name, NAME_MAX), **texts}) | _missing({"name": given.name})
    if given.colour and given.colour not in list(AmbitionColour):
        known = ", ".join(colour.label for colour in AmbitionColour)
        errors["colour"] = f"Choisissez une de ces couleurs : {known}."
    if given.horizon is None or not HORIZONS[0] <= given.horizon <= HORIZONS[1]:
        errors["horizon"] = f"Donnez une année, de {HORIZONS[0]} à {HORIZONS[1]}."
    return errors


def write_ambition(
    session: Session, reader: Reader, ambition: Ambition, given: AmbitionInput
) -> bool:
    """Writes what differs of an ambition whose fields have been checked; the journal has its colour
    in words.
    """
    values = {
        "name": clean_title(given.name),
        "description": clean_text(given.description),
        "colour": str(given.colour),
        "goal": clean_text(given.goal),
        "horizon": given.horizon,
    }

    def told(name: str, value: object) -> object:
        is_known = name == "colour" and value in list(AmbitionColour)
        return AmbitionColour(value).label if is_known else value

    return write_values(session, reader, ambition, ambition.code, values, told)


def name_workstream(
    session: Session,
    reader: Reader,
    workstream_id: int,
    name: str,
    short_name: str,
    *,
    read: str | None = None,
) -> None:
    """Nommer un chantier, in full and in short. Raises Invalid per field, Overtaken."""
    require(reader, "milestone.revise")
    stream = held(session, Workstream, workstream_id)
    _refuse_overtaken(session, reader, read, stream, "name", "short_name")
    errors = stream_faults(name, short_name)
    if errors:
        raise Invalid(errors)
    values = {"name": clean_title(name), "short_name": clean_title(short_name)}
    if not write_values(session, reader, stream, stream.code, values):
        raise Invalid({"form": _NOTHING})


def stream_faults(name: str, short_name: str) -> dict[str, str]:
    """What is wrong with the names of a workstream, field by field."""
    errors = _too_long({"name": (name, NAME_MAX), "short_name": (short_name, SHORT_MAX)})
    return errors | _missing({"name": name, "short_name": short_name})


# --- rules ----------------------------------------------------------------------------------------


def held(session: Session, table: type[SQLModel], record_id: int) -> SQLModel:
    """The record, locked until the act is over. Raises Refused where it is gone."""
    found = session.get(table, record_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refused("Cette ligne du référentiel n'existe plus.")
    return found


def _refuse_overtaken(
    session: Session, reader: Reader, read: str | None, record: SQLModel, *fields: str
) -> None:
    stands = {name: getattr(record, name) for name in fields}
    last = last_change(session, record.__tablename__, record.code)
    refuse_overtaken(session, reader, read, stands, last)


def _too_long(texts: dict[str, tuple[str, int]]) -> dict[str, str]:
    return {
        name: f"Le texte peut compter {most} caractères au plus."
        for name, (text, most) in texts.items()
        if len(text) > most
    }


def _missing(texts: dict[str, str]) -> dict[str, str]:
    return {name: "Donnez un nom." for name, text in texts.items() if not clean_title(text)}


def write_values(
    session: Session,
    reader: Reader,
    record: SQLModel,
    key: str,
    values: dict[str, object],
    told: Callable[[str, object], object] = lambda _, value: value,
) -> bool:
    """Writes what differs of values that have been checked, each with its line in the journal, as
    `told` says a value; whether anything did.
    """
    day = today(session)
    changes = {
        name: (getattr(record, name), value)
        for name, value in values.items()
        if getattr(record, name) != value
    }
    if not changes:
        return False
    for name, (before, after) in changes.items():
        said = [told(name, value) or None for value in (before, after)]
        note(session, reader, day, record.__tablename__, key, name, *said)
        setattr(record, name, after)
    session.add(record)
    session.flush()
    bump(session, *_SUBJECTS)
    return True
