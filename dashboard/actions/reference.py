"""Acts on the transversal projects of the programme. The journal keeps what each was."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass

from sqlmodel import Session, SQLModel, select

from dashboard.access import Reader, require
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.journal import note
from dashboard.queries.edit_conflicts import last_change
from models.clock import today
from models.errors import Invalid, Refused
from models.ledger import bump
from models.roadmap import Ambition, Project, ProjectLevel
from models.texts import clean_text, clean_title

CODE_MAX = 30
NAME_MAX = 120
TEXT_MAX = 1000
# Whatever shows the name of an ambition or of a workstream.
_SUBJECTS = ("directions", "ideas", "roadmap")
PROJECT_FIELDS = ("name", "example", "ambition_id", "level", "objective", "parent_id")
LEVEL_ABOVE = {
    ProjectLevel.operational: ProjectLevel.strategic,
    ProjectLevel.action: ProjectLevel.operational,
}
_NOTHING = "Rien ne change."
_CODE = re.compile(r"[A-Z0-9][A-Z0-9\-]*")


@dataclass(frozen=True)
class ProjectInput:
    """What the form of a project (projet du PST) asks."""

    code: str
    name: str
    example: str = ""
    ambition_id: int | None = None
    level: ProjectLevel = ProjectLevel.action
    objective: str = ""
    parent_id: int | None = None


def save_project(
    session: Session,
    reader: Reader,
    project_id: int | None,
    given: ProjectInput,
    *,
    read: str | None = None,
) -> Project:
    """Créer ou modifier un projet du PST. Raises Invalid per field, EditConflict."""
    require(reader, "milestone.revise")
    project = held(session, Project, project_id) if project_id else Project(code="", name="")
    if project_id:
        _refuse_overtaken(session, reader, read, project, *PROJECT_FIELDS)
    values = project_values(given)
    errors = project_faults(session, project, given)
    if errors:
        raise Invalid(errors)
    if not write_project(session, reader, project, values):
        raise Invalid({"form": _NOTHING})
    return project


def write_project(
    session: Session, reader: Reader, project: Project, values: dict[str, object]
) -> bool:
    """Writes what differs of a project whose fields have been checked; the journal has its level in
    words, its ambition and its parent by their codes.
    """

    def told(name: str, value: object) -> object:
        if name == "level":
            return _level_in_words(value)
        table = {"ambition_id": Ambition, "parent_id": Project}.get(name)
        return session.get(table, value).code if table and value else value

    return write_values(session, reader, project, values["code"], values, told)


def project_values(given: ProjectInput) -> dict[str, object]:
    """What is given, as it is kept."""
    return asdict(given) | {
        "code": given.code.strip().upper(),
        "name": clean_title(given.name),
        "example": clean_text(given.example),
        "level": str(given.level),
        "objective": clean_text(given.objective),
    }


def project_faults(session: Session, project: Project, given: ProjectInput) -> dict[str, str]:
    """What is wrong with a project, new or known, field by field."""
    texts = {"name": (given.name, NAME_MAX)}
    texts |= {name: (getattr(given, name), TEXT_MAX) for name in ("example", "objective")}
    errors = _too_long(texts) | _missing({"name": given.name})
    errors |= _wrong_code(session, project, given.code.strip().upper())
    if given.ambition_id is not None and session.get(Ambition, given.ambition_id) is None:
        errors["ambition_id"] = "Cette ambition n'existe pas."
    return errors | _wrong_place(session, project, given)


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
    refuse_conflict(session, reader, read, stands, last)


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


def _wrong_place(session: Session, project: Project, given: ProjectInput) -> dict[str, str]:
    """A project stands below one of the level above its own, and takes what is below it along."""
    level = ProjectLevel(given.level)
    below = select(Project.code).where(Project.parent_id == (project.id or 0)).order_by(Project.id)
    if project.id is not None and project.level != level and (child := session.exec(below).first()):
        return {"level": f"{child} se trouve sous ce projet : son niveau ne change pas."}
    if given.parent_id is None:
        return {}
    parent = session.get(Project, given.parent_id)
    if parent is None:
        return {"parent_id": "Ce projet n'existe pas."}
    if project.id is not None and project.id in _chain(session, parent):
        return {"parent_id": f"{parent.code} se trouve lui-même sous ce projet."}
    above = LEVEL_ABOVE.get(level)
    if above is None:
        return {"parent_id": "Un objectif stratégique n'est sous aucun autre projet."}
    if parent.level != above:
        return {
            "parent_id": (
                f"{level.label} : se place sous un « {above.label.lower()} », et {parent.code} est"
                f" de niveau « {_level_in_words(parent.level).lower()} »."
            )
        }
    return {}


def _level_in_words(level: str) -> str:
    """The label of a level; what a hand in the database left there, as it is."""
    return ProjectLevel(level).label if level in list(ProjectLevel) else level


def _chain(session: Session, project: Project | None) -> set[int]:
    """The ids of a project and of what stands above it."""
    found: set[int] = set()
    while project is not None and project.id not in found:
        found.add(project.id)
        project = session.get(Project, project.parent_id) if project.parent_id else None
    return found


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
