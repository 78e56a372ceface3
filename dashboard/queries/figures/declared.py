"""What queries and acts need to know of a figure (chiffre). Figures are declared in a higher layer,
which fills CATALOGUE and STATUSES when it is loaded; else the caller passes the declaration.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite

from sqlmodel import Session, select

from models.facts import facts_of
from models.roadmap import FigureEvent, FigureStep, TargetKind, Workstream


@dataclass(frozen=True)
class Declared:
    """One value of a figure: code, label, unit, kind of target.

    `has_thresholds`: its status follows fixed thresholds instead of targets; `is_measured`: its
    values are measures (relevés); `by_direction`: it may be measured per direction; `mark`: of its
    definition, another one where that changes.
    """

    code: str
    label: str
    unit: str
    kind: TargetKind
    has_thresholds: bool = False
    is_measured: bool = False
    by_direction: bool = False
    mark: str = ""

    @property
    def takes_targets(self) -> bool:
        return self.kind != TargetKind.follow and not self.has_thresholds


# Code of a value → its declaration, given the existing workstreams.
Catalogue = Callable[[Iterable[int]], Mapping[str, Declared]]
CATALOGUE: list[Catalogue] = []
# Of some values, at a day and for the whole administration: code → status in words.
Statuses = Callable[[Session, date, Collection[str]], Mapping[str, str]]
STATUSES: list[Statuses] = []


def declared_values(session: Session) -> Mapping[str, Declared]:
    """Code → declaration of every value, those of the workstreams included."""
    return CATALOGUE[0](session.exec(select(Workstream.id)).all()) if CATALOGUE else {}


def last_step(session: Session, code: str, step: FigureStep, on: date) -> FigureEvent | None:
    """The last fact of this kind: the owner of a figure, or the verification of its definition,
    whatever that then was.
    """
    facts = facts_of(session, FigureEvent, code, on)
    return next((fact for fact in reversed(facts) if fact.what == step), None)


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
