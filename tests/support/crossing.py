"""Values of a test crossed with the two engines: each value is met, and each engine in turn."""

from collections.abc import Sequence

from .troupe import BOTH


def once_each(some: Sequence, others: Sequence, whole: object = None) -> list[tuple]:
    """(engine, one, other): each one meets one of the others, in turn, and `whole` meets all."""
    return [
        (BOTH[(i + j) % len(BOTH)], one, other)
        for i, one in enumerate(some)
        for j, other in enumerate(others)
        if one == whole or i % len(others) == j
    ]


def in_turn(some: Sequence) -> list[tuple]:
    """(engine, one): each one on one of the engines, in turn."""
    return [(BOTH[nth % len(BOTH)], one) for nth, one in enumerate(some)]
