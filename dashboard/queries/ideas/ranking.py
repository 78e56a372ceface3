"""The relevance of search results (pertinence), in plain Python."""

import math
from collections.abc import Mapping, Sequence
from operator import mul

from models.search import (
    Query,
    Run,
    Term,
    fold,
    plain_word,
    stem_of,
    stem_set,
    written_words,
)

SAMPLE = 1000
_IN_TITLE = 3.0
_AS_WRITTEN = 0.3
_AS_STEM = 0.5
_NOT_THE_WORD = 0.8
_SIDE_BY_SIDE = 1.0
_THERE = 4.0
# If some of the words may be missing, their number counts more than their position.
_TITLE_OF_SOME = 0.3


def weight_of(term: Term, n: int) -> float:
    """The weight of a term: rare words and phrases count more."""
    return len(term.stems) * math.log(1 + SAMPLE / (1 + n))


def ranked(
    candidates: list[tuple[int, str, str]], query: Query, known: Mapping[Term, int] | None = None
) -> list[tuple[int, str, str]]:
    """(id, title, text) from the most to the least relevant, newest first for equal ones. `known`:
    how rare each term is, if that was counted.
    """
    search = SearchTerms(query.terms)
    matches = [_Match(title, body if query.some else "", search) for _, title, body in candidates]
    weights = _weights(matches, search)
    if known is not None:
        weights = [weight_of(term, known.get(term, SAMPLE)) for term in query.terms]
    scores = [_score(match, weights, bool(query.some)) for match in matches]
    # By id for equal scores, on both engines, so that the pages of one search do not overlap.
    order = sorted(range(len(candidates)), key=lambda i: (-scores[i], -candidates[i][0]))
    return [candidates[i] for i in order]


class SearchTerms:
    """Terms prepared for a search in hundreds of texts."""

    def __init__(self, terms: Sequence[Term]):
        self.terms = terms
        self.written = [fold(term.written) for term in terms]
        self._single: dict[str, list[tuple[int, float]]] = {}
        self._longer: list[tuple[frozenset[str], int, float]] = []
        for i, term in enumerate(terms):
            self._prepare(i, term.own, 1.0)
            self._prepare(i, term.same, _NOT_THE_WORD)

    def _prepare(self, i: int, runs: Sequence[Run], share: float) -> None:
        for run in runs:
            if len(run) == 1:
                self._single.setdefault(run[0], []).append((i, share))
            else:
                self._longer.append((frozenset(run), i, share))

    def shares(self, stems_of_text: set[str]) -> list[float]:
        """How well the stems of a text match each term: 1 for the word or its family, less for a
        synonym or prefix, 0 for none.
        """
        found = [0.0] * len(self.terms)
        for stem in stems_of_text & self._single.keys():
            for i, share in self._single[stem]:
                found[i] = max(found[i], share)
        for run, i, share in self._longer:
            if run <= stems_of_text:
                found[i] = max(found[i], share)
        for i, term in enumerate(self.terms):
            if term.beginning and not found[i] and any(map(term.is_begun_by, stems_of_text)):
                found[i] = _NOT_THE_WORD
        return found

    def strengths(self, stems_of_text: set[str], written: set[str]) -> list[float]:
        """How well the words of a title match each term; 0 if they do not."""
        return [
            _IN_TITLE * share + (share == 1.0 and self._exact_bonus(i, stems_of_text, written))
            for i, share in enumerate(self.shares(stems_of_text))
        ]

    def _exact_bonus(self, i: int, stems_of_text: set[str], written: set[str]) -> float:
        """The bonus for the exact word over its family."""
        if self.terms[i].is_phrase:
            return 0.0
        is_written = self.written[i] in written
        return _AS_WRITTEN * is_written + _AS_STEM * (self.terms[i].stems[0] in stems_of_text)


class _Match:
    """The terms found in an entry: how well its title matches each, and its text."""

    def __init__(self, title: str, body: str, search: SearchTerms):
        words = written_words(title)
        stems = [stem for word in words if (stem := stem_of(word))]
        known = set(stems)
        self.words = len(known)
        self.in_title = search.strengths(known, {plain_word(word) for word in words})
        self.has = search.shares(known | stem_set(body) if body else known)
        self.is_together = all(self.in_title) and _is_together(stems, search)


def _weights(matches: Sequence[_Match], search: SearchTerms) -> list[float]:
    """The weight of each term: a word of few candidates, or a phrase, counts more."""
    having = [sum(match.has[i] > 0 for match in matches) for i in range(len(search.terms))]
    return [
        len(term.stems) * math.log(2 + len(matches) / (1 + n))
        for term, n in zip(search.terms, having, strict=True)
    ]


def _score(match: _Match, weights: Sequence[float], may_miss_some: bool) -> float:
    in_title = sum(map(mul, weights, match.in_title)) + _SIDE_BY_SIDE * match.is_together
    in_title += 0.5 * sum(map(bool, match.in_title)) / (1 + match.words)
    if not may_miss_some:
        return in_title
    return _THERE * sum(map(mul, weights, match.has)) + _TITLE_OF_SOME * in_title


def _is_together(stems: Sequence[str], search: SearchTerms) -> bool:
    """Whether several words are adjacent, in the order of the query."""
    span = len(search.terms)
    if span < 2:
        return False
    meant = [search.shares({stem}) for stem in stems]
    return any(all(meant[i + n][n] for n in range(span)) for i in range(len(stems) - span + 1))
