"""Small cells: whoever adds and subtracts everything that is shown learns no hidden count, at
any level.
"""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from support.random_charts import Branch, charted, ranges, some_charts

from dashboard.queries.figures.small_cells import SMALLEST, Protection, protect


@given(some_charts)
def test_every_count_below_five_is_hidden(chart):
    tree, counts = chart
    assert {unit for unit, n in counts.items() if n < SMALLEST} <= protect(counts, tree)


@given(some_charts)
def test_nothing_is_hidden_where_every_count_is_five_or_more(chart):
    tree, counts = chart
    lifted = {unit: n + SMALLEST * (len(tree.under(unit)) or 1) for unit, n in counts.items()}
    leaves = {unit: n for unit, n in lifted.items() if not tree.children.get(unit)}
    summed = {
        unit.id: sum(leaves.get(below, 0) for below in tree.under(unit.id)) for unit in tree.units
    }
    assert protect(summed, tree) == frozenset()


@pytest.mark.slow
@settings(max_examples=133)
@given(some_charts)
def test_a_shown_total_less_its_shown_children_gives_nothing_away(chart):
    """Level by level: what is left of a shown parent is nothing, or at least two cells that sum
    to five or more.
    """
    tree, counts = chart
    hidden = protect(counts, tree)
    for unit in tree.units:
        children = [child.id for child in tree.children.get(unit.id, [])]
        concealed = [child for child in children if child in hidden]
        if not children:
            continue
        if unit.id in hidden:
            assert concealed, "a hidden total could be added up again from its children"
        elif concealed:
            left = counts[unit.id] - sum(counts[child] for child in children if child not in hidden)
            assert left == sum(counts[child] for child in concealed)
            assert len(concealed) >= 2 or len(children) == 1, (
                "a single hidden cell is the difference"
            )
            assert left >= SMALLEST


@pytest.mark.slow
@settings(max_examples=266)
@given(some_charts)
def test_no_hidden_count_can_be_worked_out_across_levels(chart):
    """A count that can only have one value is not hidden, whatever levels were combined to find
    it.
    """
    tree, counts = chart
    hidden = protect(counts, tree)
    if tree.units[0].id in hidden:
        return  # the whole itself is small: nothing below it is shown
    bounds = ranges(tree, counts, hidden)
    for unit in hidden:
        low, high = bounds[unit]
        assert low <= counts[unit] <= high
        assert low < high, (
            f"unit {unit} can only be {low:.0f}; counts {counts}, hidden {sorted(hidden)}"
        )
        assert high >= SMALLEST, (
            f"unit {unit} is known to be below five; counts {counts}, hidden {sorted(hidden)}"
        )


@pytest.mark.slow
@settings(max_examples=133)
@given(some_charts)
def test_where_nobody_is_told_no_other_count_can_be_worked_out(chart):
    tree, counts = chart
    hidden = Protection({unit: (n,) for unit, n in counts.items()}, tree, True).hidden()
    assert {unit for unit, n in counts.items() if 0 < n < SMALLEST} <= hidden
    if tree.units[0].id in hidden:
        return
    bounds = ranges(tree, counts, hidden)
    assert all(low < high and high >= SMALLEST for low, high in (bounds[unit] for unit in hidden))


@pytest.mark.slow
@settings(max_examples=133)
@given(some_charts, st.sets(st.integers(1, 60)))
def test_a_total_across_the_chart_gives_no_hidden_count_away(chart, chosen):
    """Told beside all that is shown, what some services have together: no system of sums then has
    one value for a hidden service.
    """
    tree, counts = chart
    leaves = [unit.id for unit in tree.units if not tree.children.get(unit.id)]
    apart = frozenset(chosen) & frozenset(leaves)
    shares = {unit: (n,) for unit, n in counts.items()}
    hidden = protect(counts, tree)
    if tree.units[0].id in hidden or not Protection(shares, tree).is_split_safe(apart):
        return
    told = [tree.under(unit.id) for unit in tree.units if unit.id not in hidden]
    sums = [[leaf in under for leaf in leaves] for under in [*told, apart]]
    rank = np.linalg.matrix_rank(np.array(sums, float))
    for place, leaf in enumerate(leaves):
        if leaf in hidden:
            alone = [[x == place for x in range(len(leaves))]]
            assert np.linalg.matrix_rank(np.array(sums + alone, float)) > rank


def test_two_directions_whose_hidden_services_lie_on_both_sides_are_not_split():
    """3 and 4 are hidden together; the total of one side would say which is which."""
    tree, counts = charted(
        Branch(below=[Branch(below=[Branch(3), Branch(4), Branch(40)]), Branch(below=[Branch(50)])])
    )
    shares = {unit: (n,) for unit, n in counts.items()}
    first, second, third = (u.id for u in tree.units if counts[u.id] in (3, 4, 40))
    assert {first, second} <= protect(counts, tree)
    assert not Protection(shares, tree).is_split_safe(frozenset({first, third}))
    assert Protection(shares, tree).is_split_safe(frozenset({first, second, third}))


def test_where_the_whole_is_small_nothing_is_shown():
    tree, counts = charted(
        Branch(below=[Branch(below=[Branch(2)]), Branch(below=[Branch(1), Branch(0)])])
    )
    assert protect(counts, tree) == frozenset(counts)


def test_a_unit_alone_in_its_parent_is_hidden_with_it():
    """A direction with one service: the same count twice; hiding one and showing the other would
    say it.
    """
    tree, counts = charted(
        Branch(
            below=[
                Branch(below=[Branch(3)]),
                Branch(below=[Branch(20)]),
                Branch(below=[Branch(30)]),
            ]
        )
    )
    hidden = protect(counts, tree)
    assert {2, 3} <= hidden
    for direction, service in ((2, 3), (4, 5), (6, 7)):
        assert (direction in hidden) == (service in hidden)


@pytest.mark.parametrize(
    "cells,expected",
    [([10, 20, 30], 0), ([3, 20, 30], 2), ([3, 4, 30], 2), ([0, 4, 30], 3), ([0, 0, 30, 40], 3)],
)
def test_as_many_siblings_are_hidden_as_needed_and_no_more(cells, expected):
    tree, counts = charted(Branch(below=[Branch(n) for n in cells]))
    hidden = protect(counts, tree)
    assert len(hidden) == expected and 1 not in hidden
    assert {counts[unit] for unit in hidden} == set(sorted(cells)[:expected])


def test_a_zero_two_levels_down_is_not_told_by_the_whole():
    """Five in one service, none anywhere else: the whole less that service would say zero of all
    the others.
    """
    tree, counts = charted(
        Branch(below=[Branch(below=[Branch(0)]), Branch(below=[Branch(0), Branch(5)])])
    )
    assert protect(counts, tree) == {2, 3, 4, 5, 6}


def test_a_missing_count_is_zero():
    tree, counts = charted(Branch(below=[Branch(0), Branch(9), Branch(12)]))
    del counts[2]
    assert 2 in protect(counts, tree) and len(protect(counts, tree)) >= 2
