"""What holds whatever the data: weights, later facts, cancellations, erasures, small cells under
any question.

Properties of single formulae are in test_formulas.py, those of one chart of cells in test_cells.py;
these are of the whole board, or of several questions put together.
"""

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import example, given, settings, strategies as st
from support.random_charts import Branch, charted, ranges, some_charts
from support.troupe import FROZEN

from dashboard.access import OPERATOR
from dashboard.figures.persons import Parts, Share, parts_of, rate_of_persons, share_of, shares
from dashboard.queries.figures.small_cells import SMALLEST, Protection
from dashboard.scope import Scope
from models.directions import Tree, Unit, UnitKind

pytestmark = pytest.mark.slow


# ── Small cells under several questions ───────────────────────────────────────────────────────────


def asked(tree: Tree, units: tuple[Unit, ...]) -> Scope:
    counted = frozenset().union(*(tree.under(unit.id) for unit in units)) if units else None
    return Scope(OPERATOR, FROZEN, units=units, counted=counted, tree=tree)


def questions(tree: Tree, most: int = 3) -> list[tuple[Unit, ...]]:
    """The whole, and every choice of one to `most` units of which none stands below another."""
    units = [unit for unit in tree.units if unit.parent is not None]
    apart = [
        chosen
        for size in range(1, most + 1)
        for chosen in combinations(units, size)
        if all(tree.under(a.id).isdisjoint(tree.under(b.id)) for a, b in combinations(chosen, 2))
    ]
    return [(), *apart]


def all_parts(tree: Tree, persons: dict[int, set[int]]) -> Parts[Share]:
    many = dict.fromkeys(persons, 1000)
    return parts_of(asked(tree, ()), share_of, shares(persons, many))


def answer(tree: Tree, persons: dict[int, set[int]], units: tuple[Unit, ...]) -> int | None:
    """What is told of several units at once: their persons, each once, or nothing."""
    scope = asked(tree, units)
    point = rate_of_persons(FROZEN, scope, all_parts(tree, persons).within(scope), None)
    assert point.suppressed == (point.numerator is None)
    return None if point.suppressed else int(point.numerator)


def leaves(tree: Tree) -> list[int]:
    return [unit.id for unit in tree.units if not tree.children.get(unit.id)]


# Of two directions with five persons each, the one with fewer services is hidden first.
ALIKE = Branch(
    below=[
        Branch(below=[Branch(0)]),
        Branch(below=[Branch(0), Branch(5)]),
        Branch(below=[Branch(5)]),
    ]
)


@settings(max_examples=50)
@example(charted(ALIKE))
@given(some_charts)
def test_several_directions_at_once_tell_nothing_that_one_alone_hides(chart):
    """Each person in one service: whoever puts every question knows the intervals of the chart,
    and no more.
    """
    tree, counts = chart
    if len(tree.units) > 14:
        return
    numbers = iter(range(10**6))
    persons = {leaf: {next(numbers) for _ in range(counts[leaf])} for leaf in leaves(tree)}
    hidden = {
        unit.id
        for unit in tree.units
        if answer(tree, persons, (unit,) if unit.parent else ()) is None
    }
    # With what is told of each: of two counts alike, the one of fewer is hidden first.
    all_told = {unit: part.counts() for unit, part in all_parts(tree, persons).by_unit.items()}
    assert hidden >= Protection(all_told, tree).hidden()
    for units in questions(tree):
        told = answer(tree, persons, units)
        if told is not None and units:
            assert not hidden & {unit.id for unit in units}, "a sum of shown cells, or nothing"
            assert told == sum(counts[unit.id] for unit in units) >= SMALLEST
    if tree.units[0].id in hidden:
        return
    bounds = ranges(tree, counts, frozenset(hidden))
    for unit in hidden:
        low, high = bounds[unit]
        assert low <= counts[unit] <= high and low < high and high >= SMALLEST, (
            counts,
            sorted(hidden),
        )


@st.composite
def moved(draw) -> tuple[Tree, dict[int, set[int]]]:
    """Two or three directions with up to three services; some persons were in two of them."""
    units, shape = (
        [Unit(1, "ADM", "Tout", UnitKind.root, None, 1)],
        draw(st.lists(st.integers(0, 3), min_size=2, max_size=3)),
    )
    for services in shape:
        direction = len(units) + 1
        units.append(
            Unit(direction, f"U{direction}", "Direction", UnitKind.direction, 1, direction)
        )
        for _ in range(services):
            number = len(units) + 1
            units.append(Unit(number, f"U{number}", "Service", UnitKind.service, direction, number))
    tree = Tree(tuple(units))
    ends = leaves(tree)
    sizes = draw(
        st.lists(st.sampled_from([0, 1, 2, 4, 5, 6, 9, 20]), min_size=len(ends), max_size=len(ends))
    )
    persons, number = {leaf: set() for leaf in ends}, 0
    for leaf, size in zip(ends, sizes, strict=True):
        for _ in range(size):
            number += 1
            persons[leaf].add(number)
    for person in draw(st.sets(st.integers(1, max(number, 1)), max_size=6)):
        if number:
            persons[draw(st.sampled_from(ends))].add(person)
    return tree, persons


@settings(max_examples=83)
@given(moved())
def test_whoever_moved_gives_no_hidden_unit_away(case):
    """Persons in two services: the linear system of all that is told, over who was in which
    services, solved exactly.
    """
    tree, persons = case
    ends = leaves(tree)
    if len(ends) > 5:
        return
    kinds = [
        frozenset(chosen) for size in range(1, len(ends) + 1) for chosen in combinations(ends, size)
    ]

    def equation(units: tuple[Unit, ...]) -> dict[int, Fraction]:
        below = (
            frozenset(ends)
            if not units
            else frozenset().union(*(tree.under(unit.id) for unit in units))
        )
        return {i: Fraction(1) for i, kind in enumerate(kinds) if kind & below}

    told = [
        equation(units) for units in questions(tree) if answer(tree, persons, units) is not None
    ]
    for unit in tree.units[1:]:
        if answer(tree, persons, (unit,)) is None:
            assert not follows(told, equation((unit,))), f"{unit.code} can be worked out; {persons}"


def follows(known: list[dict[int, Fraction]], wanted: dict[int, Fraction]) -> bool:
    """Whether a sum follows from known sums: it is a combination of them."""
    basis: dict[int, dict[int, Fraction]] = {}

    def reduced(row: dict[int, Fraction]) -> dict[int, Fraction]:
        row = dict(row)
        while row and min(row) in basis:
            first = min(row)
            factor = row[first]
            for i, value in basis[first].items():
                row[i] = row.get(i, Fraction(0)) - factor * value
                if not row[i]:
                    del row[i]
        return row

    for row in known:
        left = reduced(row)
        if left:
            first = min(left)
            basis[first] = {i: value / left[first] for i, value in left.items()}
    return not reduced(wanted)


def test_the_solver_would_find_a_cell_that_is_given_away():
    """A total less its one shown part is the other one."""
    one = Fraction(1)
    assert follows([{0: one, 1: one}, {0: one}], {1: one})
    assert not follows([{0: one, 1: one, 2: one}, {0: one}], {1: one})
