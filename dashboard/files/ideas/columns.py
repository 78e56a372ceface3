"""The columns of an export of ideas (colonnes): header, meaning, and whether the import reads
them.

One line per column, in the order of a file. `core` columns are those a complete re-import needs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.files.csvout import restored
from dashboard.files.matching.fields import Correspondence, Field, Fields, fields_of
from dashboard.files.tables import Table
from dashboard.files.values import compact, quoted
from models.errors import Refused
from models.idea_states import DETAILS
from models.import_sources import OWN_SOURCE
from models.search import fold


@dataclass(frozen=True)
class IdeaColumn:
    """One column: our field, its header, its meaning in one sentence."""

    field: str
    header: str
    meaning: str
    core: bool = True
    read_back: bool = True


def _more(field: str, header: str, meaning: str, read_back: bool = True) -> IdeaColumn:
    return IdeaColumn(field, header, meaning, core=False, read_back=read_back)


COLUMNS = (
    IdeaColumn("number", "Numéro", "Numéro de l'entrée, celui que l'on dit au téléphone."),
    IdeaColumn("title", "Titre", "Titre, 255 caractères au plus."),
    IdeaColumn("body", "Texte", "Texte entier, avec ses retours à la ligne."),
    IdeaColumn(
        "kind",
        "Genre",
        "Idée, suggestion, constat, amélioration en cours, attente, objection ou commentaire.",
    ),
    IdeaColumn(
        "good",
        "Ça va / ça ne va pas",
        "Pour un constat : oui s'il dit « ça va », non s'il dit « ça ne va pas ».",
    ),
    IdeaColumn("theme", "Ambition", "Nom de l'ambition, vide si elle n'est pas précisée."),
    IdeaColumn("direction", "Direction", "Code de la direction concernée."),
    IdeaColumn(
        "direction_name",
        "Nom de la direction",
        "Nom de la direction concernée ; c'est le code qui est relu.",
    ),
    IdeaColumn("status", "État", "État au jour de l'export, ou de la situation demandée."),
    IdeaColumn("status_on", "État depuis le", "Jour depuis lequel l'entrée est dans cet état."),
    IdeaColumn(
        "status_dated",
        "État daté",
        "Non si ce jour n'est pas connu : l'entrée ne compte alors pas dans les délais.",
    ),
    IdeaColumn("filed_on", "Déposée le", "Jour du dépôt."),
    IdeaColumn("filing_dated", "Dépôt daté", "Non si ce jour n'est pas connu."),
    IdeaColumn(
        "answered_on",
        "Première réponse le",
        "Jour de la première réponse, vide si elle se fait attendre.",
    ),
    # An older export lacks the newest columns: their fields stay unchanged.
    *(_more(detail.column, detail.title, detail.meaning) for detail in DETAILS),
    IdeaColumn(
        "voices", "Voix", "Voix comptées dans la salle, ou votes reçus dans l'outil d'origine."
    ),
    IdeaColumn("channel", "Canal", "Par où l'entrée est arrivée."),
    IdeaColumn(
        "published",
        "Publiée",
        "Non tant qu'elle n'a pas été lue, ou si elle n'est pas montrée à tous.",
    ),
    IdeaColumn("merged_into", "Fusionnée dans", "Numéro de l'entrée qui la reprend."),
    IdeaColumn(
        "source", "Source", "Outil d'origine ; « c-possible » si l'entrée a été déposée ici."
    ),
    IdeaColumn(
        "key",
        "Clé d'origine",
        "Identifiant dans l'outil d'origine : c'est par lui qu'elle est reconnue.",
    ),
    _more(
        "supports",
        "Soutiens",
        "Nombre de personnes qui la soutiennent ici. N'est pas relu : un soutien appartient à une"
        " personne.",
        False,
    ),
    _more("comments", "Commentaires", "Nombre de commentaires publics. N'est pas relu.", False),
    _more("reason", "Motif", "Motif de l'état, tel qu'il a été dit à l'auteur."),
    _more("answer", "Réponse", "Texte de la première réponse."),
    _more(
        "due_on", "Réponse attendue pour le", "Jour promis pour la réponse, vide s'il n'y en a pas."
    ),
    _more(
        "relayed",
        "Relayée",
        "Oui si un ambassadeur l'a déposée pour quelqu'un. N'est pas relu : aucun nom ne sort.",
        False,
    ),
)
OWN_HEADERS = {column.field: column.header for column in COLUMNS}
_REST = re.compile(r"(.+) \(suite(?: ([0-9]))?\)")


def rest_header(header: str, part: int) -> str:
    """The header of the continuation of a text longer than a workbook cell: « Texte (suite) », «
    Texte (suite 2) »; `part` from 1.
    """
    return f"{header} (suite)" if part == 1 else f"{header} (suite {part})"


def begun_by(header: str) -> str | None:
    """The header whose texts continue under this one; None if it is not a continuation."""
    match = _REST.fullmatch(header)
    return match[1] if match and match[1] in OWN_HEADERS.values() else None


def chosen(names: Sequence[str]) -> list[IdeaColumn]:
    """The columns with these fields or headers, in the given order; all by default. Raises
    Refused.
    """
    known = {fold(name): column for column in COLUMNS for name in (column.field, column.header)}
    asked_names = [name.strip() for name in names if name.strip()]
    unknown = [name for name in asked_names if fold(name) not in known]
    if unknown:
        raise Refused(
            f"La colonne « {unknown[0][:80]} » n'existe pas. Colonnes :"
            f" {', '.join(column.field for column in COLUMNS)}."
        )
    return list(dict.fromkeys(known[fold(name)] for name in asked_names)) or list(COLUMNS)


KIND = "idees"
_DETAILS = [Field(one.column, (one.title, *one.headers), asked=False) for one in DETAILS]
IDEAS = Fields(KIND, [*fields_of(KIND).values(), *_DETAILS])
OWN = Correspondence(
    "Export de C-Possible",
    marks=((OWN_HEADERS["source"], OWN_HEADERS["key"]),),
    source=OWN_SOURCE,
    columns={name: (header,) for name, header in OWN_HEADERS.items() if name in IDEAS},
)


def text_rests(headers: list[str]) -> dict[int, list[int]]:
    """Column → the columns that continue its long texts, in order."""
    rests: dict[int, list[int]] = {}
    for place, header in enumerate(headers):
        begun = begun_by(header)
        if begun in headers:
            rests.setdefault(headers.index(begun), []).append(place)
    return rests


def require_whole(table: Table) -> None:
    present = {compact(restored(header)) for header in table.headers}
    missing = [
        column.header for column in COLUMNS if column.core and compact(column.header) not in present
    ]
    if missing:
        raise Refused(
            f"« {table.name} » est un export de C-Possible où il manque des colonnes"
            f" ({quoted(missing)}) :"
            " exportez-les toutes pour le réimporter."
        )
