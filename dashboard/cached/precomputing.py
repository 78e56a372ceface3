"""Precomputes what screens will ask for (préparation), after a start and after each write.

The points of the whole administration: every direction is then computed from the same reads within
milliseconds.
"""

import time
from collections.abc import Callable

from dashboard import cached
from dashboard.access import OPERATOR
from dashboard.cached.memory import every_revision, one_run
from dashboard.figures import REGISTRY
from dashboard.figures.board import scope_for
from models.clock import month_ends

# The day looked at and the twelve month ends before it: the trend of a card.
TREND_DAYS = 13
# Interval between two checks for new writes.
EVERY = 3.0  # seconds
# Readers come first: the work takes a quarter of each second at most.
_SHARE = 4
Revisions = dict[str, int]


def ready(seen: Revisions | None = None, rest: Callable[[float], None] = time.sleep) -> Revisions:
    """Computes the figures if anything was written since `seen`, with a rest between two. Returns
    the revisions that are computed.
    """
    current = every_revision()
    if current == seen:
        return current
    with one_run():
        scope = cached.scope_of(OPERATOR)
    days = month_ends(scope.on, TREND_DAYS)
    for figure in REGISTRY.values():
        began = time.thread_time()
        # Each figure reads its own revisions: what is written meanwhile is computed again in the
        # next round.
        with one_run():
            cached.points(figure, scope_for(scope, figure), days)
        rest((_SHARE - 1) * (time.thread_time() - began))
    return current
