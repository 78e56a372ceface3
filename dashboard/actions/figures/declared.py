"""What an act must know of a figure (chiffre) before it writes a target or a measure of it.

The figures live one floor above: whoever calls an act says which figure it is about.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from models.roadmap import TargetKind


@dataclass(frozen=True)
class Declared:
    """One value of a figure: code, label, unit, kind of target, and how it is read.

    `has_thresholds`: its status follows fixed thresholds, no target; `is_measured`: its values come
    from relevés; `by_direction`: it may be measured for one direction.
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


# Code of a value → its declaration, where these workstreams are those that there are.
Catalogue = Callable[[Iterable[int]], Mapping[str, Declared]]
# The one of the floor above, which puts it here as it is loaded.
CATALOGUE: list[Catalogue] = []

# Unit → the values that can exist. What has no upper limit is at least not negative.
_BOUNDS = {"%": (0.0, 100.0), "points": (-100.0, 100.0), "mois": (float("-inf"), float("inf"))}


def impossible(declared: Declared, value: float | None, missing: str) -> str | None:
    """The sentence that says why this value cannot be, or None; `missing` is said where there is
    none.
    """
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
