"""The words of an organisation chart (organigramme): kinds of units, and closed ones."""

from dashboard.files.values import compact
from models.directions import UnitKind

CLOSED = frozenset(map(compact, ("fermé", "fermée", "supprimé", "supprimée", "clos", "close")))
_KINDS = {compact(word): kind for kind in UnitKind for word in (kind.value, kind.label)}
# From the top: the parent of a unit has a higher rank.
RANKS = {
    kind: rank
    for rank, kind in enumerate(
        (UnitKind.root, UnitKind.department, UnitKind.direction, UnitKind.service)
    )
}


def kind_of_unit(text: str) -> UnitKind | None:
    """« Département », « direction », « service »; None for anything else."""
    return _KINDS.get(compact(text))
