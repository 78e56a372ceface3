"""Reference data (référentiel): adds the rows of the CSV files in this folder that the database
lacks; can be repeated.

All files are read before anything is written. Existing rows are not changed, whatever the file
says: they are edited on « Référentiels » and « Programme », or by `import`.
"""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from sqlmodel import Session, SQLModel, select

from models import clock
from models.clock import ClosingDay
from models.directions import Direction
from models.idea_states import IdeaStatus
from models.ideas import AnswerTemplate
from models.jobs import Installation
from models.programmes import programmes, write_first
from models.roadmap import (
    Activity,
    Ambition,
    Plan,
    PlanLevel,
    PlanSchedule,
    Target,
    TargetKind,
    Workstream,
)
from models.search import fold
from models.synonyms import Synonym
from seed.stage import CsvRow, read

FOLDER = Path(__file__).parent
Values = dict[str, object]


# ── Values of a line ────────────────────────────────────────────────────────────────────────────


def _ambition(row: CsvRow) -> Values:
    return {
        "id": row.whole("numéro"),
        "code": row.needed("code"),
        "name": row.needed("nom"),
        "description": row.text("description"),
    }


def _workstream(row: CsvRow) -> Values:
    return {
        "id": row.whole("numéro"),
        "code": row.needed("code"),
        "name": row.needed("nom"),
        "short_name": row.needed("nom court"),
    }


def _activity(row: CsvRow) -> Values:
    return {
        "code": row.needed("code"),
        "name": row.needed("nom"),
        "purpose": row.needed("objectif"),
        "definition": row.needed("définition"),
    }


def _project(row: CsvRow) -> Values:
    return {
        "number": row.needed("code"),
        "title": row.needed("nom"),
        "example": row.text("exemple"),
        "ambition": row.text("ambition"),
        "level": row.word("niveau", PlanLevel),
    }


_PARTS = {"": False, "valeur": False, "nombre": True}


def _milestone(row: CsvRow) -> Values:
    if row.text("compare") not in _PARTS:
        raise row.refuse("« compare » est « valeur » ou « nombre ».")
    return {
        "number": row.needed("numéro"),
        "workstream_id": row.whole("chantier"),
        "title": row.needed("titre"),
        "ladder": row.is_yes("échelle"),
        "position": row.line - 1,
        "figure": row.text("figure") or None,
        "by_count": _PARTS[row.text("compare")],
        "threshold": row.maybe_number("seuil"),
        "schedule": {
            "start": row.day("début"),
            "end": row.day("échéance"),
            "weight": row.number("poids"),
            "critical": row.is_yes("critique"),
            "owner": row.text("porteur"),
        },
        "direction": row.text("direction"),
    }


def _target(row: CsvRow) -> Values:
    code = fold(row.needed("type")).replace(" ", "-")
    if code not in list(TargetKind):
        raise row.refuse(
            f"« {row.text('type')} » n'est pas un type de cible (hausse, baisse, plage, oui-non)."
        )
    return {
        "figure": row.needed("figure"),
        "kind": code,
        "for_date": row.day("pour_le"),
        "value": row.number("valeur"),
        "upper": row.maybe_number("valeur_haute"),
        "baseline": row.maybe_number("depart"),
        "baseline_on": row.maybe_day("depart_le"),
        "on": row.day("decidee_le"),
    }


def _closing_day(row: CsvRow) -> Values:
    return {"day": row.needed("jour"), "label": row.text("libellé")}


def _template(row: CsvRow) -> Values:
    """A motive is a reason in one sentence; it may have the name of a template."""
    is_motive = row.file == "motifs.csv"
    return {
        "name": f"Motif — {row.needed('nom')}" if is_motive else row.needed("nom"),
        "status": row.word("état", IdeaStatus) if row.text("état") else None,
        "text": row.needed("texte"),
        "motive": is_motive,
    }


def _synonym(row: CsvRow) -> Values:
    return {"words": row.needed("mots"), "note": row.text("note")}


# ── The files ───────────────────────────────────────────────────────────────────────────────────


class ReferenceFile(NamedTuple):
    """One file: the column with unique values (empty: none), the table, and the
    attributes that identify a line. `is_proposed`: a real administration has its own.
    """

    name: str
    once: str
    table: type[SQLModel]
    key: tuple[str, ...]
    values: Callable[[CsvRow], Values]
    is_proposed: bool = False


FILES = (
    ReferenceFile("ambitions.csv", "numéro", Ambition, ("id",), _ambition),
    ReferenceFile("chantiers.csv", "numéro", Workstream, ("id",), _workstream),
    ReferenceFile("activites.csv", "code", Activity, ("code",), _activity),
    ReferenceFile("jalons.csv", "numéro", Plan, ("number",), _milestone, True),
    ReferenceFile("projets.csv", "code", Plan, ("number",), _project, True),
    ReferenceFile("cibles.csv", "", Target, ("figure", "for_date"), _target, True),
    ReferenceFile("jours-de-fermeture.csv", "jour", ClosingDay, ("day",), _closing_day),
    ReferenceFile("modeles-reponse.csv", "nom", AnswerTemplate, ("name",), _template),
    ReferenceFile("motifs.csv", "nom", AnswerTemplate, ("name",), _template),
    ReferenceFile("synonymes.csv", "mots", Synonym, ("words",), _synonym),
)


def load_reference(
    session: Session, folder: Path = FOLDER, proposed: bool = True
) -> dict[str, int]:
    """Adds the lines of the CSV files of `folder` that the database lacks, in the open transaction;
    without those that are only `proposed`. File → number of lines added. Raises Refused, having
    written nothing.
    """
    files = [file for file in FILES if proposed or not file.is_proposed]
    wanted = [[file.values(row) for row in read(folder / file.name, file.once)] for file in files]
    added = {}
    for file, lines in zip(files, wanted, strict=True):
        stored = {_key(file, record.model_dump()) for record in session.exec(select(file.table))}
        new = [values for values in lines if _key(file, values) not in stored]
        _add(session, file.table, new)
        added[file.name] = len(new)
        if file.table is Workstream:
            # The workstreams belong to the first programme, and milestones begin with it.
            write_first(session)
    return added


def _key(file: ReferenceFile, values: Values) -> tuple[object, ...]:
    return tuple(values[name] for name in file.key)


def _add(session: Session, table: type[SQLModel], lines: Sequence[Values]) -> None:
    ambitions = dict(session.exec(select(Ambition.code, Ambition.id)).all())
    for values in lines:
        schedule, direction = values.pop("schedule", None), values.pop("direction", "")
        if "ambition" in values:
            values["ambition_id"] = ambitions.get(values.pop("ambition"))
        if table is Target:
            values["recorded_on"] = _learnt_on(session, values["on"])
        record = table(**values)
        session.add(record)
        session.flush()
        if schedule:
            start = programmes(session).first_day
            owner = session.exec(select(Direction.id).where(Direction.code == direction)).first()
            session.add(
                PlanSchedule(
                    on=start,
                    recorded_on=_learnt_on(session, start),
                    plan_id=record.id,
                    owner_direction_id=owner,
                    **schedule,
                )
            )


def _learnt_on(session: Session, day: date) -> date:
    """The fictive administration knew its programme from the first day; a real one from the day it
    loads it.
    """
    installation = session.get(Installation, 1)
    return day if installation and installation.demonstration else clock.today(session)
