"""Reading the organisation chart (organigramme) out of a file: units, what they stand under,
their agents, from which day.
"""

from dashboard.files.registers import RegisterLayout
from dashboard.files.values import compact
from models.directions import UnitKind

CHART = RegisterLayout(
    names={
        "code": ("code", "code de la direction", "sigle"),
        "name": ("nom", "name", "intitulé", "libellé", "direction"),
        "kind": ("type", "genre", "niveau"),
        "parent": ("parent", "dépend de", "sous", "code du parent"),
        "agents": ("effectif", "agents", "nombre d'agents"),
        "without": ("sans poste", "sans poste informatique", "sans ordinateur"),
        "on": ("au", "date", "depuis", "à partir du"),
        "head": ("responsable",),
    },
    needed=("code",),
    reads={"agents": "whole", "without": "whole", "on": "date"},
    main="code",
)
CLOSED = frozenset(map(compact, ("fermé", "fermée", "supprimé", "supprimée", "clos", "close")))
_KINDS = {compact(word): kind for kind in UnitKind for word in (kind.value, kind.label)}
# From the whole down: a unit stands under one of a higher rank.
RANKS = {
    kind: rank
    for rank, kind in enumerate(
        (UnitKind.root, UnitKind.department, UnitKind.direction, UnitKind.service)
    )
}


def kind_of_unit(text: str) -> UnitKind | None:
    """« Département », « direction », « service »; None for anything else."""
    return _KINDS.get(compact(text))
