"""Directions: the organisation chart (organigramme), department → direction → service, with
dates.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from sqlmodel import Field

from models.facts import Fact, Record
from models.scales import Word


class UnitKind(Word):
    root = "racine", "Administration"
    department = "departement", "Département"
    direction = "direction", "Direction"
    service = "service", "Service"


class Direction(Record, table=True):
    """One unit of the chart: the whole, a department, a direction or a service."""

    code: str = Field(unique=True)
    name: str
    kind: str
    position: int = 0
    head: str = ""


class DirectionPlace(Fact, table=True):
    """Place dans l'organigramme: from `on`, this unit is under that parent (None: it is closed)."""

    direction_id: int = Field(foreign_key="direction.id", index=True)
    parent_id: int | None = Field(default=None, foreign_key="direction.id")


class Headcount(Fact, table=True):
    """Effectif: from `on`, this service has so many agents, and so many of them without a computer
    at work.
    """

    service_id: int = Field(foreign_key="direction.id", index=True)
    agents: int
    without_computer: int


@dataclass(frozen=True)
class Unit:
    """One unit of the chart at a day, with its parent's id."""

    id: int
    code: str
    name: str
    kind: str
    parent: int | None
    position: int
    head: str = ""

    @property
    def label(self) -> str:
        return self.name if self.kind == UnitKind.root else f"{self.name} ({self.code})"


@dataclass(frozen=True, eq=False)
class Tree:
    """Organigramme at one day. Directions are in the order of the chart, not by performance.

    Compared by identity, so that a chart is a cheap cache key.
    """

    units: tuple[Unit, ...] = field(repr=False)

    @cached_property
    def by_id(self) -> dict[int, Unit]:
        return {unit.id: unit for unit in self.units}

    @cached_property
    def by_code(self) -> dict[str, Unit]:
        return {unit.code: unit for unit in self.units}

    @cached_property
    def children(self) -> dict[int | None, list[Unit]]:
        below: dict[int | None, list[Unit]] = {}
        for unit in sorted(self.units, key=lambda unit: unit.position):
            below.setdefault(unit.parent, []).append(unit)
        return below

    @cached_property
    def root(self) -> Unit | None:
        """The whole administration, whatever its code."""
        return next((unit for unit in self.units if unit.kind == UnitKind.root), None)

    @property
    def root_code(self) -> str:
        """The code of the whole administration; empty without a chart."""
        return self.root.code if self.root else ""

    def name_of(self, unit_id: int | None) -> str:
        """The name of a unit; empty if it is not in the chart."""
        unit = self.by_id.get(unit_id) if unit_id else None
        return unit.name if unit else ""

    def walk(self, top: Unit | None = None, depth: int = 0) -> Iterable[tuple[Unit, int]]:
        """Every unit below `top` (the whole by default) in the chart's order, with its depth."""
        start = [top] if top else self.children.get(None, [])
        for unit in start:
            yield unit, depth
            for child in self.children.get(unit.id, []):
                yield from self.walk(child, depth + 1)

    @cached_property
    def everything_under(self) -> dict[int, frozenset[int]]:
        """The id of each unit → its own and those of everything below it."""
        return {unit.id: frozenset(below.id for below, _ in self.walk(unit)) for unit in self.units}

    def under(self, unit_id: int) -> frozenset[int]:
        """The ids of a unit and of everything below it."""
        return self.everything_under.get(unit_id, frozenset())

    def services(self, ids: frozenset[int] | None = None) -> list[Unit]:
        """The services (all, or those among `ids`) in the chart's order."""
        return [
            unit
            for unit, _ in self.walk()
            if unit.kind == UnitKind.service and (ids is None or unit.id in ids)
        ]

    def directions(self) -> list[Unit]:
        return [unit for unit, _ in self.walk() if unit.kind == UnitKind.direction]

    def ancestor(self, unit_id: int | None, kind: UnitKind) -> Unit | None:
        """The unit itself or the nearest one above it that is of this kind."""
        unit = self.by_id.get(unit_id) if unit_id else None
        while unit and unit.kind != kind:
            unit = self.by_id.get(unit.parent) if unit.parent else None
        return unit
