"""Reading the organisation: the chart at a day, headcounts, ambitions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from sqlmodel import Session, select

from dashboard.queries.figures.as_known import known_by
from dashboard.scope import Choice, Scope
from models.directions import Direction, DirectionPlace, Headcount, Tree, Unit, UnitKind
from models.facts import live
from models.roadmap import Ambition

T = TypeVar("T")


@dataclass(frozen=True)
class Organisation:
    """The units and all their dated places (about a hundred rows), as (unit id, from, parent id)
    in order of dates.
    """

    units: tuple[Unit, ...]
    places: tuple[tuple[int, date, int | None], ...]

    def at(self, on: date) -> Tree:
        """The chart at `on`; a unit that came later stands where it was first put."""
        place: dict[int, int | None] = {}
        for unit_id, since, parent in self.places:
            if since <= on or unit_id not in place:
                place[unit_id] = parent
        # Without a parent a unit is closed; only the whole has none.
        remaining = [
            unit
            for unit in self.units
            if (place.get(unit.id) or unit.kind == UnitKind.root) and not _is_circle(place, unit.id)
        ]
        return Tree(tuple(replace(unit, parent=place.get(unit.id)) for unit in remaining))


def _is_circle(place: Mapping[int, int | None], unit_id: int) -> bool:
    """Whether a unit stands under itself, however far: it has no place in the chart."""
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


def of_every_ambition(session: Session, found: Mapping[int, T], nobody: T) -> dict[int, T]:
    """Ambition id (0: none) → what was found of it, `nobody` for an ambition of which nothing
    was.
    """
    return {ambition.id: nobody for ambition in ambitions(session)} | dict(found)


def headcounts(session: Session, on: date, known: date | None = None) -> dict[int, tuple[int, int]]:
    """Service id → (agents, of whom without a computer) at `on`; with `known`, as recorded by
    then.
    """
    rows = session.exec(
        select(Headcount.service_id, Headcount.agents, Headcount.without_computer)
        .where(live(Headcount, on, known))
        .order_by(Headcount.on, Headcount.id)
    ).all()
    return {service: (agents, without) for service, agents, without in rows}


def agents_by_service(session: Session, scope: Scope, on: date) -> dict[int, int]:
    """Service id → agents at `on`, as far as the scope knows."""
    return {service: n for service, (n, _) in headcounts(session, on, known_by(scope, on)).items()}


def field_services(session: Session, scope: Scope, on: date) -> frozenset[int]:
    """The services at `on` where most agents have no computer at work."""
    known = headcounts(session, on, known_by(scope, on))
    return frozenset(
        service for service, (agents, without) in known.items() if 2 * without > agents
    )


def agents(session: Session, scope: Scope, on: date) -> int:
    """Agents of the scope at `on`."""
    return sum(
        n
        for service, n in agents_by_service(session, scope, on).items()
        if scope.is_whole or service in scope.counted
    )
