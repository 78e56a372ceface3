"""Sums of the cells of a survey subtracted from one another, all choices of families at once."""

from collections.abc import Sequence
from functools import cache

import numpy as np


def revealing_choice(
    cells: Sequence[Sequence[Sequence[int]]], smallest_whole: int, smallest_part: int
) -> list[bool] | None:
    """`cells` are persons by family, direction and part. Of the choices of families
    whose sum, subtracted from one of directions or one of them from it, leaves
    persons of a group that has fewer than `smallest_whole`, or fewer than
    `smallest_part` in one part: the first, as whether each family is in it; None
    where there is none.
    """
    table = np.array(cells, dtype=float)
    whole = table.sum(axis=0)
    chosen = _choices_of(len(table))
    persons = chosen @ table.sum(axis=2)
    held = chosen @ table.sum(axis=1)
    fewest = (persons > 0) @ whole - held
    most = held - (persons == whole.sum(axis=1)) @ whole

    def is_small(groups: np.ndarray) -> np.ndarray:
        total = groups.sum(axis=1)
        return (total > 0) & ((total < smallest_whole) | (groups.min(axis=1) < smallest_part))

    wrong = np.flatnonzero(is_small(fewest) | is_small(most))
    return [bool(is_in) for is_in in chosen[wrong[0]]] if len(wrong) else None


@cache
def _choices_of(n: int) -> np.ndarray:
    """Every choice of some of `n` things, one a row."""
    return np.array([[number >> i & 1 for i in range(n)] for number in range(1, 2**n)], dtype=float)
