"""Reference data (référentiel): adds the rows of the CSV files in this folder that the database
lacks; can be repeated.

All files are read before anything is written. Existing rows are not changed, whatever the file
says: they are edited on « Référentiels » and « Programme », or by `import`.
"""

from collections import namedtuple
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlmodel import Session, SQLModel, select

from models import clock
from models.clock import ClosingDay
from models.directions import Direction
from models.idea_states import IdeaStatus
from models.ideas import AnswerTemplate
from models.installation import Installation
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
from models.scales import Word
from models.search import fold
from models.synonyms import Synonym
from seed.stage import CsvRow, read

FOLDER = Path(__file__).parent
Values = dict[str, object]


# ── Values that are not a cell as it stands ─────────────────────────────────────────────────────


def _label(row: CsvRow, column: str, vocabulary: type[Word]) -> Word:
    """The word with the label in this cell. Raises Refused."""
    label = row.need(column)
    for word in vocabulary:
        if word.label == label:
            return word
    raise row.refuse(f"« {label} » n'est pas connu ({column}).")


def _project(row: CsvRow) -> Values:
    return {"ambition": row.get("ambition"), "level": _label(row, "niveau", PlanLevel)}


_PARTS = {"": False, "valeur": False, "nombre": True}


def _milestone(row: CsvRow) -> Values:
    if row.get("compare") not in _PARTS:
        raise row.refuse("« compare » est « valeur » ou « nombre ».")
    for column in ("chantier", "début", "échéance", "poids"):
        row.need(column)
    return {
        "position": row.line - 1,
        "by_count": _PARTS[row.get("compare")],
        "schedule": row.values(
            PlanSchedule,
            {
                "start": "début",
                "end": "échéance",
                "weight": "poids",
                "critical": "critique",
                "owner": "porteur",
            },
        ),
        "direction": row.get("direction"),
    }


def _target(row: CsvRow) -> Values:
    code = fold(row.need("type")).replace(" ", "-")
    if code not in list(TargetKind):
        raise row.refuse(
            f"« {row.get('type')} » n'est pas un type de cible (hausse, baisse, plage, oui-non)."
        )
    return {"kind": code}


def _template(row: CsvRow) -> Values:
    """A motive is a reason in one sentence; it may have the name of a template."""
    is_motive = row.file == "motifs.csv"
    return {
        "name": f"Motif — {row.need('nom')}" if is_motive else row.need("nom"),
        "status": _label(row, "état", IdeaStatus) if row.get("état") else None,
        "motive": is_motive,
    }


# ── The files ───────────────────────────────────────────────────────────────────────────────────


# One file: its table, the attributes that identify a line, and the column of each attribute; what
# gives the values that are not a cell as it stands; and whether it is proposed: a real
# administration has its own.
ReferenceFile = namedtuple(
    "ReferenceFile", "name table key columns more is_proposed", defaults=(None, False)
)
_NAMED = {"code": "code", "name": "nom"}
_TEMPLATE = {"name": "nom", "text": "texte"}
FILES = (
    ReferenceFile(
        "ambitions.csv",
        Ambition,
        ("id",),
        {"id": "numéro", **_NAMED, "description": "description"},
    ),
    ReferenceFile(
        "chantiers.csv", Workstream, ("id",), {"id": "numéro", **_NAMED, "short_name": "nom court"}
    ),
    ReferenceFile(
        "activites.csv",
        Activity,
        ("code",),
        {**_NAMED, "purpose": "objectif", "definition": "définition"},
    ),
    ReferenceFile(
        "jalons.csv",
        Plan,
        ("number",),
        {
            "number": "numéro",
            "workstream_id": "chantier",
            "title": "titre",
            "ladder": "échelle",
            "figure": "figure",
            "threshold": "seuil",
        },
        _milestone,
        is_proposed=True,
    ),
    ReferenceFile(
        "projets.csv",
        Plan,
        ("number",),
        {"number": "code", "title": "nom", "example": "exemple"},
        _project,
        is_proposed=True,
    ),
    ReferenceFile(
        "cibles.csv",
        Target,
        ("figure", "for_date"),
        {
            "figure": "figure",
            "for_date": "pour_le",
            "value": "valeur",
            "upper": "valeur_haute",
            "baseline": "depart",
            "baseline_on": "depart_le",
            "on": "decidee_le",
        },
        _target,
        is_proposed=True,
    ),
    ReferenceFile(
        "jours-de-fermeture.csv", ClosingDay, ("day",), {"day": "jour", "label": "libellé"}
    ),
    ReferenceFile("modeles-reponse.csv", AnswerTemplate, ("name",), _TEMPLATE, _template),
    ReferenceFile("motifs.csv", AnswerTemplate, ("name",), _TEMPLATE, _template),
    ReferenceFile("synonymes.csv", Synonym, ("words",), {"words": "mots", "note": "note"}),
)


def load_reference(
    session: Session, folder: Path = FOLDER, proposed: bool = True
) -> dict[str, int]:
    """Adds the lines of the CSV files of `folder` that the database lacks, in the open transaction;
    without those that are only `proposed`. File → number of lines added. Raises Refused, having
    written nothing.
    """
    files = [file for file in FILES if proposed or not file.is_proposed]
    wanted = [_lines(file, folder) for file in files]
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


def _lines(file: ReferenceFile, folder: Path) -> list[Values]:
    # Two dates of one figure are two targets.
    unique = file.columns[file.key[0]] if len(file.key) == 1 else ""
    return [
        row.values(file.table, file.columns) | (file.more(row) if file.more else {})
        for row in read(folder / file.name, unique)
    ]


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
