"""What screens will ask for is computed before somebody waits for it (préparation): after a start,
and after each write.

The points of the whole administration are: what they are read from is the same for every direction,
which is then told within milliseconds.
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

# The day looked at and the twelve month ends before it: what the trend of a card shows.
TREND_DAYS = 13
# How long after a start, and after each end, it is looked at what was written.
EVERY = 3.0  # seconds
# Readers come first: of each second the work takes a quarter at most.
_SHARE = 4
# Revisions raised in a second: fewer are a day's work, which would never let a large database come
# to the end of its figures.
_MANY = 3
# How long it is looked whether many write, before a first figure is begun.
_LOOK = 0.5  # seconds

Revisions = dict[str, int]


def ready(
    seen: Revisions | None = None, rest: Callable[[float], None] = time.sleep
) -> Revisions | None:
    """Computes what was written since `seen`, figure by figure, and rests between two. The
    revisions that are ready now: those of `seen` where many write meanwhile, since what is computed
    between two filings of many stands for nobody.
    """
    found, since = every_revision(), time.monotonic()
    if found != seen:
        rest(_LOOK)
        with one_run():
            scope = Scope.for_reader(
                OPERATOR, {}, today(), cached.tree_at, cached.ambitions(), cached.programmes()
            )
        days = month_ends(scope.on, TREND_DAYS)
        for figure in REGISTRY.values():
            if _raised_since(found) > _MANY * (1 + time.monotonic() - since):
                return seen
            began = time.thread_time()
            # A moment for each figure: one that is written meanwhile is computed once more.
            with one_run():
                cached.points(figure, scope_for(scope, figure), days)
            rest((_SHARE - 1) * (time.thread_time() - began))
    return found


def _raised_since(before: Revisions) -> int:
    return sum(every_revision().values()) - sum(before.values())
