"""Recall and times of search and of similar ideas, as Markdown: python -m
tests.performance.recall_table DATABASE_FILE…

The pairs are those of the tests (tests/support/recall.py). Where the volume repeats titles, each is
counted once; it mixes texts and titles, so what stands in a text only is looked for at the size of
the demonstration, not at 100k.
"""

import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from sqlmodel import Session

from dashboard.access import OPERATOR
from dashboard.queries.directions import ambitions, organisation
from dashboard.queries.ideas.records import Filters, Order, ideas_page
from dashboard.queries.ideas.search_fallback import find
from dashboard.scope import Scope
from models.database import engine_for, reading
from tests.support.recall import REWORDED, SEARCHES, alike, recall, searched

TODAY = date(2023, 6, 30)
COMMON = ("service", "école", "heures", "formation travail", "-école service", "serv", "cha")


def main() -> None:
    rows = [
        row
        for file in sys.argv[1:]
        for row in rows_of(f"sqlite:///{Path(file).resolve()}", Path(file).parent.name)
    ]
    print("\n".join(lines(rows)))


def lines(rows: list[list]) -> list[str]:
    """The Markdown table of these rows."""
    headings = ["ideas", "what", "asked", "recall@5", "p50 ms", "p95 ms", "missed"]
    return [
        "| " + " | ".join(headings) + " |",
        "|" + " --- |" * len(headings),
        *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows),
    ]


def rows_of(url: str, size: str) -> list[list]:
    """One row per kind of question on a database: recall, times, what was missed."""
    engine = engine_for(url)
    with reading(engine) as session:
        scope = Scope.for_reader(OPERATOR, {}, TODAY, organisation(session).at, ambitions(session))
        found = [
            measured(size, "search", SEARCHES, session, scope, searched),
            measured(size, "similar", REWORDED, session, scope, alike),
            measured(
                size,
                "common words, ranked",
                dict.fromkeys(COMMON, ""),
                session,
                scope,
                best_page,
            ),
            measured(
                size,
                "common words, ranked, with facets",
                dict.fromkeys(COMMON, ""),
                session,
                scope,
                page_and_facets,
            ),
            measured(
                size,
                "common words, newest first",
                dict.fromkeys(COMMON, ""),
                session,
                scope,
                newest_page,
            ),
        ]
    engine.dispose()
    return found


def page_and_facets(session: Session, scope: Scope, words: str, today: date) -> list[str]:
    return [row.title for row in find(session, scope, Filters(words=words), 1, today).page.rows]


def best_page(session: Session, scope: Scope, words: str, today: date) -> list[str]:
    return [row.title for row in ideas_page(session, scope, Filters(words=words), 1, today).rows]


def newest_page(session: Session, scope: Scope, words: str, today: date) -> list[str]:
    filters = Filters(words=words, order=Order.newest)
    return [row.title for row in ideas_page(session, scope, filters, 1, today).rows]


def measured(
    size: str, what: str, pairs: dict[str, str], session: Session, scope: Scope, answer: Callable
) -> list:
    taken: list[float] = []

    def asked(words: str) -> list[str]:
        began = time.perf_counter()
        titles = answer(session, scope, words, TODAY)
        taken.append((time.perf_counter() - began) * 1e3)
        return titles

    recall(pairs, asked)  # once to read the files and stem the words
    taken.clear()
    share, missed = recall(pairs, asked)
    taken.sort()
    told = any(pairs.values())
    return [
        size,
        what,
        len(pairs),
        f"{share:.2f}" if told else "–",
        f"{taken[len(taken) // 2]:.1f}",
        f"{taken[int(len(taken) * 0.95)]:.1f}",
        ", ".join(missed) if told else "–",
    ]


if __name__ == "__main__":
    main()
