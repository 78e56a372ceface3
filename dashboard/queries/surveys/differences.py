"""Differences between sums of a survey's cells, for all choices of families at once."""

from collections.abc import Sequence
from functools import cache

import numpy as np


def revealing_choice(
    cells: Sequence[Sequence[Sequence[int]]], smallest_whole: int, smallest_part: int
) -> list[bool] | None:
    """The first choice of families whose difference with a sum of directions reveals a group of
    fewer than `smallest_whole` persons, or of fewer than `smallest_part` in one part; None if no
    choice does.

    `cells` are persons by family, direction and part; a choice says for each family whether it is
    in it.
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
    """Every non-empty subset of `n` things, one per row."""
    return np.array([[number >> i & 1 for i in range(n)] for number in range(1, 2**n)], dtype=float)
