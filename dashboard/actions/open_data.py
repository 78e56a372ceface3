"""Open data (données ouvertes): what was published, and nothing else, into a folder that the town
serves.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from operator import attrgetter
from pathlib import Path

from sqlmodel import Session

from dashboard.files.open_data import OpenField, OpenSet, Publisher, files_of, write_folder
from dashboard.queries.directions import organisation
from dashboard.queries.news import LastPublication, every_published
from models.clock import today
from models.settings import settings

_NOBODY = "Administration communale"
_LICENCE = ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")
ON = (
    OpenField("situation_on", "Situation au", "Jour dont parlent les valeurs (AAAA-MM-JJ)"),
    OpenField("published_on", "Publié le", "Jour de la publication (AAAA-MM-JJ)"),
)


def write_open_data(session: Session, folder: Path) -> int:
    """Écrire les données ouvertes; how many files have changed. What was withdrawn goes from them.
    Raises Refused where the folder is not there, or cannot be written.
    """
    day = today(session)
    published = every_published(session, day)
    return write_folder(folder, files_of(_sets(published), _publisher(session, day)))


def _publisher(session: Session, day: date) -> Publisher:
    root = organisation(session).at(day).root
    ours = settings()
    return Publisher(
        root.name if root else _NOBODY,
        ours.cp_contact,
        *_LICENCE,
        ours.cp_open_data_url,
    )


# ── The sets ──────────────────────────────────────────────────────────────────────────────────────

FIGURES = OpenSet(
    "chiffres",
    "Chiffres de la transformation",
    "Les chiffres de chaque publication de la situation, tels qu'ils ont été publiés. Une valeur"
    " qui parlerait de trop peu de personnes n'y figure pas.",
    (
        *ON,
        OpenField("code", "Code", "Code stable du chiffre"),
        OpenField("label", "Nom", "Nom du chiffre"),
        OpenField("definition", "Définition", "Ce que le chiffre compte"),
        OpenField("unit", "Unité", "Code de l'unité : %, nb, jours, pour-100…"),
        OpenField("value", "Valeur", "Valeur à la date ; vide quand rien n'était connu"),
        OpenField("numerator", "Numérateur", "Ce qui est compté, d'un taux"),
        OpenField("denominator", "Dénominateur", "Ce à quoi il est rapporté, d'un taux"),
        OpenField("fresh_on", "Dernière donnée", "Jour de la dernière donnée"),
    ),
)
WORKSTREAMS = OpenSet(
    "chantiers",
    "Chantiers de la transformation",
    "L'avancement des chantiers, à chaque publication de la situation.",
    (
        *ON,
        OpenField("number", "Numéro", "Numéro du chantier"),
        OpenField("name", "Nom", "Nom du chantier"),
        OpenField("done", "Réalisé", "Part réalisée du poids de ses jalons, en %"),
        OpenField("reached", "Jalons atteints", "Nombre de jalons atteints"),
        OpenField("total", "Jalons", "Nombre de jalons"),
    ),
)
MILESTONES = OpenSet(
    "jalons",
    "Jalons de la transformation",
    "Les jalons de la feuille de route, à la dernière publication de la situation.",
    (
        *ON,
        OpenField("number", "Numéro", "Numéro du jalon"),
        OpenField("title", "Titre", "Ce qui doit être atteint"),
        OpenField("due", "Échéance", "Jour prévu"),
        OpenField("reached_on", "Atteint le", "Jour où il a été atteint ; vide s'il ne l'est pas"),
    ),
)
DONE = OpenSet(
    "idees-realisees",
    "Idées d'agents réalisées",
    "Les idées réalisées que montre la dernière publication, avec la réponse donnée.",
    (
        *ON,
        OpenField("number", "Numéro", "Numéro de l'idée"),
        OpenField("title", "Titre", "Titre de l'idée"),
        OpenField("answer", "Réponse", "Ce qui a été répondu"),
    ),
)


def _sets(published: Sequence[LastPublication]) -> list[OpenSet]:
    """Figures and workstreams of every publication, so that they make a series; what stands for
    itself of the last one alone.
    """
    last = published[:1]
    return [
        _filled(FIGURES, published, lambda one: one.situation.figures),
        _filled(WORKSTREAMS, published, lambda one: one.situation.workstreams),
        _filled(MILESTONES, last, lambda one: one.situation.milestones),
        _with_rows(DONE, last, [(one.au, one.on, *done) for one in last for done in one.done]),
    ]


def _filled(
    empty: OpenSet,
    published: Sequence[LastPublication],
    parts: Callable[[LastPublication], Iterable[object]],
) -> OpenSet:
    told = attrgetter(*empty.columns[len(ON) :])
    rows = [(one.au, one.on, *told(part)) for one in published for part in parts(one)]
    return _with_rows(empty, published, rows)


def _with_rows(
    empty: OpenSet, published: Sequence[LastPublication], rows: Sequence[tuple[object, ...]]
) -> OpenSet:
    last = max((one.on for one in published), default=None)
    return OpenSet(empty.name, empty.title, empty.description, empty.fields, tuple(rows), last)
