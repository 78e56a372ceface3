"""What acts need to know of a figure (chiffre) to store its targets and measures.

Figures are declared in a higher layer: the caller passes the declaration.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from models.roadmap import TargetKind


@dataclass(frozen=True)
class Declared:
    """One value of a figure: code, label, unit, kind of target.

    `has_thresholds`: its status follows fixed thresholds instead of targets; `is_measured`: its
    values are measures (relevés); `by_direction`: it may be measured per direction.
    """

    code: str
    label: str
    unit: str
    kind: TargetKind
    has_thresholds: bool = False
    is_measured: bool = False
    by_direction: bool = False

    @property
    def takes_targets(self) -> bool:
        return self.kind != TargetKind.follow and not self.has_thresholds


# Code of a value → its declaration, given the existing workstreams.
Catalogue = Callable[[Iterable[int]], Mapping[str, Declared]]
# Set by the higher layer when it is loaded.
CATALOGUE: list[Catalogue] = []

# Unit → possible values; other units are not negative.
_BOUNDS = {"%": (0.0, 100.0), "points": (-100.0, 100.0), "mois": (float("-inf"), float("inf"))}


def impossible(declared: Declared, value: float | None, missing: str) -> str | None:
    """Why this value is not possible, or None; `missing` is the sentence for an empty one."""
    if value is None:
        return missing
    if not isfinite(value):
        return "Ce n'est pas un nombre."
    low, high = _BOUNDS.get(declared.unit, (0.0, 1e12))
    if low <= value <= high:
        return None
    if declared.unit == "%":
        return "Un pourcentage se tient entre 0 et 100."
    if declared.unit == "points":
        return "Cette valeur se tient entre −100 et 100 points."
    if value < low:
        return "Cette valeur ne peut pas être négative."
    return "Cette valeur est trop grande."
