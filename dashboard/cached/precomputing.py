"""Precomputes what screens will ask for (préparation), after a start and after each write.

Only the points of the whole administration: every direction is then computed from the same reads
within milliseconds.
"""

import time
from collections.abc import Callable

from dashboard import cached
from dashboard.access import OPERATOR
from dashboard.cached.memory import every_revision, one_run, today
from dashboard.figures import REGISTRY
from dashboard.figures.board import scope_for
from dashboard.scope import Scope
from models.clock import month_ends

# The day looked at and the twelve month ends before it: the trend of a card.
TREND_DAYS = 13
# Interval between two checks for new writes.
EVERY = 3.0  # seconds
# Readers come first: the work takes a quarter of each second at most.
_SHARE = 4
# Revisions raised per second above which precomputing pauses: figures of a large database would
# never be completed.
_MANY = 3
# How long the write rate is measured before a first figure is computed.
_LOOK = 0.5  # seconds

Revisions = dict[str, int]


def ready(
    seen: Revisions | None = None, rest: Callable[[float], None] = time.sleep
) -> Revisions | None:
    """Computes the figures whose subjects changed since `seen`, with a rest between two. Returns
    the revisions that are computed: `seen` while there are many writes, since the results would be
    outdated at once.
    """
    current, since = every_revision(), time.monotonic()
    if current != seen:
        rest(_LOOK)
        with one_run():
            scope = Scope.for_reader(
                OPERATOR, {}, today(), cached.tree_at, cached.ambitions(), cached.programmes()
            )
        days = month_ends(scope.on, TREND_DAYS)
        for figure in REGISTRY.values():
            if _raised_since(current) > _MANY * (1 + time.monotonic() - since):
                return seen
            began = time.thread_time()
            # Each figure reads its own revisions: what is written meanwhile is computed again in
            # the next round.
            with one_run():
                cached.points(figure, scope_for(scope, figure), days)
            rest((_SHARE - 1) * (time.thread_time() - began))
    return current


def _raised_since(before: Revisions) -> int:
    return sum(every_revision().values()) - sum(before.values())
