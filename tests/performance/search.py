"""Search and similar ideas: recall of the tests' pairs (tests/support/recall.py) and times.

Where the volume repeats titles, each is counted once; it mixes texts and titles, so what stands in a
text only is looked for at the size of the demonstration, not at 100k.
"""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import date

from sqlmodel import Session

from dashboard.access import OPERATOR
from dashboard.queries.directions import ambitions, organisation
from dashboard.scope import Scope
from models.database import reading
from tests.performance.clocks import part_of
from tests.performance.results import Budget, Line
from tests.performance.volumes import Bench
from tests.support.recall import REWORDED, SEARCHES, alike, recall, searched

TODAY = date(2023, 6, 30)
_RECALL = {"search": Budget(0.85, at_least=True), "similar": Budget(0.9, at_least=True)}


Answer = Callable[[Session, Scope, str, date], list[str]]


def lines(bench: Bench) -> Iterator[Line]:
    with bench.copied() as served, reading(served.engine) as session:
        scope = Scope.for_reader(OPERATOR, {}, TODAY, organisation(session).at, ambitions(session))
        yield from _asked(session, scope, "search", SEARCHES, searched)
        yield from _asked(session, scope, "similar", REWORDED, alike)


def _asked(
    session: Session, scope: Scope, what: str, pairs: dict[str, str], answer: Answer
) -> Iterator[Line]:
    taken: list[float] = []

    def asked(words: str) -> list[str]:
        began = time.perf_counter()
        titles = answer(session, scope, words, TODAY)
        taken.append((time.perf_counter() - began) * 1e3)
        return titles

    recall(pairs, asked)  # once to read the files and stem the words
    taken.clear()
    share, missed = recall(pairs, asked)
    yield Line(f"{what}: recall@5", share, "", _RECALL[what])
    print(f"{what}, missed: {', '.join(missed) or 'none'}", file=sys.stderr)
    yield Line(f"{what}: median", part_of(taken, 0.5))
    yield Line(f"{what}: p95", part_of(taken, 0.95), budget=Budget(50))
