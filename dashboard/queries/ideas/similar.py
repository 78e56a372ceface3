"""Ideas alike (idées semblables): what the reader may see that says nearly what is being written.

The rarest words of what is typed fetch candidates from the index; the nearest of them are told with
the words they share.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlalchemy import Row, Select
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.queries.ideas.search import SAMPLE, in_index, rarity, with_words
from dashboard.scope import Scope
from models.ideas import OFF_PATH, Idea
from models.search import Query, Term, root_of, stem_of, stems, written_words

SHORTEST = 5
MOST = 3
_ASKED = 4
_READ_WORDS = 24
_READ = 100
_FEW = 30
_TOLD = 4
_NEAR = 38.0
_SHORT_TITLE = 2
_IN_TEXT = 0.6


@dataclass(frozen=True)
class Similar:
    """One idea alike: its number, title and state, how near it is (0 to 100), and the words in
    common as it writes them.
    """

    number: int
    title: str
    status: str
    nearness: float
    words: tuple[str, ...]


def similar_ideas(
    session: Session,
    scope: Scope,
    title: str,
    body: str = "",
    apart_from: int | None = None,
    limit: int = MOST,
) -> list[Similar]:
    """The ideas nearest to a title and a text, the nearest first; never the one numbered
    `apart_from`.
    """
    if len(f"{title} {body}".strip()) < SHORTEST:
        return []
    visible = select(Idea).where(
        idea_conditions(scope.reader, scope.tree), Idea.status.not_in([str(s) for s in OFF_PATH])
    )
    known = _known(session, visible, list(dict.fromkeys(stems(f"{title} {body}")))[:_READ_WORDS])
    asked = _rarest(known, set(stems(title)))
    typed = _Typed(title, body, known)
    found = [
        (typed.nearness(row.title, row.body), row)
        for row in _candidates(session, visible, asked)
        if row.number != apart_from
    ]
    near = sorted(
        (item for item in found if item[0] >= _NEAR), key=lambda item: (-item[0], item[1].number)
    )
    return [
        Similar(
            row.number, row.title, row.status, nearness, typed.common(f"{row.title} {row.body}")
        )
        for nearness, row in _one_per_title(near)[:limit]
    ]


def _known(session: Session, visible: Select, words: list[str]) -> dict[str, int]:
    """Stem → how frequent it is, without those that stand nowhere."""
    counts = rarity(session, words)
    return {
        stem: n for stem, n in counts.items() if n or in_index(session, visible, _one_of([stem], 1))
    }


def _rarest(known: dict[str, int], in_title: set[str]) -> list[str]:
    """The words to ask for: the rarest, those of the title before those of the text."""
    return sorted(known, key=lambda stem: (stem not in in_title, known[stem], stem))[:_ASKED]


def _one_of(words: Sequence[str], some: int) -> Query:
    return Query(tuple(Term(stem, (stem,)) for stem in words), some=some)


def _candidates(session: Session, visible: Select, asked: Sequence[str]) -> list[Row]:
    """The newest entries with all of the words, with all but one, … with two; with one of them
    where these are few.

    Step by step, because among a million entries those with two common words would hide the one
    that has all four.
    """
    found: dict[int, Row] = {}
    for some in range(len(asked), 0, -1):
        if some > 1 or len(found) < _FEW:
            statement = with_words(session, visible, _one_of(asked, some)).with_only_columns(
                Idea.number, Idea.title, Idea.body, Idea.status, maintain_column_froms=True
            )
            found |= {row.number: row for row in session.execute(statement.limit(_READ))}
    return list(found.values())


def _one_per_title(near: Sequence[tuple[float, Row]]) -> list[tuple[float, Row]]:
    """Of entries with one and the same title, the first."""
    once: dict[str, tuple[float, Row]] = {}
    for nearness, row in near:
        once.setdefault(row.title.casefold(), (nearness, row))
    return list(once.values())


class _Typed:
    """What is being written, as roots of its words, each with the weight of its rarity."""

    def __init__(self, title: str, body: str, known: dict[str, int]):
        self.title = list(dict.fromkeys(_roots(title or body)))
        self.weights = {
            root_of(word): math.log(1 + SAMPLE / (1 + known.get(stem_of(word), 0)))
            for word in written_words(f"{title} {body}")
            if root_of(word)
        }
        self.of_title = sum(self.weights[root] for root in self.title) or 1.0

    def nearness(self, title: str, body: str) -> float:
        """0 to 100: the weight of the words of the title that an entry has (less in its text),
        the likeness of titles.
        """
        its_title = _roots(title)
        in_title = set(its_title)
        in_body = set(_roots(body))
        shared = [root for root in self.title if root in in_title or root in in_body]
        # One word in common is chance, unless the title has hardly more.
        if len(shared) < (1 if len(self.title) <= _SHORT_TITLE else 2):
            return 0.0
        weight = (
            sum(self.weights[root] * (1 if root in in_title else _IN_TEXT) for root in shared)
            / self.of_title
        )
        likeness = fuzz.token_sort_ratio(" ".join(self.title), " ".join(its_title)) / 100
        return 100 * (0.6 * weight + 0.4 * likeness)

    def common(self, text: str) -> tuple[str, ...]:
        """The words in common, as the other one writes them, the rarest first."""
        written: dict[str, str] = {}
        for word in written_words(text):
            if root_of(word) in self.weights:
                written.setdefault(root_of(word), word)
        return tuple(
            written[root] for root in sorted(written, key=lambda root: -self.weights[root])[:_TOLD]
        )


def _roots(text: str) -> list[str]:
    return [root for word in written_words(text) if (root := root_of(word))]
