"""Acts on the references (référentiels) of the programme: naming its workstreams and ambitions, its
transversal projects. The journal keeps what each was.
"""

import re
from dataclasses import asdict, dataclass

from sqlmodel import Session, SQLModel, select

from dashboard.access import Reader, require
from dashboard.actions.keeping.auditing import note
from dashboard.actions.keeping.overtaking import refuse_overtaken
from dashboard.queries.keeping.marks import last_change
from models.clock import today
from models.errors import Invalid, Refused
from models.ideas import clean_text, clean_title
from models.ledger import bump
from models.roadmap import Ambition, Project, Workstream

CODE_MAX = 30
NAME_MAX = 120
SHORT_MAX = 40
TEXT_MAX = 1000
# Whatever shows the name of an ambition or of a workstream.
_SUBJECTS = ("directions", "ideas", "roadmap")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9\-]*")


@dataclass(frozen=True)
class ProjectInput:
    """What the form of a project (projet du PST) asks."""

    code: str
    name: str
    example: str = ""
    ambition_id: int | None = None


def describe_ambition(
    session: Session,
    reader: Reader,
    ambition_id: int,
    name: str,
    description: str,
    *,
    read: str | None = None,
) -> None:
    """Nommer et décrire une ambition. Raises Invalid per field, Overtaken."""
    require(reader, "milestone.revise")
    ambition = _held(session, Ambition, ambition_id)
    _refuse_overtaken(session, reader, read, ambition, "name", "description")
    errors = _too_long({"name": (name, NAME_MAX), "description": (description, TEXT_MAX)})
    errors |= _missing({"name": name})
    _write(
        session,
        reader,
        ambition,
        ambition.code,
        {"name": clean_title(name), "description": clean_text(description)},
        errors,
    )


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
    stream = _held(session, Workstream, workstream_id)
    _refuse_overtaken(session, reader, read, stream, "name", "short_name")
    errors = _too_long({"name": (name, NAME_MAX), "short_name": (short_name, SHORT_MAX)})
    errors |= _missing({"name": name, "short_name": short_name})
    _write(
        session,
        reader,
        stream,
        stream.code,
        {"name": clean_title(name), "short_name": clean_title(short_name)},
        errors,
    )


def save_project(
    session: Session,
    reader: Reader,
    project_id: int | None,
    given: ProjectInput,
    *,
    read: str | None = None,
) -> Project:
    """Créer ou modifier un projet du PST. Raises Invalid per field, Overtaken."""
    require(reader, "milestone.revise")
    project = _held(session, Project, project_id) if project_id else Project(code="", name="")
    if project_id:
        _refuse_overtaken(session, reader, read, project, "name", "example", "ambition_id")
    values = asdict(given) | {
        "code": given.code.strip().upper(),
        "name": clean_title(given.name),
        "example": clean_text(given.example),
    }
    errors = _too_long({"name": (given.name, NAME_MAX), "example": (given.example, TEXT_MAX)})
    errors |= _missing({"name": given.name}) | _wrong_code(session, project, values["code"])
    if given.ambition_id is not None and session.get(Ambition, given.ambition_id) is None:
        errors["ambition_id"] = "Cette ambition n'existe pas."
    _write(session, reader, project, values["code"], values, errors)
    return project


# --- rules ----------------------------------------------------------------------------------------


def _held(session: Session, table: type[SQLModel], record_id: int) -> SQLModel:
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


def _wrong_code(session: Session, project: Project, code: str) -> dict[str, str]:
    if not _CODE.fullmatch(code) or len(code) > CODE_MAX:
        return {"code": f"Donnez un code court, en lettres et chiffres ({CODE_MAX} au plus)."}
    if project.id is not None and project.code != code:
        return {"code": "Le code ne change plus : des liens et des points le nomment."}
    other = select(Project.id).where(Project.code == code, Project.id != (project.id or 0))
    if session.exec(other).first():
        return {"code": f"Le code {code} est déjà celui d'un projet."}
    return {}


def _write(
    session: Session,
    reader: Reader,
    record: SQLModel,
    key: str,
    values: dict[str, object],
    errors: dict[str, str],
) -> None:
    """Writes what differs, each with its line in the journal. Raises Invalid where something is
    wrong or nothing changes.
    """
    if errors:
        raise Invalid(errors)
    day = today(session)
    changes = {
        name: (getattr(record, name), value)
        for name, value in values.items()
        if getattr(record, name) != value
    }
    if not changes:
        raise Invalid({"form": "Rien ne change."})
    for name, (before, after) in changes.items():
        note(session, reader, day, record.__tablename__, key, name, before or None, after)
        setattr(record, name, after)
    session.add(record)
    session.flush()
    bump(session, *_SUBJECTS)
