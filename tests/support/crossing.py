"""Matrices of three dimensions, crossed: every pair of values is met, each triple only where
`make matrix` asks for the whole.
"""

import os
from collections.abc import Sequence

from .troupe import BOTH

WHOLE_MATRIX = bool(os.environ.get("CP_WHOLE_MATRIX"))


def on_engines(some: Sequence, others: Sequence) -> list[tuple]:
    """(engine, one, other): each one meets each other on one engine, and both engines in turn."""
    return [
        (engine, one, other)
        for i, one in enumerate(some)
        for j, other in enumerate(others)
        for k, engine in enumerate(BOTH)
        if WHOLE_MATRIX or (i + j) % len(BOTH) == k
    ]
