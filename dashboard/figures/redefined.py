"""Figures that this release computes differently from earlier ones (chiffres redéfinis): those of
closed months change with the upgrade, which lists them with the reason.
"""

from collections.abc import Iterable

# The database step that introduced the change, the codes of the figures, and the new definition.
Redefined = tuple[str, tuple[str, ...], str]

REDEFINED: tuple[Redefined, ...] = (
    (
        "0012",
        ("fraicheur",),
        "les chiffres relevés y comptent aussi, plus seulement les rapports des jalons",
    ),
    ("0012", ("avancement.initial",), "les jalons annulés depuis y gardent leur poids"),
    (
        "0012",
        (
            "presence.taux",
            "presence.non-excusees",
            "heures",
            "formation",
            "satisfaction.taux",
            "satisfaction.nps",
            "satisfaction.reponses",
        ),
        "une session dont les présences n'ont pas été notées n'y compte plus, et là où aucune ne"
        " l'a été il est « n.d. » et non 0 ; moins de cinq personnes y sont un petit effectif",
    ),
    ("0012", ("attente",), "personne sur une liste d'attente s'y dit 0 et non « n.d. »"),
    (
        "0012",
        ("managers",),
        "une session dont personne n'a noté les présences est « n.d. »",
    ),
    (
        "0012",
        ("groupes-adoption",),
        "les points d'un groupe qui n'a pas soumis sa proposition n'y comptent plus",
    ),
    (
        "0012",
        ("retention", "ambassadeurs-actifs", "idees.auteurs"),
        "moins de cinq personnes y sont un petit effectif, à l'échelle de l'administration aussi",
    ),
    (
        "0032",
        (
            "formation",
            "heures",
            "presence.taux",
            "presence.non-excusees",
            "satisfaction.reponses",
            "attente",
            "ambassadeurs-actifs",
            "managers",
            "idees.auteurs",
        ),
        "un changement de moins de cinq personnes d'une fin de mois à l'autre n'est pas montré",
    ),
    (
        "0033",
        ("idees.pour-100", "idees.auteurs", "idees-issue.retenues", "idees-issue.realisees"),
        "une idée importée sans date de dépôt n'y compte plus",
    ),
)


def redefined_since(step: str) -> Iterable[Redefined]:
    """Figures that a database at this migration may have shown differently."""
    return (change for change in REDEFINED if step < change[0])
