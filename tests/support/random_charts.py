"""Random charts of units with what each counts, and what somebody who subtracts learns of them."""

from dataclasses import dataclass, field
from math import inf

from hypothesis import strategies as st

from models.directions import Tree, Unit, UnitKind

KINDS = (UnitKind.root, UnitKind.department, UnitKind.direction, UnitKind.service)


@dataclass
class Branch:
    """One unit of a random chart: what it counts itself (a leaf), or what stands below it."""

    own: int = 0
    below: list["Branch"] = field(default_factory=list)


def charted(root: Branch) -> tuple[Tree, dict[int, int]]:
    """The chart and every unit's inclusive count."""
    units, counts = [], {}

    def add(branch: Branch, parent: int | None, depth: int) -> int:
        number = len(units) + 1
        units.append(Unit(number, f"U{number}", f"Unité {number}", KINDS[depth], parent, number))
        counts[number] = (
            sum(add(child, number, depth + 1) for child in branch.below)
            if branch.below
            else branch.own
        )
        return counts[number]

    add(root, None, 0)
    return Tree(tuple(units)), counts


leaf = st.builds(Branch, st.one_of(st.integers(0, 9), st.integers(0, 40)))


def charts(depth: int):
    level = leaf
    for _ in range(depth):
        level = st.one_of(st.builds(Branch, below=st.lists(level, min_size=1, max_size=4)))
    return level.map(charted)


some_charts = st.one_of(charts(1), charts(2), charts(3))


def ranges(
    tree: Tree, counts: dict[int, int], hidden: frozenset[int]
) -> dict[int, tuple[float, float]]:
    """What each count can be for somebody who sees all that is shown and knows the chart: exact, by
    intervals.

    Every unit is the sum of its children, so on a tree the bounds going up and then down are the
    exact ones.
    """
    bounds: dict[int, tuple[float, float]] = {}

    def up(unit: Unit) -> tuple[float, float]:
        parts = [up(child) for child in tree.children.get(unit.id, [])]
        low, high = (sum(p[0] for p in parts), sum(p[1] for p in parts)) if parts else (0, inf)
        if unit.id not in hidden:
            low = high = counts[unit.id]
        bounds[unit.id] = (low, high)
        return bounds[unit.id]

    def down(unit: Unit) -> None:
        children = tree.children.get(unit.id, [])
        low, high = bounds[unit.id]
        before = {child.id: bounds[child.id] for child in children}
        for child in children:
            others = [before[other.id] for other in children if other.id != child.id]
            bounds[child.id] = (
                max(before[child.id][0], low - sum(o[1] for o in others)),
                min(before[child.id][1], high - sum(o[0] for o in others)),
            )
        for child in children:
            down(child)

    for top in tree.children[None]:
        up(top)
        down(top)
    return bounds
