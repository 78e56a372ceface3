"""What figures that count persons share: sums up the chart, and the small cells hidden by queries/cells.py."""

from collections.abc import Iterable, Mapping
from datetime import date

from dashboard.figures.kinds import Point
from dashboard.formulas import Rate
from dashboard.queries.cells import SMALLEST, protect
from dashboard.scope import Scope
from models.directions import Tree, UnitKind


def up_the_tree(by_service: Mapping[int, float], tree: Tree) -> dict[int, float]:
    """Unit id → sum over the services below it."""
    return {unit.id: sum(by_service.get(service, 0) for service in tree.under(unit.id)) for unit in tree.units}


def persons_up_the_tree(by_service: Mapping[int, Iterable[int]], tree: Tree) -> dict[int, int]:
    """Unit id → distinct persons of the services below it."""
    found = {}
    for unit in tree.units:
        persons: set[int] = set()
        for service in tree.under(unit.id):
            persons.update(by_service.get(service, ()))
        found[unit.id] = len(persons)
    return found


def is_hidden(scope: Scope, counts: Mapping[int, int], whole: int) -> bool:
    """Whether the scope's own count of persons is a small cell, or gives one away.

    By direction and ambition at once nothing is told: the five ambitions of a direction would add up to a hidden one.
    """
    if scope.is_whole:
        return whole < SMALLEST
    if scope.ambition is not None or scope.alone:
        return True
    hidden = protect(counts, scope.tree)
    return any(unit.id in hidden for unit in scope.units)


def distinct(scope: Scope, by_service: Mapping[int, Iterable[int]]) -> int:
    """The persons of the scope, each once."""
    return len(set().union(*(persons for service, persons in by_service.items()
                             if scope.is_whole or service in scope.counted)))


def below_department(scope: Scope) -> bool:
    """Whether the scope is finer than a department, where a figure is cut by department at most."""
    return any(unit.kind not in (UnitKind.root, UnitKind.department) for unit in scope.units)


def rate_of_persons(on: date, scope: Scope, counts: Mapping[int, int], here: int, agents: int,
                    fresh_on: date | None) -> Point:
    """Persons of the scope (`here`, each once) ÷ its agents, hidden where the cell is small."""
    if not agents:
        return Point(on, None, fresh_on=fresh_on)
    # Several directions: those who were in two of them are the difference between the parts and the whole.
    twice = sum(counts.get(unit.id, 0) for unit in scope.units) - here if scope.units else 0
    if here < SMALLEST or 0 < twice < SMALLEST or is_hidden(scope, counts, here):
        return Point.hidden(on, agents, fresh_on)
    return Point.of_rate(on, Rate(here, agents), n=here, fresh_on=fresh_on)
