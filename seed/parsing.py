"""The reference files, column by column: what each line wants to be true, checked before
anything is written.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from models.idea_states import IdeaStatus
from models.roadmap import PlanLevel, TargetKind
from models.search import fold
from seed.csvfiles import CsvRow, read

AMBITIONS = "ambitions.csv"
WORKSTREAMS = "chantiers.csv"
ACTIVITIES = "activites.csv"
PROJECTS = "projets.csv"
MILESTONES = "jalons.csv"
TARGETS = "cibles.csv"
CLOSING = "jours-de-fermeture.csv"
TEMPLATES = "modeles-reponse.csv"
MOTIVES = "motifs.csv"
SYNONYMS = "synonymes.csv"

# Each file with its columns, and the column whose values stand once.
_FILES: dict[str, tuple[tuple[str, ...], str | None]] = {
    AMBITIONS: (("numéro", "code", "nom", "description"), "numéro"),
    WORKSTREAMS: (("numéro", "code", "nom", "nom court"), "numéro"),
    ACTIVITIES: (("code", "nom", "objectif", "définition"), "code"),
    PROJECTS: (("code", "nom", "exemple", "ambition", "niveau"), "code"),
    MILESTONES: (
        (
            "numéro",
            "chantier",
            "titre",
            "poids",
            "critique",
            "échelle",
            "début",
            "échéance",
            "porteur",
            "direction",
            "figure",
            "compare",
            "seuil",
        ),
        "numéro",
    ),
    TARGETS: (
        (
            "figure",
            "type",
            "pour_le",
            "valeur",
            "valeur_haute",
            "depart",
            "depart_le",
            "decidee_le",
        ),
        None,
    ),
    CLOSING: (("jour", "libellé"), "jour"),
    TEMPLATES: (("nom", "état", "texte"), "nom"),
    MOTIVES: (("nom", "état", "texte"), "nom"),
    SYNONYMS: (("mots", "note"), "mots"),
}


@dataclass(frozen=True)
class Wanted:
    """One line of a file: its key, the values of its record, and those of its dated fact where
    it has one.
    """

    key: str
    values: dict[str, object]
    dated: dict[str, object] = field(default_factory=dict)
    owner: str = ""


def parse_all(folder: Path) -> dict[str, list[Wanted]]:
    """Every reference file of the folder. Raises Refused with one sentence that names file and
    line.
    """
    rows = {name: read(folder / name, columns, key) for name, (columns, key) in _FILES.items()}
    found = {
        AMBITIONS: [_ambition(row) for row in rows[AMBITIONS]],
        WORKSTREAMS: [_workstream(row) for row in rows[WORKSTREAMS]],
        ACTIVITIES: [_activity(row) for row in rows[ACTIVITIES]],
        TARGETS: _once([(row, _target(row)) for row in rows[TARGETS]]),
        CLOSING: [_closing_day(row) for row in rows[CLOSING]],
        TEMPLATES: [_wording(row) for row in rows[TEMPLATES]],
        MOTIVES: [_wording(row, motive=True) for row in rows[MOTIVES]],
        SYNONYMS: [_synonym(row) for row in rows[SYNONYMS]],
    }
    ambitions = {line.values["code"]: line.values["id"] for line in found[AMBITIONS]}
    found[PROJECTS] = [_project(row, ambitions) for row in rows[PROJECTS]]
    workstreams = {line.values["id"] for line in found[WORKSTREAMS]}
    found[MILESTONES] = [
        _milestone(row, position, workstreams)
        for position, row in enumerate(rows[MILESTONES], start=1)
    ]
    return found


def _ambition(row: CsvRow) -> Wanted:
    values = {
        "id": row.whole("numéro"),
        "code": row.needed("code"),
        "name": row.needed("nom"),
        "description": row.text("description"),
    }
    return Wanted(str(values["id"]), values)


def _workstream(row: CsvRow) -> Wanted:
    values = {
        "id": row.whole("numéro"),
        "code": row.needed("code"),
        "name": row.needed("nom"),
        "short_name": row.needed("nom court"),
    }
    return Wanted(str(values["id"]), values)


def _activity(row: CsvRow) -> Wanted:
    values = {
        "code": row.needed("code"),
        "name": row.needed("nom"),
        "purpose": row.needed("objectif"),
        "definition": row.needed("définition"),
    }
    return Wanted(values["code"], values)


def _project(row: CsvRow, ambitions: dict[str, int]) -> Wanted:
    ambition = row.text("ambition")
    if ambition and ambition not in ambitions:
        raise row.refuse(f"l'ambition « {ambition} » n'est pas dans {AMBITIONS}.")
    level = PlanLevel.of_label(row.needed("niveau"))
    if level is None:
        raise row.refuse(f"« {row.text('niveau')} » n'est pas un niveau de projet.")
    values = {
        "number": row.needed("code"),
        "title": row.needed("nom"),
        "example": row.text("exemple"),
        "ambition_id": ambitions.get(ambition),
        "level": str(level),
    }
    return Wanted(values["number"], values)


def _milestone(row: CsvRow, position: int, workstreams: set[int]) -> Wanted:
    workstream = row.whole("chantier")
    if workstream not in workstreams:
        raise row.refuse(f"le chantier « {workstream} » n'est pas dans {WORKSTREAMS}.")
    weight = row.number("poids")
    if weight <= 0:
        raise row.refuse("le poids d'un jalon est plus grand que zéro.")
    start = row.day("début")
    end = row.day("échéance")
    if end < start:
        raise row.refuse("l'échéance tombe avant le début.")
    values = {
        "number": row.needed("numéro"),
        "workstream_id": workstream,
        "title": row.needed("titre"),
        "ladder": row.is_yes("échelle"),
        "position": position,
    } | _tie(row)
    dated = {
        "start": start,
        "end": end,
        "weight": weight,
        "critical": row.is_yes("critique"),
        "owner": row.text("porteur"),
    }
    return Wanted(values["number"], values, dated, row.text("direction"))


_PARTS = {"": False, "valeur": False, "nombre": True}
_OF_THE_ROADMAP = ("avancement", "ecart", "echeances", "glissement", "fraicheur")


def _tie(row: CsvRow) -> dict[str, object]:
    """The figure and the threshold a milestone is tied to, or nothing."""
    figure = row.text("figure")
    threshold = row.maybe_number("seuil")
    if row.text("compare") not in _PARTS:
        raise row.refuse("« compare » est « valeur » ou « nombre ».")
    if bool(figure) != (threshold is not None):
        raise row.refuse("une figure et son seuil vont ensemble.")
    if figure.startswith(_OF_THE_ROADMAP):
        raise row.refuse(
            "un jalon ne se mesure pas par un chiffre de la feuille de route elle-même."
        )
    return {
        "figure": figure or None,
        "by_count": _PARTS[row.text("compare")],
        "threshold": threshold,
    }


def _target(row: CsvRow) -> Wanted:
    code = fold(row.needed("type")).replace(" ", "-")
    kind = next((kind for kind in TargetKind if kind == code), None)
    if kind is None or kind is TargetKind.follow:
        raise row.refuse(
            f"« {row.text('type')} » n'est pas un type de cible (hausse, baisse, plage, oui-non)."
        )
    lower = row.number("valeur")
    upper = row.maybe_number("valeur_haute")
    if (upper is None) == (kind is TargetKind.range):
        raise row.refuse("une plage, et elle seule, a une valeur haute.")
    if kind is TargetKind.range and not 0 < lower < upper:
        raise row.refuse("une plage va d'une valeur plus grande que zéro à une valeur plus haute.")
    values = {
        "figure": row.needed("figure"),
        "kind": str(kind),
        "for_date": row.day("pour_le"),
        "value": lower,
        "upper": upper,
        "baseline": row.maybe_number("depart"),
        "baseline_on": row.maybe_day("depart_le"),
    }
    return Wanted(
        f"{values['figure']} {values['for_date']:%d/%m/%Y}", values, {"on": row.day("decidee_le")}
    )


def _once(lines: list[tuple[CsvRow, Wanted]]) -> list[Wanted]:
    seen: dict[str, int] = {}
    for row, line in lines:
        if line.key in seen:
            raise row.refuse(f"la cible « {line.key} » se trouve déjà à la ligne {seen[line.key]}.")
        seen[line.key] = row.line
    return [line for _, line in lines]


def _wording(row: CsvRow, motive: bool = False) -> Wanted:
    """A template of an answer, or a motif: a reason in one sentence."""
    status = IdeaStatus.of_label(row.text("état")) if row.text("état") else None
    if row.text("état") and status is None:
        raise row.refuse(f"« {row.text('état')} » n'est pas un état d'une idée.")
    # One name for both files: a motif and a template may say the same word.
    name = f"Motif — {row.needed('nom')}" if motive else row.needed("nom")
    return Wanted(
        name,
        {
            "name": name,
            "status": status and str(status),
            "text": row.needed("texte"),
            "motive": motive,
        },
    )


def _synonym(row: CsvRow) -> Wanted:
    words = row.needed("mots")
    return Wanted(words, {"words": words, "note": row.text("note")})


def _closing_day(row: CsvRow) -> Wanted:
    day = row.needed("jour")
    if not _is_closing_day(day):
        raise row.refuse(f"« {day} » n'est ni jj/mm (chaque année) ni jj/mm/aaaa (une fois).")
    return Wanted(day, {"day": day, "label": row.text("libellé")})


def _is_closing_day(day: str) -> bool:
    parts = day.split("/")
    if [len(part) for part in parts] not in ([2, 2], [2, 2, 4]):
        return False
    try:
        # 2020 has a 29 February.
        date(int(parts[2]) if len(parts) == 3 else 2020, int(parts[1]), int(parts[0]))
    except ValueError:
        return False
    return True
