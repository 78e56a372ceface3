"""Reads the organisation: the chart at a day, headcounts, ambitions."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import TypeVar

from sqlalchemy import Date, Select, bindparam
from sqlmodel import Session, select

from dashboard.queries.prepared import ON
from dashboard.scope import Choice, Scope
from models.directions import Direction, DirectionPlace, Headcount, Tree, Unit, UnitKind
from models.facts import live
from models.roadmap import Ambition

T = TypeVar("T")


@dataclass(frozen=True)
class Organisation:
    """The units and all their dated places (about a hundred rows), as (unit id, from, parent id) in
    order of dates.
    """

    units: tuple[Unit, ...]
    places: tuple[tuple[int, date, int | None], ...]
    _trees: dict[date, Tree] = field(default_factory=dict, compare=False, repr=False)

    def at(self, on: date) -> Tree:
        """The chart at `on`; a unit created later is placed where it first was. The same object
        between two changes.
        """
        changed = max((since for _, since, _ in self.places if since <= on), default=date.min)
        if changed not in self._trees:
            self._trees[changed] = self._tree(changed)
        return self._trees[changed]

    def _tree(self, on: date) -> Tree:
        place: dict[int, int | None] = {}
        for unit_id, since, parent in self.places:
            if since <= on or unit_id not in place:
                place[unit_id] = parent
        # A unit without a parent is closed, except the root.
        remaining = [
            unit
            for unit in self.units
            if (place.get(unit.id) or unit.kind == UnitKind.root) and not _is_circle(place, unit.id)
        ]
        return Tree(tuple(replace(unit, parent=place.get(unit.id)) for unit in remaining))


def _is_circle(place: Mapping[int, int | None], unit_id: int) -> bool:
    """Whether a unit is below itself, at any depth: it then has no place in the chart."""
    above: set[int] = set()
    unit: int | None = unit_id
    while unit is not None and unit not in above:
        above.add(unit)
        unit = place.get(unit)
    return unit is not None


def organisation(session: Session) -> Organisation:
    """The whole chart with its history."""
    units = [
        Unit(d.id, d.code, d.name, d.kind, None, d.position, d.head)
        for d in session.exec(select(Direction).order_by(Direction.position)).all()
    ]
    places = session.exec(
        select(DirectionPlace.direction_id, DirectionPlace.on, DirectionPlace.parent_id)
        .where(live(DirectionPlace, date.max))
        .order_by(DirectionPlace.on, DirectionPlace.id)
    ).all()
    return Organisation(tuple(units), tuple(tuple(place) for place in places))


def ambitions(session: Session) -> list[Choice]:
    """The five ambitions, in their order."""
    return [
        Choice(a.id, a.code, a.name)
        for a in session.exec(select(Ambition).order_by(Ambition.id)).all()
    ]


def of_every_ambition(session: Session, found: Mapping[int, T], default: T) -> dict[int, T]:
    """Ambition id (0: none) → its value in `found`, else `default`."""
    return {ambition.id: default for ambition in ambitions(session)} | dict(found)


def headcounts(session: Session, on: date, known: date | None = None) -> dict[int, tuple[int, int]]:
    """Service id → (agents, of whom without a computer) at `on`; with `known`, only what was
    recorded by then.
    """
    rows = session.execute(_headcounts(known is not None), {"on": on, "known": known}).all()
    return {service: (agents, without) for service, agents, without in rows}


@cache
def _headcounts(is_known: bool) -> Select:
    known = bindparam("known", type_=Date()) if is_known else None
    return (
        select(Headcount.service_id, Headcount.agents, Headcount.without_computer)
        .where(live(Headcount, ON, known))
        .order_by(Headcount.on, Headcount.id)
    )


def headcounts_at(session: Session, scope: Scope, on: date) -> dict[int, tuple[int, int]]:
    """The headcounts at `on`, as known by the scope."""
    return headcounts(session, on, scope.known_by(on))


def agents_of(sizes: Mapping[int, tuple[int, int]]) -> dict[int, int]:
    """Service id → agents, from the headcounts of a day."""
    return {service: agents for service, (agents, _) in sizes.items()}


def field_services(sizes: Mapping[int, tuple[int, int]]) -> frozenset[int]:
    """The services where most agents have no computer at work, from the headcounts of a day."""
    return frozenset(
        service for service, (agents, without) in sizes.items() if 2 * without > agents
    )
